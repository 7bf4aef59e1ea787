"""A second opinion: a model reads every speech once more for signs of danger.

`plan` asks nothing: it reads the run folder and says which calls are left. `calls.engine` asks.
What the model points to is looked up in the speech, so that every flag has its place; what is not
there letter by letter is no finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from psychocounsel_data.calls.call import Call
from psychocounsel_data.calls.plan import Answer
from psychocounsel_data.config import SecondOpinionConfig
from psychocounsel_data.errors import UnreadableReplyError
from psychocounsel_data.per_speech import Question, SpeechPlan
from psychocounsel_data.records import RiskFlag, RiskOpinion
from psychocounsel_data.replies import Form
from psychocounsel_data.resources import load_prompt
from psychocounsel_data.run import Run

Named = Literal[
    "crisis indicator",
    "crisis ideation",
    "crisis behaviour",
    "crisis attempt",
    "minor",
    "abuse",
    "violence",
]


class Kind(NamedTuple):
    """What can be found, as the prompt says it."""

    name: Named
    meaning: str


KINDS: Final = (
    Kind(
        "crisis indicator",
        "hopelessness, being a burden, nothing to go on for, thinking about death; or the suicide, "
        "suicidal thoughts or self-harm of somebody else.",
    ),
    Kind(
        "crisis ideation",
        "a wish to be dead or not to wake up, thoughts of suicide, an intention, a method or a "
        "plan; an urge to injure oneself.",
    ),
    Kind(
        "crisis behaviour",
        "self-harm; preparing for suicide, such as collecting pills or saying goodbye; an attempt "
        "that was broken off or prevented.",
    ),
    Kind("crisis attempt", "a suicide attempt of the client, at any time."),
    Kind("minor", "the client seems to be under 18."),
    Kind(
        "abuse",
        "somebody hurts, threatens, controls or neglects the client, a child or somebody else, or "
        "did so.",
    ),
    Kind("violence", "the client hurts somebody, did so, threatens to, or has the urge to."),
)


class Finding(BaseModel):
    """A place in a speech that a model points to."""

    model_config = ConfigDict(strict=True, extra="ignore")

    reason: str = Field(min_length=1, json_schema_extra={"maxLength": 400})
    quote: str = Field(min_length=1, json_schema_extra={"maxLength": 600})
    kind: Named


class Findings(BaseModel):
    """A model's reply: all the places it points to."""

    model_config = ConfigDict(strict=True, extra="ignore")

    findings: list[Finding]


_FORM: Final = Form("findings", Findings)
_SPACES = re.compile(r"\s+")


def plan(run: Run, config: SecondOpinionConfig, *, limit: int | None = None) -> SpeechPlan:
    """What is left to be read once more.

    Args:
        run: the run folder, with speeches.jsonl in it.
        config: `risk.second_opinion:` of run.yaml.
        limit: the most calls to plan, in the order of the speeches.

    Raises:
        ConfigError: the prompt cannot be used.
        RunError: there are no speeches yet.
        InputError: a line of a journal is broken.
    """
    run.need(run.speeches, "pcdata load")
    prompt = load_prompt(run.folder, config.prompt, {"kinds": KINDS})
    prompt.messages({"speech": ""})  # a misspelt variable shows now, not at the first paid call
    question = Question(
        stage="risk",
        model=config.model,
        prompt=prompt,
        sampling=config.sampling,
        schema=_FORM.schema,
        answers=run.opinions,
        record=opinion,
    )
    return SpeechPlan(run, question, limit)


def opinion(call: Call, answer: Answer) -> RiskOpinion:
    """The opinion in a reply.

    Raises:
        UnreadableReplyError: it did not keep to the form, or quotes what is not in the speech.
    """
    said = _FORM.read(answer.reply.text).findings
    return RiskOpinion(
        id=call.id,
        speech_id=call.speech_id,
        model=call.model,
        prompt=call.prompt.label,
        flags=tuple(flags(call.inputs["speech"], said, call.model)),
        reasons=tuple(one.reason.strip() for one in said),
        usage=answer.usage,
        batch=answer.batch,
        at=answer.at,
    )


def flags(speech: str, said: Sequence[Finding], model: str) -> Iterator[RiskFlag]:
    """What a model points to as flags, each with its place.

    Raises:
        UnreadableReplyError: a quote is not in the speech; says which, without repeating it.
    """
    for number, one in enumerate(said):
        place = _place(speech, one.quote)
        if place is None:
            raise UnreadableReplyError(
                f"findings.{number}.quote is not in the speech: copy the client's words exactly"
            )
        kind, _, tier = one.kind.partition(" ")
        yield RiskFlag.model_validate(
            {
                "kind": kind,
                "tier": tier or None,
                "rule": f"second-opinion {model}",
                "start": place[0],
                "end": place[1],
            }
        )


def _place(speech: str, quote: str) -> tuple[int, int] | None:
    """Where a quote stands, whatever its spaces and quotation marks around it."""
    words = _SPACES.split(quote.strip().strip("\"'\u201c\u201d\u2018\u2019\u2026.").strip())
    pattern = r"\s+".join(map(re.escape, words))
    match = re.search(pattern, speech, re.IGNORECASE) if any(words) else None
    return match.span() if match else None
