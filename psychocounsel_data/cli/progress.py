"""What a person sees while models are asked: a row a model, or a line every 30 seconds."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from psychocounsel_data.cli.console import err, note

if TYPE_CHECKING:
    from rich.table import Table

    from psychocounsel_data.calls.meter import LaneMeter, Meter

LINE_EVERY_S = 30.0


@contextlib.contextmanager
def watch(meter: Meter) -> Iterator[None]:
    """Show the figures while the body runs."""
    if not meter.planned:
        yield
    elif err().is_terminal:
        with _live(meter):
            yield
    else:
        with _lines(meter):
            yield


@contextlib.contextmanager
def _live(meter: Meter) -> Iterator[None]:
    from rich.live import Live

    with Live(get_renderable=lambda: _grid(meter), console=err(), refresh_per_second=4):
        yield


@contextlib.contextmanager
def _lines(meter: Meter) -> Iterator[None]:
    over = threading.Event()

    def tell() -> None:
        while not over.wait(LINE_EVERY_S):
            note(_line(meter))

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _grid(meter: Meter) -> Table:
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False)
    for column in ("model", "", "done", "failed", "in flight", "rate", "tokens", "time left"):
        grid.add_column(column, justify="left" if column in {"model", ""} else "right")
    for lane in meter.lanes.values():
        settled = lane.done + lane.given_up
        grid.add_row(
            Text(lane.model),
            ProgressBar(total=lane.planned, completed=settled, width=20),
            f"{settled:,}/{lane.planned:,}",
            f"{lane.given_up:,}",
            str(lane.in_flight),
            f"{settled / meter.seconds:.1f}/s",
            _tokens(lane),
            "stopped" if lane.stopped else _time_left(meter, lane),
        )
    return grid


def _tokens(lane: LaneMeter) -> str:
    return f"{lane.input_tokens + lane.output_tokens:,}"


def _time_left(meter: Meter, lane: LaneMeter) -> str:
    settled = lane.done + lane.given_up
    if not settled:
        return "-"
    return duration((lane.planned - settled) * meter.seconds / settled)


def duration(seconds: float) -> str:
    """`3 h 05 min`, `4 min 10 s` or `12 s`."""
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 60} min {whole % 60:02} s" if whole >= 60 else f"{whole} s"


def _line(meter: Meter) -> str:
    settled = meter.done + meter.failed
    return (
        f"{settled:,} of {meter.planned:,} calls, {meter.failed:,} failed, "
        f"{settled / meter.seconds:.1f}/s, {duration(meter.seconds)}"
    )
