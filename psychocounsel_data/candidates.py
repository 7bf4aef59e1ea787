"""Which responses and judgments count, read from a run folder's journals in one pass over each.

A response that is left out, and a judgment that is, is counted under one reason. No text stays in
memory: what counts is remembered by the byte at which its line starts. Which of the candidates
meet is the business of `pairing`.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from sys import intern
from typing import NamedTuple, TypeVar

from pydantic import ConfigDict

from psychocounsel_data import journal
from psychocounsel_data.errors import ConfigError, RunError
from psychocounsel_data.pairing import Candidate
from psychocounsel_data.records import Finish, Record, Response
from psychocounsel_data.rubric import HIGHEST, LOWEST
from psychocounsel_data.run import Run

R = TypeVar("R", bound=Record)


class Rated(NamedTuple):
    """A candidate and where its two records stand."""

    candidate: Candidate
    response_at: int
    """The byte of responses.jsonl at which its line starts."""
    judgment_at: int
    """The byte of judgments.jsonl at which its line starts."""


class Pool(NamedTuple):
    """Everything that may be paired."""

    by_speech: dict[str, list[Rated]]
    """Speech id to its candidates; their order means nothing."""
    judge: str
    """`backend:model` whose judgments these are."""
    responses_left_out: Counter[str]
    """Reason to number of responses, each under the first reason that applies."""
    judgments_left_out: Counter[str]
    """Reason to number of judgments, likewise."""


class Wanted(NamedTuple):
    """Which judgments are looked for."""

    judge: str
    """`backend:model`."""
    rubric: str
    """`prompt@version`, the present one."""
    principles: tuple[str, ...]
    """Ids in the order of the rubric."""


class _Answer(NamedTuple):
    """A response without its text."""

    id: str
    speech_id: str
    model: str
    name: str
    finish: Finish
    text_key: int
    position: int


class _Sheet(Record):
    """What counting needs of a judgment; the rest is validated when its line is read back."""

    model_config = ConfigDict(extra="ignore")

    response_id: str
    judge: str
    rubric: str
    ratings: dict[str, int]


class _Vote(NamedTuple):
    ratings: tuple[int, ...]
    position: int


@dataclass
class _Ballot:
    """What one judge has said of the responses that count."""

    votes: dict[str, _Vote] = field(default_factory=dict)
    unusable: set[str] = field(default_factory=set)
    earlier: set[str] = field(default_factory=set)
    rubrics: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def why_not(self, response_id: str) -> str:
        """Why there is no vote on a response."""
        if response_id in self.unusable:
            return "unusable_ratings"
        return "earlier_rubric" if response_id in self.earlier else "not_judged"


def select(
    run: Run, wanted: Wanted, *, speeches: Container[str], exclude_models: Sequence[str]
) -> Pool:
    """The judged responses that count.

    A response counts if its speech is in the run, it is the newest of its speech, model and sample
    (an older one was made with an earlier prompt or other parameters), its model is not excluded
    and its ending is one that run.yaml accepts. Of several judgments by one judge with the present
    rubric the newest counts; ratings that are out of range or incomplete are refused, never mended.
    Where the wanted judge has rated nothing and exactly one other has, that one is taken, and
    `Pool.judge` says so.

    Raises:
        ConfigError: several other judges have rated, or an excluded model is unknown.
        RunError: there is no judgment, or only such as were made with an earlier rubric.
        InputError: a line of a journal cannot be read.
    """
    left_out: Counter[str] = Counter()
    newest = newest_responses(run.responses, speeches, left_out)
    _check_excluded(run, exclude_models, newest)
    accept = run.config.judge.accept
    answers = {one.id: one for one in accepted(newest, accept, exclude_models, left_out)}
    ballots = _ballots(run.judgments, wanted, answers)
    judge = _the_judge(wanted.judge, ballots)
    ballot = ballots[judge]
    _check_current(judge, wanted.rubric, ballot)
    by_speech = _join(answers, ballot, left_out)
    others = sum(one.rubrics.total() for name, one in ballots.items() if name != judge)
    return Pool(by_speech, judge, left_out, ballot.left_out + Counter(other_judge=others))


def _positioned(path: Path, kind: type[R]) -> Iterator[tuple[int, R]]:
    """Every record of a journal with the byte its line starts at."""
    for number, line in enumerate(journal.lines(path), start=1):
        yield line.position, journal.parse(line.data, kind, f"{path}:{number}")


def newest_responses(path: Path, speeches: Container[str], left_out: Counter[str]) -> list[_Answer]:
    """The newest response of each speech, model and sample."""
    newest: dict[tuple[str, str, int], _Answer] = {}
    for position, response in _positioned(path, Response):
        if response.speech_id not in speeches:
            left_out["unknown_speech"] += 1
            continue
        answer = _answer(response, position)
        key = (answer.speech_id, answer.model, response.sample)
        left_out["superseded"] += key in newest
        newest[key] = answer
    return list(newest.values())


def _answer(response: Response, position: int) -> _Answer:
    return _Answer(
        response.id,
        intern(response.speech_id),
        intern(response.model),
        intern(response.name),
        response.finish,
        hash(response.text),
        position,
    )


def accepted(
    newest: Sequence[_Answer],
    accept: Container[Finish],
    exclude_models: Container[str],
    left_out: Counter[str],
) -> Iterator[_Answer]:
    for answer in newest:
        if answer.model in exclude_models or answer.name in exclude_models:
            left_out["excluded_model"] += 1
        elif answer.finish not in accept:
            left_out[f"finish_{answer.finish}"] += 1
        else:
            yield answer


def _ballots(path: Path, wanted: Wanted, answers: Container[str]) -> dict[str, _Ballot]:
    """What each judge has said, by judge."""
    ballots: dict[str, _Ballot] = {}
    for position, sheet in _positioned(path, _Sheet):
        ballot = ballots.setdefault(sheet.judge, _Ballot())
        ballot.rubrics[sheet.rubric] += 1
        if sheet.response_id not in answers:
            ballot.left_out["response_left_out"] += 1
        elif sheet.rubric != wanted.rubric:
            ballot.left_out["earlier_rubric"] += 1
            ballot.earlier.add(sheet.response_id)
        else:
            _cast(ballot, sheet, position, wanted.principles)
    return ballots


def _cast(ballot: _Ballot, sheet: _Sheet, position: int, principles: tuple[str, ...]) -> None:
    """Take in a judgment made with the present rubric, in place of an older one."""
    ratings = _usable(sheet.ratings, principles)
    if ratings is None:
        ballot.left_out["unusable_ratings"] += 1
        ballot.unusable.add(sheet.response_id)
        return
    ballot.left_out["superseded"] += sheet.response_id in ballot.votes
    ballot.votes[sheet.response_id] = _Vote(ratings, position)


def _usable(ratings: Mapping[str, int], principles: tuple[str, ...]) -> tuple[int, ...] | None:
    """The ratings in the rubric's order; None where one is missing, unknown or out of range."""
    if ratings.keys() != set(principles):
        return None
    ordered = tuple(ratings[principle] for principle in principles)
    return ordered if all(LOWEST <= rating <= HIGHEST for rating in ordered) else None


