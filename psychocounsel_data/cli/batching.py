"""Asking through providers' batches: hand in, watch, and say how it went."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from psychocounsel_data.cli.console import err, note
from psychocounsel_data.cli.progress import duration
from psychocounsel_data.errors import ConfigError

if TYPE_CHECKING:
    from rich.table import Table

    from psychocounsel_data.calls.batches.book import Batch
    from psychocounsel_data.calls.batches.desk import Desk, Paths
    from psychocounsel_data.calls.batches.office import Office
    from psychocounsel_data.calls.batches.waiting import Board
    from psychocounsel_data.calls.budget import Budget
    from psychocounsel_data.calls.plan import Plan
    from psychocounsel_data.cli.outcome import Outcome
    from psychocounsel_data.exchange import BatchService
    from psychocounsel_data.journal import Writer
    from psychocounsel_data.records import Stage
    from psychocounsel_data.run import Run

Make = Callable[["int | None"], "Plan"]
"""Makes a plan, with the most calls to ask or None for all."""


def asked_in_batches(
    run: Run,
    stage: Stage,
    make: Make,
    answers: Path,
    *,
    limit: int | None,
    max_cost: float | None,
    wait: bool,
) -> Outcome:
    """Hand a stage's calls in, wait for them, and report.

    Raises:
        ConfigError: no model has batches, a key is missing, or a price that `--max-cost` needs.
    """
    from psychocounsel_data.calls.batches.office import Office
    from psychocounsel_data.calls.budget import Unlimited
    from psychocounsel_data.cli.outcome import outcome_of
    from psychocounsel_data.pricing.allowance import Allowance
    from psychocounsel_data.pricing.table import PriceTable

    table = PriceTable(run.config.prices)

    def budget(models: Iterable[str]) -> Budget:
        if max_cost is None:
            return Unlimited()
        return Allowance(max_cost, table, models, batch=True)

    office = Office(
        desk=lambda: _desk(run, stage, answers),
        plan=make,
        limit=limit,
        connect=lambda model: _connect(run, model),
        budget=budget,
        spool=run.folder,
        watch=_watch,
    )
    left = asyncio.run(office.ask(stay=wait))
    outcome = outcome_of(stage, office.meter, table, batch=True)
    _report(office, left, outcome, answers)
    return outcome


def left_to_ask_live(
    run: Run, make: Make, answers: Path, limit: int | None, kept: Writer, failed: Writer
) -> Plan:
    """The plan without the calls that are in open batches.

    Batches that have ended are taken in first. A provider that cannot be asked about them now keeps
    nobody from asking the others.

    Args:
        kept: opened on `answers`.
        failed: opened on failures.jsonl.
    """
    from psychocounsel_data.calls.batches.book import open_calls, read_book

    plan = make(limit)
    if not any(one.open and one.stage == plan.stage for one in read_book(run.batches).values()):
        return plan
    plan.close()
    _take_in(run, make, plan.stage, answers, kept, failed)
    plan = make(limit)
    elsewhere = open_calls(read_book(run.batches), plan.stage)
    left_out = sum(_leave_out(plan, model, elsewhere) for model in plan.lanes)
    if left_out:
        note(
            f"{left_out:,} calls are in open batches and not asked live: `pcdata "
            f"{plan.stage} --batch` waits for them, `pcdata batches --cancel ID` gives them up"
        )
    return plan


def _leave_out(plan: Plan, model: str, calls: Container[str]) -> int:
    return plan.lanes[model].leave_out(lambda ticket: plan.call(model, ticket).id in calls)


def _take_in(
    run: Run, make: Make, stage: Stage, answers: Path, kept: Writer, failed: Writer
) -> None:
    from psychocounsel_data.calls.batches.desk import open_desk
    from psychocounsel_data.calls.batches.office import Office
    from psychocounsel_data.calls.budget import Unlimited

    def connect(model: str) -> BatchService | None:
        try:
            return _connect(run, model)
        except ConfigError as error:
            note(f"the batches of {model} cannot be looked after: {error}")
            return None

    office = Office(
        desk=lambda: open_desk(stage, _paths(run, answers), kept, failed),
        plan=make,
        limit=None,
        connect=connect,
        budget=lambda _: Unlimited(),
        spool=run.folder,
        watch=_watch,
    )
    asyncio.run(office.ask(hand_in=False, stay=False))
    if office.meter.done or office.meter.failed:
        note(f"from batches: {office.meter.done:,} answers, {office.meter.failed:,} failures")
    _say_what_remains(office)


@contextlib.contextmanager
def _desk(run: Run, stage: Stage, answers: Path) -> Iterator[Desk]:
    from psychocounsel_data.calls.batches.desk import open_desk
    from psychocounsel_data.cli.asking import say_what_was_mended
    from psychocounsel_data.journal import Writer

    with Writer(answers) as kept, Writer(run.failures) as failed:
        say_what_was_mended((kept, answers), (failed, run.failures))
        with open_desk(stage, _paths(run, answers), kept, failed) as desk:
            yield desk


def _paths(run: Run, answers: Path) -> Paths:
    from psychocounsel_data.calls.batches.desk import Paths

    return Paths(answers, run.failures, run.unclaimed, run.batches)


def _connect(run: Run, model: str) -> BatchService | None:
    from psychocounsel_data.backends import connect_batches

    return connect_batches(model, run.config.backend(model))


def _report(office: Office, left: list[Batch], outcome: Outcome, answers: Path) -> None:
    from psychocounsel_data.cli.asking import say_what_is_held_back
    from psychocounsel_data.cli.outcome import show_models

    say_what_is_held_back(office.held_back)
    if outcome.models:
        show_models(outcome, answers)
    if office.without:
        note(f"not asked, as their providers have no batches: {', '.join(office.without)}")
    _say_what_remains(office)
    note(_sentence(left, outcome))


def _sentence(left: list[Batch], outcome: Outcome) -> str:
    if not left and not outcome.models:
        return f"nothing to ask: all {outcome.answered_before:,} calls are answered"
    words = f"{outcome.done:,} answers from batches in {duration(outcome.seconds)}"
    if left:
        calls = sum(len(one.calls) for one in left)
        words += f"; {calls:,} calls in {len(left):,} open batches: run the same command again to "
        words += "fetch them, here or wherever this folder and the key are"
    elif outcome.failed:
        words += f", {outcome.failed:,} failed: see failures.jsonl, and run it again to retry"
    if outcome.spent:
        words += "; raise `--max-cost` to hand in the rest"
    return words


def _say_what_remains(office: Office) -> None:
    if office.unclaimed:
        note(
            f"{office.unclaimed:,} paid results belong to calls that are not planned any more: "
            "they are kept in unclaimed.jsonl, and taken in when run.yaml plans these calls again"
        )
    for name, problem in office.problems.items():
        note(
            f"batch {name} stays open: {problem}. If it is gone for good, "
            f"`pcdata batches --forget {name}` sets its calls free, to be asked and paid for again"
        )


@contextlib.contextmanager
def _watch(board: Board) -> Iterator[None]:
    """Show how batches stand while the body waits; not on a terminal, one line."""
    if not err().is_terminal:
        calls = sum(len(one.calls) for one in board.batches)
        note(f"waiting for {calls:,} calls in {len(board.batches):,} batches; Ctrl-C leaves them")
        yield
        return
    from rich.live import Live

    with Live(get_renderable=lambda: _grid(board), console=err(), refresh_per_second=1):
        yield


def _grid(board: Board) -> Table:
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, caption="Ctrl-C leaves them to be fetched later")
    for column in ("batch", "model", "status", "done", "failed", "calls"):
        grid.add_column(column, justify="left" if column in {"batch", "model"} else "right")
    for batch in board.batches:
        state = board.states.get(batch.provider_id or "")
        grid.add_row(
            Text(batch.name),
            Text(batch.model),
            state.status if state else "-",
            f"{state.done:,}" if state else "-",
            f"{state.failed:,}" if state else "-",
            f"{len(batch.calls):,}",
        )
    return grid
