"""Responses on which the panel's ratings lie far apart, and which of them people left out.

Which they are follows from `judge.review_spread` and the judgments, so no queue is kept anywhere:
`pcdata judge-report` counts them, `pcdata review` lets a person decide, and `pairs.reading` makes
no pair of one that was left out.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import orjson
from pydantic import ConfigDict

from psychocounsel_data import journal
from psychocounsel_data.judging import aggregation
from psychocounsel_data.judging.aggregation import Panel, Verdict, Vote, panel_of
from psychocounsel_data.judging.candidates import accepted, newest_responses
from psychocounsel_data.judging.questionnaire import Questionnaire
from psychocounsel_data.participation import absent, text_hash
from psychocounsel_data.records import ClientSpeech, Record, Response, ReviewDecision
from psychocounsel_data.run import Run


class Contested(Record):
    """A response on which single ratings lie far apart: one for a person to look at."""

    response_id: str
    speech_id: str
    ratings: dict[str, tuple[int, ...]]
    """Each principle in question to all ratings of it, judge by judge, repeat by repeat."""

    @property
    def spreads(self) -> list[int]:
        """Points between the highest and the lowest rating, widest first."""
        return sorted((max(one) - min(one) for one in self.ratings.values()), reverse=True)


class _Sheet(Record):
    """What is needed of a judgment."""

    model_config = ConfigDict(extra="ignore")

    response_id: str
    judge: str
    rubric: str
    repeat: int = 0
    ratings: dict[str, int]


class _Rated(NamedTuple):
    speech_id: str
    model: str
    votes: list[Vote]


def contested(run: Run) -> list[Contested]:
    """The responses that count, rated by the panel of run.yaml, widest disagreement first.

    Raises:
        ConfigError: the principles or the prompt cannot be used.
        InputError: a line of a journal is broken.
        RunError: `balance:` goes by topics and no speech has one.
    """
    config = run.config.judge
    panel = panel_of(config)
    if config.review_spread is None or not panel.several or not run.judgments.exists():
        return []
    questionnaire = Questionnaire(run.folder, config)
    rated = _rated(run, questionnaire.label)
    found = list(_contested(rated, panel, questionnaire.rubric.ids, config.review_spread))
    return sorted(found, key=lambda one: one.spreads, reverse=True)


def _rated(run: Run, rubric: str) -> dict[str, _Rated]:
    """Response id to its judgments with the present rubric."""
    speeches = {orjson.loads(line.data)["id"] for line in journal.lines(run.speeches)}
    left_out: Counter[str] = Counter()
    excluded = run.config.pairs.exclude_models
    standing = newest_responses(run.responses, speeches - absent(run).keys(), left_out)
    rated = {
        one.id: _Rated(one.speech_id, one.model, [])
        for one in accepted(standing, run.config.judge.accept, excluded, left_out)
    }
    for sheet in journal.read(run.judgments, _Sheet):
        if sheet.rubric == rubric and sheet.response_id in rated:
            vote = Vote(sheet.judge, sheet.repeat, sheet.ratings)
            rated[sheet.response_id].votes.append(vote)
    return rated


def _contested(
    rated: Mapping[str, _Rated], panel: Panel, principles: tuple[str, ...], review_spread: int
) -> Iterator[Contested]:
    for id_, (speech_id, model, votes) in rated.items():
        verdict = aggregation.rate(votes, panel=panel, model=model, principles=principles)
        if not isinstance(verdict, Verdict):
            continue
        given = dict(zip(principles, verdict.ratings, strict=True))
        far_apart = aggregation.contested(verdict, principles, review_spread)
        if far_apart:
            yield Contested(
                response_id=id_,
                speech_id=speech_id,
                ratings={one: given[one].single for one in far_apart},
            )


def read_hash(speech: ClientSpeech, response: Response) -> str:
    """32 hex digits over what a reviewer of a response reads."""
    said = f"{text_hash(speech)}\0{response.text}"
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def decisions(run: Run) -> dict[str, ReviewDecision]:
    """Response id to the newest decision about it, whatever words it was about."""
    found = journal.read(run.reviews, ReviewDecision)
    return {one.response_id: one for one in found if one.response_id is not None}


def left_out_by_people(run: Run) -> frozenset[str]:
    """Ids of the responses that a person left out, as they read now."""
    dropped = {id_: one for id_, one in decisions(run).items() if one.decision == "drop"}
    if not dropped:
        return frozenset()
    wanted = {one.speech_id for one in dropped.values()}
    speeches = {one.id: one for one in journal.read(run.speeches, ClientSpeech) if one.id in wanted}
    return frozenset(
        one.id
        for one in journal.chosen(run.responses, Response, dropped)
        if one.speech_id in speeches
        and read_hash(speeches[one.speech_id], one) == dropped[one.id].text_hash
    )
