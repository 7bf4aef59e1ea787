"""`pcdata judge`: responses -> judgments.jsonl."""

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
    from collections import Counter
    from collections.abc import Mapping, Sequence

    from psychocounsel_data.judging.rating import JudgingPlan
    from psychocounsel_data.run import Run


def judge(
    run: RunDir = Path(),
    judge: Annotated[
        str | None,
        typer.Option("--judge", metavar="M", help="Ask this model instead of run.yaml's judge."),
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
    """Rate every response on the principles: responses.jsonl -> judgments.jsonl."""
    from psychocounsel_data.cli.asking import ask_plan
    from psychocounsel_data.cli.overriding import overriding
    from psychocounsel_data.judging.rating import plan
    from psychocounsel_data.run import Run

    folder = Run(run)
    config = overriding(folder.config.judge, _only(judge) if judge else {})

    told: list[int] = []
    owed: dict[bytes, list[str]] = {}

    def make(most: int | None) -> JudgingPlan:
        planned = plan(folder, config, limit=most)
        if not told:  # with batches the plan is made more than once
            _say_what_is_left_out(planned.left_out)
            told.append(planned.left_out.total())
        owed.update(planned.owed)
        return planned

    try:
        return ask_plan(
            folder,
            "judge",
            make,
            folder.judgments,
            limit=limit,
            concurrency=concurrency,
            max_cost=max_cost,
            batch=batch,
            no_wait=no_wait,
            dry_run=dry_run,
            json=json,
            log=log,
        )
    finally:
        if not dry_run:
            _share(folder, owed)


def _share(run: Run, owed: Mapping[bytes, Sequence[str]]) -> None:
    from psychocounsel_data.cli.console import note
    from psychocounsel_data.judging.rating import share

    if copied := share(run, owed):
        note(f"{copied:,} judgments copied to other responses with the same words")


def _only(judge: str) -> dict[str, object]:
    """One judge instead of run.yaml's, be it one or several."""
    from psychocounsel_data.cli.overriding import reference

    return {"model": reference(judge, "--judge"), "panel": (), "quorum": None}


def _say_what_is_left_out(left_out: Counter[str]) -> None:
    from psychocounsel_data.cli.console import counted, note

    if left_out.total():
        note(f"not rated: {counted(+left_out)}")
