"""The three tables of a released data set: their columns and what stands in each. Pure.

`default` has the columns of PsychoCounsel-Preference (Zhang et al., 2025) in their order: with the
seven principles exactly those 21, with others the rating columns follow the rubric. `preference`
is what TRL trains on; none of its columns is called `margin`, which TRL's reward trainer would
take for the margin of its loss. `responses` is every judged response with its provenance, so that
others can pair it their own way. Writing them to disk is the business of `parquet`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from psychocounsel_data.records import ClientSpeech, Judgment, PreferencePair, Response, Split

T = TypeVar("T")

PairTable = Literal["default", "preference"]
TableName = Literal["default", "preference", "responses"]
Place = tuple[TableName, Split]
Kind = Literal["string", "int64", "float64", "user", "assistant"]
"""A plain type, or a list of one message in that role, as chat templates take it."""
Cell = str | int | float | None

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


class Column(NamedTuple, Generic[T]):
    """A column: its name, its type, and its cell for one item."""

    name: str
    kind: Kind
    cell: Callable[[T], Cell]
    """The text of the message where the kind is a role."""


class Answer(NamedTuple):
    """A judged response and what it scored."""

    response: Response
    judgment: Judgment
    score: float
    """Mean rating over the principles, 1 to 5."""


class Judged(NamedTuple):
    """A row of `responses`."""

    speech: ClientSpeech
    split: Split
    """The side the speech is on, so that nobody trains on the test."""
    answer: Answer


class Match(NamedTuple):
    """A row of `default` and of `preference`: a pair and all that is said of it."""

    pref_id: int
    """Its number, the same in both tables."""
    speech: ClientSpeech
    pair: PreferencePair
    chosen: Answer
    rejected: Answer


def default_columns(principles: Sequence[str]) -> tuple[Column[Match], ...]:
    """The columns of PsychoCounsel-Preference, for principles in the rubric's order."""
    return (
        Column("ID", "string", lambda match: match.speech.id),
        Column("prefID", "int64", lambda match: match.pref_id),
        Column("question", "string", lambda match: match.speech.text),
        Column("chosen", "string", lambda match: match.chosen.response.text),
        Column("rejected", "string", lambda match: match.rejected.response.text),
        Column("chosen_model", "string", lambda match: match.chosen.response.name),
        Column("rejected_model", "string", lambda match: match.rejected.response.name),
        *_pair_ratings(principles),
    )


def preference_columns(principles: Sequence[str]) -> tuple[Column[Match], ...]:
    """Message lists, as TRL wants them, with the scores as columns to filter by."""
    return (
        Column("ID", "string", lambda match: match.speech.id),
        Column("prefID", "int64", lambda match: match.pref_id),
        Column("prompt", "user", lambda match: match.speech.text),
        Column("chosen", "assistant", lambda match: match.chosen.response.text),
        Column("rejected", "assistant", lambda match: match.rejected.response.text),
        Column("score_chosen", "float64", lambda match: match.pair.score_chosen),
        Column("score_rejected", "float64", lambda match: match.pair.score_rejected),
        Column("score_margin", "float64", lambda match: match.pair.score_margin),
        Column("chosen_model", "string", lambda match: match.chosen.response.name),
        Column("rejected_model", "string", lambda match: match.rejected.response.name),
        Column("chosen_response_id", "string", lambda match: match.pair.chosen),
        Column("rejected_response_id", "string", lambda match: match.pair.rejected),
        *_pair_ratings(principles),
    )


def responses_columns(principles: Sequence[str]) -> tuple[Column[Judged], ...]:
    """A judged response, what made it, and what the judge said."""
    return (
        Column("response_id", "string", lambda row: row.answer.response.id),
        Column("ID", "string", lambda row: row.speech.id),
        Column("split", "string", lambda row: row.split),
        Column("question", "string", lambda row: row.speech.text),
        Column("response", "string", lambda row: row.answer.response.text),
        Column("model", "string", lambda row: row.answer.response.model),
        Column("name", "string", lambda row: row.answer.response.name),
        Column("sample", "int64", lambda row: row.answer.response.sample),
        Column("finish", "string", lambda row: row.answer.response.finish),
        Column("prompt", "string", lambda row: row.answer.response.prompt),
        Column("temperature", "float64", lambda row: row.answer.response.sampling.temperature),
        Column("top_p", "float64", lambda row: row.answer.response.sampling.top_p),
        Column("max_tokens", "int64", lambda row: row.answer.response.sampling.max_tokens),
        Column("seed", "int64", lambda row: row.answer.response.sampling.seed),
        Column("sampling_extra", "string", _sampling_extra),
        Column("served_model", "string", lambda row: row.answer.response.served_model),
        Column("input_tokens", "int64", lambda row: row.answer.response.usage.input_tokens),
        Column("output_tokens", "int64", lambda row: row.answer.response.usage.output_tokens),
        Column("generated_at", "string", lambda row: row.answer.response.at),
        Column("judge", "string", lambda row: row.answer.judgment.judge),
        Column("judge_served_model", "string", lambda row: row.answer.judgment.served_model),
        Column("rubric", "string", lambda row: row.answer.judgment.rubric),
        Column("score", "float64", lambda row: row.answer.score),
        *(_rating(principle) for principle in principles),
        *(_rationale(principle) for principle in principles),
        Column("judged_at", "string", lambda row: row.answer.judgment.at),
    )


PAIR_COLUMNS: Mapping[PairTable, Callable[[Sequence[str]], tuple[Column[Match], ...]]] = {
    "default": default_columns,
    "preference": preference_columns,
}


def columns(table: TableName, principles: Sequence[str]) -> Sequence[Column[Any]]:
    """The columns of a table for the principles of a rubric, in the rubric's order."""
    if table == "responses":
        return responses_columns(principles)
    return PAIR_COLUMNS[table](principles)


def _pair_ratings(principles: Sequence[str]) -> Iterator[Column[Match]]:
    """`chosen_empathy_rating` …, all of the chosen response before those of the rejected."""
    for principle in principles:
        yield _chosen_rating(principle)
    for principle in principles:
        yield _rejected_rating(principle)


def _chosen_rating(principle: str) -> Column[Match]:
    name = f"chosen_{principle}_rating"
    return Column(name, "int64", lambda match: match.chosen.judgment.ratings[principle])


def _rejected_rating(principle: str) -> Column[Match]:
    name = f"rejected_{principle}_rating"
    return Column(name, "int64", lambda match: match.rejected.judgment.ratings[principle])


def _rating(principle: str) -> Column[Judged]:
    name = f"{principle}_rating"
    return Column(name, "int64", lambda row: row.answer.judgment.ratings[principle])


def _rationale(principle: str) -> Column[Judged]:
    name = f"{principle}_rationale"
    return Column(name, "string", lambda row: row.answer.judgment.rationales.get(principle))


def _sampling_extra(row: Judged) -> str | None:
    """The parameters that only some servers know, as a JSON object; None without any."""
    extra = row.answer.response.sampling.extra
    return json.dumps(extra, sort_keys=True) if extra else None
