"""One parquet file of a data set, written batch by batch.

What its columns mean is the business of `export`; this module knows rows and bytes.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


class Size(NamedTuple):
    """How large a table is."""

    rows: int
    memory_bytes: int
    """As Arrow holds it: the `num_bytes` of a data card."""
    file_bytes: int


class Table:
    """A parquet file in the making; every batch becomes a row group.

    One without rows is not written at all, because `datasets` refuses a split that has none. Use
    it as a context manager. Batches are compressed on the pool's threads, one of this table at a
    time, while the next is being made.

    Attributes:
        size: how large it is; complete once it is closed.
    """

    def __init__(self, path: Path, pool: ThreadPoolExecutor) -> None:
        self._path = path
        self._pool = pool
        self._writer: pq.ParquetWriter | None = None
        self._writing: Future[None] | None = None
        self.size = Size(0, 0, 0)

    def append(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        if batch.num_rows == 0:
            return
        self._wait()
        if self._writer is None:
            self._writer = _open(self._path, batch.schema)
        self._writing = self._pool.submit(self._writer.write_batch, batch)
        self.size = Size(self.size.rows + batch.num_rows, self.size.memory_bytes + batch.nbytes, 0)

    def __enter__(self) -> Table:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._writer is None:
            return
        try:
            self._wait()
        finally:
            self._writer.close()
        self.size = self.size._replace(file_bytes=self._path.stat().st_size)

    def _wait(self) -> None:
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()


def _open(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """A writer with the Hub's own settings.

    Chunks that follow the content let the Hub store only what changed between two versions, and
    the page index lets its viewer read single rows. Texts are not looked up in a dictionary: they
    hardly ever repeat, and the compression finds those that do.
    """
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    return pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        use_content_defined_chunking=True,
        write_page_index=True,
        use_dictionary=[one.name for one in schema if not _long_text(one)],
    )


def _long_text(field: pa.Field) -> bool:
    import pyarrow.types as types

    words = ("question", "response", "chosen", "rejected", "prompt")
    named = field.name in words or field.name.endswith("_rationale")
    return named and bool(types.is_string(field.type) or types.is_list(field.type))
