"""Labels by a model: which speeches are still to be asked about, and how a reply becomes a label.

`plan` asks nothing: it reads the run folder and says which calls are left. `calls.engine` asks.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import cache, cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from psychocounsel_data import journal
from psychocounsel_data.calls.call import Call, Identity
from psychocounsel_data.calls.plan import Answer, Lane, Ticket
from psychocounsel_data.config import TopicsConfig
from psychocounsel_data.errors import UnreadableReplyError
from psychocounsel_data.journal import Reader
from psychocounsel_data.prompts import Prompt
from psychocounsel_data.records import ClientSpeech, Stage, TopicLabel
from psychocounsel_data.replies import Form
from psychocounsel_data.resources import load_prompt
from psychocounsel_data.run import Run
from psychocounsel_data.topics.taxonomy import UNCLEAR, taxonomy


class Labelled(BaseModel):
    """A model's word on one speech: the reason first, then the topic."""

    model_config = ConfigDict(strict=True, extra="ignore")

    rationale: str = Field(min_length=1, json_schema_extra={"maxLength": 400})
    topic: str
    also: list[str] = Field(max_length=2)


@cache
def form() -> Form[Labelled]:
    """The form of a reply, with the taxonomy's ids for `topic` and `also`."""
    ids: Any = Literal[(*(topic.id for topic in taxonomy().fine), UNCLEAR)]
    further = (list[ids], Field(max_length=2))
    model = create_model("Label", __base__=Labelled, topic=(ids, ...), also=further)
    return Form("label", model)


class TopicPlan:
    """The labels that are still to be asked for; see `calls.plan.Plan`."""

    stage: Stage = "topics"

    def __init__(self, run: Run, config: TopicsConfig, prompt: Prompt, limit: int | None) -> None:
        self._run = run
        self._config = config
        self._prompt = prompt
        self._identity = Identity(config.model, prompt, config.sampling)
        self._files = ExitStack()
        self.done = 0
        self.lanes: dict[str, Lane] = {}
        self._fill(limit)

    def call(self, model: str, ticket: Ticket) -> Call:
        """The question about the speech at a position."""
        speech = self._speeches.at(ticket.position)
        return Call(
            id=self._identity.of(speech.text).hex(),
            subject=speech.id,
            speech_id=speech.id,
            model=model,
            prompt=self._prompt,
            inputs={"speech": speech.text},
            sampling=self._config.sampling,
            schema=form().schema,
        )

    def record(self, call: Call, answer: Answer) -> TopicLabel:
        """The label, if the reply is one.

        Raises:
            UnreadableReplyError: the model refused, was cut off, or did not keep to the form.
        """
        if answer.reply.finish != "stop":
            raise UnreadableReplyError(f"the reply ended with: {answer.reply.finish}")
        said = form().read(answer.reply.text)
        return TopicLabel(
            id=call.id,
            speech_id=call.speech_id,
            coarse=taxonomy().family[said.topic],
            fine=said.topic,
            also=tuple(dict.fromkeys(one for one in said.also if one not in {said.topic, UNCLEAR})),
            method=f"{call.model} {call.prompt.label}",
            usage=answer.usage,
            batch=answer.batch,
            at=answer.at,
        )

    def close(self) -> None:
        """Close the file that calls are read from."""
        self._files.close()

    def _fill(self, limit: int | None) -> None:
        answered = journal.ids(self._run.topics)
        lane = Lane(self._config.model)
        for number, line in enumerate(journal.lines(self._run.speeches), start=1):
            speech = journal.parse(line.data, ClientSpeech, f"{self._run.speeches}:{number}")
            if self._identity.of(speech.text) in answered:
                self.done += 1
            elif limit is None or len(lane) < limit:
                lane.add(Ticket(line.position, 0))
        if len(lane):
            self.lanes[self._config.model] = lane

    @cached_property
    def _speeches(self) -> Reader[ClientSpeech]:
        return self._files.enter_context(Reader(self._run.speeches, ClientSpeech))


def plan(run: Run, config: TopicsConfig, *, limit: int | None = None) -> TopicPlan:
    """What is left to be labelled.

    Args:
        run: the run folder, with speeches.jsonl in it.
        config: `topics:` of run.yaml, with what flags change; its model is no `keywords`.
        limit: the most calls to plan, in the order of the speeches.

    Raises:
        ConfigError: the prompt cannot be used.
        RunError: there are no speeches yet.
        InputError: a line of a journal is broken.
    """
    run.need(run.speeches, "pcdata load")
    prompt = load_prompt(run.folder, config.prompt, {"topics": taxonomy().coarse})
    prompt.messages({"speech": ""})  # a misspelt variable shows now, not at the first paid call
    return TopicPlan(run, config, prompt, limit)
