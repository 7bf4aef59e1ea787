"""Answers that exist already: in the source's own row, or in a file of their own by a key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from psychocounsel_data.config import AnswerConfig, SourceConfig
from psychocounsel_data.records import ExistingAnswer
from psychocounsel_data.sources import local
from psychocounsel_data.sources.columns import Row, Template

Clean = Callable[[str], str]


class Answers:
    """Where the answers to a source's rows are found.

    Args:
        source: an entry of `sources:` in run.yaml.
        wanted: names under `column:` in `generate.models`, which may be plain columns.
        root: the run folder.
        clean: what is done to every text.
    """

    def __init__(
        self, source: SourceConfig, wanted: Iterable[str], root: Path, clean: Clean
    ) -> None:
        """Raises ConfigError, InputError where a file of answers cannot be read."""
        place = f"sources: {source.label}: answers"
        self._clean = clean
        self._in_row: dict[str, Template] = {}
        self._in_file: dict[str, _AnswerFile] = {}
        for name, config in source.answers.items():
            if config.path is None:
                self._in_row[name] = Template(config.text, f"{place}: {name}")
            else:
                path = root / config.path
                self._in_file[name] = _AnswerFile(config, path, f"{place}: {name}", clean)
        self._columns = [name for name in wanted if name not in source.answers]

    def check(self, columns: Sequence[str]) -> None:
        """Raises ConfigError where a column is named that the source lacks."""
        for template in self._in_row.values():
            template.check(columns)
        for file in self._in_file.values():
            file.check(columns)
        for name in self._columns:
            if name in columns:
                self._in_row[name] = Template(name, f"generate.models: column:{name}")

    @property
    def names(self) -> set[str]:
        """The answers this source has."""
        return {*self._in_row, *self._in_file}

    def of(self, row: Row) -> tuple[ExistingAnswer, ...]:
        """The answers to a row, without the missing ones."""
        return tuple(self._of(row))

    def _of(self, row: Row) -> Iterator[ExistingAnswer]:
        for name, template in self._in_row.items():
            if text := template.text(row, self._clean):
                yield ExistingAnswer(name=name, row=row.number, text=text)
        for name, file in self._in_file.items():
            for text in file.of(row):
                yield ExistingAnswer(name=name, row=row.number, text=text)

    def notes(self) -> Iterator[str]:
        """What a person should know about the files."""
        for name, file in self._in_file.items():
            if file.unmatched:
                yield f"answers {name}: {file.unmatched:,} match no row of the source"


class _AnswerFile:
    """Answers in a file of their own, by the value of its key column."""

    def __init__(self, config: AnswerConfig, path: Path, place: str, clean: Clean) -> None:
        self._on = str(config.on or config.key)
        self._place = place
        self._by_key: dict[str, list[str]] = defaultdict(list)
        self._met: set[str] = set()
        key, text = Template(str(config.key), f"{place}: key"), Template(config.text, place)
        for row in local.rows(path):
            if row.number == 0:
                key.check(list(row.columns))
                text.check(list(row.columns))
            if answer := text.text(row, clean):
                self._by_key[key.text(row)].append(answer)

    @property
    def unmatched(self) -> int:
        """Keys of the file that no row of the source has."""
        return len(self._by_key.keys() - self._met)

    def check(self, columns: Sequence[str]) -> None:
        """Raises ConfigError where the source has no such column to match."""
        Template(self._on, f"{self._place}: on").check(columns)

    def of(self, row: Row) -> Sequence[str]:
        """The answers to a row."""
        key = str(row.columns[self._on])
        self._met.add(key)
        return self._by_key.get(key, ())
