"""The stage behind `pcdata load`: sources -> speeches.jsonl and dropped.jsonl.

Both files are written anew and take the place of the old ones when they are whole. Rows go
through one by one; what stays in memory is 16 bytes for each distinct text, and the speeches that
have answers, because a duplicate further down may bring another.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from psychocounsel_data.cleaning import Unfit, normalise, same_text_key, unfit_length
from psychocounsel_data.config import COLUMN, AnswerConfig, SourceConfig
from psychocounsel_data.errors import ConfigError, InputError
from psychocounsel_data.journal import Replacement
from psychocounsel_data.records import ClientSpeech, Dropped, ExistingAnswer, Record
from psychocounsel_data.run import Run
from psychocounsel_data.sources import local, rows
from psychocounsel_data.sources.columns import Row, Template, missing


class SourceSummary(Record):
    """What became of one source."""

    source: str
    rows: int
    distinct: int
    """Different texts in it that no earlier source has, before the length rule."""
    kept: int
    dropped: dict[str, int]
    """Reason to number of rows."""
    answers: int
    """Existing answers that came with the speeches that were kept."""
    notes: tuple[str, ...]


class LoadSummary(Record):
    """What became of all sources."""

    sources: tuple[SourceSummary, ...]

    @property
    def kept(self) -> int:
        """Speeches in speeches.jsonl."""
        return sum(one.kept for one in self.sources)


def load(run: Run) -> LoadSummary:
    """Read, clean and write the speeches of a run.

    Raises:
        ConfigError: a source, column or answer named in run.yaml is not there.
        InputError: a file cannot be read, or no row of any source is a fit speech.
        RunError: the run folder cannot be written.
    """
    with Replacement(run.speeches) as speeches, Replacement(run.dropped) as dropped:
        loader = _Loader(run, speeches, dropped)
        for index, source in enumerate(run.config.sources):
            loader.read(index, source)
        summary = loader.finish()
        _refuse_nothing(summary)
    return summary


def _refuse_nothing(summary: LoadSummary) -> None:
    if summary.kept:
        return
    counts: Counter[str] = Counter()
    for one in summary.sources:
        counts.update(one.dropped)
    why = ", ".join(f"{reason} {count:,}" for reason, count in sorted(counts.items()))
    raise InputError(
        f"no row of any source is a fit speech ({why or 'there are no rows'}): see `clean:`"
    )


class _Answers:
    """Where the answers to a source's rows are found: by name, in the row or in a file."""

    def __init__(self, source: SourceConfig, wanted: Iterable[str], root: Path) -> None:
        place = f"sources: {source.label}: answers"
        self._in_row: dict[str, Template] = {}
        self._in_file: dict[str, _AnswerFile] = {}
        for name, config in source.answers.items():
            if config.path is None:
                self._in_row[name] = Template(config.text, f"{place}: {name}")
            else:
                self._in_file[name] = _AnswerFile(config, root / config.path, f"{place}: {name}")
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

    def of(self, row: Row) -> Iterator[ExistingAnswer]:
        """The answers to a row, without the missing ones."""
        for name, template in self._in_row.items():
            if text := normalise(template.text(row)):
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

    def __init__(self, config: AnswerConfig, path: Path, place: str) -> None:
        self._on = str(config.on or config.key)
        self._place = place
        self._by_key: dict[str, list[str]] = defaultdict(list)
        self._met: set[str] = set()
        key, text = Template(str(config.key), f"{place}: key"), Template(config.text, place)
        for row in local.rows(path):
            if row.number == 0:
                key.check(list(row.columns))
                text.check(list(row.columns))
            if answer := normalise(text.text(row)):
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


