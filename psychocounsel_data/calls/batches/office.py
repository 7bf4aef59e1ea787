"""Asking a stage's calls in batches: take in what is there, hand in what is left, wait, and again.

The journals are open, and locked, while results are taken in and batches handed in, and not while
they are waited for: a day is long, and other stages have work too. Whenever it stops, the same
command goes on from what is written down.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from psychocounsel_data.calls.batches.book import Batch
from psychocounsel_data.calls.batches.desk import Desk, lane
from psychocounsel_data.calls.batches.finding import find_lost
from psychocounsel_data.calls.batches.handing import Hander
from psychocounsel_data.calls.batches.taking import Taker
from psychocounsel_data.calls.batches.waiting import Board, wait
from psychocounsel_data.calls.budget import Budget
from psychocounsel_data.calls.meter import Meter
from psychocounsel_data.calls.plan import Plan
from psychocounsel_data.errors import CallError, ConfigError
from psychocounsel_data.exchange import BatchService


@dataclass
class Office:
    """All that asking one stage in batches needs.

    Attributes:
        desk: opens the stage's journals.
        plan: makes the plan; with the most calls to hand in, or None for all.
        limit: the most calls to hand in.
        connect: model to its provider's batches, None where there are none.
        budget: what may be spent on some models' calls; raises ConfigError where a price lacks.
        spool: the run folder.
        watch: shows the board while it is waited.

        meter: what has been taken in and handed in.
        without: models whose provider has no batches.
        problems: batch to what keeps it from being taken in.
        unclaimed: paid results of calls that are not planned any more.
        held_back: calls that failed for good and were not handed in.
    """

    desk: Callable[[], AbstractContextManager[Desk]]
    plan: Callable[[int | None], Plan]
    limit: int | None
    connect: Callable[[str], BatchService | None]
    budget: Callable[[Iterable[str]], Budget]
    spool: Path
    watch: Callable[[Board], AbstractContextManager[None]]

    meter: Meter = field(default_factory=lambda: Meter({}))
    without: list[str] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    unclaimed: int = 0
    held_back: int = 0
    _services: dict[str, BatchService] = field(default_factory=dict)
    _held: set[str] = field(default_factory=set)
    _purse: Budget | None = None

    async def ask(self, *, hand_in: bool = True, stay: bool = True) -> list[Batch]:
        """Take in what has ended, hand in what is left, and wait until all of it is over.

        Args:
            hand_in: whether to hand in what is left of the plan.
            stay: whether to wait.

        Returns:
            The batches that are still open.

        Raises:
            ConfigError: no model has batches, a key is missing, or a price for the budget.
            RunError: an answer or a batch could not be written down.
        """
        left: list[Batch] = []
        try:
            left = await self._session(hand_in=hand_in)
            while stay and (waited := [one for one in left if one.name not in self.problems]):
                board = Board(waited)
                with self.watch(board):
                    ended = await wait(board, self._services)
                self.problems.update(board.problems)
                if not ended:
                    break
                left = await self._session(hand_in=False)
        except asyncio.CancelledError:
            self.meter.interrupted = True
        finally:
            for service in self._services.values():
                await service.close()
            self._services.clear()
            self._sum_up(left)
        return left

    def _sum_up(self, left: list[Batch]) -> None:
        for batch in left:
            lane(self.meter, batch.model).planned += len(batch.calls)
        for one in self.meter.lanes.values():
            one.planned += one.done + one.given_up
        self.meter.finished = time.monotonic()

    async def _session(self, *, hand_in: bool) -> list[Batch]:
        """One time at the desk; the batches that are open afterwards and can be waited for."""
        with self.desk() as desk, contextlib.closing(self.plan(None)) as plan:
            self._open_for(plan, desk, hand_in=hand_in)
            taker = Taker(plan, desk, self.meter, self._purse_for(plan), self._held)
            taker.claim(self._services)
            for batch in self._reachable(desk):
                await self._take(batch, desk, taker)
            self.unclaimed += taker.unclaimed
            if hand_in:
                await self._hand_in(plan, desk)
            return [one for one in self._reachable(desk) if one.provider_id]

    def _open_for(self, plan: Plan, desk: Desk, *, hand_in: bool) -> None:
        """Connect to the providers of all that is open or left."""
        self.meter.answered_before = self.meter.answered_before or plan.done
        open_models = {batch.model for batch in desk.book.open(desk.stage)}
        wanted = open_models | set(plan.lanes) if hand_in else open_models
        for model in sorted(wanted - set(self._services) - set(self.without)):
            service = self.connect(model)
            if service is None:
                self.without.append(model)
            else:
                self._services[model] = service
        if hand_in and self.without and not self._services:
            raise ConfigError(
                f"--batch: no batches at the providers of {', '.join(self.without)}: run the "
                "command without --batch to ask live"
            )

    def _purse_for(self, plan: Plan) -> Budget:
        if self._purse is None:
            self._purse = self.budget(model for model in plan.lanes if model in self._services)
        return self._purse

    def _reachable(self, desk: Desk) -> list[Batch]:
        return [one for one in desk.book.open(desk.stage) if one.model in self._services]

    async def _take(self, batch: Batch, desk: Desk, taker: Taker) -> None:
        service = self._services[batch.model]
        try:
            if batch.standing == "intended" and not await find_lost(batch, service, desk.book):
                desk.book.note(batch, "never_arrived", detail="the provider has no such batch")
                return
            await taker.take(batch, service)
        except CallError as error:
            self.problems[batch.name] = str(error)

    async def _hand_in(self, plan: Plan, desk: Desk) -> None:
        hander = Hander(
            desk,
            self.meter,
            self._purse_for(plan),
            self._held,
            self.spool,
        )
        if self.limit is None:
            await hander.hand_in(plan, self._services)
        else:
            with contextlib.closing(self.plan(self.limit)) as limited:
                await hander.hand_in(limited, self._services)
        self.held_back = hander.held_back
