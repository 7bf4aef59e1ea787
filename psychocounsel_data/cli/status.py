"""`pcdata status`: what is done, left, and failed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from psychocounsel_data.cli.options import Json, RunDir

if TYPE_CHECKING:
    from psychocounsel_data.run import Run
    from psychocounsel_data.survey import Status


def status(run: RunDir = Path(), json: Json = False) -> None:
    """Show how far a run has come: what is done, what is left, what failed."""
    from psychocounsel_data.cli.console import result
    from psychocounsel_data.run import Run
    from psychocounsel_data.survey import survey

    folder = Run(run)
    found = survey(folder)
    if json:
        result(found)
        return
    _report(folder, found)


def _report(run: Run, found: Status) -> None:
    from psychocounsel_data.cli.console import counted, note, table

    rows = [
        (one.stage, f"{one.done:,}", f"{one.left:,}", f"{one.failed:,}", f"{one.tokens:,}")
        for one in found.stages
    ]
    note(f"{run.config.name}: {found.speeches:,} speeches, {found.dropped:,} rows dropped")
    if rows:
        columns = ("stage", "answered", "left", "of these failed", "tokens")
        table(str(run.folder.resolve()), columns, rows)
    for stage in found.stages:
        if stage.left_out:
            note(f"{stage.stage} passes over: {counted(stage.left_out)}")
    if found.failures:
        note(f"failed: {counted(found.failures)}; see `pcdata failures`")
    note(f"data set: {run.dataset}" if found.dataset else "no data set yet")
