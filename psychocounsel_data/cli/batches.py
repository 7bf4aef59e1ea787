"""`pcdata batches`: what was handed in to providers, and how it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from psychocounsel_data.cli.options import Json, RunDir


def batches(
    run: RunDir = Path(),
    cancel: Annotated[
        list[str] | None,
        typer.Option(
            "--cancel",
            metavar="ID",
            help="Ask the provider to end this batch early (repeatable; `all`). What is answered "
            "by then is paid for, and fetched by the next command that asks.",
        ),
    ] = None,
    forget: Annotated[
        list[str] | None,
        typer.Option(
            "--forget",
            metavar="ID",
            help="Give up a batch that cannot be fetched any more (repeatable): its calls are "
            "asked, and paid for, again.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """List the batches that were handed in to providers; cancel or forget some."""
    from psychocounsel_data.cli.handed_in import cancel as cancel_all
    from psychocounsel_data.cli.handed_in import forget as forget_all
    from psychocounsel_data.cli.handed_in import show
    from psychocounsel_data.run import Run

    folder = Run(run)
    cancel_all(folder, cancel or ())
    forget_all(folder, forget or ())
    show(folder, json=json)
