"""A run folder's judgments as arrays: every rating, its place, and its expected score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, Field

from psychocounsel_data import journal
from psychocounsel_data.errors import RunError
from psychocounsel_data.judging.questionnaire import Questionnaire
from psychocounsel_data.records import Failure, Record, Response, Usage
from psychocounsel_data.rubric import HIGHEST, LOWEST
from psychocounsel_data.run import Run

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Rated(NamedTuple):
    """Who was rated."""

    ids: tuple[str, ...]
    speech_ids: tuple[str, ...]
    """The speech of each response."""
    speeches: Ints
    """The same, as numbers from 0."""
    models: tuple[str, ...]
    """`backend:model` of each."""
    names: tuple[str, ...]
    """Its released name."""
    lengths: Floats
    """Characters of each."""


class JudgeSheets(NamedTuple):
    """What one judge said."""

    judge: str
    scores: Floats
    """By repeat, response and principle; NaN where there is no rating."""
    places: Floats
    """Where in its question each rating was asked, from 0; NaN where it was asked by itself."""
    expected: Floats
    """Expected scores; NaN where there is none."""
    usages: tuple[Usage, ...]
    """Tokens of every call."""
    again: int
    """Calls that took more than one request."""

    @property
    def mean(self) -> Floats:
        """By response and principle: mean over repeats, NaN where there is none."""
        counts = np.isfinite(self.scores).sum(axis=0)
        total = np.nansum(self.scores, axis=0)
        return np.where(counts, total / np.maximum(counts, 1), np.nan)

    @property
    def overall(self) -> Floats:
        """By response: mean over principles; NaN where one is missing."""
        return np.asarray(self.mean.mean(axis=1))


class Material(NamedTuple):
    """What the report is made from."""

    rubric: str
    principles: tuple[str, ...]
    rated: Rated
    judges: tuple[JudgeSheets, ...]
    failures: tuple[Failure, ...]
    """Calls of judges that failed, the last try of each."""
    answered: frozenset[bytes]
    """Ids of the calls that have an answer."""
    left_out: Counter[str]


class _Sheet(Record):
    """What the report needs of a judgment."""

    model_config = ConfigDict(extra="ignore")

    id: str
    response_id: str
    judge: str
    rubric: str
    repeat: int = 0
    order: tuple[str, ...] = ()
    ratings: dict[str, int]
    expected: dict[str, float] = Field(default_factory=dict)
    usage: Usage = Usage()
    attempts: int = 1
    """0 where it is a copy of a judgment on the same words."""


def read(run: Run) -> Material:
    """The judgments that were made with the present rubric, by whichever judge.

    Raises:
        RunError: there are none.
        ConfigError: the principles or the prompt cannot be used.
        InputError: a line of a journal is broken.
    """
    run.need(run.judgments, "pcdata judge")
    questionnaire = Questionnaire(run.folder, run.config.judge)
    left_out: Counter[str] = Counter()
    sheets = _sheets(run, questionnaire, left_out)
    rated = _rated(run, {sheet.response_id for sheet in sheets}, left_out)
    known = set(rated.ids)
    sheets = [sheet for sheet in sheets if sheet.response_id in known]
    if not sheets:
        raise RunError(
            f"no judgment in {run.judgments} is of a response that is there now, with the present "
            f"rubric ({questionnaire.label}): run `pcdata judge` first"
        )
    principles = questionnaire.rubric.ids
    judges = dict.fromkeys(judge.model for judge in run.config.judge.judges)
    judges |= dict.fromkeys(sheet.judge for sheet in sheets)
    by_judge = {one: [sheet for sheet in sheets if sheet.judge == one] for one in judges}
    failures = {one.id: one for one in journal.read(run.failures, Failure) if one.stage == "judge"}
    return Material(
        questionnaire.label,
        principles,
        rated,
        tuple(_judge(one, by_judge[one], rated, principles) for one in judges if by_judge[one]),
        tuple(failures.values()),
        frozenset(journal.ids(run.judgments)),
        left_out,
    )


def _sheets(run: Run, questionnaire: Questionnaire, left_out: Counter[str]) -> list[_Sheet]:
    """One a call, the newest; out of range is counted and left out."""
    kept: dict[tuple[str, str, int, frozenset[str]], _Sheet] = {}
    known = set(questionnaire.rubric.ids)
    for sheet in journal.read(run.judgments, _Sheet):
        if sheet.rubric != questionnaire.label:
            left_out["earlier_rubric"] += 1
        elif not sheet.ratings.keys() <= known or not all(
            LOWEST <= rating <= HIGHEST for rating in sheet.ratings.values()
        ):
            left_out["unusable_ratings"] += 1
        else:
            key = (sheet.judge, sheet.response_id, sheet.repeat, frozenset(sheet.ratings))
            left_out["superseded"] += key in kept
            kept[key] = sheet
    return list(kept.values())


def _rated(run: Run, wanted: set[str], left_out: Counter[str]) -> Rated:
    found = [one for one in journal.read(run.responses, Response) if one.id in wanted]
    responses = list({one.id: one for one in found}.values())
    left_out["unknown_response"] += len(wanted) - len(responses)
    speech_ids = tuple(one.speech_id for one in responses)
    numbers = {speech: number for number, speech in enumerate(dict.fromkeys(speech_ids))}
    return Rated(
        tuple(one.id for one in responses),
        speech_ids,
        np.array([numbers[one] for one in speech_ids], np.int64),
        tuple(one.model for one in responses),
        tuple(one.name for one in responses),
        np.array([len(one.text) for one in responses], np.float64),
    )


def _judge(
    judge: str, sheets: Sequence[_Sheet], rated: Rated, principles: Sequence[str]
) -> JudgeSheets:
    rows = {response: row for row, response in enumerate(rated.ids)}
    columns = {principle: column for column, principle in enumerate(principles)}
    repeats = 1 + max(sheet.repeat for sheet in sheets)
    scores = np.full((repeats, len(rows), len(columns)), np.nan)
    places, expected = scores.copy(), scores.copy()
    for sheet in sheets:
        row = rows[sheet.response_id]
        for principle, rating in sheet.ratings.items():
            scores[sheet.repeat, row, columns[principle]] = rating
        for place, principle in enumerate(sheet.order if len(sheet.order) > 1 else ()):
            places[sheet.repeat, row, columns[principle]] = place
        for principle, score in sheet.expected.items():
            expected[sheet.repeat, row, columns[principle]] = score
    return JudgeSheets(
        judge,
        scores,
        places,
        expected,
        tuple(sheet.usage for sheet in sheets if sheet.attempts),
        sum(sheet.attempts > 1 for sheet in sheets),
    )
