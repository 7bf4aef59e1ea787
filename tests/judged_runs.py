"""Run folders whose responses are judged already. Every text in them is invented."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import orjson

from psychocounsel_data import journal
from psychocounsel_data.config import PairsConfig
from psychocounsel_data.dataset.building import Recipe, build
from psychocounsel_data.dataset.tally import BuildSummary
from psychocounsel_data.judging.aggregation import Panel, Seat
from psychocounsel_data.records import ClientSpeech, Finish, Judgment, Response, Sampling
from psychocounsel_data.resources import load_rubric
from psychocounsel_data.run import Run

JUDGE, RUBRIC = "openai:gpt-4o", "judge@0123456789ab"
PRINCIPLES = ("empathy", "relevance", "clarity", "safety", "exploration", "autonomy", "staging")
AT = "2025-01-01T00:00:00Z"


class Given(NamedTuple):
    """A response of a model, and what the judge said of it."""

    model: str
    """Its released name; `vllm:` in front of it is the model that was asked."""
    ratings: Sequence[int]
    """In the rubric's order."""
    text: str | None = None
    """None: words that no other response has."""
    finish: Finish = "stop"


def response(speech_id: str, given: Given) -> Response:
    """The response as the journal keeps it."""
    id_ = hashlib.md5(f"{speech_id} {given.model}".encode()).hexdigest()
    return Response(
        id=id_,
        speech_id=speech_id,
        model=f"vllm:{given.model}",
        name=given.model,
        text=f"{given.model} says to {speech_id}: go on." if given.text is None else given.text,
        finish=given.finish,
        prompt="counselor@0123456789ab",
        messages_hash=id_,
        sampling=Sampling(temperature=1.0),
        at=AT,
    )


def judgment(answer: Response, ratings: Sequence[int], judge: str = JUDGE) -> Judgment:
    """The judgment as the journal keeps it."""
    return Judgment(
        id=hashlib.md5(f"{answer.id} {judge}".encode()).hexdigest(),
        response_id=answer.id,
        speech_id=answer.speech_id,
        judge=judge,
        rubric=RUBRIC,
        ratings=dict(zip(PRINCIPLES, ratings, strict=True)),
        rationales={name: f"This is about {name}." for name in PRINCIPLES},
        messages_hash=answer.id,
        sampling=Sampling(temperature=0.0),
        at=AT,
    )


def speech(id_: str, text: str | None = None) -> ClientSpeech:
    """A speech of a source that its id names."""
    source, _, row = id_.rpartition("-")
    return ClientSpeech(id=id_, source=source, row=int(row), text=text or f"I am {id_}, and low.")


def judged_run(
    folder: Path,
    given: Mapping[str, Sequence[Given]],
    pairs: Mapping[str, object] | None = None,
    texts: Mapping[str, str] | None = None,
) -> Run:
    """A run folder: speech id to the responses to it, and `pairs:` of its run.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    published = {"test_fraction": 0, "gates": {"preset": "published"}}
    config = {"sources": [{"path": "a.csv"}], "pairs": {**published, **(pairs or {})}}
    (folder / "run.yaml").write_bytes(orjson.dumps(config))
    run = Run(folder)
    made = [(response(id_, one), one) for id_, all_ in given.items() for one in all_]
    journal.replace(run.speeches, (speech(id_, (texts or {}).get(id_)) for id_ in given))
    journal.replace(run.responses, (answer for answer, _ in made))
    journal.replace(run.judgments, (judgment(answer, one.ratings) for answer, one in made))
    return run


def build_run(run: Run, pairs: PairsConfig | None = None, judge: str = JUDGE) -> BuildSummary:
    """Build dataset/ as `pcdata build-pairs` does."""
    recipe = Recipe(
        panel=Panel((Seat(judge, 1),), "mean", None, False),
        rubric=RUBRIC,
        pairs=pairs or run.config.pairs,
        principles=tuple(load_rubric(run.folder).principles),
    )
    return build(run, recipe)
