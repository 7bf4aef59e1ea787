"""Texts that are nearly the same: MinHash signatures, compared where LSH says it is worth it.

The likeness of two texts is the Jaccard index of their sets of character 5-grams (words case
folded, one space between), estimated from 128 minimum hashes (Broder, 1997) with a standard error
of at most 0.044. Which signatures are compared at all is decided by bands of them that are equal
(Indyk and Motwani, 1998), so many and so wide that a pair at the threshold is missed less than once
in a hundred times, and a pair well above it hardly ever. Signatures are on disk while they are
collected; to compare them takes 24 bytes a text.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

from psychocounsel_data.cleaning.words import words
from psychocounsel_data.errors import RunError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HASHES = 128
SHINGLE = 5
SEED = 5
MOST_MISSED = 0.01
_BATCH = 512
_ODD = 0x9E3779B97F4A7C15


def plain(text: str) -> str:
    """What is compared: the words, case folded, one space between."""
    return " ".join(words(text))


def jaccard(one: str, other: str) -> float:
    """The likeness that signatures estimate: 0 to 1, and 0 where either has no words."""
    mine, theirs = _shingles(plain(one)), _shingles(plain(other))
    return len(mine & theirs) / len(mine | theirs) if mine and theirs else 0.0


def _shingles(text: str) -> set[str]:
    padded = text.ljust(SHINGLE) if text else ""
    return {padded[at : at + SHINGLE] for at in range(len(padded) - SHINGLE + 1)}


def signatures(texts: Sequence[str]) -> NDArray[np.uint32]:
    """One row of minimum hashes for each text, which is `plain` and not empty."""
    import numpy as np
    from rensa import RMinHash

    padded = [text.ljust(SHINGLE) for text in texts]
    hashes = _hashes("".join(padded))
    ends = np.cumsum([len(text) for text in padded])
    inside = np.ones(ends[-1], dtype=bool)
    for short in range(1, SHINGLE):
        inside[ends - short] = False  # 5-grams that would run into the next text
    counts = np.diff(ends, prepend=0) - SHINGLE + 1
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.uint64)
    rows = RMinHash.digest_matrix_from_flat_token_hashes(
        hashes[inside[: len(hashes)]], offsets, HASHES, SEED
    ).to_rows()
    return np.array(rows, dtype=np.uint32)


def signature(text: str) -> NDArray[np.uint32]:
    """The minimum hashes of one such text: faster than a list of one."""
    import numpy as np
    from rensa import RMinHash

    hashes = _hashes(text.ljust(SHINGLE))
    rows = RMinHash.digest_matrix_from_flat_token_hashes(hashes, [0, len(hashes)], HASHES, SEED)
    return np.array(rows.to_rows()[0], dtype=np.uint32)


def _hashes(text: str) -> NDArray[np.uint64]:
    """A hash of every 5-gram (a polynomial, modulo 2^64)."""
    import numpy as np

    codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    hashes = codes[: len(codes) - SHINGLE + 1]
    for at in range(1, SHINGLE):
        hashes = hashes * np.uint64(_ODD) + codes[at : at + len(hashes)]
    return hashes


def band_width(threshold: float) -> int:
    """The widest band with which a pair at the threshold is missed at most once in a hundred."""
    for width in range(HASHES, 1, -1):
        if (1 - threshold**width) ** (HASHES // width) <= MOST_MISSED:
            return width
    return 1


class Pair(NamedTuple):
    """Two texts, by their place in the order they were added."""

    first: int
    second: int
    likeness: float
    """Estimated Jaccard index, at least the threshold."""


class Signatures:
    """The signatures of many texts, on disk. Use it as a context manager.

    Args:
        folder: where the file is, unnamed, as long as it is needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: list[str] = []
        self._count = 0

    def __enter__(self) -> Signatures:
        try:
            self._file = tempfile.TemporaryFile(dir=self._folder)
        except OSError as error:
            raise RunError(f"{self._folder} cannot be written: {error.strerror}") from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._count

    def add(self, text: str) -> None:
        """Put a text at the end."""
        # One without words is like none other, not like all others without.
        self._waiting.append(plain(text) or f"\0\0\0\0{self._count}")
        self._count += 1
        if len(self._waiting) == _BATCH:
            self._flush()

    def pairs(self, threshold: float) -> Iterator[Pair]:
        """Pairs of texts that are at least so alike; several times those with several equal bands.

        Of many texts that share a band each is compared with the first and with the one before it,
        not with all others: enough to find every cluster, in time that grows with their number.
        """
        if self._count < 2:
            return
        rows = self._rows()
        width = band_width(threshold)
        for start in range(0, HASHES - width + 1, width):
            for firsts, seconds in _candidates(rows[:, start : start + width]):
                yield from _alike(rows, firsts, seconds, threshold)

    def likeness(self, one: int, other: int) -> float:
        """The estimated likeness of two texts."""
        rows = self._rows()
        return float((rows[one] == rows[other]).mean())

    def _rows(self) -> NDArray[np.uint32]:
        import numpy as np

        self._flush()
        self._file.flush()
        return np.memmap(self._file, dtype=np.uint32, mode="r", shape=(self._count, HASHES))

    def _flush(self) -> None:
        if self._waiting:
            self._file.write(signatures(self._waiting).tobytes())
            self._waiting.clear()


def _candidates(
    band: NDArray[np.uint32],
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Places of texts whose band is equal: each with the one before it, and with the first."""
    import numpy as np

    keys = np.zeros(len(band), dtype=np.uint64)
    for column in range(band.shape[1]):
        keys = (keys ^ band[:, column]) * np.uint64(_ODD)
        keys ^= keys >> np.uint64(29)
    order = np.argsort(keys, kind="stable")
    equal = np.flatnonzero(keys[order[1:]] == keys[order[:-1]])
    if not len(equal):
        return
    yield order[equal], order[equal + 1]
    starts = np.concatenate(([True], equal[1:] != equal[:-1] + 1))
    firsts = order[equal[starts][np.cumsum(starts) - 1]]
    later = ~starts
    yield firsts[later], order[equal + 1][later]


def _alike(
    rows: NDArray[np.uint32],
    firsts: NDArray[np.intp],
    seconds: NDArray[np.intp],
    threshold: float,
) -> Iterator[Pair]:
    import numpy as np

    for at in range(0, len(firsts), 1 << 14):
        left, right = firsts[at : at + (1 << 14)], seconds[at : at + (1 << 14)]
        likeness = np.mean(rows[left] == rows[right], axis=1)
        for place in np.flatnonzero(likeness >= threshold):
            yield Pair(int(left[place]), int(right[place]), float(likeness[place]))


class Clusters:
    """Texts that hang together, by their place (union-find)."""

    def __init__(self, count: int) -> None:
        from array import array

        self._parent = array("q", range(count))

    def first(self, place: int) -> int:
        """The earliest text of the cluster that this one is in."""
        root = place
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[place] != root:
            self._parent[place], place = root, self._parent[place]
        return root

    def join(self, one: int, other: int) -> None:
        """Make one cluster of the two that these are in."""
        low, high = sorted((self.first(one), self.first(other)))
        self._parent[high] = low

    def members(self) -> dict[int, list[int]]:
        """Every cluster of two or more, by its earliest text."""
        members: dict[int, list[int]] = {}
        for place in range(len(self._parent)):
            root = self.first(place)
            if root != place:
                members.setdefault(root, [root]).append(place)
        return members
