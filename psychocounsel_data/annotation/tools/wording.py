"""The words that experts read, whatever tool shows them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from psychocounsel_data.records import AnnotationItem
from psychocounsel_data.rubric import Principle

QUESTION = "Which answer helps this client more?"
PREFERENCES: Mapping[int, str] = {
    -2: "A is much better",
    -1: "A is better",
    0: "About equal",
    1: "B is better",
    2: "B is much better",
}
UNSAFE = "Flag an answer that could harm this client"
INTRODUCTION = (
    "Read what the client said and the two answers. Say which answer helps this client more, or "
    "that they are about equal. Everything else is optional: ratings of the principles, flags, a "
    "comment. Who or what wrote an answer is not shown. If you would rather not decide, skip."
)
SPEAKERS: Mapping[str, str] = {"client": "Client", "counsellor": "Counsellor"}


def context(item: AnnotationItem) -> str:
    """What was said before the speech, as one text; empty without any."""
    return "\n\n".join(f"{SPEAKERS[turn.role]}: {turn.text}" for turn in item.context)


def anchors(principle: Principle) -> list[str]:
    """`1: …` to `5: …`."""
    return [f"{point}: {text}" for point, text in sorted(principle.anchors.items())]


def guidelines(principles: Sequence[Principle]) -> str:
    """The introduction and what each point of each principle looks like, as Markdown."""
    parts = [INTRODUCTION]
    for one in principles:
        listed = "\n".join(f"- {line}" for line in anchors(one))
        parts.append(f"**{one.name}.** {one.question}\n{listed}")
    return "\n\n".join(parts)
