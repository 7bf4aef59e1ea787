"""Responses to comparisons: which two are compared, in both orders, and what is kept.

`plan` asks nothing: it reads the run folder and says which calls are left. `calls.engine` asks.
What two replies on one pair come to is said in `pairwise`.
"""

from __future__ import annotations

import difflib
import hashlib
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from psychocounsel_data import journal
from psychocounsel_data.calls.call import Call, Identity
from psychocounsel_data.calls.plan import Answer, Lane, Ticket
from psychocounsel_data.config import CompareConfig, JudgeConfig, same_model
from psychocounsel_data.errors import ConfigError, UnreadableReplyError
from psychocounsel_data.history import check_shown, history, identifying
from psychocounsel_data.judging.candidates import accepted, newest_responses
from psychocounsel_data.judging.pairwise import SKELETON, read_preference, reply_schema
from psychocounsel_data.judging.texts import Texts
from psychocounsel_data.participation import absent
from psychocounsel_data.prompts import Prompt
from psychocounsel_data.records import ClientSpeech, Comparison, Response, Stage
from psychocounsel_data.resources import load_prompt, load_rubric
from psychocounsel_data.run import Run


class _Side(NamedTuple):
    """A response without its text."""

    id: str
    model: str
    name: str
    text_key: int
    position: int

    def is_called(self, name: str) -> bool:
        """Whether it is by a model of this reference or released name."""
        return name in (self.model, self.name)


class _Duel(NamedTuple):
    """Two responses to one speech."""

    speech_id: str
    one: _Side
    other: _Side

    @property
    def words(self) -> frozenset[int]:
        """Equal for equal words on both sides, whichever is which."""
        return frozenset({self.one.text_key, self.other.text_key})


