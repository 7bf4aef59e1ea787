"""Which two responses of one speech become chosen and rejected. Pure.

Scores are compared as whole points, never as floats, so that a margin that is met exactly is met.
Which responses are candidates at all is the business of `candidates`, and which side of the split
a speech is on that of `splitting`. A further strategy is a function here and its line in
`STRATEGIES`.
"""

from __future__ import annotations

import difflib
import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from itertools import combinations
from operator import mul
from typing import Literal, NamedTuple

from psychocounsel_data.config import PairRule, Strategy
from psychocounsel_data.errors import ConfigError

NoPair = Literal["no_candidate", "one_candidate", "all_tied", "within_margin", "same_text"]
"""Why a speech has no pair: nothing judged, nobody to meet, all scores equal, no difference as
large as the margin, or the same words on both sides."""


class Candidate(NamedTuple):
    """A judged response that may be paired."""

    response_id: str
    name: str
    """The model's released name."""
    ratings: tuple[int, ...]
    """In the order of the rubric's principles."""
    text_key: int
    """Equal for equal texts."""


class Duel(NamedTuple):
    """Two responses to one speech, the first of them better by `points`."""

    chosen: Candidate
    rejected: Candidate
    points: int


class Field(NamedTuple):
    """What a strategy chooses from: the candidates of one speech and who may meet whom."""

    ranked: tuple[Candidate, ...]
    """Best first, as `ranked` orders them."""
    duels: tuple[Duel, ...]
    """Every two that differ by the margin and in their words: best chosen first, and for each the
    lowest rejected first."""
    lot: str
    """Decides a draw: the same lot, the same draw."""


class Paired(NamedTuple):
    """The pairs of one speech, and what stood in the way of others."""

    duels: tuple[Duel, ...]
    """Best chosen first, for each the lowest rejected first: the first one is the clearest."""
    reason: NoPair | None
    """Why there is no pair; None where there is one."""
    tied: int
    """Twos with equal scores, whatever the strategy would have done with them."""
    same_text: int
    """Twos that differ by the margin and have the same words."""
    shared_best: bool
    """Whether the best score is shared, so that a strategy's `best` is one of several."""


class Scale:
    """The weighted mean of ratings, in whole numbers.

    A weight is taken for what is written in run.yaml: 0.1 is a tenth. All weights are brought to
    their common denominator, so that scores and margins are integers, called points, and no
    rounding decides whether a pair exists: 16/7 - 9/7 is 1 on paper and a little less in floats.
    """

    def __init__(self, principles: Sequence[str], weights: Mapping[str, float]) -> None:
        """The scale of a rubric.

        Args:
            principles: ids in the order of `Candidate.ratings`.
            weights: principle id to weight; 1 where left out.

        Raises:
            ConfigError: a weight for an unknown principle, one that is not a number, or none above
                zero.
        """
        for name in weights:
            _known(name, principles)
        exact = [_exact(weights.get(name, 1), f"pairs.weights.{name}") for name in principles]
        common = math.lcm(*(weight.denominator for weight in exact))
        self._weights = tuple(int(weight * common) for weight in exact)
        self._total = sum(self._weights)
        if self._total <= 0:
            raise ConfigError("pairs.weights: every weight is 0: give one principle more than that")

    def points(self, ratings: Sequence[int]) -> int:
        """The score of one response; only differences and order of points mean anything."""
        return sum(map(mul, self._weights, ratings))

    def score(self, points: int) -> float:
        """The mean rating, 1 to 5, that points stand for; also of a difference of points."""
        return points / self._total

    def threshold(self, min_margin: float) -> int:
        """The least difference of points that is `min_margin` or more, and never a tie.

        Raises:
            ConfigError: the margin is not a finite number.
        """
        return max(1, math.ceil(_exact(min_margin, "min_margin") * self._total))


