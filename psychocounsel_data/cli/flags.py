"""`pcdata flags`: which speeches have signs of danger, by which rule, and where."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from psychocounsel_data.cli.options import RunDir


def flags(
    run: RunDir = Path(),
    kind: Annotated[
        str | None,
        typer.Option("--kind", metavar="K", help="Only crisis, minor, abuse or violence."),
    ] = None,
    words: Annotated[
        bool, typer.Option("--words", help="Show the client's words that a rule fired on.")
    ] = False,
    rules: Annotated[
        bool, typer.Option("--rules", help="Print the rules themselves, with their sources.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a flag.")] = False,
) -> None:
    """List signs of danger in speeches.jsonl, each with its rule and place: flags, no verdicts."""
    from psychocounsel_data.cli.flagged import known_kind, show_flags, show_rules
    from psychocounsel_data.run import Run

    only = known_kind(kind)
    if rules:
        show_rules(only)
    else:
        show_flags(Run(run), only, words=words, json=json)
