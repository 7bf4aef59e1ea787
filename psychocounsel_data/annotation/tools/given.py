"""An annotation as another tool has it, before it is checked against the sample."""

from __future__ import annotations

from typing import NamedTuple

from psychocounsel_data.errors import InputError
from psychocounsel_data.records import SideRatings


class Given(NamedTuple):
    """What somebody said of an item elsewhere."""

    place: str
    """File and place in it, for messages."""
    item_id: str
    annotator: str
    preference: int | None = None
    skipped: bool = False
    ratings: SideRatings = SideRatings()
    unsafe: tuple[bool, bool] = (False, False)
    comment: str = ""
    seconds: float = 0.0
    at: str | None = None
    """When it was made, as the tool wrote it."""
    response_a: str | None = None
    """Which response was shown as A; None where it was the item's first."""


def whole_number(value: object, place: str) -> int:
    """A whole number from text or JSON.

    Raises:
        InputError: it is none; says where.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        return int(str(value).strip())
    except ValueError:
        raise InputError(f"{place}: is not a whole number") from None
