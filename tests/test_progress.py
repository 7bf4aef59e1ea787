"""What is shown while models are asked."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from psychocounsel_data.calls.meter import LaneMeter, Meter
from psychocounsel_data.cli import progress
from psychocounsel_data.pricing.table import PriceTable


@pytest.fixture
def meter() -> Meter:
    counted = LaneMeter("openai:gpt-4o", planned=40, done=9, input_tokens=10_000, output_tokens=500)
    counted.failed["timeout"] = 1
    counted.latencies_s.extend([1.0] * 9 + [4.0])
    unpriced = LaneMeter("openai:gpt-99", planned=40, done=3)
    partly = LaneMeter("openai:o3", planned=4, done=3, input_tokens=1_000_000, uncounted=1)
    silent = LaneMeter("openai:silent", planned=40)
    silent.retries.update({"server_error": 2, "rate_limited": 1})
    finished = LaneMeter("offline:eliza", planned=4, done=4, newest=2.0)
    lanes = {lane.model: lane for lane in (counted, unpriced, partly, silent, finished)}
    return Meter(lanes, started=0.0, finished=5.0)


def test_a_row_tells_speed_tokens_and_cost(meter: Meter, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not known is said, also where a part of it is."""
    terminal = Console(file=io.StringIO(), force_terminal=True, width=130, color_system=None)
    monkeypatch.setattr(progress, "err", lambda: terminal)
    with progress.watch(meter, PriceTable({})):
        pass
    rows = {line.split()[0]: line for line in terminal.file.getvalue().splitlines() if line.strip()}

    assert "10/40" in rows["openai:gpt-4o"]
    assert "2.0/s" in rows["openai:gpt-4o"]
    assert "1.0/4.0 s" in rows["openai:gpt-4o"]
    assert "$0.0300" in rows["openai:gpt-4o"]
    assert "unknown" in rows["openai:gpt-99"]
    assert "> $2.00" in rows["openai:o3"]
    assert rows["openai:silent"].endswith("server error")
    assert "2.0/s" in rows["offline:eliza"]


def test_a_line_tells_the_same_of_all_models_together(meter: Meter) -> None:
    """For those who read it in a file."""
    assert progress.line(meter, PriceTable({})) == (
        "20 of 128 calls, 1 failed, 0 in flight, 4.0/s, 1 429s, "
        "cost $2.03 + 4 calls of unknown cost, 5 s"
    )
