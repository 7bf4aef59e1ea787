"""The three tables of a released data set: their columns, and a row of each. Pure.

`default` has the columns of PsychoCounsel-Preference (Zhang et al., 2025) in their order: with the
seven principles exactly those 21, with others the rating columns follow the rubric. `preference`
is what TRL trains on; none of its columns is called `margin`, which TRL's reward trainer would
take for the margin of its loss. `responses` is every judged response with its provenance, so that
others can pair it their own way. Writing them to disk is the business of `parquet`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from psychocounsel_data.records import ClientSpeech, Judgment, PreferencePair, Response, Split

TableName = Literal["default", "preference", "responses"]
Place = tuple[TableName, Split]
Kind = Literal["string", "int64", "float64", "messages"]
Cell = str | int | float | Sequence[Mapping[str, str]] | None
Row = tuple[Cell, ...]
"""The cells of one row in the order of its table's columns."""

SIDES = ("chosen", "rejected")

# Named as the Hub names them, so that a data set that grows into several files keeps its places.
FILES: Mapping[Place, str] = {
    ("default", "train"): "data/train-00000-of-00001.parquet",
    ("default", "test"): "data/test-00000-of-00001.parquet",
    ("preference", "train"): "preference/train-00000-of-00001.parquet",
    ("preference", "test"): "preference/test-00000-of-00001.parquet",
    ("responses", "train"): "responses/train-00000-of-00001.parquet",
}
"""Table and split to the file in dataset/. All responses are in one split, with a column that says
on which side each one's speech is."""


class Column(NamedTuple):
    """A column and what is in its cells; `messages` is a list of role and content."""

    name: str
    kind: Kind


class Answer(NamedTuple):
    """A judged response and what it scored."""

    response: Response
    judgment: Judgment
    score: float
    """Mean rating over the principles, 1 to 5."""


class Match(NamedTuple):
    """A pair with everything that its rows say."""

    pref_id: int
    """Its number, the same in every table."""
    speech: ClientSpeech
    pair: PreferencePair
    chosen: Answer
    rejected: Answer


def default_columns(principles: Sequence[str]) -> tuple[Column, ...]:
    """The columns of PsychoCounsel-Preference."""
    texts = ("question", *SIDES, *(f"{side}_model" for side in SIDES))
    return (
        Column("ID", "string"),
        Column("prefID", "int64"),
        *(Column(name, "string") for name in texts),
        *_rating_columns(principles),
    )


def default_row(match: Match, principles: Sequence[str]) -> Row:
    """A pair as PsychoCounsel-Preference has it."""
    chosen, rejected = match.chosen.response, match.rejected.response
    return (
        match.speech.id,
        match.pref_id,
        match.speech.text,
        chosen.text,
        rejected.text,
        chosen.name,
        rejected.name,
        *_ratings(match.chosen, principles),
        *_ratings(match.rejected, principles),
    )


def preference_columns(principles: Sequence[str]) -> tuple[Column, ...]:
    """Message lists, as TRL wants them, with the scores as columns to filter by."""
    return (
        Column("ID", "string"),
        Column("prefID", "int64"),
        *(Column(name, "messages") for name in ("prompt", *SIDES)),
        *(Column(f"score_{name}", "float64") for name in (*SIDES, "margin")),
        *(Column(f"{side}_model", "string") for side in SIDES),
        *(Column(f"{side}_response_id", "string") for side in SIDES),
        *_rating_columns(principles),
    )


def preference_row(match: Match, principles: Sequence[str]) -> Row:
    """A pair as a trainer reads it."""
    chosen, rejected = match.chosen.response, match.rejected.response
    return (
        match.speech.id,
        match.pref_id,
        _message("user", match.speech.text),
        _message("assistant", chosen.text),
        _message("assistant", rejected.text),
        match.pair.score_chosen,
        match.pair.score_rejected,
        match.pair.score_margin,
        chosen.name,
        rejected.name,
        chosen.id,
        rejected.id,
        *_ratings(match.chosen, principles),
        *_ratings(match.rejected, principles),
    )


def responses_columns(principles: Sequence[str]) -> tuple[Column, ...]:
    """A judged response, what made it, and what the judge said."""
    return (
        Column("response_id", "string"),
        Column("ID", "string"),
        Column("split", "string"),
        Column("question", "string"),
        Column("response", "string"),
        Column("model", "string"),
        Column("name", "string"),
        Column("sample", "int64"),
        Column("finish", "string"),
        Column("prompt", "string"),
        Column("temperature", "float64"),
        Column("top_p", "float64"),
        Column("max_tokens", "int64"),
        Column("seed", "int64"),
        Column("sampling_extra", "string"),
        Column("served_model", "string"),
        Column("input_tokens", "int64"),
        Column("output_tokens", "int64"),
        Column("generated_at", "string"),
        Column("judge", "string"),
        Column("judge_served_model", "string"),
        Column("rubric", "string"),
        Column("score", "float64"),
        *(Column(f"{principle}_rating", "int64") for principle in principles),
        *(Column(f"{principle}_rationale", "string") for principle in principles),
        Column("judged_at", "string"),
    )


def responses_row(
    speech: ClientSpeech, split: Split, answer: Answer, principles: Sequence[str]
) -> Row:
    """A judged response. Its speech's side comes with it, so that nobody trains on the test."""
    response, judgment, _ = answer
    sampling = response.sampling
    return (
        response.id,
        speech.id,
        split,
        speech.text,
        response.text,
        response.model,
        response.name,
        response.sample,
        response.finish,
        response.prompt,
        sampling.temperature,
        sampling.top_p,
        sampling.max_tokens,
        sampling.seed,
        json.dumps(sampling.extra, sort_keys=True) if sampling.extra else None,
        response.served_model,
        response.usage.input_tokens,
        response.usage.output_tokens,
        response.at,
        judgment.judge,
        judgment.served_model,
        judgment.rubric,
        answer.score,
        *_ratings(answer, principles),
        *(judgment.rationales.get(principle) for principle in principles),
        judgment.at,
    )


def _rating_columns(principles: Sequence[str]) -> list[Column]:
    """`chosen_empathy_rating` …, all of the chosen response before those of the rejected."""
    return [Column(f"{side}_{one}_rating", "int64") for side in SIDES for one in principles]


def _ratings(answer: Answer, principles: Sequence[str]) -> list[int]:
    return [answer.judgment.ratings[principle] for principle in principles]


def _message(role: str, content: str) -> list[dict[str, str]]:
    return [{"role": role, "content": content}]


COLUMNS: Mapping[TableName, Callable[[Sequence[str]], tuple[Column, ...]]] = {
    "default": default_columns,
    "preference": preference_columns,
    "responses": responses_columns,
}
"""Table to its columns for the principles of a rubric, in the rubric's order."""
