"""How far something else than quality tells the chosen answer: its length, its model. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from psychocounsel_data.audit.between import key_of
from psychocounsel_data.audit.finding import Bar, Lengths, Models, ModelShare
from psychocounsel_data.audit.pairwise import SIDES, margin
from psychocounsel_data.audit.reading import Pairs
from psychocounsel_data.strength import rates

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

FOLDS: Final = 5
BARS: Final = 10
_STEPS: Final = (1, 2, 2.5, 5, 10)


def lengths(pairs: Pairs) -> Lengths:
    """Chosen and rejected answers by length."""
    import polars as pl

    chosen, rejected = (pairs.frame[one].str.len_chars().cast(pl.Float64) for one in SIDES)
    return Lengths(
        mean_chosen=float(chosen.to_numpy().mean()),
        mean_rejected=float(rejected.to_numpy().mean()),
        chosen_longer=_above(chosen, rejected),
        auc=_auc(chosen, rejected),
    )


def models(pairs: Pairs) -> Models | None:
    """Chosen and rejected answers by model; None where the models are not known.

    A pair's models are compared by strengths fitted without its question, so that a name which
    tells nothing has an area of about 0.5.
    """
    import polars as pl

    if not {"chosen_model", "rejected_model"} <= set(pairs.frame.columns):
        return None
    known = pairs.frame.select(
        "chosen_model", "rejected_model", key_of(pairs.frame["question"]).alias("key")
    ).drop_nulls()
    shares = _shares(known)
    if not shares:
        return None
    met = known.filter(pl.col("chosen_model") != pl.col("rejected_model"))
    folds = list(_folds(met, [one.name for one in shares]))
    return Models(
        pairs=met.height,
        guessed=_weighted([(chosen.len(), _above(chosen, rejected)) for chosen, rejected in folds]),
        auc=_weighted([(chosen.len(), _auc(chosen, rejected)) for chosen, rejected in folds]),
        shares=shares,
    )


def _weighted(values: Sequence[tuple[int, float]]) -> float:
    """The mean of values by their weights; 0.5 of none."""
    total = sum(weight for weight, _ in values)
    return sum(weight * value for weight, value in values) / total if total else 0.5


def _shares(known: pl.DataFrame) -> tuple[ModelShare, ...]:
    chosen, rejected = (dict(known[f"{side}_model"].value_counts().iter_rows()) for side in SIDES)
    found = [
        ModelShare(name=name, chosen=chosen.get(name, 0), rejected=rejected.get(name, 0))
        for name in {*chosen, *rejected}
    ]
    return tuple(sorted(found, key=lambda one: (-one.chosen, one.rejected, one.name)))


def _folds(met: pl.DataFrame, names: Sequence[str]) -> Iterator[tuple[pl.Series, pl.Series]]:
    """The strengths of each fold's chosen and rejected models, fitted on the other folds."""
    import numpy as np
    import polars as pl

    index = {name: number for number, name in enumerate(names)}
    won, lost = (
        met[f"{side}_model"].replace_strict(index, return_dtype=pl.Int64).to_numpy()
        for side in SIDES
    )
    fold = np.array([key[0] % FOLDS for key in met["key"]], dtype=np.int64)
    for one in range(FOLDS):
        held = fold == one
        strengths = _fit(won[~held], lost[~held], len(names))
        yield pl.Series(strengths[won[held]]), pl.Series(strengths[lost[held]])


def _fit(
    won: npt.NDArray[np.int64], lost: npt.NDArray[np.int64], count: int
) -> npt.NDArray[np.float64]:
    import numpy as np

    cells = np.bincount(won * count + lost, minlength=count * count)
    # Rounded: two models with the same wins are equally strong, however the sums were made.
    return np.round(rates(cells.reshape(count, count).astype(np.float64)), 9)


def _above(one: pl.Series, other: pl.Series) -> float:
    """Share of places where the first is larger, equal ones counted half; 0.5 of none."""
    if not one.len():
        return 0.5
    return float((one > other).to_numpy().mean() + (one == other).to_numpy().mean() / 2)


def _auc(one: pl.Series, other: pl.Series) -> float:
    """Chance that one of the first is larger than one of the second, equal ones counted half.

    0.5 of none. From the sum of ranks (Mann and Whitney, 1947).
    """
    import polars as pl

    count = one.len()
    if not count:
        return 0.5
    ranks = pl.concat([one, other]).rank("average").head(count)
    total = float(ranks.to_numpy().sum())
    return (total - count * (count + 1) / 2) / (count * count)


def margins(pairs: Pairs) -> tuple[Bar, ...]:
    """The histogram of margins in about ten bars with round ends; empty without scores."""
    import numpy as np

    found = margin(pairs)
    values = np.array([]) if found is None else found.drop_nulls().to_numpy()
    if not len(values):
        return ()
    step = _step(float(values.max() - values.min()))
    first = math.floor(float(values.min()) / step)
    last = max(math.ceil(float(values.max()) / step), first + 1)
    ends = np.arange(first, last + 1) * step
    counts, _ = np.histogram(values, ends)
    return tuple(
        Bar(low=round(float(low), 6), high=round(float(high), 6), pairs=int(count))
        for low, high, count in zip(ends[:-1], ends[1:], counts, strict=True)
    )


def _step(span: float) -> float:
    """A round width that makes about ten bars of a span."""
    if span <= 0:
        return 0.5
    rough = span / BARS
    power = float(10 ** math.floor(math.log10(rough)))
    return next(step * power for step in _STEPS if step * power >= rough * 0.999)
