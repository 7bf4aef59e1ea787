"""`pcdata status`: what is done, left, and failed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from psychocounsel_data.cli.options import Json, RunDir

if TYPE_CHECKING:
    from psychocounsel_data.run import Run
    from psychocounsel_data.survey import Status


def status(run: RunDir = Path(), json: Json = False) -> None:
    """Show how far a run has come: what is done, left and failed, spent and expected."""
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
    from psychocounsel_data.pricing.cost import Bill

    rows = [
        (
            one.stage,
            f"{one.done:,}",
            f"{one.left:,}",
            f"{one.failed:,}",
            f"{one.tokens:,}",
            str(one.spent),
            str(one.expected),
        )
        for one in found.stages
    ]
    note(f"{run.config.name}: {found.speeches:,} speeches, {found.dropped:,} rows dropped")
    if rows:
        columns = ("stage", "answered", "left", "of these failed", "tokens", "spent", "expected")
        table(str(run.folder.resolve()), columns, rows)
    for stage in found.stages:
        if stage.left_out:
            note(f"{stage.stage} passes over: {counted(stage.left_out)}")
    costs = [
        (f"{stage.stage} {model}", str(one.spent), str(one.expected))
        for stage in found.stages
        for model, one in stage.models.items()
        if one.spent != Bill() or one.expected != Bill()
    ]
    if costs:
        table("cost, at today's prices", ("stage and model", "spent", "expected"), costs)
    for stage in found.stages:
        if stage.in_batches:
            note(
                f"{stage.stage}: {stage.in_batches:,} of those left are in open batches; `pcdata "
                f"batches` lists them, `pcdata {stage.stage} --batch` fetches them"
            )
    if found.failures:
        note(f"failed: {counted(found.failures)}; see `pcdata failures`")
    note(f"data set: {run.dataset}" if found.dataset else "no data set yet")
