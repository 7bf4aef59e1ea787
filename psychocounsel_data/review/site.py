"""The page of `pcdata review --browser`: every case with what fired, and three decisions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from psychocounsel_data.judging.disagreement import contested
from psychocounsel_data.records import Decision, Record, RiskFlag
from psychocounsel_data.review.deciding import Case, Disputed, Given, add, cases, described
from psychocounsel_data.risk.rules import meanings
from psychocounsel_data.run import Run
from psychocounsel_data.web import Access, Pages, application, json_body
from psychocounsel_data.web.guard import Guard

_HERE = Path(__file__).parent
MOST: Final = 500
"""Cases on the page: more make it slow, and nobody decides on them in one sitting."""


class Saving(Record):
    """What the page sends at a click."""

    speech_id: str
    response_id: str | None = None
    text_hash: str
    decision: Decision
    why: str


class Piece(NamedTuple):
    """A stretch of a speech, and the rules that fired on it."""

    text: str
    rules: str
    """Empty where none did."""


class Answer(NamedTuple):
    """A contested response as the page shows it."""

    id: str
    text: str
    ratings: list[tuple[str, str]]
    """Each principle in question, and its ratings."""


class Shown(NamedTuple):
    """A case as the page shows it."""

    id: str
    hash: str
    what: str
    """What it was flagged for, or `contested`."""
    answer: Answer | None
    """The response to decide on; None where it is the speech."""
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
            when they are decided, until the server ends, which is also when more than `MOST` of
            them make room for others.
        access: who may see it.
    """
    pages = Pages(_HERE / "templates")
    queue = contested(run)
    ids = [case.id for case in cases(run, everything=everything, queue=queue)]
    held = set(ids[:MOST])
    queue = [one for one in queue if one.response_id in held]

    def every() -> list[Case]:
        return [one for one in cases(run, everything=True, queue=queue) if one.id in held]

    async def listing(request: Request) -> Response:  # noqa: ARG001  every route gets it
        found = [shown(case) for case in every()]
        return pages.page("cases.html", cases=found, by=by, more=len(ids) - len(held))

    async def decide(request: Request) -> Response:
        given = Given(by=by, **(await json_body(request, Saving)).model_dump())
        case = {one.id: one for one in every()}.get(given.id)
        if case is None or not given.why.strip() or given.decision not in case.choices:
            raise HTTPException(422, "a decision needs a case of this page and a reason")
        if case.text_hash != given.text_hash:
            raise HTTPException(409, "this text has changed since: load the page again")
        add(run, [given])
        return JSONResponse({"decision": given.decision, "by": by})

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
        hash=case.text_hash,
        what="contested" if case.disputed else described(case),
        answer=_answer(case.disputed) if case.disputed else None,
        context=[(turn.role, turn.text) for turn in case.speech.context],
        pieces=list(pieces(case.speech.text, case.flags)),
        rules=list(dict.fromkeys(_explained(flag) for flag in case.flags)),
        decision=decision.decision if decision else "",
        why=decision.why if decision else "",
        by=decision.by if decision else "",
    )


def _answer(disputed: Disputed) -> Answer:
    ratings = disputed.contested.ratings.items()
    return Answer(
        disputed.response.id,
        disputed.response.text,
        [(name, " ".join(map(str, given))) for name, given in ratings],
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
