"""One model while it is asked: its connection, its limits and its figures; and one call to it.

A call is asked until there is an answer, a fault that will not pass, or its time is up. Which
record comes of it is not known here.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tenacity import RetryCallState

from psychocounsel_data.calls.limits.limiter import Limiter
from psychocounsel_data.calls.limits.limits import Permit
from psychocounsel_data.calls.log import Event, Log
from psychocounsel_data.calls.meter import UNKNOWN, LaneMeter, total
from psychocounsel_data.calls.plan import Answer
from psychocounsel_data.calls.retry import retrying
from psychocounsel_data.config import BackendConfig
from psychocounsel_data.errors import CallError, ModelUnavailableError, TransientCallError
from psychocounsel_data.exchange import Backend, Reply, Request

MOST_REQUESTS: Final = 10
"""Requests for one question, refusals for their number included: more is a storm."""
BROKEN_OFF: Final = frozenset({"timeout", "connection", "malformed_body"})
"""Faults after which nobody knows whether an answer was written, and charged."""
_CHARACTERS_A_TOKEN: Final = 4


@dataclass(frozen=True)
class Channel:
    """One model while it is asked."""

    backend: Backend
    settings: BackendConfig
    limiter: Limiter
    meter: LaneMeter
    log: Log

    def check_alive(self, error: TransientCallError) -> None:
        """Raises ModelUnavailableError where the server has been dead for too long, or says that
        it will be."""
        patience = self.settings.patience_s
        if (error.retry_after_s or 0.0) > patience:
            wait = f"{error.retry_after_s:,.0f} s"
            raise ModelUnavailableError(error.kind, f"{error}; it asks us to wait {wait}") from None
        if self.limiter.dead_for_s() > patience:
            raise ModelUnavailableError(
                error.kind, f"{error}; no answer at all for {patience:,.0f} s"
            ) from None


class Attempt:
    """The requests made for one call, and what they cost.

    Attributes:
        count: requests made.
        lost: those of them that broke off unanswered, and may have been charged.
        usage: tokens of all that the server counted.
        last_text: the newest reply, which was paid for.
    """

    def __init__(self, call: str, channel: Channel) -> None:
        self.count = 0
        self.lost = 0
        self.usage = UNKNOWN
        self.last_text: str | None = None
        self._call = call
        self._channel = channel
        self._latency_s = 0.0
        self._ends_at: float | None = None
        self._clock = asyncio.timeout(None)

    async def ask(self, request: Request) -> Reply:
        """Ask until there is an answer.

        Raises:
            CallError: there is none.
            HaltedError: nothing is asked any more.
        """
        tokens = _most_tokens(request)
        try:
            async with asyncio.timeout(None) as self._clock:
                self._set_clock()
                reply = await self._until_answered(request, tokens)
        except TimeoutError:
            raise self._too_late() from None
        self.usage = total(self.usage, reply.usage)
        self.last_text = reply.text
        return reply

    def repaired(self, error: CallError) -> None:
        """A reply is asked for once more because of what is wrong with it."""
        self._channel.meter.retries[error.kind] += 1

    def answer(self, reply: Reply) -> Answer:
        """The reply with the figures of all requests."""
        return Answer(reply, self.usage, self.count, round(self._latency_s, 3), now())

    async def _until_answered(self, request: Request, tokens: float) -> Reply:
        try:
            return await self._once(request, tokens)
        except TransientCallError as error:
            first = error
        return await self._again(request, tokens, first)

    async def _again(self, request: Request, tokens: float, first: TransientCallError) -> Reply:
        """After a first fault. Most calls meet none and need none of this."""
        faults: list[TransientCallError] = [first]
        requests = 0

        async def once_more() -> Reply:
            nonlocal requests
            requests += 1
            if requests == 1:
                raise first
            try:
                return await self._once(request, tokens)
            except TransientCallError as error:
                faults.append(error)
                raise

        def enough(state: RetryCallState) -> bool:
            hard = sum(error.kind != "rate_limited" for error in faults)
            return (
                hard >= self._channel.settings.attempts
                or requests >= max(MOST_REQUESTS, self._channel.settings.attempts)
                or time.monotonic() + state.upcoming_sleep > (self._ends_at or float("inf"))
            )

        again = retrying(enough, sleep=self._channel.limiter.pause, before_sleep=self._note)
        reply: Reply = await again(once_more)
        return reply

    async def _once(self, request: Request, tokens: float) -> Reply:
        channel = self._channel
        permit = await channel.limiter.enter(tokens)
        self._start_clock()
        self.count += 1
        channel.meter.in_flight += 1
        started = time.monotonic()
        try:
            reply = await channel.backend.ask(request)
        except CallError as error:
            self._latency_s = time.monotonic() - started
            self.lost += error.kind in BROKEN_OFF
            self._tell_failed(error)
            self._give_back(permit, error)
            raise
        except BaseException:
            self.lost += 1
            channel.limiter.abandoned()
            raise
        finally:
            channel.meter.in_flight -= 1
        self._latency_s = time.monotonic() - started
        channel.meter.took(self._latency_s)
        channel.limiter.answered(permit, reply)
        self._tell_answered(reply)
        return reply

    def _give_back(self, permit: Permit, error: CallError) -> None:
        if isinstance(error, TransientCallError):
            self._channel.limiter.failed(permit, self._call, error)
            self._channel.check_alive(error)
        else:
            self._channel.limiter.rejected()

    def _tell_answered(self, reply: Reply) -> None:
        self._channel.log(
            Event(
                "answered",
                self._channel.meter.model,
                call=self._call,
                request=self.count,
                seconds=round(self._latency_s, 3),
                kind=reply.finish,
                input_tokens=reply.usage.input_tokens,
                output_tokens=reply.usage.output_tokens,
            )
        )

    def _tell_failed(self, error: CallError) -> None:
        self._channel.log(
            Event(
                "failed",
                self._channel.meter.model,
                call=self._call,
                request=self.count,
                seconds=round(self._latency_s, 3),
                kind=error.kind,
                message=str(error),
                retry_after_s=getattr(error, "retry_after_s", None),
            )
        )

    def _note(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, CallError):
            self._channel.meter.retries[error.kind] += 1

    def _start_clock(self) -> None:
        """A call's time begins with its first request; before that it waits for others."""
        if self._ends_at is None:
            self._ends_at = time.monotonic() + self._channel.settings.deadline_s
            self._set_clock()

    def _set_clock(self) -> None:
        if self._ends_at is not None:
            # The event loop's clock and this one are the same.
            self._clock.reschedule(self._ends_at)

    def _too_late(self) -> TransientCallError:
        model, seconds = self._channel.meter.model, self._channel.settings.deadline_s
        return TransientCallError(
            "deadline", f"{model}: no answer within {seconds:g} s in all, {self.count} requests"
        )


def _most_tokens(request: Request) -> float:
    """About the most that a request may take: what it says, and the longest answer."""
    characters = sum(len(message.content) for message in request.messages)
    return characters / _CHARACTERS_A_TOKEN + request.sampling.max_tokens


def now() -> str:
    """The time as records have it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
