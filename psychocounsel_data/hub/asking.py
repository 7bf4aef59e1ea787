"""Asking the Hub once more, where huggingface_hub would not.

The library repeats by itself the requests that list and upload files. Those that look at, create,
commit to or name something it makes once: they go through `again`, and only they do, so that no
waiting is multiplied by another.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
)
from tenacity.wait import wait_exponential

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS = 5
LONGEST_S = 120.0
"""No wait is begun that would end later than this after the first attempt."""
TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
_backoff = wait_exponential(multiplier=1, max=16)


def again(request: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Make a request up to `ATTEMPTS` times where the fault is transient; raise the last fault.

    The wait is the Hub's own where it named one, else 1, 2, 4, 8 s.
    """
    retrying = Retrying(
        stop=stop_after_attempt(ATTEMPTS) | stop_before_delay(LONGEST_S),
        retry=retry_if_exception(_transient),
        wait=_wait,
        reraise=True,
    )
    return retrying(request, *args, **kwargs)


def asked_wait(error: BaseException | None) -> float | None:
    """Seconds that the Hub asks us to wait, by either of the headers it uses for that."""
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.utils import parse_ratelimit_headers  # type: ignore[attr-defined]

    if not isinstance(error, HfHubHTTPError):
        return None
    headers = error.response.headers
    limit = parse_ratelimit_headers(headers)
    if error.response.status_code == 429 and limit is not None and limit.remaining == 0:
        return float(limit.reset_in_seconds)
    after = headers.get("Retry-After", "").strip()
    return float(after) if after.isdigit() else None


def _transient(error: BaseException) -> bool:
    from httpx2 import TransportError
    from huggingface_hub.errors import HfHubHTTPError

    if isinstance(error, HfHubHTTPError):
        return error.response.status_code in TRANSIENT
    # An answer that is not JSON is what a gateway's page of apology comes to.
    return isinstance(error, (TransportError, json.JSONDecodeError))


def _wait(state: RetryCallState) -> float:
    asked = asked_wait(state.outcome.exception() if state.outcome else None)
    return float(_backoff(state)) if asked is None else asked
