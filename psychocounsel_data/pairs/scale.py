"""Scores and margins as whole points, so that no rounding decides whether a pair exists. Pure."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from psychocounsel_data.errors import ConfigError

if TYPE_CHECKING:
    import polars as pl


class Scale:
    """The weighted mean of ratings, in whole numbers.

    A weight is taken for what is written in run.yaml: 0.1 is a tenth. All weights are brought to
    their common denominator, so that scores and margins are integers, called points, and no
    rounding decides whether a pair exists: 16/7 - 9/7 is 1 on paper and a little less in floats.
    """

    def __init__(
        self, principles: Sequence[str], weights: Mapping[str, float], *, unit: int = 1
    ) -> None:
        """The scale of a rubric.

        Args:
            principles: ids in the order of the ratings.
            weights: principle id to weight; 1 where left out.
            unit: what a rating of 1 is in the ratings' whole numbers: their common denominator.

        Raises:
            ConfigError: a weight for an unknown principle, one that is not a number, or none above
                zero.
        """
        known_principles(weights, principles, "pairs.weights")
        exact = [exactly(weights.get(name, 1), f"pairs.weights.{name}") for name in principles]
        common = math.lcm(*(weight.denominator for weight in exact))
        self._weights = tuple(int(weight * common) for weight in exact)
        self._total = sum(self._weights) * unit
        if self._total <= 0:
            raise ConfigError("pairs.weights: every weight is 0: give one principle more than that")

    def points(self, ratings: Sequence[pl.Expr]) -> pl.Expr:
        """The score of an answer; only differences and order of points mean anything.

        Args:
            ratings: a column of whole numbers for each principle.
        """
        import polars as pl

        weighted = zip(ratings, self._weights, strict=True)
        return pl.sum_horizontal(rating * weight for rating, weight in weighted)

    @property
    def total(self) -> int:
        """The points of a mean rating of 1; also of a margin of 1."""
        return self._total

    def threshold(self, min_margin: float) -> int:
        """The least difference of points that is `min_margin` or more, and never a tie.

        Raises:
            ConfigError: the margin is not a finite number.
        """
        return max(1, math.ceil(exactly(min_margin, "min_margin") * self._total))


def exactly(value: float, key: str) -> Fraction:
    """A number as it is written: 0.1 is a tenth.

    Raises:
        ConfigError: it is not finite; names the key.
    """
    try:
        return Fraction(str(value))
    except ValueError:
        raise ConfigError(f"{key}: {value} is not a finite number") from None


def known_principles(names: Mapping[str, object], principles: Sequence[str], key: str) -> None:
    """Refuse a principle that the rubric does not have.

    Raises:
        ConfigError: names it, the key, and the nearest one.
    """
    for name in names:
        if name not in principles:
            near = difflib.get_close_matches(name, principles, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(principles)}"
            raise ConfigError(f"{key}: no principle '{name}': {hint}")
