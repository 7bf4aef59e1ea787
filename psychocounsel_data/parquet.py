"""One parquet file of a data set, written group by group.

What its columns mean is the business of `export`; this module knows their kinds only.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from psychocounsel_data.export import Column, Row

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

GROUP_ROWS = 2_000
"""Rows that are held in memory and written as one row group: about 10 MB of pairs."""


class Size(NamedTuple):
    """How large a table is."""

    rows: int
    memory_bytes: int
    """As Arrow holds it: the `num_bytes` of a data card."""
    file_bytes: int


class Table:
    """A parquet file in the making.

    One without rows is not written at all, because `datasets` refuses a split that has none. Use
    it as a context manager.

    Attributes:
        size: how large it is; complete once it is closed.
    """

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._path = path
        self._columns = columns
        self._rows: list[Row] = []
        self._writer: pq.ParquetWriter | None = None
        self.size = Size(0, 0, 0)

    def append(self, row: Row) -> None:
        """Add one row; its cells are in the order of the columns."""
        self._rows.append(row)
        if len(self._rows) == GROUP_ROWS:
            self._flush()

    def __enter__(self) -> Table:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._flush()
        if self._writer is not None:
            self._writer.close()
            self.size = self.size._replace(file_bytes=self._path.stat().st_size)

    def _flush(self) -> None:
        if not self._rows:
            return
        if self._writer is None:
            self._writer = _open(self._path, self._columns)
        batch = _batch(self._rows, self._columns)
        self._writer.write_batch(batch)
        self.size = Size(self.size.rows + batch.num_rows, self.size.memory_bytes + batch.nbytes, 0)
        self._rows = []


def _open(path: Path, columns: Sequence[Column]) -> pq.ParquetWriter:
    """A writer with the Hub's own settings.

    Chunks that follow the content let the Hub store only what changed between two versions, and
    the page index lets its viewer read single rows.
    """
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    return pq.ParquetWriter(
        path,
        _schema(columns),
        compression="zstd",
        use_content_defined_chunking=True,
        write_page_index=True,
    )


def _batch(rows: Sequence[Row], columns: Sequence[Column]) -> pa.RecordBatch:
    import pyarrow as pa

    schema = _schema(columns)
    cells = zip(*rows, strict=True)
    arrays = [pa.array(column, type_) for column, type_ in zip(cells, schema.types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _schema(columns: Sequence[Column]) -> pa.Schema:
    import pyarrow as pa

    types = {
        "string": pa.string(),
        "int64": pa.int64(),
        "float64": pa.float64(),
        "messages": pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())])),
    }
    return pa.schema([(column.name, types[column.kind]) for column in columns])
