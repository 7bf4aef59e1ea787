"""`pcdata init`: a run folder to begin with."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from psychocounsel_data.errors import RunError


class Template(enum.StrEnum):
    """The examples that come with the package."""

    quickstart = "quickstart"
    paper = "paper"


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Where; made if need be.")
    ] = Path(),
    template: Annotated[
        Template, typer.Option("--template", help="Which example to begin with.")
    ] = Template.quickstart,
) -> None:
    """Begin a run folder: a commented run.yaml, with invented speeches to try it on."""
    import shutil

    from psychocounsel_data.cli.console import note
    from psychocounsel_data.resources import shipped

    if (folder / "run.yaml").exists():
        note(f"{folder / 'run.yaml'} is there already: nothing was changed")
        return
    try:
        shutil.copytree(shipped("examples") / template, folder, dirs_exist_ok=True)
    except OSError as error:
        raise RunError(f"{folder} cannot be written: {error}") from error
    note(f"made {folder / 'run.yaml'}: read it, then `pcdata run --run {folder}`")
