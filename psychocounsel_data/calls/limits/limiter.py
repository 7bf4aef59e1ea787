"""The gate before one model: requests pass in the order they came, when the limits let them."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from typing import NamedTuple

from psychocounsel_data.calls.limits.limits import CROWDED, Limits, Permit
from psychocounsel_data.config import BackendConfig
from psychocounsel_data.errors import TransientCallError
from psychocounsel_data.exchange import Reply


class HaltedError(Exception):
    """Nothing is asked any more: the call is left as it is, for another run."""


class _Waiting(NamedTuple):
    tokens: float
    admitted: asyncio.Future[Permit]


class Limiter:
    """One model's gate. Every permit has to be given back in one of four ways."""

    def __init__(self, settings: BackendConfig) -> None:
        self._limits = Limits(settings, time.monotonic())
        self._queue: deque[_Waiting] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._halted = asyncio.Event()

    def dead_for_s(self) -> float:
        """How long the server has answered nothing."""
        return self._limits.circuit.dead_for_s(time.monotonic())

    async def enter(self, tokens: float) -> Permit:
        """Wait for one's turn.

        Args:
            tokens: the most that the request may take, question and answer.

        Raises:
            HaltedError: nothing is asked any more.
        """
        if self._halted.is_set():
            raise HaltedError
        now = time.monotonic()
        if not self._queue and not self._limits.wait_s(tokens, now):
            return self._limits.send(tokens, now)
        waiting = _Waiting(tokens, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._admit()
        try:
            return await waiting.admitted
        except asyncio.CancelledError:
            if waiting.admitted.done() and not waiting.admitted.cancelled():
                self.abandoned()
            raise

    async def pause(self, seconds: float) -> None:
        """Wait before a call is asked again. Raises HaltedError where nothing is asked any more."""
        try:
            async with asyncio.timeout(seconds):
                await self._halted.wait()
        except TimeoutError:
            return
        raise HaltedError

    def halt(self) -> None:
        """Let nothing through any more; what is in flight is not touched."""
        self._halted.set()
        while self._queue:
            admitted = self._queue.popleft().admitted
            if not admitted.done():
                admitted.set_exception(HaltedError())

    def answered(self, permit: Permit, reply: Reply) -> None:
        """Give back a permit whose request was answered."""
        self._limits.answered(permit, reply, time.monotonic())
        self._admit()

    def failed(self, permit: Permit, call: str, error: TransientCallError) -> None:
        """Give back a permit whose request failed in a way that may pass."""
        now = time.monotonic()
        if error.kind in CROWDED:
            self._limits.refused(permit, error, now)
        else:
            self._limits.failed(call, error.kind, now)
        self._admit()

    def rejected(self) -> None:
        """Give back a permit whose request the server will never answer."""
        self._limits.rejected()
        self._admit()

    def abandoned(self) -> None:
        """Give back a permit whose request was broken off by us."""
        self._limits.abandoned()
        self._admit()

    def _admit(self) -> None:
        """Let through whoever may pass, and come back when the next may."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        while self._queue:
            tokens, admitted = self._queue[0]
            if admitted.done():  # cancelled while it waited
                self._queue.popleft()
                continue
            now = time.monotonic()
            wait = self._limits.wait_s(tokens, now)
            if wait:
                if math.isfinite(wait):
                    loop = asyncio.get_running_loop()
                    self._timer = loop.call_later(wait, self._admit)
                return
            self._queue.popleft()
            admitted.set_result(self._limits.send(tokens, now))
