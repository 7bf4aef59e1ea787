"""What waits for a person, and what people decided: a sheet out, decisions in, one line each.

What waits is a speech that `risk:` holds, or a response whose ratings lie far apart. A decision is
a line of reviews.jsonl with who, when and why. It holds for the text that was read.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args

import orjson
from pydantic import ValidationError

from psychocounsel_data import journal
from psychocounsel_data.errors import ConfigError, InputError, RunError
from psychocounsel_data.journal import Writer
from psychocounsel_data.judging.disagreement import Contested, contested, decisions, read_hash
from psychocounsel_data.participation import Participation, Place, text_hash
from psychocounsel_data.records import (
    ClientSpeech,
    Decision,
    Record,
    Response,
    ReviewDecision,
    RiskFlag,
)
from psychocounsel_data.risk.policy import kinds
from psychocounsel_data.run import Run

COLUMNS: Final = (
    "speech_id",
    "response_id",
    "text_hash",
    "flags",
    "text",
    "response",
    "decision",
    "why",
    "by",
)
_DECISIONS: Final[tuple[Decision, ...]] = get_args(Decision)


class Disputed(NamedTuple):
    """A response that its judges disagree on."""

    response: Response
    contested: Contested


class Case(NamedTuple):
    """A flagged speech, or a contested response to a speech, and where it stands."""

    speech: ClientSpeech
    flags: tuple[RiskFlag, ...]
    """What rules and second opinion found in the speech."""
    place: Place
    """Where the speech stands."""
    decision: ReviewDecision | None
    """The newest one about these words."""
    disputed: Disputed | None = None
    """The response in question; None where it is the speech."""

    @property
    def id(self) -> str:
        """What is decided on: a response, or a speech."""
        return self.disputed.response.id if self.disputed else self.speech.id

    @property
    def text_hash(self) -> str:
        """Of the words that are read."""
        if self.disputed:
            return read_hash(self.speech, self.disputed.response)
        return text_hash(self.speech)

    @property
    def reason(self) -> str | None:
        """Why it is here: `contested`, or why the speech does not take part."""
        return "contested" if self.disputed else self.place.reason

    @property
    def waits(self) -> bool:
        """Whether somebody has to decide yet."""
        if self.disputed:
            return self.decision is None
        return self.place.reason == "held_for_review"

    @property
    def choices(self) -> tuple[Decision, ...]:
        """What can be decided; a veto is about speeches."""
        return ("keep", "drop") if self.disputed else _DECISIONS


class Given(Record):
    """A decision as a person hands it in."""

    speech_id: str
    response_id: str | None = None
    """The contested response; None where it is about the speech."""
    text_hash: str
    """Of the words that were read."""
    decision: Decision
    why: str
    by: str

    @property
    def id(self) -> str:
        """What was decided on."""
        return self.response_id or self.speech_id


class Recorded(Record):
    """What came of a file of decisions."""

    recorded: int
    """New lines of reviews.jsonl."""
    repeated: int
    """Decisions that stood already."""
    undecided: int
    """Rows without a decision."""
    waiting: int
    """Speeches and responses that still wait."""


def cases(
    run: Run, *, everything: bool = False, queue: Sequence[Contested] | None = None
) -> Iterator[Case]:
    """What waits for a decision: flagged speeches in order, then contested responses, widest first.

    Args:
        run: the run folder, with speeches.jsonl in it.
        everything: what is decided, or flagged and held by no policy, as well.
        queue: `judging.disagreement.contested`, where it is known already.

    Raises:
        RunError: there are no speeches yet.
        ConfigError: there are judgments, and principles or prompt cannot be used.
        InputError: a line of a journal is broken.
    """
    run.need(run.speeches, "pcdata load")
    queue = contested(run) if queue is None else queue
    answered = {one.speech_id for one in queue}
    spoken: dict[str, Case] = {}
    participation = Participation(run)
    for speech in journal.read(run.speeches, ClientSpeech):
        place, flags = participation.by_risk(speech), participation.flags(speech)
        case = Case(speech, flags, place, participation.decision(speech))
        if speech.id in answered:
            spoken[speech.id] = case
        if case.waits or (everything and flags):
            yield case
    for case in _disputed(run, spoken, queue):
        if case.waits or everything:
            yield case


def _disputed(run: Run, spoken: Mapping[str, Case], queue: Sequence[Contested]) -> Iterator[Case]:
    wanted = {one.response_id for one in queue}
    responses = {one.id: one for one in journal.chosen(run.responses, Response, wanted)}
    decided = decisions(run)
    for one in queue:
        disputed = Disputed(responses[one.response_id], one)
        case = spoken[one.speech_id]._replace(decision=None, disputed=disputed)
        decision = decided.get(one.response_id)
        held = decision is not None and decision.text_hash == case.text_hash
        yield case._replace(decision=decision) if held else case


def write_sheet(path: Path, found: Sequence[Case]) -> None:
    """A CSV with an empty `decision` and `why` for each case. It holds the clients' words.

    Raises:
        RunError: it cannot be written, or is there already: a half-filled sheet is not overwritten.
    """
    try:
        with path.open("x", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(_row(case) for case in found)
    except FileExistsError as error:
        raise RunError(f"{path} is there already: give another name or remove it") from error
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error.strerror}") from error


def _row(case: Case) -> list[str]:
    decision = case.decision
    disputed = case.disputed
    found = [f"{flag.rule} {flag.start}-{flag.end}" for flag in case.flags]
    return [
        case.speech.id,
        disputed.response.id if disputed else "",
        case.text_hash,
        "; ".join([described(case)] if disputed else found),
        case.speech.text,
        disputed.response.text if disputed else "",
        decision.decision if decision else "",
        decision.why if decision else "",
        decision.by if decision else "",
    ]


def record(run: Run, path: Path, *, by: str | None) -> Recorded:
    """Take in a file of decisions: all of it, or nothing where one row is wrong.

    Args:
        run: the run folder.
        path: CSV as `write_sheet` makes it, or JSON lines with the same keys.
        by: who decided, for rows that do not say.

    Raises:
        InputError: the file cannot be read, or a row is not a decision about a speech of this run
            as it stands; every such row is named.
        ConfigError: nobody is named.
        RunError: reviews.jsonl cannot be written.
    """
    rows = list(_rows(path))
    decided = [row for row in rows if str(row.get("decision") or "").strip()]
    given = _given(path, decided, by)
    queue = contested(run)
    known = {case.id: case for case in cases(run, everything=True, queue=queue)}
    _check(path, given, known)
    new = _unheard(known, given)
    add(run, new)
    return Recorded(
        recorded=len(new),
        repeated=len(given) - len(new),
        undecided=len(rows) - len(decided),
        waiting=sum(1 for _ in cases(run, queue=queue)),
    )


def add(run: Run, given: Sequence[Given]) -> None:
    """Append decisions to reviews.jsonl. Raises RunError where it cannot be written."""
    with Writer(run.reviews) as file:
        for one in given:
            file.append(ReviewDecision(**one.model_dump(), at=_now()))


def _unheard(known: Mapping[str, Case], given: Sequence[Given]) -> list[Given]:
    """Those that do not stand already."""
    return [
        one
        for one in given
        if (before := known[one.id].decision) is None
        or before.model_dump(exclude={"at"}) != one.model_dump()
    ]


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        text = path.read_text("utf-8-sig")
        if path.suffix == ".csv":
            yield from csv.DictReader(text.splitlines(keepends=True))
        elif path.suffix in {".jsonl", ".json"}:
            yield from (orjson.loads(line) for line in text.splitlines() if line.strip())
        else:
            raise InputError(f"{path}: decisions come as .csv or .jsonl")
    except (OSError, UnicodeDecodeError, orjson.JSONDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error


def _given(path: Path, rows: Sequence[Mapping[str, Any]], by: str | None) -> list[Given]:
    given, mistakes = [], []
    for row in rows:
        values = {key: str(row.get(key) or "").strip() for key in Given.model_fields}
        values["by"] = values["by"] or (by or "")
        subject = values["response_id"] or values["speech_id"]
        if not values["by"]:
            raise ConfigError(f"{path}: who decided? Give --by, or fill the column `by`")
        if not values["why"]:
            mistakes.append(f"{subject}: a decision needs a reason in `why`")
            continue
        try:
            response_id = values.pop("response_id") or None
            given.append(Given.model_validate({**values, "response_id": response_id}))
        except ValidationError:
            known = ", ".join(_DECISIONS)
            mistakes.append(f"{subject}: '{values['decision']}' is none of {known}")
    _refuse(path, mistakes)
    return given


def _check(path: Path, given: Sequence[Given], known: Mapping[str, Case]) -> None:
    mistakes = []
    for one in given:
        case = known.get(one.id)
        if case is None:
            subject = "contested response" if one.response_id else "flagged speech"
            mistakes.append(f"{one.id}: no {subject} of this run has this id")
        elif case.text_hash != one.text_hash:
            mistakes.append(f"{one.id}: its text has changed since: read it again")
        elif one.decision not in case.choices:
            choices = " or ".join(case.choices)
            mistakes.append(f"{one.id}: '{one.decision}' is for speeches; a response: {choices}")
    _refuse(path, mistakes)


def _refuse(path: Path, mistakes: Sequence[str]) -> None:
    if mistakes:
        lines = "\n".join(mistakes)
        raise InputError(f"{path}: nothing was recorded:\n{lines}")


def described(case: Case) -> str:
    """What a case is here for: `crisis attempt, minor`, or `contested: empathy 5 1 4`."""
    if case.disputed:
        ratings = case.disputed.contested.ratings.items()
        given = [f"{name} {' '.join(map(str, given))}" for name, given in ratings]
        return f"contested: {', '.join(given)}"
    return ", ".join(kinds(case.flags))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
