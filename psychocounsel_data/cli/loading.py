"""What a person sees while sources are read: one moving line, or a line every 30 seconds."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from psychocounsel_data.cli.console import err, telling

if TYPE_CHECKING:
    from rich.table import Table

    from psychocounsel_data.loading import LoadMeter


@contextlib.contextmanager
def watch(meter: LoadMeter) -> Iterator[None]:
    """Show how far the load is while the body runs."""
    with _live(meter) if err().is_terminal else telling(lambda: _line(meter)):
        yield


@contextlib.contextmanager
def _live(meter: LoadMeter) -> Iterator[None]:
    from rich.live import Live

    began = time.monotonic()
    with Live(
        get_renderable=lambda: _bar(meter, began),
        console=err(),
        refresh_per_second=4,
        transient=True,
    ):
        yield


def _bar(meter: LoadMeter, began: float) -> Table:
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1))
    share = meter.read.share if meter.source else None
    bar = ProgressBar(total=1.0 if share is not None else None, completed=share or 0.0, width=20)
    grid.add_row(bar, Text(_line(meter)), Text(f"{time.monotonic() - began:.0f} s"))
    return grid


def _line(meter: LoadMeter) -> str:
    if not meter.source:
        return f"{meter.kept:,} kept; looking for near-duplicates, writing"
    return f"{meter.source}: {meter.rows:,} rows, {meter.kept:,} speeches kept in all"
