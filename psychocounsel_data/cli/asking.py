"""What `generate` and `judge` have in common: plan, ask, show, and say how it went."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from psychocounsel_data.cli.console import note, result, table
from psychocounsel_data.cli.progress import duration, watch
from psychocounsel_data.records import Record

if TYPE_CHECKING:
    from psychocounsel_data.calls.log import Log
    from psychocounsel_data.calls.meter import Meter
    from psychocounsel_data.calls.plan import Plan
    from psychocounsel_data.config import BackendConfig
    from psychocounsel_data.journal import Writer
    from psychocounsel_data.run import Run


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
    seconds: float
    models: dict[str, ModelOutcome]


def ask_plan(
    run: Run,
    make: Callable[[], Plan],
    answers: Path,
    *,
    concurrency: int | None,
    dry_run: bool,
    json: bool,
    log: Path | None = None,
) -> None:
    """Plan, ask and report; exits with 1 where calls failed and 130 where it was interrupted.

    The plan is made when the journals are locked and mended, so that no other process can answer
    in between what it still asks for.
    """
    if dry_run:
        with closing(make()) as plan:
            _withhold(plan, run)
            _announce(plan, json=json)
        return
    outcome = _asked(run, make, answers, concurrency, log)
    _report(outcome, answers)
    if json:
        result(outcome)
    if outcome.interrupted:
        raise typer.Exit(130)
    if outcome.failed:
        raise typer.Exit(1)


def _asked(
    run: Run,
    make: Callable[[], Plan],
    answers: Path,
    concurrency: int | None,
    log: Path | None,
) -> Outcome:
    from psychocounsel_data.journal import Writer

    with Writer(answers) as kept, Writer(run.failures) as failed:
        for writer, path in ((kept, answers), (failed, run.failures)):
            if writer.mended_bytes:
                note(f"{path.name}: cut off a half-written last line ({writer.mended_bytes} bytes)")
        with closing(make()) as plan:
            _withhold(plan, run)
            settings = _settings(run, plan, concurrency)
            with _log(log) as tell:
                return _outcome(plan, asyncio.run(_ask(plan, settings, kept, failed, tell)))


def _withhold(plan: Plan, run: Run) -> None:
    """Leave out the calls that would only fail again."""
    from psychocounsel_data.calls.holding import withhold

    held = withhold(plan, run.failures)
    if held:
        note(f"{held:,} calls that failed for good are not asked again: see `pcdata failures`")


def _log(path: Path | None) -> AbstractContextManager[Log]:
    from psychocounsel_data.calls.log import FileLog, no_log

    return FileLog(path) if path else nullcontext(no_log)


def _settings(run: Run, plan: Plan, concurrency: int | None) -> dict[str, BackendConfig]:
    """How each model is reached, with `--concurrency` over run.yaml."""
    from psychocounsel_data.backends import check_settings
    from psychocounsel_data.config import BackendConfig

    check_settings(run.config.backends)
    settings = {}
    for model in plan.lanes:
        one = run.config.backends.get(model.partition(":")[0], BackendConfig())
        changed = {"concurrency": concurrency} if concurrency else {}
        settings[model] = one.model_copy(update=changed)
    return settings


async def _ask(
    plan: Plan, settings: Mapping[str, BackendConfig], kept: Writer, failed: Writer, log: Log
) -> Meter:
    from psychocounsel_data.backends import connect
    from psychocounsel_data.calls.engine import ask

    return await ask(
        plan,
        connect=lambda model: connect(model, {model.partition(":")[0]: settings[model]}),
        settings=settings,
        answers=kept,
        failures=failed,
        watch=watch,
        log=log,
    )


class PlannedCalls(Record):
    """What a dry run says."""

    stage: str
    answered_before: int
    calls: dict[str, int]
    """Model to calls that would be asked."""


def _announce(plan: Plan, *, json: bool) -> None:
    calls = {model: len(lane) for model, lane in sorted(plan.lanes.items())}
    if json:
        result(PlannedCalls(stage=plan.stage, answered_before=plan.done, calls=calls))
        return
    if calls:
        rows = [(model, f"{count:,}") for model, count in calls.items()]
        table("would be asked", ("model", "calls"), rows)
    note(f"{sum(calls.values()):,} calls to ask, {plan.done:,} answered already; nothing was asked")


def _outcome(plan: Plan, meter: Meter) -> Outcome:
    return Outcome(
        stage=plan.stage,
        planned=meter.planned,
        done=meter.done,
        failed=meter.failed,
        answered_before=meter.answered_before,
        interrupted=meter.interrupted,
        seconds=round(meter.seconds, 3),
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
                stopped=lane.stopped,
            )
            for lane in meter.lanes.values()
        },
    )


def _report(outcome: Outcome, answers: Path) -> None:
    if not outcome.planned:
        note(f"nothing to ask: all {outcome.answered_before:,} calls are answered in {answers}")
        return
    rows = [_row(model, one) for model, one in outcome.models.items()]
    table(f"{outcome.stage}: {answers}", ("model", "done", "failed", "retried", "tokens"), rows)
    for model, one in outcome.models.items():
        if one.stopped:
            note(f"{model} was stopped: {one.stopped}")
    note(_sentence(outcome))


def _row(model: str, one: ModelOutcome) -> tuple[str, ...]:
    tokens = one.input_tokens + one.output_tokens
    return (
        model,
        f"{one.done:,}",
        f"{sum(one.failed.values()):,}",
        f"{sum(one.retried.values()):,}",
        f"{tokens:,}" if tokens or not one.done else "not counted",
    )


def _sentence(outcome: Outcome) -> str:
    left = outcome.planned - outcome.done
    words = f"{outcome.done:,} answers in {duration(outcome.seconds)}"
    if outcome.answered_before:
        words += f", {outcome.answered_before:,} from before"
    if outcome.interrupted:
        words += f"; interrupted, {left:,} left: run the same command again to go on"
    elif left:
        words += f"; {left:,} left: see `pcdata failures`, and run the same command again to retry"
    return words
