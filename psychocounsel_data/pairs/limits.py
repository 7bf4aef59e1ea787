"""What holds for a whole split: caps, balance between models, and length. Pure.

Each limit keeps as many pairs as it can, and is asked in this order: pairs of a speech, times an
answer is chosen, pairs of a model; then share of a model and mean difference of length, in turn,
until both hold, since pairs that one takes away can upset the other. Which pairs of a model stay is
drawn, so that those that stay are like those there were.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from psychocounsel_data.config import PairGates
from psychocounsel_data.errors import RunError
from psychocounsel_data.pairs.gates import bit
from psychocounsel_data.pairs.scale import exactly

if TYPE_CHECKING:
    import polars as pl


def limited(pairs: pl.DataFrame, gates: PairGates) -> pl.DataFrame:
    """The pairs of one split with the mask `limit`: 0 for those that stay.

    Args:
        pairs: `speech`, `chosen`, `points`, `model` (a number for the chosen answer's model),
            `longer` (by how many characters the chosen answer is the longer) and `lot` (a number
            drawn for the pair); best chosen first within a speech.

    Raises:
        RunError: no model may have so small a share, because there are too few models.
    """
    import polars as pl

    pairs = pairs.with_columns(limit=pl.lit(0, pl.UInt32))
    pairs = _cap(pairs, "speech_cap", "speech", gates.max_per_speech, by_lot=False)
    pairs = _cap(pairs, "repeated_chosen", "chosen", gates.max_times_chosen, by_lot=False)
    pairs = _cap(pairs, "model_cap", "model", gates.max_per_model, by_lot=True)
    left = -1
    while left != (left := int((pairs["limit"] == 0).sum())):
        pairs = _balance(pairs, gates.max_model_share)
        pairs = _match(pairs, gates.max_mean_length_difference)
    return pairs


def _cap(
    pairs: pl.DataFrame, gate: str, key: str, most: int | None, *, by_lot: bool
) -> pl.DataFrame:
    """At most so many pairs with the same key: the clearest, or drawn ones."""
    import polars as pl

    if most is None:
        return pairs
    order = pl.col("lot") if by_lot else -pl.col("points")
    return _kept(pairs, gate, lambda: order.rank("ordinal").over(key) <= most)


def _balance(pairs: pl.DataFrame, share: float | None) -> pl.DataFrame:
    import polars as pl

    if share is None:
        return pairs
    counts = pairs.filter(pl.col("limit") == 0)["model"].value_counts()["count"].to_list()
    if not counts:
        return pairs
    most = largest_cap(counts, exactly(share, "pairs.gates.max_model_share"))
    return _kept(pairs, "model_share", lambda: pl.col("lot").rank("ordinal").over("model") <= most)


def largest_cap(counts: Sequence[int], share: Fraction) -> int:
    """The largest cap on each model under which none has more than the share of what is left.

    Raises:
        RunError: there is none above 0.
    """
    low, high = 0, max(counts)
    while low < high:
        middle = (low + high + 1) // 2
        kept = [min(count, middle) for count in counts]
        if max(kept) <= share * sum(kept):
            low = middle
        else:
            high = middle - 1
    if low == 0:
        raise RunError(
            f"pairs.gates.max_model_share: {len(counts)} models are chosen in a split, so one has "
            f"more than {float(share):g} of the pairs: raise the share, or add models"
        )
    return low


def _match(pairs: pl.DataFrame, bound: float | None) -> pl.DataFrame:
    """Give up the fewest pairs after which the mean difference of length is within the bound.

    Those that differ most in the direction of the mean go first: no other choice of as few brings
    the mean further down.
    """
    import polars as pl

    if bound is None:
        return pairs
    kept = pairs.filter(pl.col("limit") == 0)
    total = int(kept["longer"].sum())
    if abs(total) <= bound * kept.height:
        return pairs
    direction = 1 if total > 0 else -1
    ordered = kept.sort(pl.col("longer") * direction, "lot", descending=True)
    left = ordered["longer"].cast(pl.Int64).reverse().cum_sum().reverse() * direction
    rows = pl.int_range(ordered.height, 0, -1, dtype=pl.Int64, eager=True)
    given_up = int((left > bound * rows).sum())
    gone = ordered.head(given_up).select("pair")
    out = pairs["pair"].is_in(gone["pair"].implode())
    return pairs.with_columns(
        limit=pl.when(out).then(bit("length_match")).otherwise("limit").cast(pl.UInt32)
    )


def _kept(pairs: pl.DataFrame, gate: str, stays: Callable[[], pl.Expr]) -> pl.DataFrame:
    """Mark those of the pairs left that do not stay."""
    import polars as pl

    left = pairs.filter(pl.col("limit") == 0).with_columns(stays=stays())
    gone = left.filter(~pl.col("stays"))["pair"]
    return pairs.with_columns(
        limit=pl.when(pl.col("pair").is_in(gone.implode()))
        .then(bit(gate))
        .otherwise("limit")
        .cast(pl.UInt32)
    )
