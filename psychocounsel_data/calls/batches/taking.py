"""Results of batches that have ended, as the same records that live answers make."""

from __future__ import annotations

from psychocounsel_data.calls.batches.book import Batch, now
from psychocounsel_data.calls.batches.desk import Desk, Unclaimed, lane
from psychocounsel_data.calls.batches.finding import patiently
from psychocounsel_data.calls.budget import Budget
from psychocounsel_data.calls.call import Call
from psychocounsel_data.calls.meter import Meter
from psychocounsel_data.calls.plan import Answer, Plan, Ticket
from psychocounsel_data.errors import CallError, UnreadableReplyError
from psychocounsel_data.exchange import BatchResult, BatchService
from psychocounsel_data.records import Usage


class Taker:
    """Takes results in for one plan.

    Args:
        plan: all that is unanswered, calls in open batches included.
        desk: the stage's journals.
        meter: where answers and failures are counted; a lane is added where one lacks.
        budget: told what was used by calls that `held` names.
        held: ids of calls that this command has set money aside for.

    Attributes:
        unclaimed: results of calls that are not planned any more.
    """

    def __init__(
        self, plan: Plan, desk: Desk, meter: Meter, budget: Budget, held: set[str]
    ) -> None:
        self._plan = plan
        self._desk = desk
        self._meter = meter
        self._budget = budget
        self._held = held
        self.unclaimed = 0
        self._tickets: dict[str, dict[str, Ticket]] = {}

    async def take(self, batch: Batch, service: BatchService) -> bool:
        """Take in the results of a batch, if it has ended.

        It can be broken off anywhere and done again: what is on record is not recorded twice.

        Returns:
            Whether the batch is over.

        Raises:
            CallError: the provider refused, or cannot be reached.
            RunError: an answer could not be written.
        """
        provider_id = batch.provider_id or ""
        state = await patiently(lambda: service.state(provider_id))
        if not state.ended:
            return False
        if state.refusal is not None:
            self._desk.book.note(batch, "refused", detail=state.refusal)
            lane(
                self._meter, batch.model
            ).stopped = f"the provider refused a batch: {state.refusal}"
            return True
        await patiently(lambda: self._results(batch, service))
        if batch.standing != "never_arrived":
            self._desk.sync()
            self._desk.book.note(batch, "taken", detail=self._summary(batch))
        return True

    def claim(self, services: dict[str, BatchService]) -> None:
        """Take in results of earlier batches whose calls are planned again."""
        for one in self._desk.set_aside.values():
            ticket = self._ticket(one.model, one.id)
            if one.model in services and ticket and bytes.fromhex(one.id) not in self._desk.settled:
                call = self._plan.call(one.model, ticket)
                result = BatchResult(one.id, one.body)
                self._record(call, one.batch, services[one.model], result)

    async def _results(self, batch: Batch, service: BatchService) -> None:
        ours = frozenset(batch.calls)
        async for result in service.results(batch.provider_id or ""):
            if result.call_id in ours:
                self._take(batch, service, result)
            elif batch.unsure:
                self._desk.book.note(
                    batch, "never_arrived", detail=f"{batch.provider_id} is somebody else's"
                )
                return

    def _take(self, batch: Batch, service: BatchService, result: BatchResult) -> None:
        if bytes.fromhex(result.call_id) in self._desk.settled:
            return
        ticket = self._ticket(batch.model, result.call_id)
        if ticket is None:
            self._set_aside(batch, result)
            return
        call = self._plan.call(batch.model, ticket)
        self._record(call, batch.name, service, result)

    def _record(
        self, call: Call, batch_id: str, service: BatchService, result: BatchResult
    ) -> None:
        """Keep what came of a call: an answer, or a failure with its reason."""
        meter, usage, text = lane(self._meter, call.model), Usage(), None
        try:
            reply = service.read(result, call.request())
            usage, text = reply.usage, reply.text
            record = self._plan.record(call, Answer(reply, usage, 1, None, now(), batch_id))
        except UnreadableReplyError as error:
            self._desk.fail(self._meter, call, error, batch=batch_id, usage=usage, reply=text)
        except CallError as error:
            self._desk.fail(self._meter, call, error, batch=batch_id, usage=usage)
        else:
            self._desk.answers.append(record)
            self._desk.settled.add(bytes.fromhex(call.id))
            meter.done += 1
            meter.uncounted += usage.output_tokens is None
        meter.spent(usage)
        if call.id in self._held:
            self._held.remove(call.id)
            self._budget.settle(call, usage)

    def _set_aside(self, batch: Batch, result: BatchResult) -> None:
        if result.call_id not in self._desk.set_aside:
            one = Unclaimed(
                id=result.call_id,
                stage=batch.stage,
                model=batch.model,
                batch=batch.name,
                body=dict(result.body),
            )
            self._desk.unclaimed.append(one)
            self._desk.set_aside[one.id] = one
            self.unclaimed += 1

    def _ticket(self, model: str, call_id: str) -> Ticket | None:
        """Where a call of the plan stands; ids are worked out for models that are asked for."""
        if model not in self._tickets:
            tickets = self._plan.lanes.get(model, ())
            self._tickets[model] = {self._plan.call(model, one).id: one for one in tickets}
        return self._tickets[model].get(call_id)

    def _summary(self, batch: Batch) -> str:
        answered = sum(bytes.fromhex(one) in self._desk.settled for one in batch.calls)
        return f"{answered} of {len(batch.calls)} answered"
