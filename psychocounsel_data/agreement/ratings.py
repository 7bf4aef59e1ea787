"""Who scored what: the one form that every source of ratings is brought to. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from psychocounsel_data.agreement.many_raters import Sheet
from psychocounsel_data.agreement.resampling import Floats, Ints

OVERALL = "overall"
"""The attribute that is the mean of all others."""
MOST_CATEGORIES = 20
"""Whole scores with more different values than this are measured, not sorted into categories."""


class Scale(NamedTuple):
    """The range that a score has to lie in."""

    lowest: float
    highest: float

    def holds(self, score: float) -> bool:
        """Whether a score is in it; both ends are."""
        return self.lowest <= score <= self.highest


class Ratings(NamedTuple):
    """Scores of raters, on attributes, of items that belong to speeches."""

    items: tuple[str, ...]
    groups: Ints
    """The speech of each item, counted from 0."""
    attributes: tuple[str, ...]
    raters: tuple[str, ...]
    judges: tuple[str, ...]
    """Those of the raters that are judges; the others are people."""
    scores: Floats
    """By attribute, item and rater; NaN where there is none."""
    scale: Scale | None
    """The scale that scores were held against, if one was given."""
    labels: tuple[str, ...]
    """What the scores 0, 1, 2 ... stand for where they are names; empty where they are numbers."""

    @property
    def humans(self) -> tuple[str, ...]:
        """The raters that are not judges."""
        return tuple(rater for rater in self.raters if rater not in self.judges)

    @property
    def group_count(self) -> int:
        """Number of speeches."""
        return int(self.groups.max()) + 1 if len(self.groups) else 0

    def sheet(self, attribute: str, raters: Sequence[str]) -> Sheet:
        """The scores of some raters on one attribute."""
        columns = [self.raters.index(rater) for rater in raters]
        return Sheet(self.scores[self.attributes.index(attribute)][:, columns], self.groups)

    def measured(self) -> tuple[str, ...]:
        """The attributes, and the mean of them all where there are several numbers to average."""
        several = len(self.attributes) > 1 and not self.labels
        return (*self.attributes, OVERALL) if several else self.attributes

    def with_overall(self) -> Ratings:
        """The same with the mean over attributes as one more, where all of them are scored."""
        if len(self.measured()) == len(self.attributes):
            return self
        mean = self.scores.mean(axis=0, keepdims=True)
        return self._replace(
            attributes=(*self.attributes, OVERALL), scores=np.concatenate([self.scores, mean])
        )

    def categories(self, attribute: str) -> Floats | None:
        """Every value a rater could have given, rising; None where scores are means or measures.

        With a scale, all its whole points, whether or not anybody used them.
        """
        scores = self.scores[self.attributes.index(attribute)]
        found = np.unique(scores[np.isfinite(scores)])
        if self.labels:
            return np.arange(len(self.labels), dtype=np.float64)
        if not np.array_equal(found, np.round(found)) or len(found) > MOST_CATEGORIES:
            return None
        if self.scale is None:
            return found
        whole = np.arange(np.ceil(self.scale.lowest), np.floor(self.scale.highest) + 1)
        return whole if len(whole) <= MOST_CATEGORIES else found


class Facet(NamedTuple):
    """A property of items to average over, such as the model that wrote a response."""

    name: str
    values: tuple[str, ...]
    of_item: Ints
    """Each item's value, by its place among the values."""


def human_pairs(ratings: Ratings) -> Iterator[tuple[str, str]]:
    """Every two people."""
    yield from combinations(ratings.humans, 2)


class Repeats(NamedTuple):
    """What a rater said of an item they had scored before."""

    first: tuple[float, ...]
    again: tuple[float, ...]


SelfComparisons = Mapping[str, Repeats]
"""Rater to what they scored twice."""
