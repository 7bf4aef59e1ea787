"""How models compare: Bradley-Terry strengths from wins on the same speeches. Pure.

P(i beats j) = s_i / (s_i + s_j) (Bradley and Terry 1952, Biometrika 39:324-345), fitted by the
minorisation of Hunter (2004, Annals of Statistics 32:384-406). A tie is half a win for both. Each
two models get one further tie, so that one which never loses has a finite strength. Intervals are
percentiles over resampled speeches, since answers to one speech are not independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

RESAMPLES = 200
_SWEEPS = 500
_CLOSE = 1e-9


class Strength(NamedTuple):
    """One model against a typical one of the pool."""

    name: str
    win_rate: float
    """Chance to score higher than a model of mean strength, ties counted half; 0.5 is typical."""
    low: float
    """Lower end of the 95% interval."""
    high: float
    """Upper end of the 95% interval."""
    comparisons: int


class Standing(NamedTuple):
    """All models against each other."""

    strengths: tuple[Strength, ...]
    """Strongest first."""
    wins: npt.NDArray[np.float64]
    """Wins of row against column in the order of `names`, ties counted half."""
    names: tuple[str, ...]


def standing(twos: pl.DataFrame, names: Sequence[str], *, seed: int = 0) -> Standing:
    """Strengths with intervals from every two answers to one speech.

    Args:
        twos: columns `ID`, `name_a`, `name_b`, `score_a`, `score_b`.
        names: every model; one that met nobody has the typical strength and the widest interval.
    """
    import numpy as np

    count = len(names)
    cells, speeches, points = _contests(twos, names)
    wins = _square(np.bincount(cells, weights=points, minlength=count * count), count)
    fitted = np.array(
        [rates(wins), *_resampled(cells, speeches, points, count, np.random.default_rng(seed))]
    )
    low, high = np.percentile(fitted[1:], (2.5, 97.5), axis=0)
    met = (wins + wins.T).sum(axis=1)
    found = [
        Strength(name, float(fitted[0, i]), float(low[i]), float(high[i]), round(float(met[i])))
        for i, name in enumerate(names)
    ]
    ranked = tuple(sorted(found, key=lambda one: (-one.win_rate, one.name)))
    return Standing(ranked, wins, tuple(names))


def _contests(
    twos: pl.DataFrame, names: Sequence[str]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """For every win or half of a tie: the cell of the table, the speech, and the points."""
    import numpy as np
    import polars as pl

    index = {name: number for number, name in enumerate(names)}
    frame = twos.filter(pl.col("name_a") != pl.col("name_b")).select(
        pl.col("ID").rank("dense").cast(pl.Int64) - 1,
        pl.col("name_a").replace_strict(index, return_dtype=pl.Int64),
        pl.col("name_b").replace_strict(index, return_dtype=pl.Int64),
        ((pl.col("score_a") - pl.col("score_b")).sign() + 1) / 2,
    )
    speech, first, second, won = (column.to_numpy() for column in frame.iter_columns())
    count = len(names)
    cells = np.concatenate([first * count + second, second * count + first])
    return cells, np.concatenate([speech, speech]), np.concatenate([won, 1 - won])


def _resampled(
    cells: npt.NDArray[np.int64],
    speeches: npt.NDArray[np.int64],
    points: npt.NDArray[np.float64],
    count: int,
    random: np.random.Generator,
) -> list[npt.NDArray[np.float64]]:
    """The rates on speeches drawn with replacement, `RESAMPLES` times."""
    import numpy as np

    total = int(speeches.max()) + 1 if len(speeches) else 0
    found = []
    for _ in range(RESAMPLES):
        times = (
            np.bincount(random.integers(0, total, total), minlength=total) if total else speeches
        )
        weights = points * times[speeches]
        wins = np.bincount(cells, weights=weights, minlength=count * count)
        found.append(rates(_square(wins, count)))
    return found


def _square(values: npt.NDArray[Any], side: int) -> npt.NDArray[np.float64]:
    return values.astype("float64").reshape(side, side)


def rates(wins: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Each model's chance against one whose strength is the geometric mean of all."""
    import numpy as np

    wins = wins + 0.5 * (1 - np.eye(len(wins)))
    met = wins + wins.T
    won = wins.sum(axis=1)
    strength = np.ones(len(wins))
    for _ in range(_SWEEPS):
        expected = (met / (strength[:, None] + strength[None, :])).sum(axis=1)
        updated = won / np.where(expected > 0, expected, 1)
        updated = np.where(expected > 0, updated, 1)
        updated /= np.exp(np.log(updated).mean())
        if np.abs(updated - strength).max() < _CLOSE:
            break
        strength = updated
    return np.asarray(strength / (1 + strength), dtype=np.float64)
