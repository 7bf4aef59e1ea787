"""The three tables of a released data set: their columns and what stands in each. Pure.

`default` has the columns of PsychoCounsel-Preference (Zhang et al., 2025) in their order: with the
seven principles exactly those 21, with others the rating columns follow the rubric. `preference`
is what TRL trains on; none of its columns is called `margin`, which TRL's reward trainer would
take for the margin of its loss. `responses` is every judged response with its provenance, so that
others can pair it their own way. Writing them to disk is the business of `parquet`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from psychocounsel_data.records import ClientSpeech, Judgment, PreferencePair, Response, Split

PairTable = Literal["default", "preference"]
TableName = Literal["default", "preference", "responses"]
Place = tuple[TableName, Split]
Kind = Literal["string", "int64", "float64", "user", "assistant"]
"""A plain type, or a list of messages whose last is in that role, as chat templates take it."""

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
    """A column: its name, its type, and where its cells come from."""

    name: str
    kind: Kind
    source: str
    """`speech.`, `answer.`, `chosen.`, `rejected.` or `pair.`, and what of it (`pairs.writing`)."""


class Answer(NamedTuple):
    """A judged response and what it scored."""

    response: Response
    judgment: Judgment
    score: float
    """Mean rating over the principles, 1 to 5."""


class Match(NamedTuple):
    """A pair and all that is said of it."""

    pref_id: int
    """Its number, the same in both tables."""
    speech: ClientSpeech
    pair: PreferencePair
    chosen: Answer
    rejected: Answer


def default_columns(principles: Sequence[str], rating: Kind = "int64") -> tuple[Column, ...]:
    """The columns of PsychoCounsel-Preference, for principles in the rubric's order."""
    return (
        Column("ID", "string", "speech.id"),
        Column("prefID", "int64", "pair.pref_id"),
        Column("question", "string", "speech.text"),
        Column("chosen", "string", "chosen.text"),
        Column("rejected", "string", "rejected.text"),
        Column("chosen_model", "string", "chosen.name"),
        Column("rejected_model", "string", "rejected.name"),
        *_pair_ratings(principles, rating),
    )


def preference_columns(principles: Sequence[str], rating: Kind = "int64") -> tuple[Column, ...]:
    """Message lists, as TRL wants them, with the scores as columns to filter by."""
    return (
        Column("ID", "string", "speech.id"),
        Column("prefID", "int64", "pair.pref_id"),
        Column("prompt", "user", "speech.text"),
        Column("chosen", "assistant", "chosen.text"),
        Column("rejected", "assistant", "rejected.text"),
        Column("score_chosen", "float64", "chosen.score"),
        Column("score_rejected", "float64", "rejected.score"),
        Column("score_margin", "float64", "pair.margin"),
        Column("chosen_model", "string", "chosen.name"),
        Column("rejected_model", "string", "rejected.name"),
        Column("chosen_response_id", "string", "chosen.id"),
        Column("rejected_response_id", "string", "rejected.id"),
        *_pair_ratings(principles, rating),
    )


def responses_columns(
    principles: Sequence[str], rating: Kind = "int64", *, several: bool = False
) -> tuple[Column, ...]:
    """A judged response, what made it, and what the judge said.

    Where it got several ratings on a principle, also what they were put together by, and how far
    they lay apart.
    """
    return (
        Column("response_id", "string", "answer.id"),
        Column("ID", "string", "speech.id"),
        Column("split", "string", "speech.split"),
        Column("question", "string", "speech.text"),
        Column("response", "string", "answer.text"),
        Column("model", "string", "answer.model"),
        Column("name", "string", "answer.name"),
        Column("sample", "int64", "answer.sample"),
        Column("finish", "string", "answer.finish"),
        Column("prompt", "string", "answer.prompt"),
        Column("temperature", "float64", "answer.temperature"),
        Column("top_p", "float64", "answer.top_p"),
        Column("max_tokens", "int64", "answer.max_tokens"),
        Column("seed", "int64", "answer.seed"),
        Column("sampling_extra", "string", "answer.sampling_extra"),
        Column("served_model", "string", "answer.served_model"),
        Column("input_tokens", "int64", "answer.input_tokens"),
        Column("output_tokens", "int64", "answer.output_tokens"),
        Column("generated_at", "string", "answer.at"),
        Column("judge", "string", "answer.judge"),
        Column("judge_served_model", "string", "answer.judge_served_model"),
        Column("rubric", "string", "answer.rubric"),
        Column("score", "float64", "answer.score"),
        *(Column(f"{one}_rating", rating, f"answer.{one}_rating") for one in principles),
        *([Column("aggregate", "string", "answer.aggregate")] if several else []),
        *(
            Column(f"{one}_spread", "int64", f"answer.{one}_spread")
            for one in (principles if several else ())
        ),
        *(Column(f"{one}_rationale", "string", f"answer.{one}_rationale") for one in principles),
        Column("judged_at", "string", "answer.judged_at"),
    )


def columns(
    table: TableName, principles: Sequence[str], *, whole: bool = True, several: bool = False
) -> tuple[Column, ...]:
    """The columns of a table for the principles of a rubric, in the rubric's order.

    Args:
        whole: whether every rating is a whole number; the mean of several judges need not be.
        several: whether there was more than one rating of a response on a principle.
    """
    rating: Kind = "int64" if whole else "float64"
    if table == "responses":
        return responses_columns(principles, rating, several=several)
    make = {"default": default_columns, "preference": preference_columns}[table]
    return make(principles, rating)


def _pair_ratings(principles: Sequence[str], rating: Kind) -> Iterator[Column]:
    """`chosen_empathy_rating` …, all of the chosen response before those of the rejected."""
    for side in ("chosen", "rejected"):
        for one in principles:
            yield Column(f"{side}_{one}_rating", rating, f"{side}.{one}_rating")
