"""How often experts agree with a label, by how far the two scores behind it lie apart. Pure.

A label says which of two responses to one speech is the better one: the one with the higher score.
The larger the margin that is asked for, the more often experts agree, and the fewer pairs are left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from psychocounsel_data.agreement.resampling import Flags, Floats, Ints, Resamples, by_group
from psychocounsel_data.agreement.two_raters import ratio
from psychocounsel_data.errors import ConfigError

STEP = 0.25
MOST_PAIRS = 20_000_000
_EXACT = 9
"""Decimals to which scores are compared: means of a few whole ratings differ by far more."""


class Contests(NamedTuple):
    """Pairs of responses with a label, and what people said of them."""

    groups: Ints
    """The speech of each pair."""
    margins: Floats
    """How far the label's two scores lie apart, 0 or more."""
    verdicts: Floats
    """One row a pair, one column a person: 1 agrees with the label, -1 disagrees, 0 cannot tell
    the two apart; NaN where this person said nothing. Where the margin is 0 there is no label, and
    1 and -1 are the two sides."""


class Point(NamedTuple):
    """The curve at one least margin. The arrays hold the data's value, then one a resample."""

    least: float
    """Pairs with this margin or more; at 0 all that differ at all."""
    pairs: int
    """The yield: labelled pairs there are, whether or not a person has seen them."""
    compared: int
    """Verdicts of people on these pairs that prefer one side."""
    undecided: int
    """Verdicts that find both equal."""
    label: Floats
    """How often people agree with the label, verdicts without preference left out."""
    human: Floats
    """How often two people agree with each other on the same pairs, likewise."""
    human_compared: int
    """Comparisons of two people behind that."""


def contests(groups: Ints, judge: Floats, humans: Floats) -> Contests:
    """Every pair of items of one speech that the judge has scored.

    Args:
        groups: the speech of each item.
        judge: the judge's score of each item, NaN where there is none.
        humans: one row an item, one column a person.

    Raises:
        ConfigError: so many items share a speech that their pairs cannot be counted.
    """
    parts = list(_pairs(groups, judge))
    if not parts:
        empty = np.zeros(0)
        return Contests(
            np.zeros(0, np.int64),
            empty,
            empty.reshape(0, humans.shape[1] if humans.ndim > 1 else 0),
        )
    one, two = np.concatenate(parts, axis=1)
    label = np.round(judge[one] - judge[two], _EXACT)
    side = np.where(label == 0, 1, np.sign(label))
    verdicts = np.sign(np.round(humans[one] - humans[two], _EXACT)) * side[:, None]
    return Contests(groups[one], np.abs(label), verdicts)


def _pairs(groups: Ints, judge: Floats) -> Iterator[Ints]:
    scored = np.flatnonzero(np.isfinite(judge))
    order = scored[np.argsort(groups[scored], kind="stable")]
    members = np.split(order, np.flatnonzero(np.diff(groups[order])) + 1)
    total = sum(len(one) * (len(one) - 1) // 2 for one in members)
    if total > MOST_PAIRS:
        widest = max(len(one) for one in members)
        raise ConfigError(
            f"{total:,} pairs of items within a speech, one of which has {widest:,} items: "
            "say with --group which column tells the speeches apart"
        )
    for one in members:
        if len(one) > 1:
            first, second = np.triu_indices(len(one), 1)
            yield np.stack([one[first], one[second]])


def thresholds(margins: Floats) -> tuple[float, ...]:
    """0, and every quarter point up to the widest margin."""
    widest = float(margins.max()) if len(margins) else 0.0
    return tuple(STEP * step for step in range(int(widest / STEP + 1e-6) + 1))


def curve(seen: Contests, pool: Floats, resamples: Resamples) -> tuple[Point, ...]:
    """Agreement with the label at every least margin.

    Pairs may have been shown to people with other odds than they occur with, such as more of the
    narrow ones. So each band of a quarter point counts as much as it has pairs in the pool; where
    people have seen every pair this changes nothing. A band that nobody has seen does not count.

    Args:
        seen: the pairs that people have been asked about.
        pool: the margins of all labelled pairs, seen or not.
        resamples: how often each speech is drawn.
    """
    marks = thresholds(pool)
    pairs = list(combinations(range(seen.verdicts.shape[1]), 2))
    label = _tally(seen, [seen.verdicts], pool, marks, resamples)
    mutual = [seen.verdicts[:, [a]] * seen.verdicts[:, [b]] for a, b in pairs]
    human = _tally(seen, mutual, pool, marks, resamples)
    return tuple(
        Point(
            mark,
            pairs=int(_reaches(pool, mark).sum()),
            compared=_count(seen, [np.abs(seen.verdicts)], mark),
            undecided=_count(seen, [1 - np.abs(seen.verdicts)], mark),
            label=label[:, place],
            human=human[:, place],
            human_compared=_count(seen, [np.abs(one) for one in mutual], mark),
        )
        for place, mark in enumerate(marks)
    )


def _reaches(margins: Floats, mark: float) -> Flags:
    return np.asarray((margins >= mark - 1e-9) & (margins > 0))


def _count(seen: Contests, verdicts: Sequence[Floats], mark: float) -> int:
    inside = _reaches(seen.margins, mark)
    return int(sum(np.nansum(one[inside]) for one in verdicts))


def _weights(margins: Floats, said: Flags, pool: Floats) -> Floats:
    """How many pairs of the pool each pair stands for of which something was said."""
    bands = _band(margins)
    last = int(max(bands.max(initial=0), _band(pool).max(initial=0)))
    in_pool = np.bincount(_band(pool), minlength=last + 1)
    in_said = np.bincount(bands[said], minlength=last + 1)
    return np.asarray((in_pool / np.maximum(in_said, 1))[bands], np.float64)


def _band(margins: Floats) -> Ints:
    """0 for no margin, then one band a quarter point."""
    return np.where(margins > 0, (margins / STEP + 1e-6).astype(np.int64) + 1, 0)


def _tally(
    seen: Contests,
    verdicts: Sequence[Floats],
    pool: Floats,
    marks: Sequence[float],
    resamples: Resamples,
) -> Floats:
    """The share of agreeing among deciding verdicts, by resample and least margin."""
    agreeing = np.zeros(len(seen.margins))
    deciding = np.zeros(len(seen.margins))
    said = np.zeros(len(seen.margins), np.bool_)
    for one in verdicts:
        agreeing += np.nansum(one > 0, axis=1)
        deciding += np.nansum(np.abs(one), axis=1)
        said |= np.isfinite(one).any(axis=1)
    weights = _weights(seen.margins, said, pool)
    inside = np.stack([_reaches(seen.margins, mark) for mark in marks], axis=1) * weights[:, None]
    features = np.concatenate([agreeing[:, None] * inside, deciding[:, None] * inside], axis=1)
    width = features.shape[1]
    rows = np.repeat(seen.groups, width)
    columns = np.tile(np.arange(width), len(features))
    shape = (resamples.groups, width)
    sums = resamples.sums(by_group(rows, columns, features.ravel(), shape))
    return ratio(sums[:, : len(marks)], sums[:, len(marks) :])
