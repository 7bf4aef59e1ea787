"""The stage behind `pcdata load`: sources -> speeches.jsonl and dropped.jsonl.

Two passes. The first reads the sources row by row, puts each through the chain of `cleaning` and
writes what is kept to a draft on disk. The second goes through the draft and writes speeches.jsonl
with what only the whole tells: the answers that came with duplicates further down. What is kept
goes through `screening` on its way to the draft. No text stays in memory; what does is a few dozen
bytes for each distinct one. Both files are written anew and take
the place of the old ones when they are whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack

from psychocounsel_data.cleaning import Chain, StepCount, Unfit, chain
from psychocounsel_data.cleaning.duplicates import Duplicates, same_text_key
from psychocounsel_data.config import COLUMN, SourceConfig
from psychocounsel_data.draft import Draft
from psychocounsel_data.errors import ConfigError, InputError
from psychocounsel_data.journal import Replacement
from psychocounsel_data.privacy.guard import PrivacySummary
from psychocounsel_data.records import ClientSpeech, Dropped, ExistingAnswer, Record
from psychocounsel_data.run import Run
from psychocounsel_data.screening import RiskSummary, Screen
from psychocounsel_data.sources import rows
from psychocounsel_data.sources.answers import Answers
from psychocounsel_data.sources.columns import Row, Template


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


def load(run: Run) -> LoadSummary:
    """Read, clean and write the speeches of a run.

    Raises:
        ConfigError: a source, column or answer named in run.yaml is not there.
        InputError: a file cannot be read, or no row of any source is a fit speech.
        RunError: the run folder cannot be written.
    """
    with ExitStack() as stack:
        speeches = stack.enter_context(Replacement(run.speeches))
        dropped = stack.enter_context(Replacement(run.dropped))
        draft = stack.enter_context(Draft(run.folder))
        loader = _Loader(run, draft, dropped)
        for source in run.config.sources:
            loader.read(source)
        summary = loader.finish(speeches)
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


class _Tally:
    """Counts of one source while it is read."""

    def __init__(self, source: SourceConfig) -> None:
        self.source = source.label
        self.rows = 0
        self.distinct = 0
        self.kept = 0
        self.answers = 0
        self.dropped: Counter[str] = Counter()
        self.notes: tuple[str, ...] = ()

    def summary(self) -> SourceSummary:
        """As it is reported."""
        return SourceSummary(
            source=self.source,
            rows=self.rows,
            distinct=self.distinct,
            kept=self.kept,
            dropped=dict(sorted(self.dropped.items())),
            answers=self.answers,
            notes=self.notes,
        )


class _Loader:
    """One load of all sources."""

    def __init__(self, run: Run, draft: Draft, dropped: Replacement) -> None:
        self._run = run
        self._draft = draft
        self._dropped = dropped
        self._duplicates = Duplicates(run.config.clean.duplicates)
        self._chain: Chain = chain(run.config.clean, self._duplicates)
        self._screen = Screen(run.config.privacy, run.config.risk)
        self._refused: set[str] = set()
        """Ids of speeches that the screen left out."""
        self._tallies: dict[str, _Tally] = {}
        models = [one.model for one in run.config.generate.models]
        self._wanted = [one.removeprefix(COLUMN) for one in models if one.startswith(COLUMN)]
        self._found: set[str] = set()

    def read(self, source: SourceConfig) -> None:
        """Take in every row of a source."""
        template = Template(source.text, f"sources: {source.label}: text")
        answers = Answers(source, self._wanted, self._run.folder, self._chain.text)
        tally = self._tallies[source.label] = _Tally(source)
        before = self._duplicates.distinct
        for row in rows(source, self._run.folder):
            if row.number == 0:
                template.check(list(row.columns))
                answers.check(list(row.columns))
            tally.rows += 1
            names = self._screen.names(row)
            speech = self._speech(source, row, template)
            scrubbed = self._screen.answers(speech.id, answers.of(row), names)
            self._take(speech, scrubbed, names, tally)
        tally.distinct = self._duplicates.distinct - before
        tally.notes = tuple(answers.notes())
        self._found |= answers.names

    def finish(self, speeches: Replacement) -> LoadSummary:
        """Write the speeches, and sum up."""
        self._refuse_missing_columns()
        self._screen.refuse_missing_columns()
        for speech, more in self._draft.speeches():
            tally = self._tallies[speech.source]
            answers = _distinct((*speech.answers, *more))
            tally.kept += 1
            tally.answers += len(answers)
            speeches.append(speech.model_copy(update={"answers": answers}))
        return LoadSummary(
            sources=tuple(one.summary() for one in self._tallies.values()),
            steps=self._chain.counts(),
            privacy=self._screen.privacy_summary(self._run.pii_sample),
            risk=self._screen.risk_summary(),
        )

    def _refuse_missing_columns(self) -> None:
        for name in self._wanted:
            if name not in self._found:
                raise ConfigError(
                    f"generate.models: column:{name}: no source has such a column, nor an entry "
                    "of that name under `answers:`"
                )

    def _speech(self, source: SourceConfig, row: Row, template: Template) -> ClientSpeech:
        return ClientSpeech(
            id=f"{source.label}-{row.number}",
            source=source.label,
            row=row.number,
            text=template.text(row, self._chain.text),
        )

    def _take(
        self,
        speech: ClientSpeech,
        answers: tuple[ExistingAnswer, ...],
        names: Sequence[str],
        tally: _Tally,
    ) -> None:
        """Keep a speech, or drop it with its reason."""
        outcome = self._chain.speech(speech)
        if not isinstance(outcome, Unfit):
            outcome = self._screened(outcome, names)
        if not isinstance(outcome, Unfit):
            self._draft.add(outcome.model_copy(update={"answers": answers}) if answers else outcome)
            return
        detail = outcome.detail
        if outcome.reason in {"duplicate", "same_words"}:
            first = self._duplicates.first
            if first not in self._refused and self._draft.move(answers, to=first):
                detail += "; its answers were moved there"
        elif speech.text and speech.id not in self._refused:
            self._duplicates.note(speech)
        tally.dropped[outcome.reason] += 1
        self._dropped.append(
            Dropped(
                id=speech.id,
                source=speech.source,
                row=speech.row,
                reason=outcome.reason,
                detail=detail,
                text=speech.text,
            )
        )

    def _screened(self, speech: ClientSpeech, names: Sequence[str]) -> ClientSpeech | Unfit:
        outcome = self._screen.speech(speech, names)
        if isinstance(outcome, Unfit):
            self._refused.add(speech.id)
        return outcome


def _distinct(answers: Iterable[ExistingAnswer]) -> tuple[ExistingAnswer, ...]:
    """Answers without those that an earlier one of the same name equals."""
    kept: dict[tuple[str, bytes], ExistingAnswer] = {}
    for answer in answers:
        kept.setdefault((answer.name, same_text_key(answer.text)), answer)
    return tuple(kept.values())
