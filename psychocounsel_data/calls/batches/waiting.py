"""Waiting for batches: how they stand, asked ever less often."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from psychocounsel_data.calls.batches.book import Batch
from psychocounsel_data.calls.batches.finding import patiently
from psychocounsel_data.errors import CallError
from psychocounsel_data.exchange import BatchService, BatchState

LONGEST_S: Final = 60.0


@dataclass
class Board:
    """How open batches stand, for people who watch.

    Attributes:
        batches: those that are waited for.
        states: provider's id to how it stood when it was last asked for.
        problems: provider's id to why it could not be asked for.
    """

    batches: list[Batch]
    states: dict[str, BatchState] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


async def wait(board: Board, services: Mapping[str, BatchService]) -> bool:
    """Return when a batch has ended, or none of them can be asked about any more.

    A provider that is down is asked again later; one that knows no such batch is not.

    Returns:
        Whether one has ended.
    """
    for delay in _delays():
        for batch in board.batches:
            await _look(board, batch, services[batch.model])
        if any(state.ended for state in board.states.values()):
            return True
        if len(board.problems) == len(board.batches):
            return False
        await asyncio.sleep(delay)
    return False


async def _look(board: Board, batch: Batch, service: BatchService) -> None:
    provider_id = batch.provider_id or ""
    if provider_id in board.problems:
        return
    try:
        board.states[provider_id] = await patiently(lambda: service.state(provider_id))
    except CallError as error:
        board.problems[provider_id] = str(error)


def _delays() -> Iterator[float]:
    """Seconds between looks: 2, 4, 8, … 60, 60, …"""
    delay = 2.0
    while True:
        yield delay
        delay = min(2 * delay, LONGEST_S)
