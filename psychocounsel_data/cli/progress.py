"""What a person sees while models are asked: a row a model, or a line every 30 seconds."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from psychocounsel_data.cli.console import err, telling
from psychocounsel_data.pricing.cost import Bill, dollars

if TYPE_CHECKING:
    from rich.table import Table

    from psychocounsel_data.calls.meter import LaneMeter, Meter
    from psychocounsel_data.pricing.table import PriceTable


@contextlib.contextmanager
def watch(meter: Meter, prices: PriceTable) -> Iterator[None]:
    """Show the figures while the body runs."""
    if not meter.planned:
        yield
    elif err().is_terminal:
        with _live(meter, prices):
            yield
    else:
        with telling(lambda: line(meter, prices)):
            yield


@contextlib.contextmanager
def _live(meter: Meter, prices: PriceTable) -> Iterator[None]:
    from rich.live import Live

    with Live(get_renderable=lambda: _grid(meter, prices), console=err(), refresh_per_second=4):
        yield


class _Row(NamedTuple):
    """One model, as it is shown."""

    meter: Meter
    lane: LaneMeter
    prices: PriceTable


class _Column(NamedTuple):
    name: str
    cell: Callable[[_Row], str]


def _grid(meter: Meter, prices: PriceTable) -> Table:
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False)
    grid.add_column("model", overflow="ellipsis", no_wrap=True)
    grid.add_column("")
    for column in _COLUMNS:
        grid.add_column(column.name, justify="right", no_wrap=True)
    for lane in meter.lanes.values():
        row = _Row(meter, lane, prices)
        grid.add_row(
            Text(lane.model),
            ProgressBar(total=lane.planned, completed=lane.settled, width=12),
            *(column.cell(row) for column in _COLUMNS),
        )
    return grid


def _rate(row: _Row) -> str:
    """Calls a second since the start; of a model that has finished, until then."""
    lane, seconds = row.lane, row.meter.seconds
    if lane.settled == lane.planned and lane.newest is not None:
        seconds = lane.newest - row.meter.started
    return f"{lane.settled / seconds:.1f}/s"


def _latencies(row: _Row) -> str:
    """The median and what 19 of 20 answers stay under."""
    half, most = row.lane.latency_s(0.5), row.lane.latency_s(0.95)
    return "-" if half is None or most is None else f"{half:.1f}/{most:.1f} s"


def _cost(row: _Row) -> str:
    """What the model has cost so far; amounts without their footnote, for which a row is narrow."""
    so_far = _bill(row.lane, row.prices)
    return f"> {dollars(so_far.usd)}" if so_far.unknown and so_far.usd else str(so_far)


def _time_left(row: _Row) -> str:
    lane = row.lane
    if lane.stopped:
        return "stopped"
    if not lane.done:
        return _fault(lane) or "-"
    return duration((lane.planned - lane.settled) * row.meter.seconds / lane.settled)


def _fault(lane: LaneMeter) -> str | None:
    """What most often kept a model from answering; None where nothing did."""
    faults = lane.retries + lane.failed
    return faults.most_common(1)[0][0].replace("_", " ") if faults else None


_COLUMNS: Final = (
    _Column("done", lambda row: f"{row.lane.settled:,}/{row.lane.planned:,}"),
    _Column("failed", lambda row: f"{row.lane.given_up:,}"),
    _Column("in flight", lambda row: f"{row.lane.in_flight:,}"),
    _Column("rate", _rate),
    _Column("429s", lambda row: f"{row.lane.retries['rate_limited']:,}"),
    _Column("p50/p95", _latencies),
    _Column("tokens", lambda row: f"{row.lane.input_tokens + row.lane.output_tokens:,}"),
    _Column("cost", _cost),
    _Column("time left", _time_left),
)


def _bill(lane: LaneMeter, prices: PriceTable) -> Bill:
    from psychocounsel_data.pricing.billing import bill

    return bill(lane, prices.of(lane.model))


def duration(seconds: float) -> str:
    """`3 h 05 min`, `4 min 10 s` or `12 s`."""
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 60} min {whole % 60:02} s" if whole >= 60 else f"{whole} s"


def line(meter: Meter, prices: PriceTable) -> str:
    """How far it is, in one line for those who read it in a file."""
    settled = meter.done + meter.failed
    in_flight = sum(lane.in_flight for lane in meter.lanes.values())
    refused = sum(lane.retries["rate_limited"] for lane in meter.lanes.values())
    so_far = sum((_bill(lane, prices) for lane in meter.lanes.values()), Bill())
    words = (
        f"{settled:,} of {meter.planned:,} calls, {meter.failed:,} failed, "
        f"{in_flight:,} in flight, {settled / meter.seconds:.1f}/s, {refused:,} 429s, "
        f"cost {so_far}, {duration(meter.seconds)}"
    )
    stopped = [lane.model for lane in meter.lanes.values() if lane.stopped]
    return f"{words}, stopped: {', '.join(stopped)}" if stopped else words
