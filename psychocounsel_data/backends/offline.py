"""Counsellors and a judge that need no network and no key: rule-based programs, not models.

`offline:eliza` and its like answer a speech; `offline:rubric` rates a response. They show how the
tool works, and are no basis for real data.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from psychocounsel_data.config import BackendConfig
from psychocounsel_data.errors import ConfigError, ModelUnavailableError
from psychocounsel_data.exchange import Backend, Reply, ReplySchema, Request

if TYPE_CHECKING:
    from psychocounsel_data.offline.rubric import Verdict

JUDGE = "rubric"
PREFERENCE = "preference"
"""The schema by which two responses are compared."""
COSTS_NOTHING: Final = True
"""A program of rules has no tokens."""


class Counsellor(NamedTuple):
    """A `Backend` that answers a speech."""

    name: str
    reply: Callable[[str], str]

    async def ask(self, request: Request) -> Reply:
        """An answer to the input `speech`."""
        if request.schema is not None:
            raise ModelUnavailableError(
                "not_a_judge", f"offline:{self.name} rates nothing: the judge is offline:{JUDGE}"
            )
        return Reply(text=self.reply(request.inputs["speech"]), finish="stop")

    async def close(self) -> None:
        """Nothing is open."""


class Judge:
    """A `Backend` that rates the input `response` to the input `speech`, or compares two."""

    async def ask(self, request: Request) -> Reply:
        """Ratings with their reasons, as the JSON object that the schema describes."""
        if request.schema is None:
            raise ModelUnavailableError(
                "not_a_counsellor", f"offline:{JUDGE} answers no speech: it rates responses"
            )
        say = _preferred if request.schema.name == PREFERENCE else _rated
        return Reply(text=say(request, request.schema), finish="stop")

    async def close(self) -> None:
        """Nothing is open."""


def connect(model: str, settings: BackendConfig) -> Backend:  # noqa: ARG001  # no service, no settings
    """The program of this name.

    Raises:
        ConfigError: there is none of this name.
    """
    from psychocounsel_data.offline import COUNSELLORS

    if model == JUDGE:
        return Judge()
    if model not in COUNSELLORS:
        known = ", ".join(sorted([*COUNSELLORS, JUDGE]))
        raise ConfigError(f"unknown model 'offline:{model}': known are {known}")
    return Counsellor(model, COUNSELLORS[model])


def _rated(request: Request, schema: ReplySchema) -> str:
    from psychocounsel_data.offline.rubric import rate

    verdicts = rate(request.inputs["speech"], request.inputs["response"])
    wanted = list(schema.json_schema["properties"])
    unknown = [principle for principle in wanted if principle not in verdicts]
    if unknown:
        raise ModelUnavailableError(
            "unknown_principle",
            f"offline:{JUDGE} cannot rate {', '.join(unknown)}: it knows only "
            f"{', '.join(verdicts)}; take another judge for your own principles",
        )
    reply = {
        name: _entry(verdicts[name], form["type"])
        for name, form in schema.json_schema["properties"].items()
    }
    return json.dumps(reply, ensure_ascii=False)


def _entry(verdict: Verdict, form: str) -> dict[str, object] | int:
    """A rating with its reason, or alone."""
    if form == "integer":
        return verdict.rating
    return {"rationale": verdict.rationale, "rating": verdict.rating}


def _preferred(request: Request, schema: ReplySchema) -> str:  # noqa: ARG001  # one form only
    """The response with more points, whichever place it stands in."""
    from psychocounsel_data.offline.rubric import rate

    points = {
        place: sum(one.rating for one in rate(request.inputs["speech"], text).values())
        for place, text in (
            ("A", request.inputs["response_a"]),
            ("B", request.inputs["response_b"]),
        )
    }
    best = "tie" if points["A"] == points["B"] else max(points, key=lambda place: points[place])
    rationale = f"The ratings add up to {points['A']} for A and {points['B']} for B."
    return json.dumps({"rationale": rationale, "preferred": best})
