"""The page of `pcdata review --browser`: every case with what fired, and three decisions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from psychocounsel_data.participation import text_hash
from psychocounsel_data.records import Decision, Record, RiskFlag
from psychocounsel_data.review.deciding import Case, Given, add, cases, described
from psychocounsel_data.risk.rules import meanings
from psychocounsel_data.run import Run
from psychocounsel_data.web import Access, Pages, application, json_body
from psychocounsel_data.web.guard import Guard

_HERE = Path(__file__).parent


class Saving(Record):
    """What the page sends at a click."""

    speech_id: str
    text_hash: str
    decision: Decision
    why: str


class Piece(NamedTuple):
    """A stretch of a speech, and the rules that fired on it."""

    text: str
    rules: str
    """Empty where none did."""


class Shown(NamedTuple):
    """A case as the page shows it."""

    id: str
    hash: str
    what: str
    """What it was flagged for."""
    context: list[tuple[str, str]]
    """What was said before: who, and what."""
    pieces: list[Piece]
    rules: list[str]
    """Each rule with what it stands for."""
    decision: str
    """Empty where there is none."""
    why: str
    by: str


def site(run: Run, *, by: str, everything: bool, access: Access) -> Guard:
    """The page over a run's cases.

    Args:
        run: the run folder, with speeches.jsonl in it.
        by: who decides; kept with every decision.
        everything: show decided and unheld cases as well. Those that were waiting stay on the page
            when they are decided, until the server ends.
        access: who may see it.
    """
    pages = Pages(_HERE / "templates")
    held = {case.speech.id for case in cases(run, everything=everything)}

    async def listing(request: Request) -> Response:  # noqa: ARG001  every route gets it
        found = [case for case in cases(run, everything=True) if case.speech.id in held]
        return pages.page("cases.html", cases=[shown(case) for case in found], by=by)

    async def decide(request: Request) -> Response:
        saving = await json_body(request, Saving)
        known = {case.speech.id: case for case in cases(run, everything=True)}
        if saving.speech_id not in known or not saving.why.strip():
            raise HTTPException(422, "a decision needs a speech of this run and a reason")
        if text_hash(known[saving.speech_id].speech) != saving.text_hash:
            raise HTTPException(409, "this text has changed since: load the page again")
        add(run, [Given(by=by, **saving.model_dump())])
        return JSONResponse({"decision": saving.decision, "by": by})

    return application(
        [Route("/", listing), Route("/decide", decide, methods=["POST"])],
        access=access,
        static={"review": _HERE / "static"},
    )


def shown(case: Case) -> Shown:
    """A case as the page shows it."""
    decision = case.decision
    return Shown(
        id=case.speech.id,
        hash=text_hash(case.speech),
        what=described(case),
        context=[(turn.role, turn.text) for turn in case.speech.context],
        pieces=list(pieces(case.speech.text, case.flags)),
        rules=list(dict.fromkeys(_explained(flag) for flag in case.flags)),
        decision=decision.decision if decision else "",
        why=decision.why if decision else "",
        by=decision.by if decision else "",
    )


def pieces(text: str, flags: Sequence[RiskFlag]) -> Iterator[Piece]:
    """A text cut where flags begin and end; together the pieces are the text."""
    edges = sorted({0, len(text), *(edge for one in flags for edge in (one.start, one.end))})
    for start, end in pairwise(edges):
        rules = [one.rule for one in flags if one.start <= start and end <= one.end]
        yield Piece(text[start:end], ", ".join(rules))


def _explained(flag: RiskFlag) -> str:
    rule, slash, about = flag.rule.partition("/")
    meaning = meanings().get(rule, "A model's second opinion.")
    return f"{flag.rule}: {meaning}" + (_ABOUT.get(about, "") if slash else "")


_ABOUT = {
    "other": " Here about somebody else.",
    "past": " Here as something that is over.",
    "hedged": " Here denied by half.",
}