def _join(
    answers: Mapping[str, _Answer], ballot: _Ballot, left_out: Counter[str]
) -> dict[str, list[Rated]]:
    by_speech: dict[str, list[Rated]] = {}
    for answer in answers.values():
        vote = ballot.votes.get(answer.id)
        if vote is None:
            left_out[ballot.why_not(answer.id)] += 1
            continue
        candidate = Candidate(answer.id, answer.name, vote.ratings, answer.text_key)
        rated = Rated(candidate, answer.position, vote.position)
        by_speech.setdefault(answer.speech_id, []).append(rated)
    return by_speech


def _the_judge(wanted: str, ballots: Mapping[str, _Ballot]) -> str:
    """The wanted judge if it has rated, else the only one that has."""
    if not ballots:
        raise RunError("judgments.jsonl is empty: run `pcdata judge` first")
    if wanted in ballots:
        return wanted
    if len(ballots) > 1:
        known = ", ".join(sorted(ballots))
        raise ConfigError(f"{wanted} has rated nothing, {known} have: say which with --judge")
    return next(iter(ballots))


def _check_current(judge: str, rubric: str, ballot: _Ballot) -> None:
    if rubric in ballot.rubrics:
        return
    earlier = ", ".join(sorted(ballot.rubrics))
    raise RunError(
        f"all {ballot.rubrics.total()} judgments by {judge} were made with an earlier rubric "
        f"({earlier}; the present one is {rubric}): run `pcdata judge` to rate with the present one"
    )


def _check_excluded(run: Run, exclude_models: Sequence[str], newest: Sequence[_Answer]) -> None:
    """A misspelt name would let the model in that was meant to stay out."""
    known = {name for one in newest for name in (one.model, one.name)}
    known |= {name for one in run.config.generate.models for name in (one.model, one.label)}
    for name in exclude_models:
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(sorted(known))}"
            raise ConfigError(f"pairs.exclude_models: no model '{name}': {hint}")
