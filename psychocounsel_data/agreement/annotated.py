"""Ratings from a run folder: what experts said in `pcdata annotate`, against the data set's labels.

The labels and the judge's ratings are read from the table of rated responses in dataset/, so that
what is validated is what is released. Which lines of annotations.jsonl stand is the business of
`annotation`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from psychocounsel_data import journal
from psychocounsel_data.agreement.margins import Contests, contests
from psychocounsel_data.agreement.ratings import Facet, Ratings, Repeats, Scale, SelfComparisons
from psychocounsel_data.agreement.resampling import Floats, Ints
from psychocounsel_data.agreement.result import Unsafe
from psychocounsel_data.annotation import standing
from psychocounsel_data.errors import InputError, RunError
from psychocounsel_data.records import Annotation
from psychocounsel_data.rubric import HIGHEST, LOWEST
from psychocounsel_data.run import Run

if TYPE_CHECKING:
    import polars as pl

PREFERENCE = "preference"
_RATING = "_rating"


class Annotated(NamedTuple):
    """What experts said of a run's responses."""

    judge: str
    """Whose ratings the labels come from."""
    preferences: Ratings
    """Which of two responses is better: -1 and 1 are the two sides, 0 a tie."""
    ratings: Ratings | None
    """Ratings of the principles; None where nobody gave any."""
    facet: Facet | None
    """The model that wrote each rated response."""
    seen: Contests
    """The pairs that experts have decided."""
    pool: Floats
    """The margins of all pairs of rated responses to a speech."""
    repeats: SelfComparisons
    """Preferences on hidden repeats, the first time and the second."""
    unsafe: Unsafe
    skipped: int
    """Comparisons that an expert chose not to decide, or began and left."""
    unknown: int
    """Annotations of responses that are not in the data set any more."""


class _Answers(NamedTuple):
    """The rated responses of the data set."""

    at: Mapping[str, int]
    """Response id to its row."""
    speeches: Ints
    models: tuple[str, ...]
    scores: Floats
    principles: tuple[str, ...]
    ratings: Floats
    """One row a response, one column a principle; NaN where there is none."""
    judge: str


def read_annotations(run: Run) -> Annotated:
    """Read what experts said.

    Raises:
        RunError: nothing was annotated, there is no data set, or they do not belong together.
        InputError: a line or a table cannot be read.
    """
    run.need(run.annotations, "pcdata annotate")
    lines = standing(journal.read(run.annotations, Annotation))
    answers = _answers(run)
    known = [one for one in lines if {one.response_a, one.response_b} <= answers.at.keys()]
    said = _Said(answers)
    for one in known:
        said.add(one)
    if not said.sides:
        raise RunError(
            f"{run.annotations}: no comparison of responses that are in {run.dataset} is decided: "
            "go on with `pcdata annotate`"
        )
    annotators = tuple(sorted({one.annotator for one in known}))
    ratings, facet = said.ratings() or (None, None)
    return Annotated(
        judge=answers.judge,
        preferences=said.preferences(annotators),
        ratings=ratings,
        facet=facet,
        seen=said.seen(annotators),
        pool=contests(answers.speeches, answers.scores, answers.scores[:, None]).margins,
        repeats=said.repeats(),
        unsafe=said.unsafe(),
        skipped=said.skipped,
        unknown=len(lines) - len(known),
    )


def _answers(run: Run) -> _Answers:
    import polars as pl

    table = _table(run)
    rated = [name for name in table.columns if name.endswith(_RATING)]
    judges = sorted(set(table["judge"].to_list()))
    return _Answers(
        at={id_: row for row, id_ in enumerate(table["response_id"].to_list())},
        speeches=np.unique(table["ID"].to_numpy(), return_inverse=True)[1].astype(np.int64),
        models=tuple(table["name"].to_list()),
        scores=table["score"].cast(pl.Float64).to_numpy(),
        principles=tuple(name.removesuffix(_RATING) for name in rated),
        ratings=table.select(rated).cast(pl.Float64).fill_null(float("nan")).to_numpy(),
        judge=judges[0] if len(judges) == 1 else f"{len(judges)} judges",
    )


def _table(run: Run) -> pl.DataFrame:
    """The data set's rated responses, all splits."""
    import polars as pl

    files = sorted((run.dataset / "responses").glob("*.parquet"))
    if not files:
        raise RunError(f"no rated responses in {run.dataset}: run `pcdata build-pairs` first")
    try:
        table = pl.concat([pl.read_parquet(file) for file in files])
        wanted = ["response_id", "ID", "name", "judge", "score"]
        rated = [name for name in table.columns if name.endswith(_RATING)]
        return table.select(*wanted, *rated).drop_nulls("score")
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{run.dataset / 'responses'}: cannot be read: {error}") from error


Pair = tuple[str, str]
"""Two response ids, the lower first: a hash decides which is which, so no side is the better."""


