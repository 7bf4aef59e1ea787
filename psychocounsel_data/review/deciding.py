"""What waits for a person, and what people decided: a sheet out, decisions in, one line each.

A decision is a line of reviews.jsonl with who, when and why. It holds for the text that was read.
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
from psychocounsel_data.participation import Participation, Place, text_hash
from psychocounsel_data.records import ClientSpeech, Decision, Record, ReviewDecision, RiskFlag
from psychocounsel_data.risk.policy import kinds
from psychocounsel_data.run import Run

COLUMNS: Final = ("speech_id", "text_hash", "flags", "text", "decision", "why", "by")
_DECISIONS: Final[tuple[Decision, ...]] = get_args(Decision)


class Case(NamedTuple):
    """A flagged speech and where it stands."""

    speech: ClientSpeech
    flags: tuple[RiskFlag, ...]
    """What rules and second opinion found."""
    place: Place
    decision: ReviewDecision | None
    """The newest one about this text."""


class Given(Record):
    """A decision as a person hands it in."""

    speech_id: str
    text_hash: str
    """Of the text that was read."""
    decision: Decision
    why: str
    by: str


class Recorded(Record):
    """What came of a file of decisions."""

    recorded: int
    """New lines of reviews.jsonl."""
    repeated: int
    """Decisions that stood already."""
    undecided: int
    """Rows without a decision."""
    waiting: int
    """Speeches that still wait."""


def cases(run: Run, *, everything: bool = False) -> Iterator[Case]:
    """Flagged speeches, in order: those that wait for a decision.

    Args:
        run: the run folder, with speeches.jsonl in it.
        everything: those that are decided, or that no policy holds, as well.

    Raises:
        RunError: there are no speeches yet.
        InputError: a line of a journal is broken.
    """
    run.need(run.speeches, "pcdata load")
    participation = Participation(run)
    for speech in journal.read(run.speeches, ClientSpeech):
        place, flags = participation.by_risk(speech), participation.flags(speech)
        if place.reason == "held_for_review" or (everything and flags):
            yield Case(speech, flags, place, participation.decision(speech))


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
    return [
        case.speech.id,
        text_hash(case.speech),
        "; ".join(f"{flag.rule} {flag.start}-{flag.end}" for flag in case.flags),
        case.speech.text,
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
    known = {case.speech.id: case for case in cases(run, everything=True)}
    _check(path, given, known)
    new = _unheard(known, given)
    add(run, new)
    return Recorded(
        recorded=len(new),
        repeated=len(given) - len(new),
        undecided=len(rows) - len(decided),
        waiting=sum(1 for _ in cases(run)),
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
        if (before := known[one.speech_id].decision) is None
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
        if not values["by"]:
            raise ConfigError(f"{path}: who decided? Give --by, or fill the column `by`")
        if not values["why"]:
            mistakes.append(f"{values['speech_id']}: a decision needs a reason in `why`")
            continue
        try:
            given.append(Given.model_validate(values))
        except ValidationError:
            known = ", ".join(_DECISIONS)
            mistakes.append(f"{values['speech_id']}: '{values['decision']}' is none of {known}")
    _refuse(path, mistakes)
    return given


def _check(path: Path, given: Sequence[Given], known: Mapping[str, Case]) -> None:
    mistakes = []
    for one in given:
        case = known.get(one.speech_id)
        if case is None:
            mistakes.append(f"{one.speech_id}: no flagged speech of this run has this id")
        elif text_hash(case.speech) != one.text_hash:
            mistakes.append(f"{one.speech_id}: its text has changed since: read it again")
    _refuse(path, mistakes)


def _refuse(path: Path, mistakes: Sequence[str]) -> None:
    if mistakes:
        lines = "\n".join(mistakes)
        raise InputError(f"{path}: nothing was recorded:\n{lines}")


def described(case: Case) -> str:
    """What a case was flagged for: `crisis attempt, minor`."""
    return ", ".join(kinds(case.flags))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
