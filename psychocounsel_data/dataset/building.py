"""The stage behind `pcdata build-pairs`: a run's judged responses -> dataset/.

One pass over the journals reads what counts (`pairs.reading`), everything is decided on columns
without texts (`pairs.deciding`), and one pass over the speeches reads the texts back and writes the
tables (`pairs.writing`, `parquet`) and the card (`card`). dataset/ is written beside the old one
and takes its place when it is whole; the same journals and the same run.yaml give the same bytes.
Beside it stand `rejected_pairs.jsonl`, the pairs that gates cost, and `build.json`, what was
counted, for those that come later.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import orjson

from psychocounsel_data import __version__, journal, provenance
from psychocounsel_data.agreement.result import AgreementResult
from psychocounsel_data.config import PairsConfig
from psychocounsel_data.dataset import card, croissant
from psychocounsel_data.dataset.croissant import CROISSANT
from psychocounsel_data.dataset.export import (
    FILES,
    Answer,
    Column,
    Match,
    Place,
    TableName,
    columns,
)
from psychocounsel_data.dataset.parquet import Size, Table
from psychocounsel_data.dataset.tally import BuildSummary, most_first, no_pair, summarise
from psychocounsel_data.errors import RunError
from psychocounsel_data.folders import replaced
from psychocounsel_data.garbage import unsearched
from psychocounsel_data.judge_report.whole import kept
from psychocounsel_data.judging.aggregation import Panel
from psychocounsel_data.pairs import gates
from psychocounsel_data.pairs.deciding import Decided, decide
from psychocounsel_data.pairs.explaining import Explanation, explain
from psychocounsel_data.pairs.reading import Pool, Wanted, read
from psychocounsel_data.pairs.writing import Chunk, batch, chunks
from psychocounsel_data.records import (
    ClientSpeech,
    Dropped,
    Judgment,
    PreferencePair,
    Record,
    RejectedPair,
    Response,
    Split,
)
from psychocounsel_data.rubric import Principle
from psychocounsel_data.run import Run

if TYPE_CHECKING:
    import polars as pl

EXAMPLES = 3


class Build(Record):
    """What was built: build.json, for card, report, audit and diff to read."""

    made_with: str
    """`pcdata` and its version."""
    recipe: str
    """Hash of all that decides on the pairs of given journals: the rules, the rubric, the panel."""
    pairs: PairsConfig
    """The rules that were used, which a flag may have changed from run.yaml's."""
    summary: BuildSummary
    """What was counted."""
    examples: dict[str, tuple[RejectedPair, ...]]
    """Gate to the first pairs that it cost."""


class Recipe(NamedTuple):
    """All that decides on the pairs of given journals."""

    panel: Panel
    """Whose judgments are wanted, and how they are put together."""
    rubric: str
    """`prompt@version` of the present judge prompt and principles."""
    pairs: PairsConfig
    """The rules; run.yaml's, or with a flag's value in it."""
    principles: tuple[Principle, ...]
    """In the order of the released columns."""

    @property
    def ids(self) -> tuple[str, ...]:
        """The principles' ids."""
        return tuple(one.id for one in self.principles)

    @property
    def hash(self) -> str:
        """12 hex digits that change with any of it."""
        said = [self.pairs.model_dump(mode="json"), self.rubric, self.panel]
        data = orjson.dumps(said, option=orjson.OPT_SORT_KEYS, default=list)
        return hashlib.sha256(data).hexdigest()[:12]


def explained(run: Run, recipe: Recipe, speech_id: str) -> Explanation:
    """Why one speech has the pairs it has; writes nothing. Raises what `build` raises.

    All of the run is decided on, since some limits hold for a whole split.
    """
    pool, decided = _decided(run, recipe)
    return explain(run, pool, decided, recipe.pairs, speech_id, recipe.ids)


def _decided(run: Run, recipe: Recipe) -> tuple[Pool, Decided]:
    pool = read(run, Wanted(recipe.panel, recipe.rubric, recipe.ids), recipe.pairs)
    return pool, decide(pool, recipe.pairs, recipe.ids)


def build(run: Run, recipe: Recipe) -> BuildSummary:
    """Write dataset/ anew from the speeches, responses and judgments of a run.

    Rows follow the order of speeches.jsonl. The pairs of one speech are adjacent, best chosen
    first and for each the lowest rejected first. `prefID` counts the training rows from 0 and goes
    on through the test rows. A split without pairs has no file. Whatever else stands in dataset/
    is removed.

    Raises:
        RunError: a stage is missing, every judgment is of an earlier rubric, no pair can be made,
            or dataset/ cannot be written.
        ConfigError: the judge, a weight, a margin, a gate or an excluded model is not clear, or a
            source forbids the release's licence.
        InputError: a line of a journal cannot be read.
    """
    provenance.check_release(run, public=False)
    with unsearched():
        return _built(run, recipe)


