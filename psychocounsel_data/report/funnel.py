"""From source rows to pairs: how many are left at each step, and what became of the others."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

import orjson

from psychocounsel_data import journal
from psychocounsel_data.failing import standing
from psychocounsel_data.run import Run


class Step(NamedTuple):
    """A step of the way."""

    name: str
    left: int
    """How many have got this far."""
    lost: dict[str, int]
    """Reason to how many did not get this far, most first."""


def funnel(run: Run, pairs: dict[str, int]) -> tuple[Step, ...]:
    """The steps of a run, read from its journals.

    Args:
        pairs: split to number of pairs, as they stand in dataset/.

    Raises InputError where a line of failures.jsonl is no failure.
    """
    dropped = _counted(run.dropped, "reason")
    kept = sum(1 for _ in journal.lines(run.speeches))
    finished = _counted(run.responses, "finish")
    failed = _failed(run)
    judged = sum(1 for _ in journal.lines(run.judgments))
    complete = finished.pop("stop", 0)
    return (
        Step("Source rows", kept + dropped.total(), {}),
        Step("Client speeches", kept, _most_first(dropped)),
        Step("Complete answers", complete, _most_first(finished + failed["generate"])),
        Step("Judgments", judged, _most_first(failed["judge"])),
        *(Step(f"Pairs, {split}", count, {}) for split, count in pairs.items()),
    )


def _failed(run: Run) -> dict[str, Counter[str]]:
    """Stage to kind of failure, of calls that have no answer yet."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for failure in standing(run):
        counts[failure.stage][failure.kind] += 1
    return counts


def _counted(path: Path, key: str) -> Counter[str]:
    return Counter(orjson.loads(line.data)[key] for line in journal.lines(path))


def _most_first(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))
