"""When a call is asked again, and after how long."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type
from tenacity.wait import wait_base, wait_random

from psychocounsel_data.errors import TransientCallError

LONGEST_WAIT_S = 60.0
_FIRST_WAIT_S = 0.5


class Backoff(wait_base):
    """How long to wait: the server's own word where it gave one, and up to a tenth more, so that
    not all who heard it come back at once; else anything between this step of 0.5, 1, 2, … 60 s
    and the last, so that the waits of one call grow and those of many spread."""

    def __call__(self, retry_state: RetryCallState) -> float:
        """Seconds until the next request."""
        error = retry_state.outcome.exception() if retry_state.outcome else None
        if isinstance(error, TransientCallError) and error.retry_after_s is not None:
            least = error.retry_after_s
            return float(wait_random(least, 1.1 * least)(retry_state))
        step = min(LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0 ** (retry_state.attempt_number - 1))
        least = step / 2 if retry_state.attempt_number > 1 else 0.0
        return float(wait_random(least, step)(retry_state))


def retrying(
    stop: Callable[[RetryCallState], bool],
    *,
    sleep: Callable[[float], Awaitable[None]],
    before_sleep: Callable[[RetryCallState], None],
) -> AsyncRetrying:
    """Asks again while the fault is transient; the last fault is raised.

    Args:
        stop: whether it has been asked often or long enough; `upcoming_sleep` is known by then.
        sleep: waits, and may break off.
    """
    return AsyncRetrying(
        stop=stop,
        retry=retry_if_exception_type(TransientCallError),
        wait=Backoff(),
        sleep=sleep,
        before_sleep=before_sleep,
        reraise=True,
    )
