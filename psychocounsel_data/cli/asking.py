"""What the commands that ask models have in common: plan, ask, show, and say how it went."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from psychocounsel_data.cli.console import note, result
from psychocounsel_data.cli.outcome import Outcome, outcome_of, report
from psychocounsel_data.cli.progress import watch
from psychocounsel_data.errors import ConfigError

if TYPE_CHECKING:
    from psychocounsel_data.calls.log import Log
    from psychocounsel_data.calls.meter import Meter
    from psychocounsel_data.calls.plan import Plan
    from psychocounsel_data.config import BackendConfig
    from psychocounsel_data.journal import Writer
    from psychocounsel_data.pricing.allowance import Allowance
    from psychocounsel_data.pricing.table import PriceTable
    from psychocounsel_data.records import Stage
    from psychocounsel_data.run import Run


class Unfinished(typer.Exit):
    """Ends a command whose calls did not all succeed, with exit code 1.

    Attributes:
        charged_usd: what counts against `--max-cost`.
    """

    def __init__(self, charged_usd: float) -> None:
        super().__init__(1)
        self.charged_usd = charged_usd


def ask_plan(
    run: Run,
    stage: Stage,
    make: Callable[[int | None], Plan],
    answers: Path,
    *,
    limit: int | None,
    concurrency: int | None,
    max_cost: float | None,
    dry_run: bool,
    json: bool,
    batch: bool = False,
    no_wait: bool = False,
    log: Path | None = None,
) -> float:
    """Plan, ask and report; exits with 1 where calls failed and 130 where it was interrupted.

    The plan is made when the journals are locked and mended, so that no other process can answer
    in between what it still asks for.

    Args:
        make: makes the plan, with the most calls to ask or None for all.

    Returns:
        What counts against `--max-cost`, in US dollars.
    """
    from psychocounsel_data.backends import check_settings
    from psychocounsel_data.cli.batching import asked_in_batches

    check_settings(run.config.backends)
    if no_wait and not batch:
        raise ConfigError("--no-wait goes with --batch: asking live is over when the command is")
    if dry_run:
        with closing(make(limit)) as plan:
            _withhold(plan, run)
            _announce(run, plan, answers, _settings(run, plan, concurrency), json=json)
        return 0.0
    if batch:
        outcome = asked_in_batches(
            run, stage, make, answers, limit=limit, max_cost=max_cost, wait=not no_wait
        )
    else:
        outcome = _asked(run, make, answers, limit, concurrency, max_cost, log)
        report(outcome, answers)
    if json:
        result(outcome)
    if outcome.interrupted:
        raise typer.Exit(130)
    if outcome.failed or any(one.stopped for one in outcome.models.values()):
        raise Unfinished(outcome.charged_usd)
    return outcome.charged_usd


def _asked(
    run: Run,
    make: Callable[[int | None], Plan],
    answers: Path,
    limit: int | None,
    concurrency: int | None,
    max_cost: float | None,
    log: Path | None,
) -> Outcome:
    from psychocounsel_data.calls.meter import Meter
    from psychocounsel_data.cli.batching import left_to_ask_live
    from psychocounsel_data.journal import Writer
    from psychocounsel_data.pricing.allowance import Allowance
    from psychocounsel_data.pricing.table import PriceTable

    with Writer(answers) as kept, Writer(run.failures) as failed:
        say_what_was_mended((kept, answers), (failed, run.failures))
        with closing(left_to_ask_live(run, make, answers, limit, kept, failed)) as plan:
            _withhold(plan, run)
            prices = PriceTable(run.config.prices)
            if not any(plan.lanes.values()):
                return outcome_of(plan.stage, Meter({}, answered_before=plan.done), prices)
            settings = _settings(run, plan, concurrency)
            budget = None if max_cost is None else Allowance(max_cost, prices, plan.lanes)
            with _log(log) as tell:
                meter = asyncio.run(_ask(plan, settings, kept, failed, tell, budget, prices))
            charged = budget.spent_usd if budget else 0.0
            return outcome_of(plan.stage, meter, prices, charged_usd=charged)


def _withhold(plan: Plan, run: Run) -> None:
    """Leave out the calls that would only fail again."""
    from psychocounsel_data.calls.holding import withhold

    say_what_is_held_back(withhold(plan, run.failures))


def say_what_is_held_back(calls: int) -> None:
    """A line about calls that are not asked again by themselves."""
    if calls:
        note(f"{calls:,} calls that failed for good are not asked again: see `pcdata failures`")


def _log(path: Path | None) -> AbstractContextManager[Log]:
    from psychocounsel_data.calls.log import FileLog, no_log

    return FileLog(path) if path else nullcontext(no_log)


def say_what_was_mended(*journals: tuple[Writer, Path]) -> None:
    """A line for each journal whose last line was half written."""
    for writer, path in journals:
        if writer.mended_bytes:
            note(f"{path.name}: cut off a half-written last line ({writer.mended_bytes} bytes)")


def _settings(run: Run, plan: Plan, concurrency: int | None) -> dict[str, BackendConfig]:
    """How each model is reached, with `--concurrency` over run.yaml."""
    settings = {}
    for model in plan.lanes:
        changed = {"concurrency": concurrency} if concurrency else {}
        settings[model] = run.config.backend(model).model_copy(update=changed)
    return settings


async def _ask(
    plan: Plan,
    settings: Mapping[str, BackendConfig],
    kept: Writer,
    failed: Writer,
    log: Log,
    budget: Allowance | None,
    prices: PriceTable,
) -> Meter:
    from psychocounsel_data.backends import connect
    from psychocounsel_data.calls.engine import ask

    return await ask(
        plan,
        connect=lambda model: connect(model, {model.partition(":")[0]: settings[model]}),
        settings=settings,
        answers=kept,
        failures=failed,
        watch=partial(watch, prices=prices),
        log=log,
        budget=budget,
    )


def _announce(
    run: Run, plan: Plan, answers: Path, settings: Mapping[str, BackendConfig], *, json: bool
) -> None:
    """Say what would be asked, and what it would cost."""
    from psychocounsel_data.cli.estimating import show_estimate
    from psychocounsel_data.pricing.estimate import estimate
    from psychocounsel_data.pricing.ledger import read_ledger
    from psychocounsel_data.pricing.table import PriceTable

    ledger = read_ledger(plan.stage, answers, run.failures)
    found = estimate(plan, ledger, PriceTable(run.config.prices), settings)
    if json:
        result(found)
        return
    if found.calls:
        show_estimate(found)
    note(f"{found.calls:,} calls to ask, {plan.done:,} answered already; nothing was asked")
