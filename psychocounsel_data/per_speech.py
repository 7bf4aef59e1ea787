"""A plan that asks one model once about every speech; what `topics` and `risk` have in common."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from psychocounsel_data import bulk, journal
from psychocounsel_data.calls.call import Call, Identity
from psychocounsel_data.calls.plan import Answer, Lane, Ticket
from psychocounsel_data.errors import UnreadableReplyError
from psychocounsel_data.exchange import ReplySchema
from psychocounsel_data.history import check_shown, history, identifying
from psychocounsel_data.journal import Reader
from psychocounsel_data.prompts import Prompt
from psychocounsel_data.records import ClientSpeech, Record, Sampling, Stage
from psychocounsel_data.run import Run


class Question(NamedTuple):
    """What is asked about every speech, and what becomes of a reply."""

    stage: Stage
    model: str
    """`backend:model`."""
    prompt: Prompt
    """A template over `speech` and `context`."""
    sampling: Sampling
    schema: ReplySchema
    answers: Path
    """The journal that the records are kept in."""
    record: Callable[[Call, Answer], Record]
    """The line of a whole reply; raises UnreadableReplyError where it is not what was asked for."""


class SpeechPlan:
    """The speeches that are still to be asked about; see `calls.plan.Plan`."""

    def __init__(self, run: Run, question: Question, limit: int | None) -> None:
        self._run = run
        self._question = question
        self._identity = Identity(question.model, question.prompt, question.sampling)
        self._files = ExitStack()
        self.stage = question.stage
        self.done = 0
        self.lanes: dict[str, Lane] = {}
        self._fill(limit)

    def call(self, model: str, ticket: Ticket) -> Call:
        """The question about the speech at a position."""
        speech = self._speeches.at(ticket.position)
        return Call(
            id=self._identity.of(identifying(speech)).hex(),
            subject=speech.id,
            speech_id=speech.id,
            model=model,
            prompt=self._question.prompt,
            inputs={"speech": speech.text, "context": history(speech)},
            sampling=self._question.sampling,
            schema=self._question.schema,
        )

    def record(self, call: Call, answer: Answer) -> Record:
        """The line that is kept.

        Raises:
            UnreadableReplyError: the model refused, was cut off, or did not keep to the form.
        """
        if answer.reply.finish != "stop":
            raise UnreadableReplyError(f"the reply ended with: {answer.reply.finish}")
        return self._question.record(call, answer)

    def close(self) -> None:
        """Close the file that calls are read from."""
        self._files.close()

    def _fill(self, limit: int | None) -> None:
        answered = journal.ids(self._question.answers)
        lane = Lane(self._question.model)
        for position, speech in bulk.positioned(self._run.speeches, ClientSpeech):
            check_shown(self._question.prompt, speech)
            if self._identity.of(identifying(speech)) in answered:
                self.done += 1
            elif limit is None or len(lane) < limit:
                lane.add(Ticket(position, 0))
        if len(lane):
            self.lanes[lane.model] = lane

    @cached_property
    def _speeches(self) -> Reader[ClientSpeech]:
        return self._files.enter_context(Reader(self._run.speeches, ClientSpeech))
