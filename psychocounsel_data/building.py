"""The stage behind `pcdata build-pairs`: a run's judged responses -> dataset/.

Three passes. One over the journals decides which responses count (`candidates`), one over what is
remembered of them which two meet (`splitting`, `pairing`), and one over the speeches reads the
texts back and writes the tables (`export`, `parquet`) and the card (`card`). Only a row group of
texts is in memory at a time. dataset/ is written beside the old one and takes its place when it is
whole; the same journals and the same run.yaml give the same bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from psychocounsel_data import card, journal, pairing
from psychocounsel_data.candidates import Pool, Rated, Wanted, select
from psychocounsel_data.config import PairsConfig
from psychocounsel_data.errors import InputError, RunError
from psychocounsel_data.export import (
    FILES,
    PAIR_COLUMNS,
    Answer,
    Judged,
    Match,
    PairTable,
    Place,
    responses_columns,
)
from psychocounsel_data.folders import replaced
from psychocounsel_data.pairing import Duel, Paired, Scale
from psychocounsel_data.parquet import Size, Table
from psychocounsel_data.records import (
    ClientSpeech,
    Dropped,
    Judgment,
    PreferencePair,
    Response,
    Split,
)
from psychocounsel_data.rubric import Principle
from psychocounsel_data.run import Run
from psychocounsel_data.splitting import side, split_key
from psychocounsel_data.tally import AnswerTally, BuildSummary, SideTally, most_first

SPLITS: tuple[Split, ...] = ("train", "test")


class _Plan(NamedTuple):
    """Everything that is decided before a text is read back."""

    ids: tuple[str, ...]
    """The principles, in the order of the released columns."""
    scale: Scale
    sides: dict[str, Split]
    pool: Pool
    paired: dict[str, Paired]

    def pairs(self, split: Split) -> int:
        """How many pairs there will be on one side."""
        return sum(len(one.duels) for id_, one in self.paired.items() if self.sides[id_] == split)


def build(
    run: Run, *, judge: str, rubric: str, pairs: PairsConfig, principles: Sequence[Principle]
) -> BuildSummary:
    """Write dataset/ anew from the speeches, responses and judgments of a run.

    Rows follow the order of speeches.jsonl. The pairs of one speech are adjacent, best chosen
    first and for each the lowest rejected first, so that the first row of a speech is its clearest
    pair. `prefID` counts the training rows from 0 and goes on through the test rows. A split
    without pairs has no file. Whatever else stands in dataset/ is removed.

    Args:
        judge: `backend:model` whose judgments are wanted.
        rubric: `prompt@version` of the present judge prompt and principles.
        pairs: the rules; run.yaml's, or with a flag's value in it.
        principles: in the order of the released columns.

    Raises:
        RunError: a stage is missing, every judgment is of an earlier rubric, no pair can be made,
            or dataset/ cannot be written.
        ConfigError: the judge, a weight, a margin or an excluded model is not clear.
        InputError: a line of a journal cannot be read.
    """
    wanted = Wanted(judge, rubric, tuple(one.id for one in principles))
    plan = _plan(run, wanted, pairs)
    with replaced(run.dataset) as folder:
        written = _write(run, plan, folder, pairs)
        facts = card.Facts(
            config=run.config,
            pairs=pairs,
            principles=tuple(principles),
            summary=_summary(plan.pool, written, wanted),
            sources=_sources(run, written.kept),
            sizes=written.sizes,
            example=written.example,
        )
        (folder / "README.md").write_text(card.render(facts), "utf-8")
    return facts.summary


def _plan(run: Run, wanted: Wanted, pairs: PairsConfig) -> _Plan:
    scale = Scale(wanted.principles, pairs.weights)
    sides = _sides(run.need(run.speeches, "pcdata load"), pairs)
    run.need(run.responses, "pcdata generate")
    run.need(run.judgments, "pcdata judge")
    pool = select(run, wanted, speeches=sides, exclude_models=pairs.exclude_models)
    rules = {"train": pairs.train, "test": pairs.test}
    paired = {
        speech_id: pairing.pair(
            (one.candidate for one in pool.by_speech.get(speech_id, ())),
            scale=scale,
            rule=rules[split],
            lot=f"{pairs.seed}\0{speech_id}",
        )
        for speech_id, split in sides.items()
    }
    _refuse_nothing(paired)
    return _Plan(wanted.principles, scale, sides, pool, paired)


def _sides(path: Path, pairs: PairsConfig) -> dict[str, Split]:
    """Every speech's side, in the order of the file."""
    sides: dict[str, Split] = {}
    for speech in journal.read(path, ClientSpeech):
        if speech.id in sides:
            raise InputError(f"{path}: two speeches are called {speech.id}: run `pcdata load`")
        key = split_key(speech)
        sides[speech.id] = side(key, test_fraction=pairs.test_fraction, seed=pairs.seed)
    return sides


def _refuse_nothing(paired: Mapping[str, Paired]) -> None:
    if any(one.duels for one in paired.values()):
        return
    reasons = most_first(Counter(str(one.reason) for one in paired.values()))
    listed = ", ".join(f"{count} {reason}" for reason, count in reasons.items()) or "none at all"
    raise RunError(
        f"no pair can be made of {len(paired)} speeches ({listed}): generate and judge more "
        "responses to a speech, or lower pairs.train.min_margin"
    )


class _Written(NamedTuple):
    """What came of writing the tables."""

    sides: dict[Split, SideTally]
    answers: AnswerTally
    kept: Counter[str]
    """Source to number of speeches."""
    sizes: card.Sizes
    example: card.Example


