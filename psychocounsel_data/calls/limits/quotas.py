"""What a server's response headers say of an account's limits. Pure.

OpenAI's names, which most compatible services copy, and Anthropic's. A service with names of its
own is met by what it refuses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, Literal, NamedTuple

Kind = Literal["requests", "tokens", "input_tokens", "output_tokens"]


class Quota(NamedTuple):
    """What may still be asked, by one of a server's counts."""

    limit: float
    """The most there can be."""
    remaining: float
    """What is left."""
    reset_s: float | None
    """Seconds until it is whole again; None where the server does not say."""


class _Names(NamedTuple):
    limit: str
    remaining: str
    reset: str


def _openai(kind: str) -> _Names:
    return _Names(*(f"x-ratelimit-{what}-{kind}" for what in ("limit", "remaining", "reset")))


def _anthropic(kind: str) -> _Names:
    return _Names(
        *(f"anthropic-ratelimit-{kind}-{what}" for what in ("limit", "remaining", "reset"))
    )


_NAMES: Final[tuple[tuple[Kind, _Names], ...]] = (
    ("requests", _openai("requests")),
    ("tokens", _openai("tokens")),
    ("requests", _anthropic("requests")),
    ("tokens", _anthropic("tokens")),
    ("input_tokens", _anthropic("input-tokens")),
    ("output_tokens", _anthropic("output-tokens")),
)
_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?")
_SECONDS = (86_400.0, 3_600.0, 60.0, 1.0, 0.001)


def quotas(headers: Mapping[str, str], *, now: datetime | None = None) -> dict[Kind, Quota]:
    """The limits that a response tells; none where it tells none.

    Args:
        headers: with lower-case names.
        now: our clock, which a reset that is a date is compared with.
    """
    found: dict[Kind, Quota] = {}
    for kind, names in _NAMES:
        if names.limit not in headers:
            continue
        limit = _number(headers[names.limit])
        remaining = _number(headers.get(names.remaining))
        if limit and remaining is not None:
            reset = _reset_s(headers.get(names.reset, ""), now or datetime.now(UTC))
            found[kind] = Quota(limit, remaining, reset)
    return found


def _number(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < 1e15 else None


def _reset_s(text: str, now: datetime) -> float | None:
    """`6m0s`, `20ms`, `1.5` (seconds) or an RFC 3339 time, as seconds from now."""
    seconds = _number(text)
    if seconds is not None:
        return seconds
    parts = _DURATION.fullmatch(text)
    if parts and text:
        return sum(float(part) * unit for part, unit in zip(parts.groups(0), _SECONDS, strict=True))
    try:
        until = datetime.fromisoformat(text)
    except ValueError:
        return None
    return max(0.0, (until - now).total_seconds()) if until.tzinfo else None
