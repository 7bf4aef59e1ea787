"""Where words go: progress and notes to stderr, results to stdout."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Final

import typer

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import Console

LINE_EVERY_S: Final = 30.0
"""How often a line is written where nobody watches."""


@cache
def err() -> Console:
    """The console for people who watch."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def note(text: str) -> None:
    """One line on stderr."""
    err().print(text, markup=False, soft_wrap=True)


@contextmanager
def telling(line: Callable[[], str]) -> Iterator[None]:
    """A line every 30 seconds while the body runs, for those who read it in a file."""
    over = threading.Event()

    def tell() -> None:
        while not over.wait(LINE_EVERY_S):
            note(line())

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on stderr; the first column is text, the others are numbers."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    grid = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(columns):
        grid.add_column(column, justify="right" if index else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    err().print(grid)


def result(record: BaseModel) -> None:
    """A record as one JSON object on stdout."""
    typer.echo(record.model_dump_json(indent=2))


def counted(counts: Mapping[str, int]) -> str:
    """`too short 12, duplicate 3`; the empty string for none."""
    return ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in counts.items())
