"""Which of the two that may meet do. Pure. A further strategy is a function here and its line.

"Best" and "worst" are those that may stand on that side: an answer that may not be chosen is not
the best, and one that may be on neither side is not the worst. With no gates in use, they are the
first and the last of all answers to the speech.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from psychocounsel_data.config import Strategy

if TYPE_CHECKING:
    import polars as pl

Lot = Callable[[int, int], bytes]
"""What decides a draw, from the numbers of speech and answer: the same lot, the same draw."""


class Field(NamedTuple):
    """What a strategy chooses from, on one side of the split."""

    twos: pl.DataFrame
    """Every two that may meet: `speech`, `chosen`, `rejected`; in the order of `meeting.twos`."""
    best: pl.DataFrame
    """`speech`, and as `chosen` the best answer that may be chosen."""
    worst: pl.DataFrame
    """`speech`, and as `rejected` the lowest answer that may be rejected."""
    lot: Lot


def all_pairs(field: Field) -> pl.DataFrame:
    """Every two that may meet: the paper's rule for training (Zhang et al., 2025)."""
    return field.twos


def best_vs_rest(field: Field) -> pl.DataFrame:
    """The best answer against each of the others."""
    return field.twos.join(field.best, on=["speech", "chosen"], how="semi", maintain_order="left")


def best_vs_worst(field: Field) -> pl.DataFrame:
    """The best answer against the lowest: the paper's rule for testing (Zhang et al., 2025)."""
    return best_vs_rest(field).join(
        field.worst, on=["speech", "rejected"], how="semi", maintain_order="left"
    )


def best_vs_random(field: Field) -> pl.DataFrame:
    """The best answer against one other, drawn among those it may meet.

    Drawn after margin and gates are applied, as Tulu 3 does (Lambert et al., 2024), and not before,
    as in binarised UltraFeedback, where a draw within the margin costs the speech its pair. Each
    answer has its own lot, so that a further one leaves the draw as it is or wins it.
    """
    import polars as pl

    rest = best_vs_rest(field)
    lots = [
        field.lot(speech, answer)
        for speech, answer in rest.select("speech", "rejected").iter_rows()
    ]
    drawn = rest.with_columns(lot=pl.Series(lots, dtype=pl.Binary))
    return (
        drawn.sort("speech", "lot").unique("speech", keep="first", maintain_order=True).drop("lot")
    )


STRATEGIES: Mapping[Strategy, Callable[[Field], pl.DataFrame]] = {
    "all_pairs": all_pairs,
    "best_vs_worst": best_vs_worst,
    "best_vs_rest": best_vs_rest,
    "best_vs_random": best_vs_random,
}


def lots(seed: int, speech_ids: pl.Series, response_ids: pl.Series) -> Lot:
    """The lot of an answer: a hash of the seed and the ids of speech and response."""

    def lot(speech: int, answer: int) -> bytes:
        words = f"{seed}\0{speech_ids[speech]}\0{response_ids[answer]}"
        return hashlib.sha256(words.encode()).digest()

    return lot
