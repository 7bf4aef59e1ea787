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
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be asked and what it costs; ask nothing.")
]
Batch = Annotated[
    bool,
    typer.Option("--batch", help="Ask through the providers' batches: half price, within a day."),
]
NoWait = Annotated[
    bool, typer.Option("--no-wait", help="With --batch: hand in and leave; run again to fetch.")
]
MaxCost = Annotated[
    float | None,
    typer.Option("--max-cost", min=0, metavar="USD", help="Stop before this is spent, by prices."),
]
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
