"""`pcdata export`: dataset/ -> the layouts that trainers and people read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from psychocounsel_data.cli.options import Json, RunDir


def export(
    run: RunDir = Path(),
    layout: Annotated[
        str | None,
        typer.Option("--format", metavar="F", help="The layout; all are listed without it."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="The folder to write.", show_default="export/F in the run"
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Write the pairs in the layout of a trainer or as a table: dataset/ -> export/."""
    from psychocounsel_data.cli.console import note, result, table
    from psychocounsel_data.formats import LAYOUTS
    from psychocounsel_data.formats import export as write
    from psychocounsel_data.run import Run

    if layout is None:
        rows = [(name, one.for_whom, f"{one.train}.{one.kind}") for name, one in LAYOUTS.items()]
        table("pcdata export --format", ("F", "for", "training file"), rows)
        return
    folder = Run(run)
    _check(layout)
    summary = write(folder.dataset, layout, out or folder.folder / "export" / layout)
    for one in summary.files:
        note(f"{one.split}: {one.rows:,} pairs in {one.path}")
    if json:
        result(summary)


def _check(layout: str) -> None:
    """Raises ConfigError where there is no such layout; names the nearest."""
    import difflib

    from psychocounsel_data.errors import ConfigError
    from psychocounsel_data.formats import LAYOUTS

    if layout not in LAYOUTS:
        close = difflib.get_close_matches(layout, LAYOUTS, n=1)
        known = ", ".join(LAYOUTS)
        hint = f"did you mean '{close[0]}'? " if close else ""
        raise ConfigError(f"--format: no layout '{layout}': {hint}there are {known}")
