"""`pcdata run`: every stage that has work left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import typer

from psychocounsel_data.cli.build_pairs import build_pairs
from psychocounsel_data.cli.generate import generate
from psychocounsel_data.cli.judge import judge
from psychocounsel_data.cli.load import load
from psychocounsel_data.cli.options import Concurrency, DryRun, RunDir
from psychocounsel_data.cli.report import report
from psychocounsel_data.cli.second_opinion import second_opinion
from psychocounsel_data.cli.topics import topics


def run(run: RunDir = Path(), concurrency: Concurrency = None, dry_run: DryRun = False) -> None:
    """Do everything that is left: load, generate, judge, build-pairs and report. Pushes nothing."""
    load(run)
    complete = _prepared(run, concurrency=concurrency, dry_run=dry_run)
    complete &= _asked(generate, run, concurrency=concurrency, dry_run=dry_run)
    if dry_run:
        return
    complete &= _asked(judge, run, concurrency=concurrency)
    build_pairs(run)
    report(run)
    if not complete:
        raise typer.Exit(1)


def _prepared(run: Path, **flags: int | bool | None) -> bool:
    """What run.yaml wants to be known of speeches before they are answered."""
    from psychocounsel_data.run import Run

    config = Run(run).config
    complete = True
    if config.risk.second_opinion is not None:
        complete &= _asked(second_opinion, run, **flags)
    if config.balance is not None and "topic" in config.balance.by:
        complete &= _asked(topics, run, **flags)
    return complete


def _asked(stage: Callable[..., None], run: Path, **flags: int | bool | None) -> bool:
    """Whether every call succeeded; calls that failed do not keep the next stage from its work."""
    try:
        stage(run, **flags)
    except typer.Exit as end:
        if end.exit_code != 1:
            raise
        return False
    return True
