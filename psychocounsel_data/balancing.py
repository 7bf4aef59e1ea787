"""Drawing a set of N speeches, spread evenly over topics, sources or risk. Pure.

Every stratum gets the same share; one that has fewer speeches gives all it has, and the rest goes
to the others. Within a stratum speeches are drawn by a lot that depends on the seed and their own
id alone, so that the same speeches are drawn again, and a larger N keeps all that a smaller one
has.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Candidate(NamedTuple):
    """A speech that may be drawn."""

    speech_id: str
    stratum: str
    """What it counts as: its topic, source or risk."""


def quotas(sizes: Mapping[str, int], n: int) -> dict[str, int]:
    """How many to draw from each stratum.

    Args:
        sizes: stratum to number of speeches.
        n: how many in all.

    Returns:
        Stratum to number, which sum up to n, or to all there are; no two that could give more
        differ by more than one. Where the shares do not come out even, the strata that come first
        in the alphabet get one more.
    """
    n = min(n, sum(sizes.values()))
    level = bisect_right(range(n + 1), n, key=lambda level: _filled(sizes, level)) - 1
    left = n - _filled(sizes, level)
    larger = [name for name in sorted(sizes) if sizes[name] > level]
    return {name: min(size, level) + (name in larger[:left]) for name, size in sizes.items()}


def _filled(sizes: Mapping[str, int], level: int) -> int:
    """How many are drawn where every stratum gives as many as `level`, or all it has."""
    return sum(min(size, level) for size in sizes.values())


def drawn(candidates: Iterable[Candidate], n: int, seed: int) -> frozenset[str]:
    """The ids that are drawn, whatever order the speeches come in."""
    strata: dict[str, list[tuple[bytes, str]]] = {}
    for one in candidates:
        strata.setdefault(one.stratum, []).append((_lot(seed, one.speech_id), one.speech_id))
    wanted = quotas({name: len(lots) for name, lots in strata.items()}, n)
    return frozenset(
        speech_id for name, lots in strata.items() for _, speech_id in sorted(lots)[: wanted[name]]
    )


def _lot(seed: int, speech_id: str) -> bytes:
    return hashlib.blake2b(f"balance\0{seed}\0{speech_id}".encode(), digest_size=8).digest()
