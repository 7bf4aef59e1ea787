"""The mean of 1 to 5 by a judge's own probabilities, read at the token of each rating. Pure.

A mean over the judge's distribution agrees better with people than its mode (arXiv:2503.03064).
Nothing is filled in: where the reply's tokens are not those of its text, or the five points hold
too little of the probability, there is no expected score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import exp

from psychocounsel_data.exchange import Token
from psychocounsel_data.rubric import HIGHEST, LOWEST

LEAST_MASS = 0.5
"""The least probability that the five points hold together at the token of a rating. A server that
enforces a grammar may give probabilities from before it, which say little about the points."""
TOP_LOGPROBS = 20
"""How many alternatives to a token are asked for: the most that OpenAI gives."""
_POINTS = {str(point): point for point in range(LOWEST, HIGHEST + 1)}


def expected_scores(
    text: str, places: Mapping[str, int], tokens: Sequence[Token]
) -> dict[str, float]:
    """Principle to expected score, 1 to 5; without those that cannot be told.

    Args:
        text: the judge's answer.
        places: principle to the character at which its rating stands in the text.
        tokens: everything the model wrote, its reasoning included.
    """
    written = b"".join(token.data for token in tokens)
    begins = written.rfind(text.encode())
    if begins < 0:
        return {}
    ends = list(accumulate(len(token.data) for token in tokens))
    found = {}
    for principle, place in places.items():
        at = begins + len(text[:place].encode())
        index = next(number for number, end in enumerate(ends) if end > at)
        token = tokens[index]
        score = _expected(token, at - (ends[index] - len(token.data)))
        if score is not None:
            found[principle] = score
    return found


def _expected(token: Token, offset: int) -> float | None:
    """The mean over a token's alternatives that say another rating in the same place.

    Args:
        offset: which byte of the token is the rating.
    """
    before = token.data[:offset].decode(errors="replace")
    mass = dict.fromkeys(_POINTS.values(), 0.0)
    for text, logprob in token.alternatives.items():
        point = _point(text, before)
        if point is not None:
            mass[point] += exp(logprob)
    total = sum(mass.values())
    if total < LEAST_MASS:
        return None
    return round(sum(point * share for point, share in mass.items()) / total, 4)


def _point(text: str, before: str) -> int | None:
    """The rating that an alternative begins, after what the token has before it."""
    rest = text.lstrip() if not before.strip() else text.removeprefix(before)
    if text == rest and before.strip():
        return None
    follows = rest[1:2]
    return None if follows.isdigit() or follows == "." else _POINTS.get(rest[:1])
