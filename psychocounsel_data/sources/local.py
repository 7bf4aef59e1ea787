"""Files on this machine: csv, tsv, json, jsonl, parquet and xlsx, as they really are."""

from __future__ import annotations

import codecs
import csv
import difflib
import gzip
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO, cast

from psychocounsel_data.errors import ConfigError, InputError
from psychocounsel_data.sources.columns import Row
from psychocounsel_data.sources.meter import ReadMeter

_LARGEST_CELL = 1 << 27


def rows(path: Path, *, column: str | None = None, meter: ReadMeter | None = None) -> Iterator[Row]:
    """Every row of a file, in order. Text formats may be compressed (`.gz`).

    A `*` in the name stands for any: rows of all such files, in the order of their names.

    Args:
        path: the file.
        column: take each JSON file as one row, whose only column is called so.
        meter: what is to tell how far the reading is.

    Raises:
        ConfigError: there is no such file, or its ending is unknown.
        InputError: it cannot be read as what its ending says; names the line.
    """
    number = 0
    meter = meter or ReadMeter()
    found = files(path)
    meter.begin(sum(file.stat().st_size for file in found))
    for file in found:
        for columns in _columns(file, meter) if column is None else _whole(file, column, meter):
            yield Row(number, columns)
            number += 1
        meter.end(file.stat().st_size)


def files(path: Path) -> list[Path]:
    """The files that a path means: itself, or all that its `*` stands for.

    Raises:
        ConfigError: there is none.
    """
    if "*" not in path.name:
        if not path.is_file():
            raise ConfigError(f"no file {path}{_similar(path)}")
        return [path]
    found = sorted(one for one in path.parent.glob(path.name) if one.is_file())
    if not found:
        raise ConfigError(f"no file is called {path}")
    return found


def _columns(path: Path, meter: ReadMeter) -> Iterator[Mapping[str, object]]:
    ending = Path(path.name.removesuffix(".gz")).suffix.lower()
    reader = _READERS.get(ending)
    if reader is None:
        known = ", ".join(_READERS)
        raise ConfigError(f"{path}: unknown ending '{ending}': known are {known}")
    return reader(path, meter)


def _whole(path: Path, column: str, meter: ReadMeter) -> Iterator[Mapping[str, object]]:
    if ".json" not in path.suffixes:
        raise ConfigError(
            f"{path}: only a .json file can be one dialogue: name the column that holds the turns"
        )
    yield {column: _the_list(path, _parsed(path, meter))}


def _similar(path: Path) -> str:
    """`: did you mean speeches.csv?` where the folder has a file with such a name."""
    if not path.parent.is_dir():
        return f": there is no folder {path.parent}"
    close = difflib.get_close_matches(path.name, [one.name for one in path.parent.iterdir()], n=1)
    return f": did you mean {close[0]}?" if close else ""


def _csv(path: Path, meter: ReadMeter) -> Iterator[Mapping[str, object]]:
    with _text(path, meter) as file:
        first = file.readline()
        file.seek(0)
        counts = {mark: first.count(mark) for mark in (",", ";", "\t")}
        yield from _separated(path, file, max(counts, key=lambda mark: counts[mark]))


def _tsv(path: Path, meter: ReadMeter) -> Iterator[Mapping[str, object]]:
    with _text(path, meter) as file:
        yield from _separated(path, file, "\t")


def _separated(path: Path, file: IO[str], mark: str) -> Iterator[Mapping[str, object]]:
    csv.field_size_limit(_LARGEST_CELL)
    reader = csv.reader((line.replace("\0", "") for line in file), delimiter=mark)
    try:
        header = next(reader, None)
        if header is None:
            return
        names = _named(header)
        for cells in reader:
            if cells:
                yield _row(path, reader.line_num, names, cells)
    except csv.Error as error:
        raise InputError(f"{path}:{reader.line_num}: not valid csv: {error}") from error


