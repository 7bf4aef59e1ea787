"""`pcdata audit`: what is wrong with a preference data set, and a copy without it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from psychocounsel_data.cli.options import Json

if TYPE_CHECKING:
    from psychocounsel_data.audit.pairwise import Scale


def audit(
    dataset: Annotated[
        str,
        typer.Argument(
            metavar="DATASET",
            help="A run folder, a folder with tables, a .parquet or .jsonl file, or a data set "
            "on the Hub: owner/name, owner/name@tag.",
        ),
    ],
    prompt: Annotated[
        str | None, typer.Option("--prompt", metavar="COL", help="The column of client's words.")
    ] = None,
    chosen: Annotated[
        str | None, typer.Option("--chosen", metavar="COL", help="The column of chosen answers.")
    ] = None,
    rejected: Annotated[
        str | None,
        typer.Option("--rejected", metavar="COL", help="The column of rejected answers."),
    ] = None,
    id_: Annotated[
        str | None, typer.Option("--id", metavar="COL", help="The column of ids to show.")
    ] = None,
    table: Annotated[
        str | None,
        typer.Option(
            "--table", metavar="DIR", help="Which folder of tables, where there are several."
        ),
    ] = None,
    scale: Annotated[
        str, typer.Option("--scale", metavar="A:B", help="The ends of the scale of ratings.")
    ] = "1:5",
    fix: Annotated[
        Path | None,
        typer.Option(
            "--fix",
            metavar="OUT",
            help="Write a copy to this folder without the pairs that are wrong, with reasons.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Look for what is wrong with preference data; exits with 1 where there are errors.

    Columns are known by their usual names: those of the published set, of TRL, and of UltraFeedback
    and its like. The data set itself is never changed, and no text of it is shown.
    """
    from psychocounsel_data.audit import Named, read
    from psychocounsel_data.audit import audit as make
    from psychocounsel_data.audit import fix as write
    from psychocounsel_data.audit.wording import fixed_line, page
    from psychocounsel_data.cli.console import note, result

    ends = _scale(scale)
    pairs = read(_path(dataset), Named(prompt, chosen, rejected, id_), table=table)
    found = make(pairs, dataset, scale=ends)
    if json:
        result(found)
    else:
        typer.echo("\n".join(page(found)))
    if fix is not None:
        note(fixed_line(write(pairs, found, fix)))
    if found.errors:
        raise typer.Exit(1)


def _path(where: str) -> Path:
    """The data set on this machine: as named, or fetched from the Hub."""
    from psychocounsel_data.audit.reading import ENDINGS
    from psychocounsel_data.hub.fetching import fetched

    path = Path(where)
    return path if path.exists() or path.suffix in ENDINGS else fetched(where)


def _scale(text: str) -> Scale:
    """Raises ConfigError where it is not two numbers in order."""
    from psychocounsel_data.audit.pairwise import Scale
    from psychocounsel_data.errors import ConfigError

    low, _, high = text.partition(":")
    try:
        ends = Scale(float(low), float(high))
    except ValueError:
        ends = Scale(0, 0)
    if not ends.low < ends.high:
        raise ConfigError(f"--scale: '{text}' is not two numbers in order, such as 1:5")
    return ends
