"""Responses to judgments: what is rated, and how a judge's reply becomes ratings.

`plan` asks nothing: it reads the run folder and says which calls are left. `calls.engine` asks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

from psychocounsel_data import journal
from psychocounsel_data.calls.call import ID_BYTES, Call, Identity
from psychocounsel_data.calls.plan import Answer, Lane, Ticket
from psychocounsel_data.config import JudgeConfig
from psychocounsel_data.errors import UnreadableReplyError
from psychocounsel_data.exchange import Reply
from psychocounsel_data.history import check_shown, history, identifying
from psychocounsel_data.judging.aggregation import panel_of
from psychocounsel_data.judging.candidates import accepted, newest_responses
from psychocounsel_data.judging.expected import TOP_LOGPROBS, expected_scores
from psychocounsel_data.judging.questionnaire import Questionnaire
from psychocounsel_data.judging.texts import Texts
from psychocounsel_data.participation import absent
from psychocounsel_data.records import ClientSpeech, Judgment, Response, Sampling, Stage, Usage
from psychocounsel_data.rubric import Rubric
from psychocounsel_data.run import Run


class JudgingPlan:
    """The ratings that are still to be asked for; see `calls.plan.Plan`.

    A ticket's sample counts through the repeats and, within each, the sheets. Calls with the same
    sheet follow one another, so that the words they share are in the prompt cache of a server that
    keeps only the last few.

    Attributes:
        left_out: reason to number of responses that are not to be rated: how they ended,
            superseded by a newer one, to a speech that is not in the run or does not take part;
            and under `own_model` how often a judge is not asked about an answer of its own model.
        owed: id of a call to the responses that it is about as well, since they have the same
            words: they are not asked about, and get its judgment by `share`.
    """

    stage: Stage = "judge"

    def __init__(
        self, run: Run, config: JudgeConfig, questionnaire: Questionnaire, limit: int | None
    ) -> None:
        self._run = run
        self._config = config
        self._panel = panel_of(config)
        self._judges = {judge.model: judge for judge in config.judges}
        self._questionnaire = questionnaire
        self._sheets = {sheet.prompt: sheet for sheet in questionnaire.sheets}
        self._identities: dict[tuple[str, int], Identity] = {}
        self._texts = Texts(run)
        self._absent = absent(run)
        self.done = 0
        self.left_out: Counter[str] = Counter()
        self.owed: defaultdict[bytes, list[str]] = defaultdict(list)
        self.lanes: dict[str, Lane] = {}
        self._fill(limit)

    def call(self, model: str, ticket: Ticket) -> Call:
        """The question to a judge about the response at a position."""
        response = self._texts.response(ticket.position)
        speech = self._texts.speech(response.speech_id)
        repeat, index = divmod(ticket.sample, len(self._questionnaire.sheets))
        sheet = self._questionnaire.sheets[index]
        return Call(
            id=self._id(model, speech, response, ticket.sample).hex(),
            subject=response.id,
            speech_id=speech.id,
            model=model,
            prompt=sheet.prompt,
            inputs={
                "speech": speech.text,
                "context": history(speech),
                "response": response.text,
            },
            sampling=_varied(self._judges[model].sampling, repeat),
            schema=sheet.rubric.schema,
            sample=repeat,
            top_logprobs=TOP_LOGPROBS if self._config.expected_scores else 0,
        )

    def record(self, call: Call, answer: Answer) -> Judgment:
        """The judgment, if the reply is one.

        Raises:
            UnreadableReplyError: the judge refused, was cut off, or did not keep to the form.
        """
        if answer.reply.finish == "refusal":
            raise UnreadableReplyError("the judge refused to rate this response")
        if answer.reply.finish == "length":
            limit = call.sampling.max_tokens
            raise UnreadableReplyError(f"the reply was cut off at {limit} tokens (judge.sampling)")
        rubric = self._sheets[call.prompt].rubric
        rated = rubric.read(answer.reply.text)
        asked = [one for one in self._questionnaire.rubric.ids if one in rated.ratings]
        return Judgment(
            id=call.id,
            response_id=call.subject,
            speech_id=call.speech_id,
            judge=call.model,
            rubric=self._questionnaire.label,
            repeat=call.sample,
            order=rubric.ids,
            ratings={one: rated.ratings[one] for one in asked},
            rationales={one: rated.rationales[one] for one in asked if one in rated.rationales},
            expected=_expected(answer.reply, rubric),
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
        rated, answered = _rated(self._run.judgments)
        left: dict[tuple[str, int], Lane] = {}
        count = 0
        for response in self._accepted():
            speech = self._texts.speech(response.record.speech_id)
            check_shown(self._questionnaire.sheets[0].prompt, speech)
            for judge, sample in self._asked(response.record):
                call = self._id(judge, speech, response.record, sample)
                if call + bytes.fromhex(response.record.id) in rated:
                    self.done += 1
                elif call in answered:
                    self.owed[call].append(response.record.id)
                elif limit is None or count < limit:
                    if response.twin:
                        answered.add(call)
                    key = (judge, sample % len(self._questionnaire.sheets))
                    left.setdefault(key, Lane(judge)).add(Ticket(response.position, sample))
                    count += 1
        for judge, sheet in product(self._judges, range(len(self._questionnaire.sheets))):
            if (judge, sheet) in left:
                self.lanes.setdefault(judge, Lane(judge)).extend(left[judge, sheet])

    def _accepted(self) -> Iterator[_Placed]:
        standing = newest_responses(self._run.responses, self._texts.positions, self.left_out)
        written = Counter(one.text_key for one in standing)
        twins: dict[int, bool] = {}
        for one in accepted(standing, self._config.accept, (), self.left_out):
            if (reason := self._absent.get(one.speech_id)) is not None:
                self.left_out[reason] += 1
            else:
                twins[one.position] = written[one.text_key] > 1
        for position, response in self._texts.responses():
            if position in twins:
                yield _Placed(position, response, twin=twins[position])

    def _asked(self, response: Response) -> Iterator[tuple[str, int]]:
        """Every judge and sample that a response is to be rated by."""
        seats = self._panel.seats_for(response.model)
        self.left_out["own_model"] += len(self._panel.seats) - len(seats)
        sheets = len(self._questionnaire.sheets)
        for seat in seats:
            for repeat in range(seat.repeats):
                for sheet in self._questionnaire.asked(response.id, repeat):
                    yield seat.judge, repeat * sheets + sheet

    def _id(self, model: str, speech: ClientSpeech, response: Response, sample: int) -> bytes:
        repeat, index = divmod(sample, len(self._questionnaire.sheets))
        sheet = self._questionnaire.sheets[index]
        # The prompt's version changes with the order where it shows the principles, but the form
        # of the reply follows the order in any case.
        order = () if self._questionnaire.is_plain(sheet) else sheet.rubric.ids
        identity = self._identity(model, index)
        return identity.of(identifying(speech), response.text, *order, sample=repeat)

    def _identity(self, model: str, sheet: int) -> Identity:
        key = (model, sheet)
        if key not in self._identities:
            prompt = self._questionnaire.sheets[sheet].prompt
            self._identities[key] = Identity(model, prompt, self._judges[model].sampling)
        return self._identities[key]


class _Placed(NamedTuple):
    """A response and the byte its line starts at."""

    position: int
    record: Response
    twin: bool
    """Whether another has the same words."""


def _rated(judgments: Path) -> tuple[set[bytes], set[bytes]]:
    """Ids of calls and of the responses they were about, as one; and ids of calls alone."""
    rated = {journal.line_ids(line.data, b"response_id") for line in journal.lines(judgments)}
    return rated, {both[:ID_BYTES] for both in rated}


def share(run: Run, owed: Mapping[bytes, Sequence[str]]) -> int:
    """Copy judgments to the other responses with the same words, which nobody is asked about.

    A second run copies nothing; neither does one of calls that have failed.

    Args:
        owed: of a plan, whose calls have been asked since.

    Returns:
        How many were copied.

    Raises:
        RunError: they could not be written.
        InputError: a line of judgments.jsonl is broken.
    """
    if not owed:
        return 0
    rated, _ = _rated(run.judgments)
    known = {
        one.id: one
        for one in journal.read(run.judgments, Judgment)
        if bytes.fromhex(one.id) in owed
    }
    missing = [
        (known[call.hex()], response)
        for call, responses in owed.items()
        for response in responses
        if call.hex() in known and call + bytes.fromhex(response) not in rated
    ]
    if missing:
        with journal.Writer(run.judgments) as file:
            for judgment, response in missing:
                file.append(_copied(judgment, response))
    return len(missing)


def _copied(judgment: Judgment, response_id: str) -> Judgment:
    """The same judgment of another response, without what asking took: that is counted once."""
    asked = {"usage": Usage(), "attempts": 0, "latency_s": None, "batch": None}
    source = judgment.copied_from or judgment.response_id
    changes = {"response_id": response_id, "copied_from": source, **asked}
    return judgment.model_copy(update=changes)


def _expected(reply: Reply, rubric: Rubric) -> dict[str, float] | None:
    """The expected scores of a reply that was read; None where the server gave no probabilities."""
    if not reply.tokens:
        return None
    return expected_scores(reply.text, rubric.places(reply.text), reply.tokens) or None


def _varied(sampling: Sampling, repeat: int) -> Sampling:
    """A server that samples by a given seed would only repeat itself."""
    if sampling.seed is None or not repeat:
        return sampling
    return sampling.model_copy(update={"seed": sampling.seed + repeat})


def plan(run: Run, config: JudgeConfig, *, limit: int | None = None) -> JudgingPlan:
    """What is left to be rated.

    Args:
        run: the run folder, with speeches.jsonl and responses.jsonl in it.
        config: `judge:` of run.yaml, with what flags change.
        limit: the most calls to plan, in the order of the responses.

    Raises:
        ConfigError: the principles or the prompt cannot be used.
        RunError: there are no responses yet.
        InputError: a line of a journal is broken.
    """
    run.need(run.speeches, "pcdata load")
    run.need(run.responses, "pcdata generate")
    questionnaire = Questionnaire(run.folder, config)
    for sheet in questionnaire.sheets:  # a misspelt variable shows before we pay
        sheet.prompt.messages({"speech": "", "context": "", "response": ""})
    return JudgingPlan(run, config, questionnaire, limit)
