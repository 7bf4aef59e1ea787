"""What the report counts of ratings, lengths and answers that met: queries over dataset/.

Everything is computed by polars over scanned tables. Where every two answers of a speech have to
meet, a million speeches would make many millions of twos, so a fixed sample of speeches is taken;
the sample's size is part of the result and is said in the report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from psychocounsel_data.report.tables import Tables

if TYPE_CHECKING:
    import polars as pl

MOST_SPEECHES = 50_000
"""Speeches whose answers are compared two by two."""
LENGTH_BINS = 24


class Twos(NamedTuple):
    """Every two answers to one speech, once."""

    frame: pl.DataFrame
    """`ID`, `name_a`, `name_b`, `score_a`, `score_b`, `chars_a`, `chars_b`."""
    speeches: int
    sampled: bool
    """Whether these are `MOST_SPEECHES` of more."""


def distribution(tables: Tables) -> pl.DataFrame:
    """`principle`, `rating`, `count`; ratings of a panel are rounded to the nearest point."""
    import polars as pl

    columns = [f"{one}_rating" for one in tables.principles]
    long = tables.responses.select(columns).unpivot(variable_name="principle", value_name="rating")
    counted = long.drop_nulls().group_by(
        pl.col("principle").str.strip_suffix("_rating"), pl.col("rating").round().cast(pl.Int64)
    )
    return counted.agg(count=pl.len()).sort("principle", "rating").collect()


def by_model(tables: Tables) -> pl.DataFrame:
    """`name`, `responses`, `score`, `chars`, and the mean of every principle; best first."""
    import polars as pl

    means = [pl.col(f"{one}_rating").mean().alias(one) for one in tables.principles]
    grouped = tables.responses.group_by("name").agg(
        *means,
        responses=pl.len(),
        score=pl.col("score").mean(),
        chars=pl.col("response").str.len_chars().mean(),
    )
    return grouped.sort(["score", "name"], descending=[True, False]).collect()


def score_counts(tables: Tables) -> pl.DataFrame:
    """`name`, `score`, `count`: how often each model got each mean score."""
    import polars as pl

    rounded = pl.col("score").round(3)
    return (
        tables.responses.group_by("name", rounded)
        .agg(count=pl.len())
        .sort("name", "score")
        .collect()
    )


def twos(tables: Tables) -> Twos:
    """Every two answers to one speech, of a sample of speeches where there are very many."""
    import polars as pl

    ids = tables.responses.select(pl.col("ID").unique()).collect()["ID"].sort()
    sampled = len(ids) > MOST_SPEECHES
    if sampled:
        ids = ids.sample(MOST_SPEECHES, seed=0)
    kept = (
        tables.responses.filter(pl.col("ID").is_in(ids.implode())) if sampled else tables.responses
    )
    one = kept.select(
        "ID",
        "response_id",
        "name",
        "score",
        chars=pl.col("response").str.len_chars().cast(pl.Int64),
    )
    met = one.join(one, on="ID", suffix="_b").filter(
        pl.col("response_id") < pl.col("response_id_b")
    )
    frame = met.select(
        "ID",
        name_a="name",
        name_b="name_b",
        score_a="score",
        score_b="score_b",
        chars_a="chars",
        chars_b="chars_b",
    ).sort("ID", "name_a", "name_b", "score_a", "score_b")
    return Twos(frame.collect(), len(ids), sampled)


class LengthEffect(NamedTuple):
    """How score goes with length."""

    bins: pl.DataFrame
    """`chars` (the bin's middle), `score` (mean), `count`."""
    longer_wins: float | None
    """Of twos to one speech with different scores and lengths, the share in which the longer one
    scores higher; a half is no effect. None where there are no such twos."""
    longer_of: int
    """The number of those twos."""


def length_effect(tables: Tables, met: Twos) -> LengthEffect:
    """Mean score by length, and how often the longer of two answers to one speech wins."""
    import polars as pl

    chars = pl.col("response").str.len_chars()
    top = tables.responses.select(chars.quantile(0.99)).collect().item() or 1
    width = max(1, int(top) // LENGTH_BINS)
    bins = (
        tables.responses.select("score", bin=(chars // width).clip(0, LENGTH_BINS))
        .group_by("bin")
        .agg(score=pl.col("score").mean(), count=pl.len())
        .sort("bin")
        .select("score", "count", chars=(pl.col("bin") + 0.5) * width)
        .collect()
    )
    gap = (pl.col("score_a") - pl.col("score_b")) * (pl.col("chars_a") - pl.col("chars_b"))
    decided = met.frame.select(gap.alias("gap")).filter(pl.col("gap") != 0)
    share = decided.select((pl.col("gap") > 0).mean()).item() if decided.height else None
    return LengthEffect(bins, share, decided.height)


def margins(met: Twos) -> pl.DataFrame:
    """`margin`, `count`: the difference of scores of every two answers to one speech."""
    import polars as pl

    margin = (pl.col("score_a") - pl.col("score_b")).abs().round(3)
    return met.frame.group_by(margin=margin).agg(count=pl.len()).sort("margin")
