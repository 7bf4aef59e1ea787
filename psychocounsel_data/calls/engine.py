"""The one engine that asks: it goes through a plan, model by model, and keeps what it gets.

Every model has its own lane and its own workers, so that a slow or failing one holds up nobody.
An answer is in the journal before the next is asked for. A call that fails is a line in
failures.jsonl; `holding` says which of these the next run asks again. A model that cannot be asked
at all (wrong key, wrong name, dead server) stops its own lane with one line.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping

from psychocounsel_data.calls.budget import NOTHING, SPENT, Budget, Purse, Unlimited
from psychocounsel_data.calls.call import Call
from psychocounsel_data.calls.channel import Attempt, Channel, now
from psychocounsel_data.calls.limits.limiter import HaltedError, Limiter
from psychocounsel_data.calls.log import Event, Log, no_log
from psychocounsel_data.calls.meter import LaneMeter, Meter
from psychocounsel_data.calls.plan import Plan, Ticket
from psychocounsel_data.config import BackendConfig
from psychocounsel_data.errors import CallError, ModelUnavailableError, UnreadableReplyError
from psychocounsel_data.exchange import Backend, Reply, Request
from psychocounsel_data.garbage import seldom_searched
from psychocounsel_data.journal import Writer
from psychocounsel_data.records import Failure, Record

GRACE_S = 10.0
"""How long calls in flight may still take after the first Ctrl-C."""
_SYNC_S = 0.25


class Engine:
    """Asks one plan.

    Args:
        plan: what to ask.
        backends: model to its connection, for every lane of the plan.
        settings: model to how its service is reached.
        answers: where records are kept.
        failures: where calls that did not succeed are kept.
        budget: what may be spent.
        log: is told of every request.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        backends: Mapping[str, Backend],
        settings: Mapping[str, BackendConfig],
        answers: Writer,
        failures: Writer,
        budget: Budget | None = None,
        log: Log = no_log,
    ) -> None:
        self._plan = plan
        self._log = log
        self._answers = answers
        self._failures = failures
        self._purse = Purse(budget or Unlimited())
        self._stopping = False
        lanes = {model: LaneMeter(model, len(lane)) for model, lane in plan.lanes.items()}
        self.meter = Meter(lanes, answered_before=plan.done)
        self._channels = {
            model: Channel(backends[model], settings[model], Limiter(settings[model]), lane, log)
            for model, lane in lanes.items()
        }

    async def run(self) -> Meter:
        """Ask everything; returns when all is answered, given up or interrupted.

        Raises:
            RunError: an answer could not be written; what was written before is kept.
        """
        workers = asyncio.create_task(self._work())
        async with self._syncing(), self._interruptible(workers):
            try:
                await workers
            except asyncio.CancelledError:
                if not self._stopping:
                    raise
            except ExceptionGroup as group:
                raise group.exceptions[0] from None
        self.meter.interrupted = self._stopping
        self.meter.finished = time.monotonic()
        return self.meter

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as group:
            for model, lane in self._plan.lanes.items():
                tickets = iter(lane)
                channel = self._channels[model]
                for _ in range(min(channel.settings.concurrency, len(lane))):
                    group.create_task(self._worker(channel, tickets))

    async def _worker(self, channel: Channel, tickets: Iterator[Ticket]) -> None:
        """Take the lane's next call until there is none, or nothing is asked any more."""
        with contextlib.suppress(HaltedError):
            for ticket in tickets:
                call = self._plan.call(channel.meter.model, ticket)
                if not await self._may_ask(channel, call):
                    return
                await self._settle(channel, call)

    async def _may_ask(self, channel: Channel, call: Call) -> bool:
        """Whether a call may be asked; what it may cost is set aside then."""
        if self._stopping or channel.meter.stopped:
            return False
        if not await self._purse.reserve(call):
            self._stop(channel, SPENT)
            return False
        if self._stopping or channel.meter.stopped:  # while it waited for money
            self._purse.settle(call, NOTHING)
            return False
        return True

    def _stop(self, channel: Channel, reason: str) -> None:
        """Ask a model nothing any more; calls in flight beside it meet the same, and one line is
        enough."""
        if channel.meter.stopped is None:
            channel.meter.stopped = reason
            self._log(Event("stopped", channel.meter.model, message=reason))
            channel.limiter.halt()

    async def _settle(self, channel: Channel, call: Call) -> None:
        """Ask one call and keep what comes of it: an answer, or a failure with its reason."""
        attempt = Attempt(call.id, channel)
        try:
            record = await self._answer(call, attempt)
        except ModelUnavailableError as error:
            if channel.meter.stopped is None:
                self._stop(channel, str(error))
                self._give_up(channel, call, attempt, error)
        except CallError as error:
            self._give_up(channel, call, attempt, error)
        else:
            self._answers.append(record)
            channel.meter.done += 1
            channel.meter.uncounted += attempt.usage.output_tokens is None
        finally:
            channel.meter.spent(attempt.usage)

    async def _answer(self, call: Call, attempt: Attempt) -> Record:
        """The record of a call; where its reply does not validate it is asked for once more."""
        reply = await self._paid(attempt, call, call.request())
        try:
            return self._plan.record(call, attempt.answer(reply))
        except UnreadableReplyError as error:
            if not call.prompt.repairs or not await self._purse.reserve(call):
                raise
            attempt.repaired(error)
            reply = await self._paid(attempt, call, call.repair(reply.text, str(error)))
            return self._plan.record(call, attempt.answer(reply))

    async def _paid(self, attempt: Attempt, call: Call, request: Request) -> Reply:
        """The reply to a question that money was set aside for."""
        usage, lost = NOTHING, attempt.lost
        try:
            reply = await attempt.ask(request)
            usage = reply.usage
        finally:
            self._purse.settle(call, usage, lost=attempt.lost - lost)
        return reply

    def _give_up(self, channel: Channel, call: Call, attempt: Attempt, error: CallError) -> None:
        channel.meter.failed[error.kind] += 1
        self._log(
            Event(
                "given_up",
                call.model,
                call=call.id,
                request=attempt.count,
                kind=error.kind,
                message=str(error),
            )
        )
        self._failures.append(
            Failure(
                id=call.id,
                stage=self._plan.stage,
                subject=call.subject,
                model=call.model,
                kind=error.kind,
                message=str(error),
                reply=attempt.last_text,
                usage=attempt.usage,
                attempts=attempt.count,
                at=now(),
            )
        )

    @contextlib.asynccontextmanager
    async def _syncing(self) -> AsyncIterator[None]:
        """Force answers to the disk twice a second, off the event loop."""
        task = asyncio.create_task(self._sync_forever())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _sync_forever(self) -> None:
        while True:
            await asyncio.sleep(_SYNC_S)
            await asyncio.to_thread(self._answers.sync)
            await asyncio.to_thread(self._failures.sync)

    @contextlib.asynccontextmanager
    async def _interruptible(self, workers: asyncio.Task[None]) -> AsyncIterator[None]:
        """First Ctrl-C: ask nothing new, finish what is in flight. Second: stop now."""
        loop = asyncio.get_running_loop()

        def interrupt() -> None:
            if self._stopping:
                workers.cancel()
            self._stopping = True
            for channel in self._channels.values():
                channel.limiter.halt()
            loop.call_later(GRACE_S, workers.cancel)

        try:
            loop.add_signal_handler(signal.SIGINT, interrupt)
            loop.add_signal_handler(signal.SIGTERM, interrupt)
        except (NotImplementedError, RuntimeError, ValueError):  # Windows, or not the main thread
            yield
            return
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGINT)
            loop.remove_signal_handler(signal.SIGTERM)


async def ask(
    plan: Plan,
    *,
    connect: Callable[[str], Backend],
    settings: Mapping[str, BackendConfig],
    answers: Writer,
    failures: Writer,
    watch: Callable[[Meter], contextlib.AbstractContextManager[None]],
    budget: Budget | None = None,
    log: Log = no_log,
) -> Meter:
    """Connect to every model of a plan, ask it all, and close.

    Args:
        connect: model to connection; raises ConfigError before anything is asked.
        watch: shows the figures while they change.
        budget: what may be spent; no limit where left out.
        log: is told of every request.

    Raises:
        ConfigError: a model cannot be connected to; nothing has been asked.
        RunError: an answer could not be written.
    """
    async with contextlib.AsyncExitStack() as stack:
        backends: dict[str, Backend] = {}
        for model in plan.lanes:
            backends[model] = connect(model)
            stack.push_async_callback(backends[model].close)
        engine = Engine(
            plan,
            backends=backends,
            settings=settings,
            answers=answers,
            failures=failures,
            budget=budget,
            log=log,
        )
        with watch(engine.meter), seldom_searched():
            return await engine.run()
