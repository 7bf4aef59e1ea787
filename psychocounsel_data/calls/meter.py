"""What is counted while models are asked: for progress, for the summary, for `--json`."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Final

from psychocounsel_data.records import Usage

_RECENT = 512
UNKNOWN: Final = Usage()
"""The tokens of a request that no server has counted."""


@dataclass
class LaneMeter:
    """One model's figures.

    Attributes:
        model: `backend:model`.
        planned: calls of this run.
        done: answers kept.
        failed: calls given up, by kind.
        in_flight: requests on their way.
        retries: requests that were asked again, by kind of fault.
        stopped: why the model is not asked any more, if so.
    """

    model: str
    planned: int
    done: int = 0
    in_flight: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    retries: Counter[str] = field(default_factory=Counter)
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    uncounted: int = 0
    """Answers for which the server gave no token counts."""
    stopped: str | None = None
    latencies_s: deque[float] = field(default_factory=lambda: deque(maxlen=_RECENT))
    newest: float | None = None
    """Monotonic clock at the newest answer; None before any."""

    def took(self, seconds: float) -> None:
        """Note an answer that has just come."""
        self.latencies_s.append(seconds)
        self.newest = time.monotonic()

    def spent(self, usage: Usage) -> None:
        """Add the tokens of one call."""
        self.input_tokens += usage.input_tokens or 0
        self.output_tokens += usage.output_tokens or 0
        self.cached_tokens += usage.cached_tokens or 0
        self.cache_write_tokens += usage.cache_write_tokens or 0
        self.reasoning_tokens += usage.reasoning_tokens or 0

    def latency_s(self, share: float) -> float | None:
        """Within how many seconds this share of the newest 512 answers came; None before any."""
        if not self.latencies_s:
            return None
        ordered = sorted(self.latencies_s)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def settled(self) -> int:
        """Calls that were answered or given up."""
        return self.done + self.given_up

    @property
    def given_up(self) -> int:
        """Calls that did not succeed in this run."""
        return self.failed.total()


@dataclass
class Meter:
    """All models' figures.

    Attributes:
        lanes: by model.
        answered_before: calls that earlier runs had answered.
        started: monotonic clock at the start.
    """

    lanes: dict[str, LaneMeter]
    answered_before: int = 0
    interrupted: bool = False
    started: float = field(default_factory=time.monotonic)
    finished: float | None = None

    @property
    def planned(self) -> int:
        """Calls of this run."""
        return sum(lane.planned for lane in self.lanes.values())

    @property
    def done(self) -> int:
        """Answers kept in this run."""
        return sum(lane.done for lane in self.lanes.values())

    @property
    def failed(self) -> int:
        """Calls given up in this run."""
        return sum(lane.given_up for lane in self.lanes.values())

    @property
    def seconds(self) -> float:
        """How long the run has taken so far."""
        return (self.finished or time.monotonic()) - self.started


def total(first: Usage, second: Usage) -> Usage:
    """The tokens of two requests; a figure that neither server gave stays unknown."""
    if first == UNKNOWN:
        return second
    sums = {}
    for name in Usage.model_fields:
        known = [value for value in (getattr(first, name), getattr(second, name)) if value]
        zero = getattr(first, name) == 0 or getattr(second, name) == 0
        sums[name] = sum(known) if known else (0 if zero else None)
    return Usage(**sums)
