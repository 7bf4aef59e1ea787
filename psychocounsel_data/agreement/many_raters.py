"""What two or more raters agree in, some of whom may have left items out. Pure.

Items with fewer than two scores say nothing of agreement. Everything is a sum
over items, so that all resamples are computed at once; what is not defined is NaN.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from psychocounsel_data.agreement.resampling import Flags, Floats, Ints, Resamples, by_group
from psychocounsel_data.agreement.two_raters import (
    above_chance,
    nominal_weights,
    quadratic_weights,
    ratio,
)


class Sheet(NamedTuple):
    """The scores of some raters on one attribute."""

    scores: Floats
    """One row an item, one column a rater; NaN where there is none."""
    groups: Ints
    """The speech of each item."""

    def shared(self) -> Sheet:
        """Only the items with two scores or more."""
        return self.of(np.asarray(np.isfinite(self.scores).sum(axis=1) >= 2))

    def complete(self) -> Sheet:
        """Only the items that every rater has scored."""
        return self.of(np.asarray(np.isfinite(self.scores).all(axis=1)))

    def of(self, wanted: Flags) -> Sheet:
        """Only some of the items."""
        return Sheet(self.scores[wanted], self.groups[wanted])


class Chance(NamedTuple):
    """Agreement, and what would be expected by chance under two notions of it."""

    fleiss: Floats
    """Fleiss (1971), in the form for unequal numbers of raters; of two raters Scott's pi."""
    gwet: Floats
    """Gwet (2008): AC1 with nominal weights, AC2 with others."""


def chance_corrected(
    sheet: Sheet, domain: Floats, resamples: Resamples, *, quadratic: bool = False
) -> Chance:
    """Fleiss' kappa and Gwet's AC1 or AC2.

    An item with one score says nothing of agreement, but something of how often each value is
    given, and counts there (Gwet, 2014, section 2.4).

    Gwet's coefficients stay meaningful where nearly all scores are the same, a case in which kappa
    falls towards 0 however well raters agree (Gwet, 2008; Gwet, 2014, chapters 2 to 4).

    Args:
        sheet: the scores.
        domain: every value that raters could have given, rising: AC1 depends on how many there are.
        quadratic: whether near misses count as partial agreement.
    """
    weights = (quadratic_weights if quadratic else nominal_weights)(domain, domain)
    counts = _counts(sheet.scores, domain)
    raters = counts.sum(axis=1)
    agreeing = ratio((counts * (counts @ weights - 1)).sum(axis=1), raters * (raters - 1))
    features = np.column_stack([raters > 1, np.nan_to_num(agreeing), raters > 0, _shares(counts)])
    sums = _summed(features, sheet.groups, resamples)
    observed = ratio(sums[:, 1], sums[:, 0])
    share = ratio(sums[:, 3:], sums[:, [2]])
    by_habit = np.einsum("bi,ij,bj->b", share, weights, share, optimize=True)
    size = len(domain)
    by_guess = weights.sum() / (size * (size - 1)) if size > 1 else np.nan
    return Chance(
        above_chance(observed, by_habit),
        above_chance(observed, by_guess * (share * (1 - share)).sum(axis=1)),
    )


def observed_agreement(sheet: Sheet, domain: Floats, resamples: Resamples) -> Floats:
    """The share of rater pairs with the same score, averaged over items."""
    sheet = sheet.shared()
    counts = _counts(sheet.scores, domain)
    raters = counts.sum(axis=1)
    agreeing = (counts * (counts - 1)).sum(axis=1) / (raters * (raters - 1))
    sums = _summed(np.column_stack([np.ones(len(raters)), agreeing]), sheet.groups, resamples)
    return ratio(sums[:, 1], sums[:, 0])


def alpha_nominal(sheet: Sheet, domain: Floats, resamples: Resamples) -> Floats:
    """Krippendorff's alpha where values are names; undefined where only one occurs."""
    pairs = _coincidences(sheet, domain, resamples)
    totals = pairs.sum(axis=2)
    n = totals.sum(axis=1)
    same = np.einsum("bii->b", pairs)
    disagreeing = ratio(n - same, n)
    expected = ratio(n * n - (totals * totals).sum(axis=1), n * (n - 1))
    return 1 - ratio(disagreeing, expected)


