"""Which failures are asked again by the next run, and which wait until a person says so.

A fault of the moment (timeouts, refusals for their number, a key that has been mended) is asked
again. A request that the server will never answer, and a reply that was paid for and is not what
was asked for, would only fail and cost again: they are held back until `pcdata failures --retry`.
Whoever changes the prompt, the text or a parameter makes another call of it, which is asked.
"""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path
from typing import Final

from psychocounsel_data import journal
from psychocounsel_data.calls.channel import now
from psychocounsel_data.calls.plan import Plan, Ticket
from psychocounsel_data.records import Failure, Usage

HELD: Final = frozenset(
    {"bad_request", "context_length", "content_filter", "unreadable_reply", "not_a_judge"}
)
"""Kinds that are not asked again by themselves."""


def newest(path: Path) -> dict[str, Failure]:
    """The last thing that was said of every call in failures.jsonl, without the replies.

    Raises:
        InputError: a line is no failure.
    """
    return {one.id: one.model_copy(update={"reply": None}) for one in journal.read(path, Failure)}


def is_held(failure: Failure) -> bool:
    """Whether the next run leaves this call out."""
    return failure.kind in HELD and not failure.requeued


def withhold(plan: Plan, failures: Path) -> int:
    """Take the calls that are held back out of a plan.

    Returns:
        How many they were.
    """
    held = {one.id for one in newest(failures).values() if one.stage == plan.stage and is_held(one)}
    if not held:
        return 0
    return sum(_leave_out(plan, model, held) for model in plan.lanes)


def _leave_out(plan: Plan, model: str, held: Container[str]) -> int:
    def is_held_back(ticket: Ticket) -> bool:
        return plan.call(model, ticket).id in held

    return plan.lanes[model].leave_out(is_held_back)


def requeued(failure: Failure) -> Failure:
    """The line that has a failure asked again by the next run."""
    return failure.model_copy(
        update={"requeued": True, "reply": None, "usage": Usage(), "attempts": 0, "at": now()}
    )