@dataclass
class _Said:
    """What the annotations say, pair by pair and response by response."""

    answers: _Answers
    sides: dict[tuple[Pair, str], int] = field(default_factory=dict)
    """Pair and annotator to the side they prefer: -1, 0 or 1."""
    again: list[tuple[Pair, str, int]] = field(default_factory=list)
    points: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """Response, annotator and principle to the rating."""
    flagged: set[str] = field(default_factory=set)
    looked_at: set[str] = field(default_factory=set)
    skipped: int = 0

    def add(self, one: Annotation) -> None:
        """Take in one annotation."""
        self._rate(one)
        pair = (min(one.response_a, one.response_b), max(one.response_a, one.response_b))
        if one.preference is None:
            self.skipped += 1
            return
        towards_b = int(np.sign(one.preference))
        side = towards_b if one.response_b == pair[1] else -towards_b
        if one.repeat_of is not None:
            self.again.append((pair, one.annotator, side))
        else:
            self.sides[pair, one.annotator] = side

    def _rate(self, one: Annotation) -> None:
        """A response that stands in several items keeps an annotator's first rating of it."""
        shown = ((one.response_a, one.ratings.a), (one.response_b, one.ratings.b))
        for (response, ratings), unsafe in zip(shown, one.unsafe, strict=True):
            for principle, rating in ratings.items():
                self.points.setdefault((response, one.annotator, principle), rating)
            self.looked_at.add(response)
            self.flagged |= {response} if unsafe else set()

    def preferences(self, annotators: Sequence[str]) -> Ratings:
        """Who prefers which, the label first."""
        pairs = self._pairs()
        scores = np.full((1, len(pairs), len(annotators) + 1), np.nan)
        scores[0, :, 0] = np.sign(self._label(pairs))
        scores[0, :, 1:] = self._sides(pairs, annotators)
        return Ratings(
            items=tuple(" / ".join(pair) for pair in pairs),
            groups=self._groups([pair[0] for pair in pairs]),
            attributes=(PREFERENCE,),
            raters=(self.answers.judge, *annotators),
            judges=(self.answers.judge,),
            scores=scores,
            scale=Scale(-1, 1),
            labels=(),
        )

    def seen(self, annotators: Sequence[str]) -> Contests:
        """The same pairs as the margin curve wants them."""
        pairs = self._pairs()
        label = self._label(pairs)
        side = np.where(label == 0, 1, np.sign(label))
        verdicts = self._sides(pairs, annotators) * side[:, None]
        return Contests(self._groups([pair[0] for pair in pairs]), np.abs(label), verdicts)

    def ratings(self) -> tuple[Ratings, Facet] | None:
        """Ratings of the principles that anybody rated, by those who did; None where nobody did."""
        annotators = sorted({annotator for _, annotator, _ in self.points})
        rated = {principle for _, _, principle in self.points}
        principles = tuple(one for one in self.answers.principles if one in rated)
        responses = sorted({response for response, _, one in self.points if one in principles})
        if not responses:
            return None
        rows = [self.answers.at[response] for response in responses]
        columns = [self.answers.principles.index(one) for one in principles]
        scores = np.full((len(principles), len(responses), len(annotators) + 1), np.nan)
        scores[:, :, 0] = self.answers.ratings[np.ix_(rows, columns)].T
        place = {response: row for row, response in enumerate(responses)}
        for (response, annotator, principle), rating in self.points.items():
            if principle in principles:
                column = annotators.index(annotator) + 1
                scores[principles.index(principle), place[response], column] = rating
        models, of_item = np.unique([self.answers.models[row] for row in rows], return_inverse=True)
        table = Ratings(
            items=tuple(responses),
            groups=self._groups(responses),
            attributes=principles,
            raters=(self.answers.judge, *annotators),
            judges=(self.answers.judge,),
            scores=scores,
            scale=Scale(LOWEST, HIGHEST),
            labels=(),
        )
        return table, Facet("model", tuple(map(str, models)), of_item.astype(np.int64))

    def repeats(self) -> SelfComparisons:
        """What an annotator preferred the second time, where they decided both times."""
        first: defaultdict[str, list[float]] = defaultdict(list)
        second: defaultdict[str, list[float]] = defaultdict(list)
        for pair, annotator, side in self.again:
            if (pair, annotator) in self.sides:
                first[annotator].append(self.sides[pair, annotator])
                second[annotator].append(side)
        return {who: Repeats(tuple(one), tuple(second[who])) for who, one in first.items()}

    def unsafe(self) -> Unsafe:
        """How many responses an expert flagged, and how many of those the label prefers."""
        labels = Counter(
            pair[int(label > 0)]
            for pair, label in zip(self._pairs(), self._label(self._pairs()), strict=True)
            if label
        )
        return Unsafe(
            responses=len(self.looked_at),
            flagged=len(self.flagged),
            preferred=sum(1 for response in self.flagged if labels[response]),
        )

    def _pairs(self) -> list[Pair]:
        return sorted({pair for pair, _ in self.sides})

    def _label(self, pairs: Iterable[Pair]) -> Floats:
        """How much higher the second of a pair is scored than the first."""
        at, scores = self.answers.at, self.answers.scores
        return np.array([np.round(scores[at[two]] - scores[at[one]], 9) for one, two in pairs])

    def _sides(self, pairs: Sequence[Pair], annotators: Sequence[str]) -> Floats:
        found = np.full((len(pairs), len(annotators)), np.nan)
        for row, pair in enumerate(pairs):
            for column, annotator in enumerate(annotators):
                found[row, column] = self.sides.get((pair, annotator), np.nan)
        return found

    def _groups(self, responses: Sequence[str]) -> Ints:
        speeches = [int(self.answers.speeches[self.answers.at[one]]) for one in responses]
        return np.unique(np.array(speeches), return_inverse=True)[1].astype(np.int64)
