"""`pcdata report`: dataset/ -> report.html."""

from __future__ import annotations

from pathlib import Path

from psychocounsel_data.cli.options import Json, RunDir


def report(run: RunDir = Path(), json: Json = False) -> None:
    """Show the data set as a page that opens without a network: dataset/ -> report.html."""
    from psychocounsel_data.cli.console import note, result
    from psychocounsel_data.report import write
    from psychocounsel_data.resources import load_rubric
    from psychocounsel_data.run import Run

    folder = Run(run)
    summary = write(folder, load_rubric(run, folder.config.judge.principles).principles)
    note(f"report:   {summary.path}")
    if json:
        result(summary)
