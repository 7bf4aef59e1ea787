"""Places found in a text, and which of them stand where several overlap. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple, get_args

from psychocounsel_data.records import PiiKind

KINDS: Final[tuple[PiiKind, ...]] = get_args(PiiKind)
# An address on the web may hold an e-mail address or a number; an identifier may look like a
# telephone number, a number like a date.
_ORDER: Final[tuple[PiiKind, ...]] = (
    "url", "email", "id", "phone", "date", "address", "handle", "name",
)  # fmt: skip


class Found(NamedTuple):
    """A place in a text that may point to a person."""

    start: int
    end: int
    kind: PiiKind


def standing(found: Iterable[Found]) -> list[Found]:
    """Those that stand, in order of place: of overlapping ones by kind, then the longer."""
    ranked = sorted(found, key=lambda one: (_ORDER.index(one.kind), one.start - one.end, one.start))
    kept: list[Found] = []
    for one in ranked:
        if not any(other.start < one.end and one.start < other.end for other in kept):
            kept.append(one)
    return sorted(kept)
