"""Intervals by resampling speeches. Pure.

Ratings of one speech resemble each other, so a speech is drawn or left out with all of them (the
cluster bootstrap; Field and Welsh, 2007). Every statistic here is a function of sums over speeches,
so that a resample needs no ratings again, only other weights for the same sums.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

LEAST_DEFINED = 0.9
"""An interval is given where at least this share of resamples has a value at all."""
_BLOCK = 128


class Interval(NamedTuple):
    """Where a figure would lie if other speeches of the same kind had been rated."""

    low: float
    high: float


class Resamples:
    """How often each speech is drawn in each resample.

    Attributes:
        groups: number of speeches.
        count: number of resamples; none where one speech would be drawn again and again.
    """

    def __init__(self, groups: int, count: int, seed: int) -> None:
        self.groups = groups
        self.count = count if groups > 1 else 0
        draw = np.random.default_rng(seed)
        self._times = np.zeros((self.count, groups), np.uint16)
        for row in self._times:
            row += np.bincount(draw.integers(0, groups, groups), minlength=groups).astype(np.uint16)

    def sums(self, features: csr_array) -> Floats:
        """Sums of features as they are, and in each resample.

        Args:
            features: one row a speech, one column a feature: its sum over the speech's ratings.

        Returns:
            One row for the data as they are, then one a resample.
        """
        by_feature = features.T.tocsr()
        rows = [np.asarray(features.sum(axis=0), np.float64).reshape(1, -1)]
        for start in range(0, len(self._times), _BLOCK):
            block = self._times[start : start + _BLOCK].T.astype(np.float64)
            rows.append((by_feature @ block).T)
        return np.ascontiguousarray(np.concatenate(rows))


def by_group(groups: Ints, columns: Ints, values: Floats, shape: tuple[int, int]) -> csr_array:
    """Features added up over the items of each group.

    Args:
        groups: the group of each entry.
        columns: its feature.
        values: what it adds.
        shape: number of groups and of features.
    """
    from scipy.sparse import csr_array

    return csr_array((values, (groups, columns)), shape=shape)


def wilson(share: float, count: int) -> Interval:
    """The 95% interval of a share of independent cases (Wilson, 1927)."""
    z = 1.959964
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    reach = z * sqrt(share * (1 - share) / count + (z / (2 * count)) ** 2) / (1 + z * z / count)
    return Interval(max(0.0, middle - reach), min(1.0, middle + reach))


def interval(draws: Floats, level: float = 0.95) -> Interval | None:
    """The percentile interval of a statistic's values in the resamples.

    None with fewer than two resamples, or where too many of them leave the statistic undefined.
    """
    defined = draws[np.isfinite(draws)]
    if len(defined) < 2 or len(defined) < LEAST_DEFINED * len(draws):
        return None
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))