def ranked(candidates: Iterable[Candidate], scale: Scale) -> tuple[Candidate, ...]:
    """Best first, whatever the order they come in.

    Equal scores are ordered by response id, which is a hash. By name, the alphabet would decide
    which of the many responses with the highest ratings throughout is called the best.
    """
    return tuple(sorted(candidates, key=lambda one: (-scale.points(one.ratings), one.response_id)))


def all_pairs(field: Field) -> Sequence[Duel]:
    """Every two that may meet: the paper's rule for training (Zhang et al., 2025)."""
    return field.duels


def best_vs_rest(field: Field) -> Sequence[Duel]:
    """The best response against each of the others."""
    return [duel for duel in field.duels if duel.chosen is field.ranked[0]]


def best_vs_worst(field: Field) -> Sequence[Duel]:
    """The best response against the lowest: the paper's rule for testing (Zhang et al., 2025)."""
    return [duel for duel in best_vs_rest(field) if duel.rejected is field.ranked[-1]]


def best_vs_random(field: Field) -> Sequence[Duel]:
    """The best response against one other, drawn among those it may meet.

    Drawn after the margin is applied, as Tulu 3 does (Lambert et al., 2024), and not before it, as
    in binarised UltraFeedback, where a draw within the margin costs the speech its pair. Each
    response has its own lot, so that a further candidate leaves the draw as it is or wins it.
    """
    duels = best_vs_rest(field)
    return [min(duels, key=lambda duel: _drawn(field.lot, duel.rejected))] if duels else []


STRATEGIES: Mapping[Strategy, Callable[[Field], Sequence[Duel]]] = {
    "all_pairs": all_pairs,
    "best_vs_worst": best_vs_worst,
    "best_vs_rest": best_vs_rest,
    "best_vs_random": best_vs_random,
}


def pair(candidates: Iterable[Candidate], *, scale: Scale, rule: PairRule, lot: str) -> Paired:
    """The pairs of one speech.

    The chosen response outscores the rejected one by `rule.min_margin` or more; equal scores never
    pair, nor do responses with the same words.

    Args:
        candidates: the judged responses to the speech, in any order.
        lot: decides the draw of `best_vs_random`, such as the seed and the speech's id.

    Raises:
        ConfigError: the margin is not a finite number.
    """
    order = ranked(candidates, scale)
    points = [scale.points(one.ratings) for one in order]
    least = scale.threshold(rule.min_margin)
    apart = _apart(order, points, least)
    duels = tuple(duel for duel in apart if duel.chosen.text_key != duel.rejected.text_key)
    chosen = tuple(STRATEGIES[rule.strategy](Field(order, duels, lot)))
    return Paired(
        chosen,
        reason=None if chosen else _reason(points, least),
        tied=sum(a == b for a, b in combinations(points, 2)),
        same_text=len(apart) - len(duels),
        shared_best=len(points) > 1 and points[0] == points[1],
    )


def _apart(order: Sequence[Candidate], points: Sequence[int], least: int) -> list[Duel]:
    """Every two that differ by the least points, best chosen and lowest rejected first."""
    return [
        Duel(order[better], order[worse], points[better] - points[worse])
        for better in range(len(order))
        for worse in range(len(order) - 1, better, -1)
        if points[better] - points[worse] >= least
    ]


def _reason(points: Sequence[int], least: int) -> NoPair:
    if not points:
        return "no_candidate"
    if len(points) == 1:
        return "one_candidate"
    if points[0] == points[-1]:
        return "all_tied"
    return "within_margin" if points[0] - points[-1] < least else "same_text"


def _drawn(lot: str, candidate: Candidate) -> bytes:
    return hashlib.sha256(f"{lot}\0{candidate.response_id}".encode()).digest()


@cache
def _exact(value: float, key: str) -> Fraction:
    try:
        return Fraction(str(value))
    except ValueError:
        raise ConfigError(f"{key}: {value} is not a finite number") from None


def _known(name: str, principles: Sequence[str]) -> None:
    if name not in principles:
        near = difflib.get_close_matches(name, principles, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(principles)}"
        raise ConfigError(f"pairs.weights: no principle '{name}': {hint}")
