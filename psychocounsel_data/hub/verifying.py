"""`push --verify`: fetch a release as a stranger would, and compare it row by row with ours.

A push reads back every hash that the Hub lists. This goes one step further: all files are fetched
into an empty cache, `datasets` loads every table by the card's own description, and every cell is
compared. What croissant.json says of the tables' bytes is held against those that came.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, get_args

from psychocounsel_data.dataset.croissant import CROISSANT, untrue
from psychocounsel_data.dataset.export import FILES, TableName
from psychocounsel_data.errors import HubError
from psychocounsel_data.hub.fetching import fetched
from psychocounsel_data.records import Record

if TYPE_CHECKING:
    import datasets
    import pyarrow as pa

BATCH_ROWS = 1_000


class VerifiedTable(Record):
    """A table that is the same on the Hub."""

    table: TableName
    split: str
    rows: int


def verify(dataset: Path, repo_id: str, commit: str) -> tuple[VerifiedTable, ...]:
    """Load a commit from the Hub into an empty cache and compare it with dataset/.

    Args:
        dataset: the folder that was pushed.
        commit: the id of the commit that holds it.

    Raises:
        HubError: it cannot be loaded, or a table, column, row or cell differs; names the place,
            never a text.
    """
    with TemporaryDirectory(prefix="pcdata-verify-") as empty, _without_progress():
        folder = fetched(f"{repo_id}@{commit}", cache=Path(empty) / "hub")
        place = f"{repo_id} in commit {commit[:7]}"
        tables = tuple(
            verified
            for table in get_args(TableName)
            for verified in _verified(dataset, folder, table, place)
        )
        _held_to_croissant(folder, place)
        return tables


def _held_to_croissant(folder: Path, place: str) -> None:
    wrong = untrue(folder)
    if wrong:
        raise HubError(
            f"{place}: {', '.join(wrong)} is not what {CROISSANT} there says: run `pcdata push` "
            "again"
        )


def _verified(dataset: Path, folder: Path, table: TableName, place: str) -> Iterator[VerifiedTable]:
    ours = {split: dataset / path for (name, split), path in FILES.items() if name == table}
    ours = {split: path for split, path in ours.items() if path.is_file()}
    theirs = _loaded(folder, table, place)
    if set(ours) != set(theirs):
        raise HubError(
            f"{place}, {table}: the Hub has the splits {', '.join(sorted(theirs))} where "
            f"dataset/ has {', '.join(sorted(ours))}: run `pcdata push` again"
        )
    for split, path in ours.items():
        rows = _compared(path, theirs[split], f"{place}, {table}, {split}")
        yield VerifiedTable(table=table, split=split, rows=rows)


def _loaded(folder: Path, table: TableName, place: str) -> datasets.DatasetDict:
    """Every split of a table, by what the card says."""
    from datasets import load_dataset
    from datasets.exceptions import DatasetsError

    try:
        return load_dataset(str(folder), table, cache_dir=str(folder.parent / "datasets"))
    except (DatasetsError, OSError, ValueError) as error:
        raise HubError(
            f"{place}, {table}: it cannot be loaded ({type(error).__name__}): run `pcdata push` "
            "again"
        ) from error


@contextmanager
def _without_progress() -> Iterator[None]:
    """Both libraries draw a bar for every file; our own words are enough."""
    import datasets
    from huggingface_hub.utils.tqdm import (
        are_progress_bars_disabled,
        disable_progress_bars,
        enable_progress_bars,
    )

    shown = datasets.is_progress_bar_enabled(), not are_progress_bars_disabled()
    datasets.disable_progress_bars()
    disable_progress_bars()
    try:
        yield
    finally:
        if shown[0]:
            datasets.enable_progress_bars()
        if shown[1]:
            enable_progress_bars()


def _compared(path: Path, theirs: datasets.Dataset, place: str) -> int:
    """The number of rows, all of them equal."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        if theirs.column_names != names:
            raise HubError(f"{place}: other columns on the Hub: run `pcdata push` again")
        count = 0
        pairs = zip_longest(
            _rows(file.iter_batches(batch_size=BATCH_ROWS)),
            _rows(theirs.with_format("arrow").iter(batch_size=BATCH_ROWS)),
        )
        for count, (mine, other) in enumerate(pairs, start=1):
            if mine != other:
                raise HubError(f"{place}, row {count - 1}: {_difference(names, mine, other)}")
    return count


def _rows(batches: Iterator[pa.RecordBatch | pa.Table]) -> Iterator[dict[str, Any]]:
    for batch in batches:
        yield from batch.to_pylist()


def _difference(
    names: Sequence[str], mine: dict[str, Any] | None, other: dict[str, Any] | None
) -> str:
    if mine is None or other is None:
        return f"the Hub has {'more' if mine is None else 'fewer'} rows"
    wrong = [name for name in names if mine[name] != other[name]]
    return f"{', '.join(wrong)} differs on the Hub: run `pcdata push` again"
