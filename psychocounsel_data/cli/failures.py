"""`pcdata failures`: what did not succeed, by reason, and what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from psychocounsel_data.cli.options import Json, RunDir

if TYPE_CHECKING:
    from psychocounsel_data.failing import Reason


def failures(
    run: RunDir = Path(),
    retry: Annotated[
        list[str] | None,
        typer.Option(
            "--retry",
            metavar="REASON",
            help="Have calls that failed for this reason asked again by the next run (repeatable).",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Show the calls that have no answer, by reason, with an example and what to do.

    The next run asks again by itself where the fault may have passed. Calls that failed for good,
    such as `context_length` or `unreadable_reply`, are held back until `--retry REASON`.
    """
    from psychocounsel_data.cli.console import note, result
    from psychocounsel_data.failing import Report, reasons, requeue
    from psychocounsel_data.run import Run

    folder = Run(run)
    if retry:
        count = requeue(folder, retry)
        note(f"{count:,} calls will be asked again: run the command of their stage")
        return
    found = reasons(folder)
    if json:
        result(Report(reasons=found))
    else:
        _show(found)


def _show(found: tuple[Reason, ...]) -> None:
    from psychocounsel_data.cli.console import note, table

    if not found:
        note("no call is without an answer")
        return
    rows = [
        (
            one.kind,
            one.stage,
            f"{one.calls:,}",
            "held back" if one.held else "next run",
            one.example,
        )
        for one in found
    ]
    table("calls without an answer", ("reason", "stage", "calls", "asked again", "example"), rows)
    for one in found:
        note(f"{one.kind} ({one.stage}): {one.message}\n    {one.remedy}")
