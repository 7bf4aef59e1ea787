"""What two raters' scores of the same items agree in. Pure.

The scores are held as cells: every pair of values that occurs, and how often it does, once as the
ratings are and once in each resample. All statistics come from those counts alone, for all
resamples at once; one that is not defined (nobody varies, nothing was rated) is NaN.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from psychocounsel_data.agreement.resampling import Floats, Ints, Resamples, by_group

LARGEST_GRID = 4_096
"""Up to this many value pairs Kendall's tau counts all resamples at once."""


class Cells(NamedTuple):
    """Two raters' scores, counted."""

    first: Floats
    """The first rater's values, rising."""
    second: Floats
    """The second rater's values, rising."""
    at_first: Ints
    """Each cell's place among the first rater's values."""
    at_second: Ints
    """Each cell's place among the second rater's values."""
    counts: Floats
    """How often each cell occurs: one row for the data, then one a resample."""

    @property
    def n(self) -> Floats:
        """Items rated by both."""
        return np.asarray(self.counts.sum(axis=1))

    @property
    def x(self) -> Floats:
        """The first rater's score in each cell."""
        return self.first[self.at_first]

    @property
    def y(self) -> Floats:
        """The second rater's score in each cell."""
        return self.second[self.at_second]

    def margins(self) -> tuple[Floats, Floats]:
        """How often each rater gives each of their values."""
        size = len(self.at_first)
        one = np.zeros((size, len(self.first)))
        two = np.zeros((size, len(self.second)))
        one[np.arange(size), self.at_first] = 1
        two[np.arange(size), self.at_second] = 1
        return self.counts @ one, self.counts @ two


def cells(x: Floats, y: Floats, groups: Ints, resamples: Resamples) -> Cells:
    """Count two raters' scores.

    Args:
        x: the first rater's scores, none missing.
        y: the second rater's scores of the same items.
        groups: the speech of each item.
        resamples: how often each speech is drawn.
    """
    first, at_x = np.unique(x, return_inverse=True)
    second, at_y = np.unique(y, return_inverse=True)
    kinds, cell = np.unique(at_x * max(1, len(second)) + at_y, return_inverse=True)
    shape = (resamples.groups, len(kinds))
    counts = resamples.sums(by_group(groups, cell, np.ones(len(x)), shape))
    width = max(1, len(second))
    return Cells(first, second, kinds // width, kinds % width, counts)


def raw_agreement(data: Cells) -> Floats:
    """The share of items with the same score."""
    return ratio(data.counts @ (data.x == data.y), data.n)


def mean_difference(data: Cells) -> Floats:
    """How much higher the first rater scores than the second, on average."""
    return ratio(data.counts @ (data.x - data.y), data.n)


def nominal_weights(one: Floats, two: Floats) -> Floats:
    """1 for the same value, else 0."""
    return np.asarray(one[:, None] == two[None, :], np.float64)


def linear_weights(one: Floats, two: Floats) -> Floats:
    """Falling with the distance of two values, 0 for the widest."""
    return np.asarray(1 - np.abs(one[:, None] - two[None, :]) / _reach(one, two))


def quadratic_weights(one: Floats, two: Floats) -> Floats:
    """Falling with the squared distance of two values, 0 for the widest."""
    return np.asarray(1 - ((one[:, None] - two[None, :]) / _reach(one, two)) ** 2)


def _reach(one: Floats, two: Floats) -> float:
    both = np.concatenate([one, two])
    return float(np.ptp(both)) if len(both) and np.ptp(both) > 0 else 1.0


def cohen_kappa(data: Cells, weights: Floats) -> Floats:
    """Agreement above what two raters with these habits would reach by chance.

    Cohen (1960); with weights Cohen (1968). It does not depend on how wide the scale is, only on
    the values that occur. Undefined where both give one and the same value throughout.

    Args:
        weights: agreement of every two values, 1 for equal ones: rows `first`, columns `second`.
    """
    one, two = data.margins()
    n = data.n
    observed = ratio(data.counts @ weights[data.at_first, data.at_second], n)
    expected = ratio(np.einsum("bi,ij,bj->b", one, weights, two, optimize=True), n * n)
    return above_chance(observed, expected)


def spearman(data: Cells) -> Floats:
    """Correlation of ranks; tied scores share their mean rank."""
    one, two = data.margins()
    x = _midranks(one)[:, data.at_first]
    y = _midranks(two)[:, data.at_second]
    n = data.n[:, None]
    dx = x - ratio((data.counts * x).sum(axis=1, keepdims=True), n)
    dy = y - ratio((data.counts * y).sum(axis=1, keepdims=True), n)
    both = (data.counts * dx * dy).sum(axis=1)
    spread = (data.counts * dx * dx).sum(axis=1) * (data.counts * dy * dy).sum(axis=1)
    return ratio(both, np.sqrt(spread))


def _midranks(counts: Floats) -> Floats:
    return np.asarray(np.cumsum(counts, axis=1) - counts / 2)


def kendall_tau_b(data: Cells) -> Floats:
    """The share of item pairs in the same order less that in opposite order, ties corrected.

    Kendall (1945), tau-b.
    """
    one, two = data.margins()
    n = data.n
    pairs = n * (n - 1) / 2
    untied_x = pairs - (one * (one - 1)).sum(axis=1) / 2
    untied_y = pairs - (two * (two - 1)).sum(axis=1) / 2
    return ratio(_order(data), np.sqrt(untied_x * untied_y))


def _order(data: Cells) -> Floats:
    """Item pairs in the same order, less those in opposite order."""
    if len(data.first) * len(data.second) > LARGEST_GRID:
        return np.array([_order_of_many(data, counts) for counts in data.counts])
    grid = np.zeros((len(data.counts), len(data.first), len(data.second)))
    grid[:, data.at_first, data.at_second] = data.counts
    below = np.cumsum(np.cumsum(grid, axis=1), axis=2)
    lower_both = np.zeros_like(grid)
    lower_both[:, 1:, 1:] = below[:, :-1, :-1]
    lower_x = np.zeros_like(grid)
    lower_x[:, 1:, :] = below[:, :-1, -1:] - below[:, :-1, :]
    return np.asarray((grid * (lower_both - lower_x)).sum(axis=(1, 2)))


def _order_of_many(data: Cells, counts: Floats) -> float:
    """The same where raters use so many values that a grid of them would be mostly empty."""
    from scipy.stats import kendalltau

    times = counts.astype(np.int64)
    x, y = np.repeat(data.at_first, times), np.repeat(data.at_second, times)
    tau = float(kendalltau(x, y, method="asymptotic").statistic)
    pairs = len(x) * (len(x) - 1) / 2
    untied = [pairs - sum(_ties(values)) for values in (x, y)]
    return tau * float(np.sqrt(untied[0] * untied[1]))


def _ties(values: Ints) -> Floats:
    counts = np.unique(values, return_counts=True)[1].astype(np.float64)
    return np.asarray(counts * (counts - 1) / 2)


def above_chance(observed: Floats, expected: Floats) -> Floats:
    """How much of the way from chance to perfect agreement; NaN where chance is perfect."""
    return ratio(observed - expected, 1 - expected)


def ratio(part: Floats, whole: Floats) -> Floats:
    """Part by whole, NaN where the whole is nothing but rounding error."""
    enough = np.abs(whole) > 1e-12
    return np.where(enough, part / np.where(enough, whole, 1), np.nan)
