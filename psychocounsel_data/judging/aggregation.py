"""What several ratings of one response come to: one exact rational for each principle. Pure.

A judge's repeats become one vote, then the judges' votes become the rating, both by the rule of
`judge.aggregate`; so a judge that was asked three times has no more say than one that was asked
once. Nothing is filled in: a judge counts where every one of its repeats has rated every
principle, and a response counts where enough of its judges do. How far the single ratings lay
apart is kept beside the result. Which records are looked at is the business of `candidates`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from math import sqrt
from typing import NamedTuple

from psychocounsel_data.config import Aggregate, JudgeConfig, same_model
from psychocounsel_data.rubric import HIGHEST, LOWEST

_POINTS = frozenset(range(LOWEST, HIGHEST + 1))


class Seat(NamedTuple):
    """A judge's place on a panel."""

    judge: str
    """`backend:model`."""
    repeats: int
    """How often it is to rate each response."""


class Panel(NamedTuple):
    """Whose ratings count, and how they are put together."""

    seats: tuple[Seat, ...]
    rule: Aggregate
    quorum: int | None
    """The least number of judges that have to be complete; None for all of them."""
    exclude_self: bool
    """Whether a judge has no seat where its own model's answer is rated."""

    @property
    def several(self) -> bool:
        """Whether a response gets more than one rating on a principle."""
        return sum(seat.repeats for seat in self.seats) > 1

    def seats_for(self, model: str) -> tuple[Seat, ...]:
        """The judges of one response.

        Args:
            model: `backend:model` that wrote it.
        """
        if not self.exclude_self:
            return self.seats
        return tuple(seat for seat in self.seats if not same_model(seat.judge, model))


def panel_of(config: JudgeConfig) -> Panel:
    """The panel that `judge:` describes; a panel of one where there is one judge."""
    seats = tuple(Seat(judge.model, judge.repeats) for judge in config.judges)
    return Panel(seats, config.aggregate, config.quorum, config.exclude_self)


class Vote(NamedTuple):
    """What one judgment said: of all principles, or of one where each is asked by itself."""

    judge: str
    repeat: int
    ratings: Mapping[str, int]


class Rating(NamedTuple):
    """What the single ratings on one principle come to."""

    value: Fraction
    """The rating, 1 to 5, exact."""
    single: tuple[int, ...]
    """Every rating that went in, judge by judge, repeat by repeat."""
    deviation: float
    """Standard deviation of these, all of them counted (divided by n)."""

    @property
    def spread(self) -> int:
        """Points between the highest and the lowest single rating, 0 to 4."""
        return max(self.single) - min(self.single)


class Verdict(NamedTuple):
    """A response's ratings."""

    ratings: tuple[Rating, ...]
    """In the order of the principles that were asked for."""
    judges: tuple[str, ...]
    """Those whose ratings went in, in the order of the panel."""

    @property
    def values(self) -> tuple[Fraction, ...]:
        """The ratings alone."""
        return tuple(rating.value for rating in self.ratings)

    @property
    def spread(self) -> int:
        """The widest spread of any principle."""
        return max(rating.spread for rating in self.ratings)


class Refusal(NamedTuple):
    """Why a response has no ratings."""

    reason: str
    """A short stable word for counting: `own_model`, `not_judged`, `unusable_ratings`,
    `incomplete_ratings`."""
    detail: str
    """The reason in full; names judges and principles."""


def rate(
    votes: Iterable[Vote], *, panel: Panel, model: str, principles: Sequence[str]
) -> Verdict | Refusal:
    """What the judgments of one response come to.

    Votes of judges or repeats that have no seat are left aside. Of several ratings by one judge in
    one repeat on one principle the last counts. A vote with a rating that is no integer from 1 to
    5, or with a principle that was not asked for, counts for nothing.

    Args:
        votes: the judgments of the response, made with the present rubric, oldest first.
        model: `backend:model` that wrote the response.
        principles: ids, in the order the ratings are wanted.
    """
    seats = panel.seats_for(model)
    if not seats:
        return Refusal("own_model", f"every judge would rate its own model's answer ({model})")
    ballots = _Ballots(votes, principles)
    complete = [seat for seat in seats if ballots.complete(seat)]
    if len(complete) < min(panel.quorum or len(seats), len(seats)):
        return ballots.refusal(seats)
    repeats = tuple(seat.repeats for seat in complete)
    ratings = [_together(single, repeats, panel.rule) for single in ballots.columns(complete)]
    return Verdict(tuple(ratings), tuple(seat.judge for seat in complete))


