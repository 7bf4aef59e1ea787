"""Some fields of the lines that stand at known places of a journal, as columns."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from psychocounsel_data.errors import InputError

if TYPE_CHECKING:
    import polars as pl

Fields = Mapping[str, "pl.DataType"]
"""Name to type, of those that are wanted."""

_USUAL_LINE = 1 << 12
"""Bytes; few lines of a journal are longer."""


class Places:
    """A journal that was read and held to its records before. Use it as a context manager."""

    def __init__(self, path: Path, fields: Fields) -> None:
        self._path = path
        self._fields = fields

    def __enter__(self) -> Places:
        self._file = self._path.open("rb", buffering=0)
        return self

    def at(self, positions: Iterable[int]) -> pl.DataFrame:
        """The fields of the lines that start at these bytes, null where a line leaves one out.

        Raises:
            InputError: the file was changed since the positions were taken.
        """
        import polars as pl

        lines = [self._line(position) for position in positions]
        if not lines:
            return pl.DataFrame(schema=self._fields)
        try:
            frame = pl.read_ndjson(b"".join(lines), schema=self._fields)
        except pl.exceptions.PolarsError:
            frame = pl.DataFrame()
        if frame.height != len(lines):
            raise InputError(f"{self._path} was changed while it was read: run the command again")
        return frame

    def _line(self, position: int) -> bytes:
        """In one read, as a rule: a buffered file would read on at every place it is sent to."""
        size = _USUAL_LINE
        while True:
            data = os.pread(self._file.fileno(), size, position)
            end = data.find(b"\n") + 1
            if end or len(data) < size:
                return data[:end] if end else data
            size *= 4

    def __exit__(self, *_: object) -> None:
        self._file.close()
