"""What is left of a plan, handed in to providers in batches.

A batch is written down with all its calls before a byte of it goes out. What happens after that can
be cut off anywhere: the next process finds the batch at the provider, or finds that it never
arrived.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple

from psychocounsel_data.calls.batches.book import Batch
from psychocounsel_data.calls.batches.desk import Desk, lane
from psychocounsel_data.calls.batches.finding import ATTEMPTS, find_lost, pause_s
from psychocounsel_data.calls.budget import NOTHING, SPENT, Budget
from psychocounsel_data.calls.call import Call
from psychocounsel_data.calls.meter import Meter
from psychocounsel_data.calls.plan import Plan
from psychocounsel_data.errors import (
    CallError,
    ModelUnavailableError,
    RejectedCallError,
    TransientCallError,
)
from psychocounsel_data.exchange import BatchService


class _Chunk(NamedTuple):
    """What goes into one batch."""

    calls: list[Call]
    lines: BinaryIO


class Hander:
    """Hands a plan in.

    Args:
        desk: the stage's journals.
        meter: where calls are counted.
        budget: asked for every call.
        held: filled with the ids of calls that money was set aside for.
        spool: a folder for the file of requests while it is made; nothing is left in it.

    Attributes:
        held_back: calls that failed for good and were not handed in.
    """

    def __init__(
        self,
        desk: Desk,
        meter: Meter,
        budget: Budget,
        held: set[str],
        spool: Path,
    ) -> None:
        self._desk = desk
        self._meter = meter
        self._budget = budget
        self._held = held
        self._spool = spool
        self.held_back = 0
        self._taken = {
            bytes.fromhex(call) for batch in desk.book.open(desk.stage) for call in batch.calls
        }

    async def hand_in(self, plan: Plan, services: Mapping[str, BatchService]) -> None:
        """Hand in every call of the plan that is neither answered, nor in a batch, nor held back.

        A model whose provider refuses is stopped, with the reason in the meter; so is one whose
        next call the budget refuses.

        Raises:
            RunError: a batch could not be written down; it was not handed in.
        """
        for model, service in services.items():
            with contextlib.closing(self._chunks(plan, model, service)) as chunks:
                for chunk in chunks:
                    if not await self._submit(model, service, chunk):
                        break

    def _chunks(self, plan: Plan, model: str, service: BatchService) -> Generator[_Chunk]:
        """The calls to one model, in as few batches as the provider's limits allow."""
        limits = service.limits
        calls: list[Call] = []
        file, size = self._new_file(), 0
        try:
            for call, line in self._lines(plan, model, service):
                if calls and (len(calls) == limits.requests or size + len(line) > limits.size):
                    yield _Chunk(calls, file)
                    file.close()
                    calls, file, size = [], self._new_file(), 0
                file.write(line)
                calls.append(call)
                size += len(line)
            if calls:
                yield _Chunk(calls, file)
        finally:
            file.close()

    def _lines(self, plan: Plan, model: str, service: BatchService) -> Iterator[tuple[Call, bytes]]:
        for ticket in plan.lanes.get(model, ()):
            call = plan.call(model, ticket)
            key = bytes.fromhex(call.id)
            if key in self._desk.settled or key in self._taken:
                continue
            if call.id in self._desk.held:
                self.held_back += 1
                continue
            self._taken.add(key)  # two equal questions are one call
            try:
                line = service.encode(call.id, call.request()) + b"\n"
            except RejectedCallError as error:
                self._desk.fail(self._meter, call, error)
                continue
            except ModelUnavailableError as error:
                lane(self._meter, model).stopped = str(error)
                return
            if not self._budget.reserve(call):
                lane(self._meter, model).stopped = SPENT
                return
            self._held.add(call.id)
            yield call, line

    async def _submit(self, model: str, service: BatchService, chunk: _Chunk) -> bool:
        """Hand in one batch; whether it arrived."""
        ids = [call.id for call in chunk.calls]
        batch = self._desk.book.intend(self._desk.stage, model, ids)
        meter = lane(self._meter, model)
        try:
            arrived = await self._arrived(batch, service, chunk.lines)
        except CallError as error:
            meter.stopped = str(error)
            return False
        if arrived is None:
            return True
        self._desk.book.note(batch, "refused", detail=arrived)
        meter.stopped = arrived
        for call in chunk.calls:
            self._held.remove(call.id)
            self._budget.settle(call, NOTHING)
        return False

    async def _arrived(self, batch: Batch, service: BatchService, lines: BinaryIO) -> str | None:
        """None once the batch is with the provider, else why it is certain that it is not.

        A connection that breaks tells nothing of what the provider has got, so it is asked before
        the batch is handed in again.

        Raises:
            CallError: the provider cannot even be asked; the batch may or may not be there.
        """
        reason = ""
        for attempt in range(ATTEMPTS):
            lines.seek(0)
            try:
                provider_id = await service.submit(batch.key, lines)
            except TransientCallError as error:
                reason = str(error)
                if await find_lost(batch, service, self._desk.book):
                    return None
                await asyncio.sleep(pause_s(error, attempt))
            except CallError as error:
                return str(error)
            else:
                self._desk.book.note(batch, "handed_in", provider_id=provider_id)
                return None
        return reason

    def _new_file(self) -> BinaryIO:
        # It has no name, so that a killed process leaves no client's words behind.
        return tempfile.TemporaryFile(dir=self._spool)
