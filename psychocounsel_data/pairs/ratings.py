"""What several ratings of one answer come to, for millions of answers at once. Pure.

The rule is that of `judging.aggregation.rate`, which says it answer by answer in fractions; here it
is said in columns of whole numbers over one common denominator. The two are held to each other by
tests.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from psychocounsel_data.config import Aggregate
from psychocounsel_data.judging.aggregation import Panel

if TYPE_CHECKING:
    import polars as pl


class Rated(NamedTuple):
    """The answers that have a verdict."""

    frame: pl.DataFrame
    """`response_id`, a column of whole numbers for each principle, `judged_at` (where the first
    judge's judgments stand, in the journal's order) and `judges` (a bit for each seat that went
    in). Where a panel gives several ratings, also `<principle>_spread`: points between the highest
    and the lowest single one."""
    unit: int
    """What a rating of 1 is in those whole numbers; 1 where all ratings are whole."""


def combined(votes: pl.DataFrame, panel: Panel, principles: Sequence[str]) -> Rated:
    """The verdicts on the answers of which there are votes.

    Args:
        votes: in the journal's order, of judges with a seat, with usable ratings only:
            `response_id`, `seat` (its number on the panel), `repeat`, a column of ratings for each
            principle (null where it was not asked), `at`, and `seats` (the bits of those that may
            rate this answer).
    """
    import polars as pl

    names = list(principles)
    repeats = [seat.repeats for seat in panel.seats]
    sheets = _sheets(votes, names).filter(pl.all_horizontal(pl.col(names).is_not_null()))
    spread = list(map(spread_of, names)) if panel.several else []
    if spread:
        sheets = sheets.with_columns(
            pl.struct(low=pl.col(name), high=pl.col(name)).alias(spread_of(name)) for name in names
        )
    by_judge, per_judge = _together(
        sheets.sort("repeat", maintain_order=True),
        ["response_id", "seat"],
        repeats,
        panel.rule,
        names,
        several=max(repeats) > 1,
    )
    wanted = pl.col("seat").replace_strict(dict(enumerate(repeats)), return_dtype=pl.UInt32)
    complete = (
        by_judge.filter(pl.col("count") == wanted).drop("count").sort("seat", maintain_order=True)
    )
    counts = range(1, len(repeats) + 1)
    verdicts, per_panel = _together(
        complete, ["response_id"], counts, panel.rule, names, several=len(repeats) > 1
    )
    seats = pl.col("seats").bitwise_count_ones()
    quorum = seats if panel.quorum is None else pl.min_horizontal(seats, pl.lit(panel.quorum))
    verdicts = verdicts.filter((seats > 0) & (pl.col("count") >= quorum))
    frame, unit = _reduced(verdicts, names, per_judge * per_panel)
    apart = [
        (pl.col(name).struct.field("high") - pl.col(name).struct.field("low")).alias(name)
        for name in spread
    ]
    return Rated(frame.select("response_id", *names, "judged_at", "judges", *apart), unit)


def spread_of(principle: str) -> str:
    """The column that says how far the single ratings on a principle lie apart."""
    return f"{principle}_spread"


def seat_bit() -> pl.Expr:
    """The bit of the judge in the column `seat`."""
    import polars as pl

    return pl.lit(2, pl.UInt32).pow(pl.col("seat")).cast(pl.UInt32)


def _sheets(votes: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """One row for each answer, judge and repeat: of each principle the last rating."""
    import polars as pl

    key = ["response_id", "seat", "repeat"]
    single = votes.with_columns(judged_at=pl.concat_list("at"), judges=seat_bit())
    again = pl.struct(key).is_duplicated()
    several = single.filter(again)
    if several.is_empty():
        return single
    merged = several.group_by(key, maintain_order=True).agg(
        *(pl.col(name).drop_nulls().last() for name in names),
        pl.col("seats").first(),
        pl.col("judges").first(),
        judged_at=pl.col("at"),
    )
    return pl.concat([single.filter(~again).select(merged.columns), merged], how="vertical")


def _together(
    frame: pl.DataFrame,
    key: list[str],
    counts: Sequence[int],
    rule: Aggregate,
    names: list[str],
    *,
    several: bool,
) -> tuple[pl.DataFrame, int]:
    """One row for each key, and the denominator of its ratings.

    Args:
        counts: how many rows of one key there may be.
        several: whether there can be more than one.
    """
    import polars as pl

    if not several:
        return frame.with_columns(count=pl.lit(1, pl.UInt32)), 1
    unit = _unit(counts, rule)
    spread = [spread_of(name) for name in names if spread_of(name) in frame.columns]
    grouped = frame.group_by(key, maintain_order=True).agg(
        *(_combine(pl.col(name).cast(pl.Int64), rule, unit) for name in names),
        pl.col("seats").first(),
        pl.col("judges").bitwise_or(),
        pl.col("judged_at").first(),
        *(
            pl.struct(
                low=pl.col(name).struct.field("low").min(),
                high=pl.col(name).struct.field("high").max(),
            ).alias(name)
            for name in spread
        ),
        count=pl.len(),
    )
    return grouped, unit


def _unit(counts: Sequence[int], rule: Aggregate) -> int:
    if rule == "median":
        return 2
    if rule == "trimmed_mean":
        return math.lcm(*(count - 2 if count > 2 else count for count in counts))
    return math.lcm(*counts)


def _combine(rating: pl.Expr, rule: Aggregate, unit: int) -> pl.Expr:
    """`judging.aggregation.combine`, times the unit."""
    import polars as pl

    if rule == "median":
        ordered = rating.sort()
        return ordered.get((pl.len() - 1) // 2) + ordered.get(pl.len() // 2)
    if rule == "trimmed_mean":
        inner = (rating.sum() - rating.max() - rating.min()) * unit // (pl.len() - 2)
        return pl.when(pl.len() > 2).then(inner).otherwise(rating.sum() * unit // pl.len())
    return rating.sum() * unit // pl.len()


def _reduced(frame: pl.DataFrame, names: list[str], unit: int) -> tuple[pl.DataFrame, int]:
    """The same ratings over the smallest denominator."""
    import polars as pl

    numbers = frame.with_columns(pl.col(names).cast(pl.Int64))
    if unit == 1:
        return numbers, 1
    values = {value for name in names for value in numbers[name].unique()}
    shared = math.gcd(unit, *values)
    return numbers.with_columns(pl.col(names) // shared), unit // shared
