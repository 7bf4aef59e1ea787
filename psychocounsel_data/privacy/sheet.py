"""The sheet that a person checks the rules with: pii_sample.csv in the run folder.

It holds finds, to see which were right, and whole texts without one, to see what was missed. **It
shows what was found**, as it could not be checked otherwise, so it is for the person who may see
the sources, is readable for its owner only, and never goes into dataset/.
"""

from __future__ import annotations

import csv
import hashlib
import heapq
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from psychocounsel_data.errors import RunError
from psychocounsel_data.privacy.spans import Found

_AROUND: Final = 60
"""Characters shown on each side of a find."""
COLUMNS: Final = (
    "speech_id", "where", "kind", "before", "found", "after", "right_yes_no", "missed", "note",
)  # fmt: skip


class _Line(NamedTuple):
    lot: int
    """Lines with the lowest lots are in the sample."""
    speech_id: str
    where: str
    kind: str
    before: str
    found: str
    after: str


_Heap = list[tuple[int, _Line]]
"""The highest lot first, so that it is the one to go."""


class Sheet:
    """A random sample of a load; the same one for the same texts, in whatever order they come.

    Args:
        size: how many finds, and how many texts without one.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._finds: _Heap = []
        self._clean: _Heap = []

    def note(self, speech_id: str, where: str, text: str, found: Sequence[Found]) -> None:
        """Let a text take part in the draw.

        Args:
            speech_id: the speech it is or belongs to.
            where: `speech`, or the name of the answer.
            text: the text before anything was replaced.
            found: what was found in it.
        """
        if not self._size:
            return
        for one in found:
            before = text[max(0, one.start - _AROUND) : one.start]
            after = text[one.end : one.end + _AROUND]
            value = text[one.start : one.end]
            lot = _lot(speech_id, where, str(one.start), text)
            line = _Line(lot, speech_id, where, one.kind, before, value, after)
            self._draw(self._finds, line)
        if not found:
            line = _Line(_lot(speech_id, where, text), speech_id, where, "", "", "", text)
            self._draw(self._clean, line)

    def write(self, path: Path) -> int:
        """Write the sheet; returns the number of its lines.

        Raises:
            RunError: it cannot be written.
        """
        lines = [*_in_order(self._finds), *_in_order(self._clean)]
        try:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        except OSError as error:
            raise RunError(f"{path} cannot be written: {error.strerror}") from error
        with os.fdopen(fd, "w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows([*map(_cell, line[1:]), "", "", ""] for line in lines)
        return len(lines)

    def _draw(self, heap: _Heap, line: _Line) -> None:
        heapq.heappush(heap, (-line.lot, line))
        if len(heap) > self._size:
            heapq.heappop(heap)


def _in_order(heap: _Heap) -> list[_Line]:
    return sorted(line for _, line in heap)


def _lot(*parts: str) -> int:
    digest = hashlib.blake2b("\0".join(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def _cell(text: str) -> str:
    """One that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
