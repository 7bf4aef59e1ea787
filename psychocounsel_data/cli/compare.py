"""`pcdata compare`: responses, two by two -> comparisons.jsonl."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from psychocounsel_data.cli.options import (
    Batch,
    Concurrency,
    DryRun,
    Json,
    Limit,
    LogFile,
    MaxCost,
    NoWait,
    RunDir,
)

if TYPE_CHECKING:
    from psychocounsel_data.judging.comparing import ComparingPlan


def compare(
    run: RunDir = Path(),
    judge: Annotated[
        str | None,
        typer.Option("--judge", metavar="M", help="Ask this model instead of run.yaml's."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="M", help="Only pairs with this model: its win rates."),
    ] = None,
    pairs_per_speech: Annotated[
        int | None,
        typer.Option("--pairs-per-speech", min=1, metavar="N", help="How many pairs are drawn."),
    ] = None,
    limit: Limit = None,
    concurrency: Concurrency = None,
    max_cost: MaxCost = None,
    batch: Batch = False,
    no_wait: NoWait = False,
    dry_run: DryRun = False,
    json: Json = False,
    log: LogFile = None,
) -> float:
    """Compare responses two by two, each pair in both orders: -> comparisons.jsonl.

    A check on the ratings, and win rates between models: `pcdata judge-report` says what comes of
    it. It makes no pairs for the data set.
    """
    from psychocounsel_data.cli.asking import ask_plan
    from psychocounsel_data.cli.console import counted, note
    from psychocounsel_data.cli.overriding import overriding, reference
    from psychocounsel_data.judging.comparing import plan
    from psychocounsel_data.run import Run

    folder = Run(run)
    changes = {
        "model": reference(judge, "--judge") if judge else None,
        "against": against,
        "pairs_per_speech": pairs_per_speech,
    }
    given = {key: value for key, value in changes.items() if value is not None}
    config = overriding(folder.config.compare, given, model="--judge")

    told: list[int] = []

    def make(most: int | None) -> ComparingPlan:
        planned = plan(folder, config, folder.config.judge, limit=most)
        if planned.left_out.total() and not told:  # with batches the plan is made more than once
            note(f"not compared: {counted(+planned.left_out)}")
            told.append(planned.left_out.total())
        return planned

    return ask_plan(
        folder,
        "compare",
        make,
        folder.comparisons,
        limit=limit,
        concurrency=concurrency,
        max_cost=max_cost,
        batch=batch,
        no_wait=no_wait,
        dry_run=dry_run,
        json=json,
        log=log,
    )