def alpha_ordinal(sheet: Sheet, domain: Floats, resamples: Resamples) -> Floats:
    """Krippendorff's alpha where values are ranks (Krippendorff, 2019, chapter 12).

    The distance of two values is the number of scores between them, which is the difference of
    their mean ranks; so this is the interval alpha of the ranks.
    """
    pairs = _coincidences(sheet, domain, resamples)
    totals = pairs.sum(axis=2)
    ranks = np.cumsum(totals, axis=1) - totals / 2
    distance = (ranks[:, :, None] - ranks[:, None, :]) ** 2
    n = totals.sum(axis=1)
    observed = ratio((pairs * distance).sum(axis=(1, 2)), n)
    expected = ratio(np.einsum("bi,bij,bj->b", totals, distance, totals), n * (n - 1))
    return 1 - ratio(observed, expected)


def alpha_interval(sheet: Sheet, resamples: Resamples) -> Floats:
    """Krippendorff's alpha where differences of values mean something."""
    sheet = sheet.shared()
    scores = sheet.scores - _centre(sheet.scores)
    raters = np.isfinite(scores).sum(axis=1)
    total = np.nansum(scores, axis=1)
    squares = np.nansum(scores**2, axis=1)
    apart = 2 * (raters * squares - total**2) / (raters - 1)
    sums = _summed(np.column_stack([raters, total, squares, apart]), sheet.groups, resamples)
    n, total, squares, apart = sums.T
    expected = ratio(2 * (n * squares - total**2), n * (n - 1))
    return 1 - ratio(ratio(apart, n), expected)


class Icc(NamedTuple):
    """Intraclass correlations of single raters, two-way model (McGraw and Wong, 1996)."""

    consistency: Floats
    """ICC(C,1): whether raters differ between items alike, whatever their levels."""
    agreement: Floats
    """ICC(A,1): whether they give the same scores, so that a stricter rater counts as error."""


def icc(sheet: Sheet, resamples: Resamples) -> Icc:
    """ICC(C,1) and ICC(A,1) over the items that every rater has scored."""
    sheet = sheet.complete()
    scores = sheet.scores - _centre(sheet.scores)
    row = scores.sum(axis=1)
    features = np.column_stack([np.ones(len(row)), row**2, (scores**2).sum(axis=1), scores])
    sums = _summed(features, sheet.groups, resamples)
    return icc_of_sums(sums[:, 0], sums[:, 1], sums[:, 2], sums[:, 3:])


def icc_of_sums(n: Floats, rows: Floats, squares: Floats, columns: Floats) -> Icc:
    """The two from sums.

    Args:
        n: number of items.
        rows: sum over items of the squared sum of an item's scores.
        squares: sum of all squared scores.
        columns: sum of each rater's scores.
    """
    k = columns.shape[1]
    total = columns.sum(axis=1)
    correction = ratio(total**2, n * k)
    between_items = rows / k - correction
    between_raters = ratio((columns**2).sum(axis=1), n) - correction
    residual = squares - correction - between_items - between_raters
    items = ratio(between_items, n - 1)
    raters = between_raters / (k - 1)
    error = ratio(residual, (n - 1) * (k - 1))
    above = items - error
    return Icc(
        ratio(above, items + (k - 1) * error),
        ratio(above, items + (k - 1) * error + ratio(k * (raters - error), n)),
    )


def _centre(scores: Floats) -> float:
    """A value to count from, so that squares of large scores lose no digits."""
    return float(np.nanmean(scores)) if np.isfinite(scores).any() else 0.0


def _counts(scores: Floats, domain: Floats) -> Floats:
    """How many raters gave an item each value."""
    return np.stack([(scores == value).sum(axis=1) for value in domain], axis=1).astype(np.float64)


def _shares(counts: Floats) -> Floats:
    """Which part of an item's scores has each value; 0 where it has none."""
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))


def _coincidences(sheet: Sheet, domain: Floats, resamples: Resamples) -> Floats:
    """How often two raters of an item gave each two values; an item weighs as its raters do."""
    sheet = sheet.shared()
    counts = _counts(sheet.scores, domain)
    size = len(domain)
    raters = counts.sum(axis=1)
    pairs = counts[:, :, None] * counts[:, None, :]
    pairs[:, np.arange(size), np.arange(size)] -= counts
    pairs /= (raters - 1)[:, None, None]
    sums = _summed(pairs.reshape(len(counts), size * size), sheet.groups, resamples)
    return sums.reshape(-1, size, size)


def _summed(features: Floats, groups: Ints, resamples: Resamples) -> Floats:
    items, width = features.shape
    rows = np.repeat(groups, width)
    columns = np.tile(np.arange(width), items)
    shape = (resamples.groups, width)
    return resamples.sums(by_group(rows, columns, features.ravel(), shape))
