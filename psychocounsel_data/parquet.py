"""One parquet file of a data set, written group by group.

What its columns mean is the business of `export`; this module knows their kinds only.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from psychocounsel_data.export import Cell, Column, Kind

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

T = TypeVar("T")

GROUP_ROWS = 2_000
"""Rows that are held in memory and written as one row group: about 10 MB of pairs."""


class Size(NamedTuple):
    """How large a table is."""

    rows: int
    memory_bytes: int
    """As Arrow holds it: the `num_bytes` of a data card."""
    file_bytes: int


class Table(Generic[T]):
    """A parquet file in the making.

    One without rows is not written at all, because `datasets` refuses a split that has none. Use
    it as a context manager.

    Attributes:
        size: how large it is; complete once it is closed.
    """

    def __init__(self, path: Path, columns: Sequence[Column[T]]) -> None:
        self._path = path
        self._columns = columns
        self._items: list[T] = []
        self._writer: pq.ParquetWriter | None = None
        self.size = Size(0, 0, 0)

    def append(self, item: T) -> None:
        """Add the row that the columns make of an item."""
        self._items.append(item)
        if len(self._items) == GROUP_ROWS:
            self._flush()

    def __enter__(self) -> Table[T]:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._flush()
        if self._writer is not None:
            self._writer.close()
            self.size = self.size._replace(file_bytes=self._path.stat().st_size)

    def _flush(self) -> None:
        if not self._items:
            return
        batch = _batch(self._items, self._columns)
        if self._writer is None:
            self._writer = _open(self._path, batch.schema)
        self._writer.write_batch(batch)
        self.size = Size(self.size.rows + batch.num_rows, self.size.memory_bytes + batch.nbytes, 0)
        self._items.clear()


def _open(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """A writer with the Hub's own settings.

    Chunks that follow the content let the Hub store only what changed between two versions, and
    the page index lets its viewer read single rows.
    """
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    return pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        use_content_defined_chunking=True,
        write_page_index=True,
    )


def _batch(items: Sequence[T], columns: Sequence[Column[T]]) -> pa.RecordBatch:
    import pyarrow as pa

    arrays = [_array([column.cell(item) for item in items], column.kind) for column in columns]
    return pa.RecordBatch.from_arrays(arrays, names=[column.name for column in columns])


def _array(cells: Sequence[Cell], kind: Kind) -> pa.Array:
    import pyarrow as pa

    if kind == "user" or kind == "assistant":
        return _messages(cells, kind)
    return pa.array(cells, {"string": pa.string, "int64": pa.int64, "float64": pa.float64}[kind]())


def _messages(texts: Sequence[Cell], role: str) -> pa.Array:
    """A list of one message for each text."""
    import pyarrow as pa

    roles = pa.repeat(pa.scalar(role, pa.string()), len(texts))
    messages = pa.StructArray.from_arrays(
        [roles, pa.array(texts, pa.string())], names=["role", "content"]
    )
    return pa.ListArray.from_arrays(pa.array(range(len(texts) + 1), pa.int32()), messages)
