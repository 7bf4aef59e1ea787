"""Write a data set in one layout: a folder that is whole, or as it was before."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from psychocounsel_data.errors import InputError
from psychocounsel_data.folders import replaced
from psychocounsel_data.formats.layouts import LAYOUTS, Kind, Layout, Row
from psychocounsel_data.formats.rows import pairs, splits
from psychocounsel_data.records import Record, Split

DESCRIPTION = "dataset_info.json"
GROUP_ROWS = 1_000


class ExportedFile(Record):
    """One file of an export."""

    path: Path
    split: Split
    rows: int


class ExportSummary(Record):
    """What an export wrote."""

    format: str
    files: tuple[ExportedFile, ...]


def export(dataset: Path, layout: str, out: Path) -> ExportSummary:
    """Write the pairs of a built data set in one of `LAYOUTS`.

    The folder is written beside the old one and takes its place when it is whole; the same data
    set gives the same bytes. A split without pairs has no file.

    Args:
        dataset: the folder that `build-pairs` wrote.
        layout: a key of `LAYOUTS`.
        out: the folder to write.

    Raises:
        RunError: there are no pairs, or the folder cannot be written.
        InputError: a table cannot be read, or the folder has other files in it.
        ConfigError: the layout has no place for what the pairs hold.
    """
    chosen = LAYOUTS[layout]
    sources = splits(dataset)
    _refuse_others(out)
    names: dict[Split, str] = {"train": chosen.train, "test": chosen.test}
    with replaced(out) as folder:
        files = [
            _Written(
                split, f"{names[split]}.{chosen.kind}", _write(folder, path, names[split], chosen)
            )
            for split, path in sources.items()
        ]
        if layout == "llama-factory":
            _describe(folder, files)
    return ExportSummary(
        format=layout,
        files=tuple(
            ExportedFile(path=out / one.name, split=one.split, rows=one.rows) for one in files
        ),
    )


def _refuse_others(out: Path) -> None:
    """The folder is replaced as a whole, so nothing but an earlier export may stand in it."""
    ours = {f"{name}.{one.kind}" for one in LAYOUTS.values() for name in (one.train, one.test)} | {
        DESCRIPTION
    }
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file: name a folder")
    others = (
        sorted(path.name for path in out.iterdir() if path.name not in ours) if out.exists() else []
    )
    if others:
        raise InputError(f"{out} has other files in it ({others[0]}): name a folder of its own")


class _Written(NamedTuple):
    split: Split
    name: str
    rows: int


def _write(folder: Path, source: Path, name: str, layout: Layout) -> int:
    rows = map(layout.row, pairs(source))
    return _WRITERS[layout.kind](folder / f"{name}.{layout.kind}", rows)


def _jsonl(path: Path, rows: Iterable[Row]) -> int:
    import jsonlines

    with path.open("w", encoding="utf-8", newline="\n") as file:
        writer = jsonlines.Writer(file, dumps=_json)
        return sum(1 for _ in map(writer.write, rows))


def _json(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False)


def _csv(path: Path, rows: Iterable[Row]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for count, row in enumerate(rows, start=1):
            if count == 1:
                writer.writerow(row)
            writer.writerow(row.values())
    return count


def _parquet(path: Path, rows: Iterable[Row]) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    count = 0
    writer: pq.ParquetWriter | None = None
    try:
        for group in _groups(rows):
            table = pa.Table.from_pylist([dict(row) for row in group])
            writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
            writer.write_table(table)
            count += len(group)
    finally:
        if writer is not None:
            writer.close()
    return count


def _groups(rows: Iterable[Row]) -> Iterator[list[Row]]:
    group: list[Row] = []
    for row in rows:
        group.append(row)
        if len(group) == GROUP_ROWS:
            yield group
            group = []
    if group:
        yield group


def _describe(folder: Path, files: Iterable[_Written]) -> None:
    """By this file LLaMA-Factory knows the others, their layout and their columns."""
    columns = {"messages": "conversations", "chosen": "chosen", "rejected": "rejected"}
    info = {
        f"pcdata_{one.split}": {
            "file_name": one.name,
            "formatting": "sharegpt",
            "ranking": True,
            "columns": columns,
        }
        for one in files
    }
    (folder / DESCRIPTION).write_text(json.dumps(info, indent=2) + "\n", "utf-8")


_WRITERS: Mapping[Kind, Callable[[Path, Iterable[Row]], int]] = {
    "jsonl": _jsonl,
    "csv": _csv,
    "parquet": _parquet,
}
