"""The stage behind `pcdata load`: sources -> speeches.jsonl, dropped.jsonl and sources.json.

Two passes. The first reads the sources row by row, puts each through the chain of `cleaning` and
writes what is kept to a draft on disk. The second goes through the draft and writes speeches.jsonl
with what only the whole tells: the answers that came with duplicates further down, and which
speeches belong together. What is kept goes through `screening` on its way to the draft. No text
stays in memory; what does is some 250 bytes for each distinct one. Both files are written anew and
take the place of the old ones when they are whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack

from psychocounsel_data import provenance
from psychocounsel_data.cleaning import Chain, StepCount, Unfit, chain, text_steps
from psychocounsel_data.cleaning.duplicates import Duplicates, same_text_key
from psychocounsel_data.config import COLUMN, SourceConfig
from psychocounsel_data.draft import Draft
from psychocounsel_data.errors import ConfigError, InputError
from psychocounsel_data.journal import Replacement
from psychocounsel_data.neighbours import Like, Neighbours
from psychocounsel_data.privacy.guard import PrivacySummary
from psychocounsel_data.provenance import SourceFile, SourceProvenance
from psychocounsel_data.records import ClientSpeech, Dropped, ExistingAnswer, Record
from psychocounsel_data.run import Run
from psychocounsel_data.screening import RiskSummary, Screen
from psychocounsel_data.sources import hub, local, rows
from psychocounsel_data.sources.answers import Answers
from psychocounsel_data.sources.catalogue import completed
from psychocounsel_data.sources.columns import Row, Template
from psychocounsel_data.sources.drafting import Drafting
from psychocounsel_data.sources.meter import ReadMeter
from psychocounsel_data.splitting import own_key


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
    steps: tuple[StepCount, ...]
    """What each cleaning step did, in order."""
    privacy: PrivacySummary | None = None
    """What was found that may point to a person; None where nothing was looked for."""
    risk: RiskSummary | None = None
    """What was flagged; None where nothing was looked for."""

    @property
    def kept(self) -> int:
        """Speeches in speeches.jsonl."""
        return sum(one.kept for one in self.sources)


class LoadMeter:
    """How far a load is, for those who watch from another thread.

    Attributes:
        source: the source that is being read; empty once all are.
        rows: rows of it that have been read.
        kept: speeches kept so far, before near-duplicates are looked for.
        read: how much of it that is.
    """

    def __init__(self) -> None:
        self.source = ""
        self.rows = 0
        self.kept = 0
        self.read = ReadMeter()


def load(run: Run, meter: LoadMeter | None = None) -> LoadSummary:
    """Read, clean and write the speeches of a run.

    Args:
        run: the run folder.
        meter: what is to tell how far it is.

    Raises:
        ConfigError: a source, column or answer named in run.yaml is not there.
        InputError: a file cannot be read, or no row of any source is a fit speech.
        RunError: the run folder cannot be written.
    """
    with ExitStack() as stack:
        speeches = stack.enter_context(Replacement(run.speeches))
        dropped = stack.enter_context(Replacement(run.dropped))
        draft = stack.enter_context(Draft(run.folder))
        neighbours = stack.enter_context(Neighbours(run.config.clean, run.folder))
        loader = _Loader(run, draft, neighbours, dropped, meter or LoadMeter())
        for source in run.config.sources:
            loader.read(source)
        summary = loader.finish(speeches)
        _refuse_nothing(summary)
    provenance.write(run, provenance.of(tuple(loader.facts())))
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


class _Tally:
    """Counts of one source while it is read."""

    def __init__(self, source: SourceConfig) -> None:
        self.source = source
        self.revision: str | None = None
        self.files: tuple[SourceFile, ...] = ()
        self.rows = 0
        self.distinct = 0
        self.kept = 0
        self.answers = 0
        self.dropped: Counter[str] = Counter()
        self.notes: tuple[str, ...] = ()

    def summary(self) -> SourceSummary:
        """As it is reported."""
        return SourceSummary(
            source=self.source.label,
            rows=self.rows,
            distinct=self.distinct,
            kept=self.kept,
            dropped=dict(sorted(self.dropped.items())),
            answers=self.answers,
            notes=self.notes,
        )

    def facts(self) -> SourceProvenance:
        """As sources.json has it."""
        return provenance.source_facts(
            self.source,
            revision=self.revision,
            files=self.files,
            rows=self.rows,
            kept=self.kept,
            dropped=dict(sorted(self.dropped.items())),
        )


class _Loader:
    """One load of all sources."""

    def __init__(
        self,
        run: Run,
        draft: Draft,
        neighbours: Neighbours,
        dropped: Replacement,
        meter: LoadMeter,
    ) -> None:
        self._run = run
        self._meter = meter
        self._draft = draft
        self._neighbours = neighbours
        self._dropped = dropped
        self._duplicates = Duplicates(run.config.clean.duplicates)
        self._chain = chain(run.config.clean, self._duplicates, _questions(run))
        self._screen = Screen(run.config.privacy, run.config.risk)
        self._refused: set[str] = set()
        """Ids of speeches that the screen left out."""
        self._tallies: dict[str, _Tally] = {}
        models = [one.model for one in run.config.generate.models]
        self._wanted = [one.removeprefix(COLUMN) for one in models if one.startswith(COLUMN)]
        self._found: set[str] = set()

    def read(self, source: SourceConfig) -> None:
        """Take in every row of a source."""
        source = completed(source, self._wanted)
        drafting = Drafting(source, self._chain.text)
        answers = Answers(source, self._wanted, self._run.folder, self._chain.text)
        tally = self._tallies[source.label] = _Tally(source)
        before = self._duplicates.distinct
        for row in self._rows(source, tally, drafting.whole_file):
            if row.number == 0:
                drafting.check(list(row.columns))
                answers.check(list(row.columns))
            names = self._screen.names(row)
            for speech in drafting.speeches(row):
                scrubbed = self._screen.answers(speech.id, answers.of(row), names)
                self._take(speech, scrubbed, names)
        tally.distinct = self._duplicates.distinct - before
        tally.notes = tuple(answers.notes())
        self._found |= answers.names

    def _rows(self, source: SourceConfig, tally: _Tally, column: str | None) -> Iterator[Row]:
        """A source's rows, counted; which files or commit they are from is noted first."""
        if source.path is not None:
            files = local.files(self._run.folder / source.path)
            tally.files = tuple(provenance.file_facts(file) for file in files)
        elif commit := hub.commit(source):
            # Read what the record names, even if somebody pushes in between.
            tally.revision = commit
            source = source.model_copy(update={"revision": commit})
        self._meter.source = source.label
        for row in rows(source, self._run.folder, column=column, meter=self._meter.read):
            tally.rows += 1
            self._meter.rows = tally.rows
            yield row

    def finish(self, speeches: Replacement) -> LoadSummary:
        """Write the speeches, and sum up."""
        self._meter.source = ""
        self._refuse_missing_columns()
        self._screen.refuse_missing_columns()
        belonging = self._neighbours.settle()
        keys = {at: own_key(self._draft.at(at)) for at in set(belonging.groups.values())}
        for place, (speech, more) in enumerate(self._draft.speeches()):
            if place in belonging.dropped:
                self._drop_near_duplicate(speech, more, belonging.dropped[place])
                continue
            group = belonging.groups.get(place)
            answers = _distinct((*speech.answers, *more))
            tally = self._tallies[speech.source]
            tally.kept += 1
            tally.answers += len(answers)
            update = {"answers": answers, "group": keys[group] if group is not None else None}
            speeches.append(speech.model_copy(update=update))
        near = StepCount(
            step="near_duplicates", changed=len(belonging.groups), dropped=len(belonging.dropped)
        )
        return LoadSummary(
            sources=tuple(one.summary() for one in self._tallies.values()),
            steps=(*self._chain.counts(), near),
            privacy=self._screen.privacy_summary(self._run.pii_sample),
            risk=self._screen.risk_summary(),
        )

    def facts(self) -> Iterator[SourceProvenance]:
        """Where every source is from."""
        return (one.facts() for one in self._tallies.values())

    def _refuse_missing_columns(self) -> None:
        for name in self._wanted:
            if name not in self._found:
                raise ConfigError(
                    f"generate.models: column:{name}: no source has such a column, nor an entry "
                    "of that name under `answers:`"
                )

    def _take(
        self, speech: ClientSpeech, answers: tuple[ExistingAnswer, ...], names: Sequence[str]
    ) -> None:
        """Keep a speech, or drop it with its reason."""
        outcome = self._chain.speech(speech)
        if not isinstance(outcome, Unfit):
            outcome = self._screened(outcome, names)
        if not isinstance(outcome, Unfit):
            self._meter.kept += 1
            self._neighbours.add(outcome)
            self._draft.add(outcome.model_copy(update={"answers": answers}) if answers else outcome)
            return
        detail = outcome.detail
        if outcome.reason in {"duplicate", "same_words"}:
            self._neighbours.echo(speech, self._duplicates.first)
            first = self._duplicates.first
            if first not in self._refused and self._draft.move(answers, to=first):
                detail += "; its answers were moved there"
        elif speech.text and speech.id not in self._refused:
            self._duplicates.note(speech)
        self._drop(speech, outcome.reason, detail)

    def _screened(self, speech: ClientSpeech, names: Sequence[str]) -> ClientSpeech | Unfit:
        outcome = self._screen.speech(speech, names)
        if isinstance(outcome, Unfit):
            self._refused.add(speech.id)
        return outcome

    def _drop_near_duplicate(
        self, speech: ClientSpeech, more: Iterable[ExistingAnswer], like: Like
    ) -> None:
        detail = f"{like.likeness:.2f} alike to {self._draft.at(like.place).id}"
        if answers := _distinct((*speech.answers, *more)):
            detail += f"; its answers, {len(answers)}, were to this text and are left out"
        self._drop(speech, "near_duplicate", detail)

    def _drop(self, speech: ClientSpeech, reason: str, detail: str) -> None:
        self._tallies[speech.source].dropped[reason] += 1
        self._dropped.append(
            Dropped(
                id=speech.id,
                source=speech.source,
                row=speech.row,
                reason=reason,
                detail=detail,
                text=speech.text,
            )
        )


def _questions(run: Run) -> Iterator[tuple[str, str]]:
    """Name and text of every question that must not be in the data, cleaned like the speeches."""
    clean = Chain(text_steps(run.config.clean), ()).text
    for place in run.config.clean.decontaminate_against:
        template = Template(place.text, f"clean: decontaminate_against: {place.label}: text")
        for row in rows(place, run.folder):
            if row.number == 0:
                template.check(list(row.columns))
            yield f"{place.label} row {row.number}", template.text(row, clean)


def _distinct(answers: Iterable[ExistingAnswer]) -> tuple[ExistingAnswer, ...]:
    """Answers without those that an earlier one of the same name equals."""
    kept: dict[tuple[str, bytes], ExistingAnswer] = {}
    for answer in answers:
        kept.setdefault((answer.name, same_text_key(answer.text)), answer)
    return tuple(kept.values())
