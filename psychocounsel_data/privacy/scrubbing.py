"""Find what may point to a person, and put typed placeholders in its place. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from psychocounsel_data.privacy import names, rules
from psychocounsel_data.privacy.spans import Found, standing
from psychocounsel_data.records import PiiKind, PiiSpan

_BLANK = "\0"


class Scrubbed(NamedTuple):
    """A text with placeholders, and where they stand in it."""

    text: str
    spans: tuple[PiiSpan, ...]


def find(text: str, *, kinds: Iterable[PiiKind], known_names: Iterable[str] = ()) -> list[Found]:
    """What the rules find, in order of place, none overlapping another.

    Args:
        text: the text.
        kinds: what is looked for.
        known_names: what stands in the row's columns of names.
    """
    wanted, known = frozenset(kinds), tuple(known_names)
    found: list[Found] = []
    left = text
    while new := standing([*rules.found(left), *names.found(left, known)]):
        # What one find has taken in may have hidden the beginning of another, so what was found is
        # blanked out and the text is looked at again.
        found.extend(new)
        for one in new:
            left = f"{left[: one.start]}{_BLANK * (one.end - one.start)}{left[one.end :]}"
    return sorted(one for one in found if one.kind in wanted)


def spans(found: Sequence[Found]) -> tuple[PiiSpan, ...]:
    """What is recorded: kind and place, never the value."""
    return tuple(PiiSpan(kind=one.kind, start=one.start, end=one.end) for one in found)


def scrub(text: str, found: Sequence[Found]) -> Scrubbed:
    """The text with `[KIND]` in place of everything found, and where these now stand."""
    parts: list[str] = []
    kept: list[PiiSpan] = []
    length = end = 0
    for one in found:
        parts.append(text[end : one.start])
        length += one.start - end
        placeholder = f"[{one.kind.upper()}]"
        kept.append(PiiSpan(kind=one.kind, start=length, end=length + len(placeholder)))
        parts.append(placeholder)
        length += len(placeholder)
        end = one.end
    parts.append(text[end:])
    return Scrubbed("".join(parts), tuple(kept))
