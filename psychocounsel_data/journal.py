"""Append-only files of typed JSON lines: one writer, a torn tail mended, nothing received lost.

A line is written to the file the moment it is appended, so that a killed process loses nothing,
and forced to the disk at least twice a second, so that a power cut loses at most that. Readers
never lock: a last line that is still being written is left for the next reader. What the lines
mean is the stages' business.
"""

from __future__ import annotations

import os
import time
from collections.abc import Container, Iterable, Iterator
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Generic, NamedTuple, TypeVar

import orjson
from pydantic import ValidationError

from psychocounsel_data.errors import InputError, RunError, RunLockedError
from psychocounsel_data.records import Record

if TYPE_CHECKING:
    from filelock import BaseFileLock

R = TypeVar("R", bound=Record)

SYNC_INTERVAL_S = 0.5
_BLOCK_BYTES = 1 << 22
_ID_START = b'{"id":"'


class Line(NamedTuple):
    """A whole line of a journal."""

    number: int
    """Counted from 1, empty lines too."""
    position: int
    """The byte it starts at."""
    data: bytes


def blocks(path: Path) -> Iterator[list[bytes]]:
    """All whole lines, some megabytes at a time; none where the file does not exist."""
    if not path.exists():
        return
    with path.open("rb", buffering=1 << 20) as file:
        while block := file.readlines(_BLOCK_BYTES):
            if not block[-1].endswith(b"\n"):
                block.pop()  # torn, or still being written
            yield block


def lines(path: Path) -> Iterator[Line]:
    """Every line that is not empty."""
    position = 0
    whole = chain.from_iterable(blocks(path))
    for number, data in enumerate(whole, start=1):
        if not data.isspace():
            yield Line(number, position, data)
        position += len(data)


def read(path: Path, kind: type[R]) -> Iterator[R]:
    """Every record of a journal, in order; none where the file does not exist.

    Raises:
        InputError: a line is not a record of this kind; names file and line.
    """
    for _, record in positioned(path, kind):
        yield record


def positioned(path: Path, kind: type[R]) -> Iterator[tuple[int, R]]:
    """Every record of a journal with the byte its line starts at; see `read`."""
    place = str(path)
    for number, position, data in lines(path):
        yield position, parse(data, kind, f"{place}:{number}")


def parse(data: bytes, kind: type[R], place: str) -> R:
    """One record from its line.

    Raises:
        InputError: it is not a record of this kind; names the place and the fields, no values.
    """
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "line"
        raise InputError(
            f"{place}: not a {kind.__name__}: {field}: {first['msg']}; mend or remove the line"
        ) from None


def ids(path: Path) -> set[bytes]:
    """The ids of all records, 16 bytes each: 200,000 of them take a tenth of a second."""
    return {line_id(line) for block in blocks(path) for line in block if not line.isspace()}


def line_id(data: bytes) -> bytes:
    """A line's id as bytes, without reading the rest of the line where we wrote it ourselves."""
    if data.startswith(_ID_START) and data[39:40] == b'"':
        try:
            return bytes.fromhex(data[7:39].decode("ascii"))
        except ValueError:
            pass
    record = orjson.loads(data)
    return bytes.fromhex(record["id"])


def chosen(path: Path, kind: type[R], wanted: Container[str]) -> Iterator[R]:
    """The records of some ids of 32 hex digits; no other line is read further than its id.

    Raises InputError where one of them is broken.
    """
    for number, _, data in lines(path):
        if line_id(data).hex() in wanted:
            yield parse(data, kind, f"{path}:{number}")


def line_ids(data: bytes, second: bytes) -> bytes:
    """A line's id and another that stands after it, as 32 bytes; see `line_id`."""
    between = b'","%s":"' % second
    start = 39 + len(between)
    if data.startswith(_ID_START) and data[39:start] == between:
        both = data[7:39] + data[start : start + 32]
        if data[start + 32 : start + 33] == b'"':
            try:
                return bytes.fromhex(both.decode("ascii"))
            except ValueError:
                pass
    record = orjson.loads(data)
    return bytes.fromhex(record["id"] + record[second.decode()])


def dump(record: Record) -> bytes:
    """A record as its line; fields that hold their default None are left out."""
    return record.model_dump_json(exclude_none=True).encode() + b"\n"


