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


def run(run: RunDir = Path(), concurrency: Concurrency = None, dry_run: DryRun = False) -> None:
    """Do everything that is left: load, generate, judge and build-pairs. Pushes nothing."""
    load(run)
    complete = _asked(generate, run, concurrency=concurrency, dry_run=dry_run)
    if dry_run:
        return
    complete &= _asked(judge, run, concurrency=concurrency)
    build_pairs(run)
    if not complete:
        raise typer.Exit(1)


def _asked(stage: Callable[..., None], run: Path, **flags: int | bool | None) -> bool:
    """Whether every call succeeded; calls that failed do not keep the next stage from its work."""
    try:
        stage(run, **flags)
    except typer.Exit as end:
        if end.exit_code != 1:
            raise
        return False
    return True
