"""Labels by a model: which speeches are still to be asked about, and how a reply becomes a label.

`plan` asks nothing: it reads the run folder and says which calls are left. `calls.engine` asks.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from psychocounsel_data.calls.call import Call
from psychocounsel_data.calls.plan import Answer
from psychocounsel_data.config import TopicsConfig
from psychocounsel_data.per_speech import Question, SpeechPlan
from psychocounsel_data.records import TopicLabel
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


def label(call: Call, answer: Answer) -> TopicLabel:
    """The label in a reply. Raises UnreadableReplyError where it did not keep to the form."""
    said = form().read(answer.reply.text)
    further = (one for one in said.also if one not in {said.topic, UNCLEAR})
    return TopicLabel(
        id=call.id,
        speech_id=call.speech_id,
        coarse=taxonomy().family[said.topic],
        fine=said.topic,
        also=tuple(dict.fromkeys(further)),
        method=f"{call.model} {call.prompt.label}",
        usage=answer.usage,
        batch=answer.batch,
        at=answer.at,
    )


def plan(run: Run, config: TopicsConfig, *, limit: int | None = None) -> SpeechPlan:
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
    question = Question(
        stage="topics",
        model=config.model,
        prompt=prompt,
        sampling=config.sampling,
        schema=form().schema,
        answers=run.topics,
        record=label,
    )
    return SpeechPlan(run, question, limit)
