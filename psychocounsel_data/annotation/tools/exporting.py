"""The sample in the form of another tool."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from psychocounsel_data import folders
from psychocounsel_data.annotation.tools import argilla, label_studio, table
from psychocounsel_data.errors import ConfigError, RunError
from psychocounsel_data.records import Annotation, AnnotationItem
from psychocounsel_data.rubric import Principle

Format = Literal["argilla", "label-studio", "csv"]
FORMATS: tuple[Format, ...] = get_args(Format)


def export(
    format_: str,
    out: Path,
    items: Sequence[AnnotationItem],
    annotations: Sequence[Annotation],
    principles: Sequence[Principle],
    title: str,
) -> None:
    """Write the sample for another tool: a folder, or a file for `csv`.

    Args:
        annotations: those that stand; they go into `csv` only, because the other tools know
            annotators by accounts of their own.

    Raises:
        ConfigError: there is no such format, or something is at `out` already.
        RunError: it cannot be written.
    """
    if format_ not in FORMATS:
        raise ConfigError(f"--export: no format '{format_}': it is one of {', '.join(FORMATS)}")
    if out.exists():
        raise ConfigError(f"--export: {out} is there already: give another place, or remove it")
    if format_ == "csv":
        try:
            table.write(out, items, annotations, principles)
        except OSError as error:
            raise RunError(f"{out} cannot be written: {error.strerror}") from error
        return
    with folders.replaced(out) as folder:
        if format_ == "argilla":
            argilla.write(folder, items, principles, title)
        else:
            label_studio.write(folder, items, principles)
