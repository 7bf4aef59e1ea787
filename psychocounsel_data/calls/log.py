"""What was asked when, one JSON object a line, for those who look for a fault. Ids, never texts."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple

import orjson

from psychocounsel_data.errors import RunError

_FLUSH_S = 1.0


class Event(NamedTuple):
    """Something that happened while models were asked."""

    event: Literal["answered", "failed", "given_up", "stopped"]
    """A request was answered, or was not; a call is left for another run; a model is."""
    model: str
    call: str | None = None
    """The call's id."""
    request: int | None = None
    """Which of the call's requests, counted from 1; how many, where the call is given up."""
    seconds: float | None = None
    """From the request to its end."""
    kind: str | None = None
    """The fault in one word, or how the answer ended."""
    message: str | None = None
    """The fault, without client text or keys."""
    retry_after_s: float | None = None
    """How long the server asked us to wait."""
    input_tokens: int | None = None
    output_tokens: int | None = None


Log = Callable[[Event], None]
"""Is told of every event."""


def no_log(event: Event) -> None:
    """For those who keep no log."""


class FileLog:
    """A `Log` that appends to a file. Use it as a context manager.

    Raises:
        RunError: the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> FileLog:
        try:
            self._file = self._path.open("ab", buffering=1 << 16)
        except OSError as error:
            raise self._refusal(error) from error
        self._flushed_at = time.monotonic()
        return self

    def __call__(self, event: Event) -> None:
        """Write an event; it can be read a second later at the latest."""
        known = {name: value for name, value in event._asdict().items() if value is not None}
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        try:
            self._file.write(orjson.dumps({"at": at, **known}) + b"\n")
            if time.monotonic() - self._flushed_at > _FLUSH_S:
                self._file.flush()
                self._flushed_at = time.monotonic()
        except OSError as error:
            raise self._refusal(error) from error

    def __exit__(self, *_: object) -> None:
        try:
            self._file.close()
        except OSError as error:
            raise self._refusal(error) from error

    def _refusal(self, error: OSError) -> RunError:
        return RunError(f"--log {self._path} cannot be written: {error.strerror}")