class _Loader:
    """One pass over all sources."""

    def __init__(self, run: Run, speeches: Replacement, dropped: Replacement) -> None:
        self._run = run
        self._config = run.config
        self._speeches = speeches
        self._dropped = dropped
        self._seen: dict[bytes, int] = {}
        """Key of every text to where it was met first: row * number of sources + source."""
        self._held: dict[bytes, ClientSpeech] = {}
        self._summaries: list[SourceSummary] = []
        models = [one.model for one in self._config.generate.models]
        self._wanted = [one.removeprefix(COLUMN) for one in models if one.startswith(COLUMN)]
        self._found: set[str] = set()
        self._holding = bool(self._wanted) or any(one.answers for one in self._config.sources)

    def read(self, index: int, source: SourceConfig) -> None:
        """Take in every row of a source."""
        template = Template(source.text, f"sources: {source.label}: text")
        answers = _Answers(source, self._wanted, self._run.folder)
        counts: Counter[str] = Counter()
        for row in rows(source, self._run.folder):
            if row.number == 0:
                template.check(list(row.columns))
                answers.check(list(row.columns))
            counts["rows"] += 1
            self._take(index, source, row, normalise(template.text(row)), answers, counts)
        self._found |= answers.names
        self._summaries.append(_summary(source, counts, tuple(answers.notes())))

    def finish(self) -> LoadSummary:
        """Write what was held back, and sum up."""
        missing_columns = [name for name in self._wanted if name not in self._found]
        if missing_columns:
            raise ConfigError(
                f"generate.models: column:{missing_columns[0]}: no source has such a column, nor "
                "an entry of that name under `answers:`"
            )
        answers: Counter[str] = Counter()
        for speech in self._held.values():
            answers[speech.source] += len(speech.answers)
            self._speeches.append(speech)
        return LoadSummary(
            sources=tuple(
                one.model_copy(update={"answers": answers[one.source]}) for one in self._summaries
            )
        )

    def _take(
        self,
        index: int,
        source: SourceConfig,
        row: Row,
        text: str,
        answers: _Answers,
        counts: Counter[str],
    ) -> None:
        """Keep a row as a speech, or drop it with its reason."""
        key = same_text_key(text)
        unfit = self._unfit(key, text, row, answers)
        if unfit is None or unfit.reason not in {"empty", "duplicate"}:
            counts["distinct"] += 1
            self._seen[key] = row.number * len(self._config.sources) + index
            unfit = unfit_length(text, self._config.clean)
        name = f"{source.label}-{row.number}"
        if unfit is not None:
            counts[f"dropped {unfit.reason}"] += 1
            self._drop(source, row, name, text, unfit)
            return
        counts["kept"] += 1
        speech = ClientSpeech(
            id=name,
            source=source.label,
            row=row.number,
            text=text,
            answers=_distinct(answers.of(row)),
        )
        if self._holding:
            self._held[key if self._config.clean.deduplicate else name.encode()] = speech
        else:
            self._speeches.append(speech)

    def _unfit(self, key: bytes, text: str, row: Row, answers: _Answers) -> Unfit | None:
        """Whether a row has no text, or one that was met before."""
        if missing(text):
            return Unfit("empty", "there is no text")
        if not self._config.clean.deduplicate or key not in self._seen:
            return None
        number, index = divmod(self._seen[key], len(self._config.sources))
        first = f"{self._config.sources[index].label}-{number}"
        moved = self._move(key, answers.of(row))
        there = "; its answer was moved there" if moved else ""
        return Unfit("duplicate", f"same text as {first}{there}")

    def _move(self, key: bytes, answers: Iterable[ExistingAnswer]) -> bool:
        """Give the answers of a duplicate to the speech that is kept."""
        speech = self._held.get(key)
        if speech is None:
            return False
        given = tuple(answers)
        merged = _distinct((*speech.answers, *given))
        self._held[key] = speech.model_copy(update={"answers": merged})
        return bool(given)

    def _drop(self, source: SourceConfig, row: Row, name: str, text: str, unfit: Unfit) -> None:
        self._dropped.append(
            Dropped(
                id=name,
                source=source.label,
                row=row.number,
                reason=unfit.reason,
                detail=unfit.detail,
                text=text,
            )
        )


def _distinct(answers: Iterable[ExistingAnswer]) -> tuple[ExistingAnswer, ...]:
    """Answers without those that an earlier one of the same name equals."""
    kept: dict[tuple[str, bytes], ExistingAnswer] = {}
    for answer in answers:
        kept.setdefault((answer.name, same_text_key(answer.text)), answer)
    return tuple(kept.values())


def _summary(source: SourceConfig, counts: Counter[str], notes: tuple[str, ...]) -> SourceSummary:
    dropped = {
        name.removeprefix("dropped "): count
        for name, count in sorted(counts.items())
        if name.startswith("dropped ")
    }
    return SourceSummary(
        source=source.label,
        rows=counts["rows"],
        distinct=counts["distinct"],
        kept=counts["kept"],
        dropped=dropped,
        answers=0,
        notes=notes,
    )
