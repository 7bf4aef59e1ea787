"""The speeches and responses of a run, read back one at a time, for plans that keep no text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import cached_property, lru_cache
from typing import Final

import orjson

from psychocounsel_data import bulk, journal
from psychocounsel_data.journal import Reader
from psychocounsel_data.records import ClientSpeech, Response
from psychocounsel_data.run import Run

_SPEECHES: Final = 4096
"""Kept in memory, some megabytes: responses to one speech come near each other."""


class Texts:
    """A run's texts; a file is opened when something of it is first wanted."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._files = ExitStack()
        self.speech = lru_cache(_SPEECHES)(self._speech)
        """The speech of an id that is in `positions`."""

    def response(self, position: int) -> Response:
        """The response whose line starts at a byte."""
        return self._responses.at(position)

    def responses(self) -> Iterator[tuple[int, Response]]:
        """All of them with the byte their line starts at, as `bulk` reads them."""
        return bulk.positioned(self._run.responses, Response)

    def close(self) -> None:
        """Close the files."""
        self._files.close()

    def _speech(self, speech_id: str) -> ClientSpeech:
        return self._speeches.at(self.positions[speech_id])

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """Speech id to the byte its line starts at."""
        return {
            orjson.loads(line.data)["id"]: line.position
            for line in journal.lines(self._run.speeches)
        }

    @cached_property
    def _speeches(self) -> Reader[ClientSpeech]:
        return self._files.enter_context(Reader(self._run.speeches, ClientSpeech))

    @cached_property
    def _responses(self) -> Reader[Response]:
        return self._files.enter_context(Reader(self._run.responses, Response))
