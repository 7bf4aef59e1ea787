"""A batch whose id was lost between the provider's taking it and our writing it down."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from tenacity import RetryCallState, stop_after_attempt

from psychocounsel_data.calls.batches.book import Batch, Book
from psychocounsel_data.calls.retry import retrying
from psychocounsel_data.errors import TransientCallError
from psychocounsel_data.exchange import BatchService

T = TypeVar("T")

PATIENCE_S = 30.0
"""How long a new batch may take to show in the provider's list."""
_LOOK_EVERY_S: Final = 5.0
ATTEMPTS: Final = 6
"""Requests one question about a batch may take where the provider is busy."""


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask until there is an answer, as often as is sensible. Raises CallError."""

    async def once() -> T:
        return await ask()

    again = retrying(stop_after_attempt(ATTEMPTS), sleep=asyncio.sleep, before_sleep=_quietly)
    found: T = await again(once)
    return found


def _quietly(state: RetryCallState) -> None:
    """A question about a batch that is asked again is nobody's business."""


def pause_s(error: TransientCallError, attempt: int) -> float:
    """How long to wait before a batch is handed in once more."""
    wanted = 2.0**attempt if error.retry_after_s is None else error.retry_after_s
    return min(PATIENCE_S, wanted)


async def find_lost(batch: Batch, service: BatchService, book: Book) -> bool:
    """Look for a batch at the provider, and write down what is found.

    Where the provider keeps no key of ours, the oldest batch that may be it is taken for it. Its
    results tell whether it is: until then its calls are not asked again.

    Returns:
        Whether it is there.

    Raises:
        CallError: the provider cannot be asked; the batch stays as it is.
    """
    until = time.monotonic() + PATIENCE_S
    while True:
        found = await patiently(
            lambda: service.find(batch.key, since=batch.made_at, calls=len(batch.calls))
        )
        mine = [one for one in found if one not in book.provider_ids]
        if mine:
            book.note(batch, "handed_in", provider_id=mine[-1], unsure=not service.keeps_key)
            return True
        left = until - time.monotonic()
        if left <= 0:
            return False
        await asyncio.sleep(min(left, _LOOK_EVERY_S))
