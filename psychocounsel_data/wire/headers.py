"""What response headers say: all of them as plain text, and how long to wait. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def plain(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers as they came, as text with lower-case names; of equal names the last counts."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


def retry_after_s(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """How long the server asks us to wait, in seconds, never negative; None where it does not say.

    `retry-after-ms` goes before `retry-after`, which is either seconds or an HTTP date (RFC 9110,
    section 10.2.3). A date is compared with the server's own clock where it tells it.

    Args:
        headers: with lower-case names.
        now: our clock, with a time zone.
    """
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return max(0.0, milliseconds / 1000)
    value = headers.get("retry-after", "")
    seconds = _number(value)
    if seconds is not None:
        return max(0.0, seconds)
    until = _date(value)
    if until is None:
        return None
    return max(0.0, (until - (_date(headers.get("date", "")) or now)).total_seconds())


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