class _Ballots:
    """The usable ratings of one response by judge, repeat and principle."""

    def __init__(self, votes: Iterable[Vote], principles: Sequence[str]) -> None:
        self._principles = principles
        self._sheets: dict[tuple[str, int], dict[str, int]] = {}
        self._unusable = False
        known = frozenset(principles)
        for judge, repeat, ratings in votes:
            if ratings.keys() <= known and _POINTS.issuperset(ratings.values()):
                self._sheets.setdefault((judge, repeat), {}).update(ratings)
            else:
                self._unusable = True

    def complete(self, seat: Seat) -> bool:
        """Whether a judge has rated every principle in every repeat."""
        wanted = len(self._principles)
        return all(len(sheet) == wanted for sheet in self._sheets_of(seat))

    def columns(self, seats: Sequence[Seat]) -> Iterator[tuple[int, ...]]:
        """The single ratings on each principle, judge by judge, repeat by repeat."""
        sheets = [sheet for seat in seats for sheet in self._sheets_of(seat)]
        return zip(*([sheet[one] for one in self._principles] for sheet in sheets), strict=True)

    def refusal(self, seats: Sequence[Seat]) -> Refusal:
        """Why there is no verdict."""
        gaps = [(seat.judge, self._missing(seat)) for seat in seats]
        detail = "; ".join(f"{judge} has not rated {', '.join(gap)}" for judge, gap in gaps if gap)
        if self._unusable:
            return Refusal("unusable_ratings", detail)
        rated = any(sheet for seat in seats for sheet in self._sheets_of(seat))
        return Refusal("incomplete_ratings" if rated else "not_judged", detail)

    def _missing(self, seat: Seat) -> list[str]:
        sheets = self._sheets_of(seat)
        return [one for one in self._principles if any(one not in sheet for sheet in sheets)]

    def _sheets_of(self, seat: Seat) -> list[dict[str, int]]:
        return [self._sheets.get((seat.judge, repeat), {}) for repeat in range(seat.repeats)]


@lru_cache(maxsize=1 << 16)
def _together(single: tuple[int, ...], repeats: tuple[int, ...], rule: Aggregate) -> Rating:
    """One principle's ratings, put together. Few ever differ: remembered.

    Args:
        single: every rating, judge by judge.
        repeats: how many of them are of the first judge, the second, and so on.
    """
    left = iter(single)
    votes = [combine(list(islice(left, count)), rule) for count in repeats]
    mean = sum(single) / len(single)
    deviation = sqrt(sum((rating - mean) ** 2 for rating in single) / len(single))
    return Rating(combine(votes, rule), single, deviation)


def combine(ratings: Sequence[int | Fraction], rule: Aggregate) -> Fraction:
    """Several ratings as one, exactly.

    The median of an even number is the mean of the middle two. The trimmed mean leaves out one
    highest and one lowest of three or more, and is the mean of fewer.

    Raises:
        ValueError: there are none.
    """
    if not ratings:
        raise ValueError("no rating comes from no ratings")
    ordered = sorted(map(Fraction, ratings))
    if rule == "median":
        ordered = ordered[(len(ordered) - 1) // 2 : len(ordered) // 2 + 1]
    elif rule == "trimmed_mean" and len(ordered) > 2:
        ordered = ordered[1:-1]
    return sum(ordered, Fraction(0)) / len(ordered)


def contested(verdict: Verdict, principles: Sequence[str], review_spread: int) -> tuple[str, ...]:
    """The principles on which single ratings lie `review_spread` points or more apart."""
    return tuple(
        principle
        for principle, rating in zip(principles, verdict.ratings, strict=True)
        if rating.spread >= review_spread
    )
