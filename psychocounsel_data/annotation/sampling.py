"""Which pairs experts see, and in what order. Pure, seeded: the same input, the same sample.

Margin bands get equal shares, because the question is how agreement grows with the margin, and in
a plain random sample one or two bands would have nearly all items. Within a band speeches are not
used twice as long as there are others, and topics and models take turns.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

T = TypeVar("T")

BANDS: tuple[tuple[str, float], ...] = (
    ("2+", 2.0),
    ("1.5-2", 1.5),
    ("1-1.5", 1.0),
    ("0.5-1", 0.5),
    ("0-0.5", 0.0),
)
"""Name of a margin band and its lower end, which belongs to it; the last one leaves out 0."""
POOL = 1_000
"""A band that has more, and more than the whole sample, is represented by so many, drawn at random:
the drawing then takes seconds for hundreds of thousands of pairs."""


class Contest(NamedTuple):
    """Two judged answers to one speech that may be shown."""

    speech_id: str
    responses: tuple[str, str]
    """Ids, in any order."""
    scores: tuple[float, float]
    """Mean ratings, in the order of `responses`."""
    models: tuple[str, str]
    """Released names, in the order of `responses`."""
    topic: str | None
    flagged: bool

    @property
    def band(self) -> str | None:
        """The margin band; None for equal scores, which give no label to validate."""
        # Rounded: 16/7 - 9/7 is 1 on paper and a little less in floats.
        margin = round(abs(self.scores[0] - self.scores[1]), 9)
        return next((name for name, least in BANDS if margin >= least and margin > 0), None)


def draw(
    contests: Iterable[Contest], *, items: int, flagged_share: float, seed: int
) -> list[Contest]:
    """A stratified sample, in the order in which it is shown.

    Fewer than `items` where there are not enough contests; the other kind of speech fills up where
    there are not enough flagged ones, or nothing but flagged ones.
    """
    pools = _pools(contests, seed, max(POOL, items))
    drawing = _Drawing()
    wanted = round(items * flagged_share)
    drawing.take(pools[True], wanted)
    drawing.take(pools[False], items)
    drawing.take(pools[True], items)
    return sorted(drawing.taken, key=lambda one: lot(seed, "order", *sorted(one.responses)))


def with_repeats(order: Sequence[T], share: float) -> list[tuple[T, bool]]:
    """The sequence with some of its first half shown again, evenly spread over its second half.

    Each repeat stands about half a sequence after its original, so that it is not remembered.

    Args:
        share: repeats to the length of the sequence, at most a half.

    Returns:
        What is shown, in order, and whether it is a repeat.
    """
    half = len(order) // 2
    count = min(round(len(order) * share), half)
    shown: list[tuple[T, bool]] = [(one, False) for one in order[: len(order) - half]]
    again = 0
    for index, one in enumerate(order[len(order) - half :], start=1):
        shown.append((one, False))
        if again * half < index * count and again < count:
            shown.append((order[again * half // count], True))
            again += 1
    return shown


def lot(*parts: object) -> bytes:
    """A draw that depends on nothing but what is named."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).digest()


class _Candidate(NamedTuple):
    contest: Contest
    lot: bytes


Pool = dict[str, list[_Candidate]]
"""Band to those that may be drawn for it."""


def _pools(contests: Iterable[Contest], seed: int, most: int) -> dict[bool, Pool]:
    """What may be drawn, at most so many a band, by whether the speech is flagged and by band."""
    pools: dict[bool, Pool] = {flagged: defaultdict(list) for flagged in (True, False)}
    for contest in contests:
        if band := contest.band:
            candidate = _Candidate(contest, lot(seed, *sorted(contest.responses)))
            pools[contest.flagged][band].append(candidate)
    for pool in pools.values():
        for band, candidates in pool.items():
            pool[band] = sorted(candidates, key=lambda one: one.lot)[:most]
    return pools


class _Drawing:
    """What has been drawn so far, and how often each speech, topic and model is in it."""

    def __init__(self) -> None:
        self.taken: list[Contest] = []
        self._speeches: Counter[str] = Counter()
        self._topics: Counter[str | None] = Counter()
        self._models: Counter[str] = Counter()
        self._bands: Counter[str] = Counter()

    def take(self, pool: Pool, up_to: int) -> None:
        """Draw from a pool until there are `up_to` in all or the pool is empty.

        The next one is of the band that has the fewest so far.
        """
        while len(self.taken) < up_to:
            bands = [name for name, _ in BANDS if pool[name]]
            if not bands:
                return
            band = min(bands, key=lambda name: self._bands[name])
            candidate = min(pool[band], key=self._rank)
            pool[band].remove(candidate)
            self._count(band, candidate.contest)

    def _rank(self, candidate: _Candidate) -> tuple[int, int, int, bytes]:
        """The least seen first: by speech, then topic, then models; the lot decides the rest."""
        one = candidate.contest
        models = self._models[one.models[0]] + self._models[one.models[1]]
        return self._speeches[one.speech_id], self._topics[one.topic], models, candidate.lot

    def _count(self, band: str, contest: Contest) -> None:
        self.taken.append(contest)
        self._bands[band] += 1
        self._speeches[contest.speech_id] += 1
        self._topics[contest.topic] += 1
        self._models.update(contest.models)