def _row(path: Path, line: int, names: Sequence[str], cells: Sequence[str]) -> Mapping[str, object]:
    """Cells by column; missing ones at the end are empty, and one too many is an error."""
    if len(cells) > len(names):
        raise InputError(
            f"{path}:{line}: {len(cells)} cells where the header has {len(names)}: "
            "a text with a separator in it needs quotes around it"
        )
    return dict(zip(names, [*cells, *[""] * (len(names) - len(cells))], strict=True))


def _named(header: Sequence[str]) -> list[str]:
    """Column names: an empty one is called after its place, a repeated one gets a number."""
    names: list[str] = []
    for index, cell in enumerate(header):
        name = cell.strip() or f"column_{index}"
        repeats = sum(1 for one in header[:index] if one.strip() == cell.strip())
        names.append(f"{name}_{repeats + 1}" if repeats and cell.strip() else name)
    return names


def _jsonl(path: Path, meter: ReadMeter) -> Iterator[Mapping[str, object]]:
    import jsonlines
    import orjson

    with _text(path, meter) as file:
        reader = jsonlines.Reader(file, loads=orjson.loads)
        try:
            yield from reader.iter(type=dict, skip_empty=True)
        except jsonlines.InvalidLineError as error:
            raise InputError(f"{path}:{error.lineno}: not a JSON object on one line") from error


def _json(path: Path, meter: ReadMeter) -> Iterator[Mapping[str, object]]:
    for item in _the_list(path, _parsed(path, meter)):
        if not isinstance(item, dict):
            raise InputError(f"{path}: an item of the list is not an object with columns")
        yield item


def _parsed(path: Path, meter: ReadMeter) -> object:
    import orjson

    with _text(path, meter) as file:
        try:
            return orjson.loads(file.read())
        except orjson.JSONDecodeError as error:
            raise InputError(f"{path}: not valid JSON: {error}") from error


def _the_list(path: Path, content: object) -> Sequence[object]:
    """The rows of a JSON file: a list, or the only list inside an object."""
    if isinstance(content, list):
        return content
    members = content.items() if isinstance(content, dict) else ()
    lists = {key: one for key, one in members if isinstance(one, list)}
    if len(lists) != 1:
        found = f"lists under {', '.join(sorted(lists))}" if lists else "no list"
        raise InputError(
            f"{path}: rows have to be a list of objects; the file has {found}: "
            "write the rows you want into a .jsonl file"
        )
    return next(iter(lists.values()))


def _parquet(path: Path, meter: ReadMeter) -> Iterator[Mapping[str, object]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        size, done = path.stat().st_size, 0
        for batch in file.iter_batches():
            yield from batch.to_pylist()
            done += len(batch)
            meter.follow(partial(int, size * done // file.metadata.num_rows))
    except pa.ArrowException as error:
        raise InputError(f"{path}: not a readable parquet file") from error


def _xlsx(path: Path, _: ReadMeter) -> Iterator[Mapping[str, object]]:
    """The first sheet, its first row the header; formulas as the values they had when saved."""
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError) as error:
        raise InputError(f"{path}: not a readable xlsx file") from error
    try:
        cells = book.worksheets[0].iter_rows(values_only=True)
        header = next(cells, None) or ()
        names = _named(["" if cell is None else str(cell) for cell in header])
        for row in cells:
            if any(cell is not None for cell in row):
                yield dict(zip(names, row, strict=False))
    finally:
        book.close()


def _text(path: Path, meter: ReadMeter) -> IO[str]:
    """A text file in whatever encoding it is: UTF-8 (with or without BOM), UTF-16, Windows-1252."""
    encoding = _encoding(path)
    file = _open(path)
    meter.follow(getattr(file, "fileobj", file).tell)
    return io.TextIOWrapper(file, encoding=encoding, newline="")


def _open(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def _encoding(path: Path) -> str:
    with _open(path) as file:
        start = file.read(4)
        if start.startswith((b"\xff\xfe", b"\xfe\xff")):
            return "utf-16"
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            decoder.decode(start)
            while block := file.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


_READERS: dict[str, Callable[[Path, ReadMeter], Iterator[Mapping[str, object]]]] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".json": _json,
    ".jsonl": _jsonl,
    ".parquet": _parquet,
    ".xlsx": _xlsx,
}