class ComparingPlan:
    """The comparisons that are still to be asked for; see `calls.plan.Plan`.

    A ticket's position is the place of the pair in the plan; its sample says which of the two
    responses is shown first.

    Attributes:
        left_out: reason to number of responses or pairs that are not compared.
    """

    stage: Stage = "compare"

    def __init__(
        self, run: Run, config: CompareConfig, judge: JudgeConfig, prompt: Prompt, limit: int | None
    ) -> None:
        self._run = run
        self._config = config
        self._judge = judge
        self._model = config.model or judge.judges[0].model
        self._prompt = prompt
        self._identity = Identity(self._model, prompt, config.sampling)
        self._texts = Texts(run)
        self.done = 0
        self.left_out: Counter[str] = Counter()
        self._duels = list(self._drawn())
        self.lanes: dict[str, Lane] = {}
        self._fill(limit)

    def call(self, model: str, ticket: Ticket) -> Call:
        """The question to the judge about a pair in one order."""
        speech, first, second = self._shown(ticket)
        return Call(
            id=self._id(speech, first, second).hex(),
            subject=f"{first.id}:{second.id}",
            speech_id=speech.id,
            model=model,
            prompt=self._prompt,
            inputs={
                "speech": speech.text,
                "context": history(speech),
                "response_a": first.text,
                "response_b": second.text,
            },
            sampling=self._config.sampling,
            schema=reply_schema(),
        )

    def record(self, call: Call, answer: Answer) -> Comparison:
        """The comparison, if the reply is one.

        Raises:
            UnreadableReplyError: the judge refused, was cut off, or did not keep to the form.
        """
        if answer.reply.finish == "refusal":
            raise UnreadableReplyError("the judge refused to compare these responses")
        if answer.reply.finish == "length":
            limit = call.sampling.max_tokens
            raise UnreadableReplyError(
                f"the reply was cut off at {limit} tokens (compare.sampling)"
            )
        said = read_preference(answer.reply.text)
        first, _, second = call.subject.partition(":")
        return Comparison(
            id=call.id,
            speech_id=call.speech_id,
            first=first,
            second=second,
            judge=call.model,
            rubric=call.prompt.label,
            preferred=said.place,
            rationale=said.rationale.strip(),
            reasoning=answer.reply.reasoning,
            served_model=answer.reply.served_model,
            messages_hash=call.messages_hash(),
            sampling=call.sampling,
            usage=answer.usage,
            attempts=answer.attempts,
            latency_s=answer.latency_s,
            batch=answer.batch,
            at=answer.at,
        )

    def close(self) -> None:
        """Close the files that calls are read from."""
        self._texts.close()

    def _fill(self, limit: int | None) -> None:
        compared = journal.ids(self._run.comparisons)
        lane = Lane(self._model)
        for place in range(len(self._duels)):
            for order in (0, 1):
                ticket = Ticket(place, order)
                speech, first, second = self._shown(ticket)
                check_shown(self._prompt, speech)
                if self._id(speech, first, second) in compared:
                    self.done += 1
                elif limit is None or len(lane) < limit:
                    lane.add(ticket)
        if len(lane):
            self.lanes[self._model] = lane

    def _id(self, speech: ClientSpeech, first: Response, second: Response) -> bytes:
        return self._identity.of(identifying(speech), first.text, second.text)

    def _shown(self, ticket: Ticket) -> tuple[ClientSpeech, Response, Response]:
        duel = self._duels[ticket.position]
        shown = (duel.other, duel.one) if ticket.sample else (duel.one, duel.other)
        first, second = (self._texts.response(side.position) for side in shown)
        return self._texts.speech(duel.speech_id), first, second

    def _drawn(self) -> Iterator[_Duel]:
        """The pairs of each speech that the lot fell on, in the order of the responses.

        Of pairs with the same words one is enough: they would be the same question.
        """
        for speech_id, sides in self._sides().items():
            duels = [_Duel(speech_id, *pair) for pair in combinations(sides, 2)]
            words = {duel.words: duel for duel in reversed(duels) if self._may_meet(duel)}
            able = [duel for duel in duels if words.get(duel.words) is duel]
            yield from sorted(able, key=self._lot)[: self._config.pairs_per_speech]

    def _sides(self) -> dict[str, list[_Side]]:
        standing = newest_responses(self._run.responses, self._texts.positions, self.left_out)
        by_speech: dict[str, list[_Side]] = {}
        apart = absent(self._run)
        for one in accepted(standing, self._judge.accept, (), self.left_out):
            if (reason := apart.get(one.speech_id)) is not None:
                self.left_out[reason] += 1
                continue
            side = _Side(one.id, one.model, one.name, one.text_key, one.position)
            by_speech.setdefault(one.speech_id, []).append(side)
        self._check_against([side for sides in by_speech.values() for side in sides])
        return by_speech

    def _check_against(self, sides: list[_Side]) -> None:
        """A misspelt name would compare nothing, and say nothing."""
        wanted = self._config.against
        known = sorted({name for side in sides for name in (side.model, side.name)})
        if wanted is not None and wanted not in known:
            near = difflib.get_close_matches(wanted, known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(known)}"
            raise ConfigError(f"compare.against: no responses by '{wanted}': {hint}")

    def _may_meet(self, duel: _Duel) -> bool:
        """Two models, two texts, and none of them the judge's own where that is excluded."""
        sides = (duel.one, duel.other)
        if duel.one.model == duel.other.model or duel.one.text_key == duel.other.text_key:
            return False
        against = self._config.against
        if against is not None and not any(side.is_called(against) for side in sides):
            return False
        own = any(same_model(self._model, side.model) for side in sides)
        if self._judge.exclude_self and own:
            self.left_out["own_model"] += 1
            return False
        return True

    def _lot(self, duel: _Duel) -> bytes:
        text = f"{self._config.seed}\0{duel.one.id}\0{duel.other.id}"
        return hashlib.blake2b(text.encode(), digest_size=8).digest()


def plan(
    run: Run, config: CompareConfig, judge: JudgeConfig, *, limit: int | None = None
) -> ComparingPlan:
    """What is left to be compared.

    Args:
        run: the run folder, with speeches.jsonl and responses.jsonl in it.
        config: `compare:` of run.yaml, with what flags change.
        judge: `judge:` of run.yaml: who compares where `compare:` names nobody, which principles
            are shown, and which responses are accepted.
        limit: the most calls to plan, in the order of the responses.

    Raises:
        ConfigError: the principles, the prompt or `against` cannot be used.
        RunError: there are no responses yet.
        InputError: a line of a journal is broken.
    """
    run.need(run.speeches, "pcdata load")
    run.need(run.responses, "pcdata generate")
    rubric = load_rubric(run.folder, judge.principles)
    constants = {"principles": rubric.principles, "schema": SKELETON}
    prompt = load_prompt(run.folder, config.prompt, constants)
    prompt.messages({"speech": "", "response_a": "", "response_b": ""})  # misspelt variables show
    return ComparingPlan(run, config, judge, prompt, limit)
