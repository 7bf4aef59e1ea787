"""What `pcdata load` has kept so far: on disk in the run folder, gone when the load ends."""

from __future__ import annotations

import tempfile
from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType

from psychocounsel_data import journal
from psychocounsel_data.errors import RunError
from psychocounsel_data.records import ClientSpeech, ExistingAnswer


class Draft:
    """Speeches in the order they were kept, and answers that later rows brought for them.

    Use it as a context manager. Only positions stay in memory.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places = array("Q")
        self._end = 0
        self._moved: dict[str, list[int]] = defaultdict(list)
        """Id of a speech to where the answers that were moved to it stand."""

    def __enter__(self) -> Draft:
        try:
            self._speeches = tempfile.TemporaryFile(dir=self._folder)
            self._answers = tempfile.TemporaryFile(dir=self._folder)
        except OSError as error:
            raise RunError(f"{self._folder} cannot be written: {error.strerror}") from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._speeches.close()
        self._answers.close()

    def add(self, speech: ClientSpeech) -> None:
        """Put a speech at the end."""
        self._places.append(self._end)
        self._end += self._speeches.write(journal.dump(speech))

    def move(self, answers: Sequence[ExistingAnswer], *, to: str) -> bool:
        """Keep the answers of a row that is dropped for the speech it is equal to.

        Returns:
            Whether there were any.
        """
        for answer in answers:
            self._moved[to].append(self._answers.tell())
            self._answers.write(journal.dump(answer))
        return bool(answers)

    def speeches(self) -> Iterator[tuple[ClientSpeech, tuple[ExistingAnswer, ...]]]:
        """Every speech, in order, with the answers that were moved to it."""
        self._speeches.seek(0)
        while line := self._speeches.readline():
            speech = journal.parse(line, ClientSpeech, "draft")
            yield speech, tuple(self._answer(at) for at in self._moved.get(speech.id, ()))

    def at(self, place: int) -> ClientSpeech:
        """The speech at a place in the order they were kept."""
        here = self._speeches.tell()
        self._speeches.seek(self._places[place])
        speech = journal.parse(self._speeches.readline(), ClientSpeech, "draft")
        self._speeches.seek(here)
        return speech

    def _answer(self, position: int) -> ExistingAnswer:
        self._answers.seek(position)
        return journal.parse(self._answers.readline(), ExistingAnswer, "draft")
