"""Speeches to candidate responses: which models answer which speech, and what is kept.

`plan` asks nothing: it reads the run folder and says which calls are left. `calls.engine` asks.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cached_property
from typing import NamedTuple

from psychocounsel_data import bulk, journal
from psychocounsel_data.calls.call import Call, Identity
from psychocounsel_data.calls.plan import Answer, Lane, Ticket
from psychocounsel_data.config import COLUMN, GenerateConfig, ModelConfig
from psychocounsel_data.history import check_shown, history, identifying
from psychocounsel_data.journal import Reader
from psychocounsel_data.participation import Participation
from psychocounsel_data.prompts import Prompt
from psychocounsel_data.records import ClientSpeech, Response, Sampling, Stage
from psychocounsel_data.resources import load_prompt
from psychocounsel_data.risk.policy import in_words
from psychocounsel_data.run import Run


class Candidate(NamedTuple):
    """One answer that a speech is to get."""

    model: ModelConfig
    sample: int
    """Which of the existing answers, for `column:`; 0 otherwise."""


def drawn(
    speech_id: str, models: Sequence[ModelConfig], count: int, seed: int
) -> list[ModelConfig]:
    """The models that answer one speech, in the order of the pool.

    Every model gets a number from a hash of seed, speech and its own name, and the lowest are
    taken (rendezvous hashing). So a draw does not depend on other speeches, and a model that is
    added to the pool only ever takes the place of one other.
    """
    if len(models) <= count:
        return list(models)
    # The digest of what the lots of one speech begin with is the same for all models.
    begun = hashlib.blake2b(f"{seed}\0{speech_id}\0".encode(), digest_size=8)
    lots = sorted((_lot(begun, one.model), one.model) for one in models)
    chosen = {model for _, model in lots[:count]}
    return [one for one in models if one.model in chosen]


def _lot(begun: hashlib.blake2b, model: str) -> bytes:
    digest = begun.copy()
    digest.update(model.encode())
    return digest.digest()


def candidates(speech: ClientSpeech, config: GenerateConfig) -> list[Candidate]:
    """Which answers a speech is to get. A column without an answer for it is not drawn."""
    if not speech.answers:
        models = drawn(speech.id, config.writing, config.per_speech, config.seed)
        return [Candidate(model, 0) for model in models]
    able = [one for one in config.models if one in config.writing or existing(speech, one.model)]
    return [
        Candidate(model, sample)
        for model in drawn(speech.id, able, config.per_speech, config.seed)
        for sample in range(len(existing(speech, model.model)) or 1)
    ]


def existing(speech: ClientSpeech, model: str) -> list[str]:
    """The answers that came with a speech under the name of a `column:` model."""
    if not speech.answers or not model.startswith(COLUMN):
        return []
    name = model.removeprefix(COLUMN)
    return [one.text for one in speech.answers if one.name == name]


class GenerationPlan:
    """The answers that are still to be asked for; see `calls.plan.Plan`.

    Attributes:
        left_out: reason to number of speeches that do not take part (`participation`), or have the
            same words as an earlier one (`same_words`), to which the same answer would be given.
    """

    stage: Stage = "generate"

    def __init__(self, run: Run, config: GenerateConfig, prompt: Prompt, limit: int | None) -> None:
        self._run = run
        self._config = config
        self._prompt = prompt
        self._models = {model.model: model for model in config.models}
        self._files = ExitStack()
        self._participation = Participation(run)
        self._words: set[int] | None = set() if run.config.clean.duplicates == "off" else None
        self.done = 0
        self.left_out: Counter[str] = Counter()
        self.lanes: dict[str, Lane] = {}
        self._fill(limit)

    def call(self, model: str, ticket: Ticket) -> Call:
        """The question to a model about the speech at a position."""
        speech = self._speeches.at(ticket.position)
        answers = existing(speech, model)
        inputs = {
            "speech": speech.text,
            "context": history(speech),
            "risk": self._danger(speech),
        }
        return Call(
            id=self._id(self._said(speech), speech, model, ticket.sample).hex(),
            subject=speech.id,
            speech_id=speech.id,
            model=model,
            prompt=self._prompt,
            inputs=inputs | {"answer": answers[ticket.sample]} if answers else inputs,
            sampling=self._sampling(model),
            sample=ticket.sample,
        )

    def record(self, call: Call, answer: Answer) -> Response:
        """The response as it is kept, however it ended."""
        return Response(
            id=call.id,
            speech_id=call.speech_id,
            model=call.model,
            name=self._models[call.model].label,
            text=answer.reply.text,
            reasoning=answer.reply.reasoning,
            finish=answer.reply.finish,
            sample=call.sample,
            served_model=answer.reply.served_model,
            prompt=call.prompt.label,
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
        self._files.close()

    def _fill(self, limit: int | None) -> None:
        answered = journal.ids(self._run.responses)
        left = limit
        for position, speech in bulk.positioned(self._run.speeches, ClientSpeech):
            stands = self._participation.of(speech)
            if stands.reason is not None:
                self.left_out[stands.reason] += 1
                continue
            check_shown(self._prompt, speech)
            said = self._said(speech)
            if self._was_said(speech):
                self.left_out["same_words"] += 1
                continue
            for model, sample in candidates(speech, self._config):
                if self._id(said, speech, model.model, sample) in answered:
                    self.done += 1
                    continue
                if left == 0:
                    return
                left = None if left is None else left - 1
                lane = self.lanes.setdefault(model.model, Lane(model.model))
                lane.add(Ticket(position, sample))

    def _was_said(self, speech: ClientSpeech) -> bool:
        """Whether an earlier speech has the same words, where cleaning keeps such (`off`)."""
        if self._words is None:
            return False
        words = hash((identifying(speech), *(one.text for one in speech.answers)))
        known = words in self._words
        self._words.add(words)
        return known

    def _id(self, said: tuple[str, ...], speech: ClientSpeech, model: str, sample: int) -> bytes:
        answers = existing(speech, model)
        texts = (identifying(speech), answers[sample]) if answers else said
        return self._identities[model].of(*texts, sample=sample)

    def _said(self, speech: ClientSpeech) -> tuple[str, ...]:
        """What the words that are sent are made of, besides the template."""
        danger = self._danger(speech) if self._prompt.uses("risk") else ""
        said = identifying(speech)
        return (said, f"risk: {danger}") if danger else (said,)

    def _danger(self, speech: ClientSpeech) -> str:
        """What a template says of the flags of a speech; empty where it has none."""
        return in_words(self._participation.flags(speech))

    @cached_property
    def _identities(self) -> dict[str, Identity]:
        return {
            model: Identity(model, self._prompt, self._sampling(model)) for model in self._models
        }

    @cached_property
    def _speeches(self) -> Reader[ClientSpeech]:
        return self._files.enter_context(Reader(self._run.speeches, ClientSpeech))

    def _sampling(self, model: str) -> Sampling:
        return self._models[model].sampling or self._config.sampling


def plan(run: Run, config: GenerateConfig, *, limit: int | None = None) -> GenerationPlan:
    """What is left to be answered.

    Args:
        run: the run folder, with speeches.jsonl in it.
        config: `generate:` of run.yaml, with what flags change.
        limit: the most calls to plan, in the order of the speeches.

    Raises:
        ConfigError: the prompt cannot be used.
        RunError: there are no speeches yet.
        InputError: a line of speeches.jsonl is broken.
    """
    run.need(run.speeches, "pcdata load")
    prompt = load_prompt(run.folder, config.prompt, {})
    prompt.messages(
        {"speech": "", "context": "", "risk": ""}
    )  # a misspelt variable shows now, not at the first paid call
    return GenerationPlan(run, config, prompt, limit)
