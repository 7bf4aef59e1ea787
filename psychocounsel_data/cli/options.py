"""Flags that several commands share, and what they do to run.yaml for one call."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RunDir = Annotated[
    Path, typer.Option("--run", metavar="DIR", help="The run folder.", show_default="this folder")
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]
Limit = Annotated[
    int | None, typer.Option("--limit", min=1, metavar="N", help="Ask at most N calls.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be asked; ask nothing.")]
Concurrency = Annotated[
    int | None,
    typer.Option(
        "--concurrency", min=1, metavar="N", help="At most N requests in flight, per model."
    ),
]
LogFile = Annotated[
    Path | None,
    typer.Option(
        "--log",
        metavar="FILE",
        help="Append every request to this file, a JSON object a line: ids, never texts.",
    ),
]