def replace(path: Path, records: Iterable[Record]) -> int:
    """Write a whole file anew, or not at all: a crash leaves the old one.

    Returns:
        How many records it now holds.
    """
    count = 0
    with Replacement(path) as file:
        for record in records:
            file.append(record)
            count += 1
    return count


class Replacement:
    """A file that takes the place of another when it is whole.

    Use it as a context manager; on an exception the old file stays.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.part")
        self._file: BinaryIO

    def __enter__(self) -> Replacement:
        try:
            self._file = self._part.open("wb", buffering=1 << 20)
        except OSError as error:
            raise RunError(f"{self._path} cannot be written: {error.strerror}") from error
        return self

    def append(self, record: Record) -> None:
        """Add one record."""
        self._file.write(dump(record))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._file.close()
            self._part.unlink(missing_ok=True)
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self._path)


class Reader(Generic[R]):
    """Records at known positions of a journal, so that none has to stay in memory.

    Use it as a context manager.
    """

    def __init__(self, path: Path, kind: type[R]) -> None:
        self._path = path
        self._kind = kind
        self._file = path.open("rb")

    def at(self, position: int) -> R:
        """The record whose line starts at this byte."""
        self._file.seek(position)
        return parse(self._file.readline(), self._kind, f"{self._path}@{position}")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Reader[R]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Writer:
    """The one process that appends to a journal.

    Use it as a context manager. Opening it takes the file's lock and mends a torn last line.

    Attributes:
        mended_bytes: length of a half-written last line that was cut off on opening, or 0.

    Raises:
        RunLockedError: another process is writing.
        RunError: the file cannot be written: no permission, disk full.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = _lock(path)
        self._end = 0
        self._synced_at = 0.0
        self._synced_end = 0
        self._fd = -1
        self.mended_bytes = 0

    def __enter__(self) -> Writer:
        try:
            self._lock.acquire(timeout=0)
            self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            self._mend()
        except TimeoutError:  # filelock's own is one
            raise RunLockedError(
                f"{self._path} is being written by another pcdata process: "
                "wait for it or stop it, then run this again"
            ) from None
        except OSError as error:
            self._lock.release()
            raise self._refusal(error) from error
        return self

    def append(self, record: Record) -> None:
        """Add one record; when this returns, a killed process does not lose it.

        Raises:
            RunError: the disk is full or gone. The file then ends with the last whole record.
        """
        data = dump(record)
        try:
            written = os.write(self._fd, data)
            if written < len(data):
                written += os.write(self._fd, data[written:])
        except OSError as error:
            os.ftruncate(self._fd, self._end)
            raise self._refusal(error) from error
        self._end += len(data)

    def sync(self, *, at_once: bool = False) -> None:
        """Force what was appended to the disk, at most twice a second; cheap to call often.

        Args:
            at_once: whatever the time, for lines that come seldom and one by one.
        """
        now = time.monotonic()
        due = at_once or now - self._synced_at >= SYNC_INTERVAL_S
        if self._end != self._synced_end and due:
            end = self._end
            os.fsync(self._fd)
            self._synced_at, self._synced_end = now, end

    def __exit__(self, *_: object) -> None:
        os.fsync(self._fd)
        os.close(self._fd)
        self._lock.release()

    def _mend(self) -> None:
        """Complete a last line that only lacks its line end; cut off one that was half written."""
        self._end = os.fstat(self._fd).st_size
        tail = _unterminated_tail(self._fd, self._end)
        if not tail:
            return
        if _is_json(tail):
            os.write(self._fd, b"\n")
            self._end += 1
            return
        self._end -= len(tail)
        self.mended_bytes = len(tail)
        os.ftruncate(self._fd, self._end)

    def _refusal(self, error: OSError) -> RunError:
        return RunError(
            f"{self._path} cannot be written: {error.strerror}; what was received so far is kept"
        )


def _lock(path: Path) -> BaseFileLock:
    """The lock beside a journal; the system lets go of it when the process ends, however."""
    from filelock import FileLock  # it brings asyncio along, which readers need not wait for

    return FileLock(path.with_name(f".{path.name}.lock"))


def _unterminated_tail(fd: int, size: int) -> bytes:
    """What follows the last line end."""
    tail = b""
    position = size
    while position > 0 and b"\n" not in tail:
        step = min(1 << 16, position)
        position -= step
        tail = os.pread(fd, step, position) + tail
    return tail[tail.rfind(b"\n") + 1 :]


def _is_json(data: bytes) -> bool:
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError:
        return False
    return True