def _built(run: Run, recipe: Recipe) -> BuildSummary:
    pool, decided = _decided(run, recipe)
    _refuse_nothing(pool, decided)
    summary = summarise(pool, decided, recipe.pairs, rubric=recipe.rubric, principles=recipe.ids)
    released = {
        table: columns(table, recipe.ids, whole=pool.unit == 1, several=pool.panel.several)
        for table in card.TABLES
    }
    with replaced(run.dataset) as folder:
        facts = card.Facts(
            config=run.config,
            pairs=recipe.pairs,
            principles=recipe.principles,
            summary=summary,
            sources=_sources(run, _kept(pool)),
            columns=released,
            sizes=_write(folder, chunks(run, pool, decided, recipe.ids), released),
            example=_example(run, pool, decided),
            recipe=recipe.hash,
            signs=_signs(run),
            provenance=provenance.read(run),
            judges=kept(run, recipe.rubric),
            agreement=next(journal.read(run.agreement, AgreementResult), None),
        )
        text = card.render(facts)
        (folder / "README.md").write_text(text, "utf-8")
        (folder / CROISSANT).write_text(croissant.render(facts, text, folder), "utf-8")
    rejected = list(_rejected(pool, decided))
    journal.replace(run.rejected_pairs, rejected)
    built = Build(
        made_with=f"pcdata {__version__}",
        recipe=recipe.hash,
        pairs=recipe.pairs,
        summary=summary,
        examples=_examples(rejected),
    )
    run.build.write_bytes(orjson.dumps(built.model_dump(mode="json"), option=orjson.OPT_INDENT_2))
    return summary


def _refuse_nothing(pool: Pool, decided: Decided) -> None:
    if decided.twos["picked"].any():
        return
    reasons = most_first(Counter(no_pair(pool, decided)["reason"].to_list()))
    listed = ", ".join(f"{count} {reason}" for reason, count in reasons.items()) or "none at all"
    hint = "generate and judge more responses to a speech, or lower pairs.train.min_margin"
    if "kept_out" in reasons:
        hint = "`pcdata build-pairs --explain ID` says which gates keep the pairs of a speech out"
    raise RunError(f"no pair can be made of {pool.speeches.height} speeches ({listed}): {hint}")


def _write(
    folder: Path, texts: Iterator[Chunk], released: Mapping[TableName, Sequence[Column]]
) -> dict[Place, Size]:
    """Write every table, some speeches at a time, as their texts are read back."""
    with ExitStack() as stack:
        threads = stack.enter_context(ThreadPoolExecutor(2))
        tables = {
            place: stack.enter_context(Table(folder / path, threads))
            for place, path in FILES.items()
        }
        for chunk in texts:
            for (table, split), file in tables.items():
                cells = chunk.answers if table == "responses" else chunk.pairs[split]
                file.append(batch(released[table], cells))
    return {place: table.size for place, table in tables.items()}


def pairs_of(pool: Pool, decided: Decided, twos: pl.DataFrame) -> Iterator[PreferencePair]:
    """Some of the decided twos as records."""
    import polars as pl

    ids, responses = pool.speeches["id"], decided.answers["response_id"]
    total, points = decided.scale.total, decided.answers["points"]
    rows = twos.with_columns(pl.col("split").cast(pl.String))
    for speech, split, chosen, rejected, margin in rows.select(
        "speech", "split", "chosen", "rejected", "points"
    ).iter_rows():
        yield PreferencePair(
            speech_id=ids[speech],
            split=split,
            chosen=responses[chosen],
            rejected=responses[rejected],
            score_chosen=points[chosen] / total,
            score_rejected=points[rejected] / total,
            score_margin=margin / total,
        )


def _rejected(pool: Pool, decided: Decided) -> Iterator[RejectedPair]:
    """The pairs that gates cost, in the order of the speeches."""
    kept_out = decided.kept_out()
    for pair, mask in zip(
        pairs_of(pool, decided, kept_out), kept_out["against"].to_list(), strict=True
    ):
        first, *others = gates.reasons(mask)
        yield RejectedPair(**dict(pair), reason=first, also=tuple(others))


def _examples(rejected: Sequence[RejectedPair]) -> dict[str, tuple[RejectedPair, ...]]:
    found: dict[str, list[RejectedPair]] = {}
    for one in rejected:
        some = found.setdefault(one.reason, [])
        if len(some) < EXAMPLES:
            some.append(one)
    return {gate: tuple(found[gate]) for gate in gates.GATES if gate in found}


def _example(run: Run, pool: Pool, decided: Decided) -> card.Example:
    """The first training pair, or the first test pair where there is none."""
    split: Split = "train" if decided.pairs("train").height else "test"
    first = decided.pairs(split).head(1)
    pair = next(pairs_of(pool, decided, first))
    with journal.Reader(run.speeches, ClientSpeech) as speeches:
        speech = speeches.at(pool.speeches["at"][first["speech"][0]])
    chosen = _answer(run, decided, first["chosen"][0])
    rejected = _answer(run, decided, first["rejected"][0])
    return card.Example(split, Match(0, speech, pair, chosen, rejected))


def _answer(run: Run, decided: Decided, number: int) -> Answer:
    row = decided.answers.row(number, named=True)
    with (
        journal.Reader(run.responses, Response) as responses,
        journal.Reader(run.judgments, Judgment) as judgments,
    ):
        return Answer(
            responses.at(row["at"]),
            judgments.at(row["judged_at"][-1]),
            row["points"] / decided.scale.total,
        )


def _kept(pool: Pool) -> dict[str, int]:
    """Source to number of speeches."""
    return dict(pool.speeches["source"].cast(str).value_counts().iter_rows())


def _signs(run: Run) -> card.Signs:
    """How many speeches hold what may point to a person, and signs of danger."""
    details: Counter[str] = Counter()
    flagged = 0
    for line in journal.lines(run.speeches):
        if b'"pii"' in line.data or b'"flags"' in line.data:
            speech = orjson.loads(line.data)
            details.update({one["kind"] for one in speech.get("pii", ())})
            flagged += bool(speech.get("flags"))
    return card.Signs(most_first(details), flagged)


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
