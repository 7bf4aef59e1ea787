"""Do raters place the writers alike? Agreement of mean scores, one item a writer. Pure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from psychocounsel_data.agreement.many_raters import Icc, icc_of_sums
from psychocounsel_data.agreement.ratings import Facet
from psychocounsel_data.agreement.resampling import Floats, Ints, Resamples, by_group
from psychocounsel_data.agreement.two_raters import ratio


class Means(NamedTuple):
    """Two raters' mean scores by writer."""

    values: tuple[str, ...]
    """The writers that both have scored."""
    first: Floats
    """By resample (the data first) and writer."""
    second: Floats
    items: int
    """Items that went in: those scored by both."""


def means(first: Floats, second: Floats, groups: Ints, facet: Facet, resamples: Resamples) -> Means:
    """Average two raters' scores over the items of each writer that both have scored."""
    both = np.isfinite(first) & np.isfinite(second)
    place = facet.of_item[both]
    shape = (resamples.groups, len(facet.values))

    def summed(values: Floats) -> Floats:
        return resamples.sums(by_group(groups[both], place, values, shape))

    n = summed(np.ones(int(both.sum())))
    kept = np.flatnonzero(n[0] > 0)
    names = tuple(facet.values[index] for index in kept)
    one, two = (ratio(summed(scores[both]), n)[:, kept] for scores in (first, second))
    return Means(names, one, two, int(both.sum()))


def icc_of_means(found: Means) -> Icc:
    """ICC(C,1) and ICC(A,1) with writers as items."""
    one, two = found.first - found.first.mean(), found.second - found.first.mean()
    squares = (one**2 + two**2).sum(axis=1)
    columns = np.stack([one.sum(axis=1), two.sum(axis=1)], axis=1)
    n = np.full(len(one), float(one.shape[1]))
    return icc_of_sums(n, ((one + two) ** 2).sum(axis=1), squares, columns)
