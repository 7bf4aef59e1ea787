"""When a call is asked again, and after how long."""

from __future__ import annotations

from collections.abc import Callable

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random_exponential

from psychocounsel_data.errors import TransientCallError

LONGEST_WAIT_S = 60.0
_backoff = wait_random_exponential(multiplier=0.5, max=LONGEST_WAIT_S)


def retrying(attempts: int, before_sleep: Callable[[RetryCallState], None]) -> AsyncRetrying:
    """Up to `attempts` requests where the fault is transient; the last fault is raised.

    The wait is the server's own where it named one, else exponential with full jitter
    (0 to 0.5 s, 1 s, 2 s, … 60 s).
    """
    return AsyncRetrying(
        stop=stop_after_attempt(attempts),
        retry=retry_if_exception_type(TransientCallError),
        wait=_wait,
        before_sleep=before_sleep,
        reraise=True,
    )


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, TransientCallError) and error.retry_after_s is not None:
        return error.retry_after_s
    return float(_backoff(state))
