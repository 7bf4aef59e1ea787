"""How asking went: as data, and as a table for people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from psychocounsel_data.cli.console import note, table
from psychocounsel_data.cli.progress import duration
from psychocounsel_data.pricing.cost import Bill
from psychocounsel_data.records import Record

if TYPE_CHECKING:
    from psychocounsel_data.calls.meter import Meter
    from psychocounsel_data.pricing.table import PriceTable


class ModelOutcome(Record):
    """How asking one model went."""

    planned: int
    done: int
    failed: dict[str, int]
    """Kind of failure to number of calls."""
    retried: dict[str, int]
    """Kind of fault to number of requests that were made again."""
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    reasoning_tokens: int
    answers_without_token_counts: int
    cost: Bill
    """What this run of the command has cost, failed calls included."""
    stopped: str | None = None
    """Why the model could not be asked at all."""


class Outcome(Record):
    """How a stage went."""

    stage: str
    planned: int
    """Calls of this run."""
    done: int
    failed: int
    answered_before: int
    """Planned calls that earlier runs had answered."""
    interrupted: bool
    spent: bool
    """Whether `--max-cost` kept it from asking the rest."""
    seconds: float
    charged_usd: float = 0.0
    """What counts against `--max-cost`: the cost, and the most that answers without token counts
    and requests that broke off can have cost. 0 without that flag."""
    cost: Bill
    models: dict[str, ModelOutcome]


def outcome_of(
    stage: str,
    meter: Meter,
    prices: PriceTable,
    *,
    charged_usd: float = 0.0,
    batch: bool = False,
) -> Outcome:
    """What a meter tells, with what it cost."""
    from psychocounsel_data.calls.budget import SPENT
    from psychocounsel_data.pricing.billing import bill

    bills = {
        lane.model: bill(lane, prices.of(lane.model), batch=batch) for lane in meter.lanes.values()
    }
    return Outcome(
        stage=stage,
        planned=meter.planned,
        done=meter.done,
        failed=meter.failed,
        answered_before=meter.answered_before,
        interrupted=meter.interrupted,
        spent=any(lane.stopped == SPENT for lane in meter.lanes.values()),
        seconds=round(meter.seconds, 3),
        charged_usd=charged_usd,
        cost=sum(bills.values(), Bill()),
        models={
            lane.model: ModelOutcome(
                planned=lane.planned,
                done=lane.done,
                failed=dict(sorted(lane.failed.items())),
                retried=dict(sorted(lane.retries.items())),
                input_tokens=lane.input_tokens,
                output_tokens=lane.output_tokens,
                cached_tokens=lane.cached_tokens,
                reasoning_tokens=lane.reasoning_tokens,
                answers_without_token_counts=lane.uncounted,
                cost=bills[lane.model],
                stopped=lane.stopped,
            )
            for lane in meter.lanes.values()
        },
    )


def report(outcome: Outcome, answers: Path) -> None:
    """The summary for people."""
    if not outcome.planned:
        note(f"nothing to ask: all {outcome.answered_before:,} calls are answered in {answers}")
        return
    show_models(outcome, answers)
    note(_sentence(outcome))


def show_models(outcome: Outcome, answers: Path) -> None:
    """How asking each model went, and why one was stopped."""
    from psychocounsel_data.calls.budget import SPENT

    rows = [_row(model, one) for model, one in outcome.models.items()]
    table(
        f"{outcome.stage}: {answers}",
        ("model", "done", "failed", "retried", "tokens", "cost"),
        rows,
    )
    for model, one in outcome.models.items():
        if one.stopped and one.stopped != SPENT:
            note(f"{model} was stopped: {one.stopped}")


def _row(model: str, one: ModelOutcome) -> tuple[str, ...]:
    tokens = one.input_tokens + one.output_tokens
    return (
        model,
        f"{one.done:,}",
        f"{sum(one.failed.values()):,}",
        f"{sum(one.retried.values()):,}",
        f"{tokens:,}" if tokens or not one.done else "not counted",
        str(one.cost),
    )


def _sentence(outcome: Outcome) -> str:
    left = outcome.planned - outcome.done
    words = f"{outcome.done:,} answers in {duration(outcome.seconds)}"
    if outcome.answered_before:
        words += f", {outcome.answered_before:,} from before"
    if outcome.interrupted:
        words += f"; interrupted, {left:,} left: run the same command again to go on"
    elif outcome.spent:
        words += f"; {left:,} left: raise `--max-cost` to go on"
    elif left:
        words += f"; {left:,} left: see `pcdata failures`, and run the same command again to retry"
    return words