def _write(run: Run, plan: _Plan, folder: Path, pairs: PairsConfig) -> _Written:
    """Read the texts back, speech by speech, and write every table."""
    with ExitStack() as stack:
        tables = _tables(stack, folder, plan.ids)
        scribe = _Scribe(plan, pairs, tables)
        responses = stack.enter_context(journal.Reader(run.responses, Response))
        judgments = stack.enter_context(journal.Reader(run.judgments, Judgment))
        for speech in journal.read(run.speeches, ClientSpeech):
            rated = plan.pool.by_speech.get(speech.id, ())
            scribe.speech(speech, _answers(rated, plan.scale, responses, judgments))
    return _Written(scribe.sides, scribe.answers, scribe.kept, tables.sizes(), scribe.example)


class _Tables(NamedTuple):
    """Every table of a data set in the making."""

    pairs: dict[tuple[PairTable, Split], Table[Match]]
    responses: Table[Judged]

    def sizes(self) -> card.Sizes:
        """How large each one is, once all are closed."""
        places: dict[Place, Size] = {place: table.size for place, table in self.pairs.items()}
        return {**places, ("responses", "train"): self.responses.size}


def _tables(stack: ExitStack, folder: Path, ids: Sequence[str]) -> _Tables:
    pairs = {
        (name, split): stack.enter_context(Table(folder / FILES[name, split], columns(ids)))
        for name, columns in PAIR_COLUMNS.items()
        for split in SPLITS
    }
    path = folder / FILES["responses", "train"]
    return _Tables(pairs, stack.enter_context(Table(path, responses_columns(ids))))


def _answers(
    rated: Iterable[Rated],
    scale: Scale,
    responses: journal.Reader[Response],
    judgments: journal.Reader[Judgment],
) -> dict[str, Answer]:
    """The records of one speech's candidates by response id, best first."""
    by_id = {one.candidate.response_id: one for one in rated}
    ranked = pairing.ranked((one.candidate for one in by_id.values()), scale)
    return {
        candidate.response_id: Answer(
            responses.at(by_id[candidate.response_id].response_at),
            judgments.at(by_id[candidate.response_id].judgment_at),
            scale.score(scale.points(candidate.ratings)),
        )
        for candidate in ranked
    }


class _Scribe:
    """Turns speeches and their answers into rows, and counts them."""

    def __init__(self, plan: _Plan, pairs: PairsConfig, tables: _Tables) -> None:
        self._plan = plan
        self._tables = tables
        self._next_id: dict[Split, int] = {"train": 0, "test": plan.pairs("train")}
        self._examples: dict[Split, card.Example] = {}
        self.sides: dict[Split, SideTally] = {
            "train": SideTally(pairs.train),
            "test": SideTally(pairs.test),
        }
        self.answers = AnswerTally()
        self.kept: Counter[str] = Counter()

    @property
    def example(self) -> card.Example:
        """The first training pair, or the first test pair where there is none."""
        return self._examples.get("train") or self._examples["test"]

    def speech(self, speech: ClientSpeech, answers: Mapping[str, Answer]) -> None:
        """Write a speech's judged responses, and its pairs."""
        if speech.id not in self._plan.sides:
            raise RunError("speeches.jsonl was changed while it was read: run this again")
        split, paired = self._plan.sides[speech.id], self._plan.paired[speech.id]
        self.kept[speech.source] += 1
        self.sides[split].speech(paired)
        for answer in answers.values():
            self._tables.responses.append(Judged(speech, split, answer))
            self.answers.add(answer)
        for duel in paired.duels:
            self._duel(speech, split, duel, answers)

    def _duel(
        self, speech: ClientSpeech, split: Split, duel: Duel, answers: Mapping[str, Answer]
    ) -> None:
        chosen = answers[duel.chosen.response_id]
        rejected = answers[duel.rejected.response_id]
        pair = PreferencePair(
            speech_id=speech.id,
            split=split,
            chosen=chosen.response.id,
            rejected=rejected.response.id,
            score_chosen=chosen.score,
            score_rejected=rejected.score,
            score_margin=self._plan.scale.score(duel.points),
        )
        match = Match(self._next_id[split], speech, pair, chosen, rejected)
        self._next_id[split] += 1
        for name in PAIR_COLUMNS:
            self._tables.pairs[name, split].append(match)
        self.sides[split].pair(pair, chosen, rejected)
        self._examples.setdefault(split, card.Example(split, match))


def _summary(pool: Pool, written: _Written, wanted: Wanted) -> BuildSummary:
    return BuildSummary(
        train=written.sides["train"].summary(),
        test=written.sides["test"].summary(),
        models=written.answers.models(),
        judge=written.answers.judge(pool.judge, asked=wanted.judge, rubric=wanted.rubric),
        responses_left_out=most_first(pool.responses_left_out),
        judgments_left_out=most_first(pool.judgments_left_out),
    )


def _sources(run: Run, kept: Mapping[str, int]) -> tuple[card.SourceFacts, ...]:
    """What each source gave: those of run.yaml, then such as have left it since they were read."""
    dropped: dict[str, Counter[str]] = {}
    for one in journal.read(run.dropped, Dropped):
        dropped.setdefault(one.source, Counter())[one.reason] += 1
    known = {source.label: source for source in run.config.sources}
    return tuple(
        card.SourceFacts(
            name=name,
            license=known[name].license if name in known else None,
            hub=known[name].hub if name in known else None,
            kept=kept.get(name, 0),
            dropped=most_first(dropped.get(name, {})),
        )
        for name in dict.fromkeys([*known, *sorted({*kept, *dropped})])
    )
