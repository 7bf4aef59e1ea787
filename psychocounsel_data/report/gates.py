"""What the rules for pairs kept out of the data set, as `build-pairs` counted it."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import ValidationError

from psychocounsel_data.dataset.building import Build
from psychocounsel_data.errors import InputError
from psychocounsel_data.pairs.gates import GATES
from psychocounsel_data.records import RejectedPair
from psychocounsel_data.report.section import Section
from psychocounsel_data.run import Run


class Reasons(NamedTuple):
    """What was left out at a step, by reason."""

    title: str
    counts: dict[str, int]


def last_build(run: Run) -> Build | None:
    """What the last build counted; None where it has left no build.json.

    Raises:
        InputError: build.json is no record of a build.
    """
    if not run.build.exists():
        return None
    try:
        return Build.model_validate_json(run.build.read_bytes())
    except ValidationError:
        hint = "run `pcdata build-pairs` to write it anew"
        raise InputError(f"{run.build} is no record of a build: {hint}") from None


def gates(built: Build) -> tuple[Section, ...]:
    """What each gate cost, with examples; empty where none cost anything."""
    sides = (built.summary.train, built.summary.test)
    names = [one for one in GATES if any(one in side.against for side in sides)]
    if not names:
        return ()
    lost = sum(sum(side.kept_out.values()) for side in sides)
    rows = tuple(
        (
            name.replace("_", " "),
            GATES[name],
            *(f"{side.kept_out.get(name, 0):,}" for side in sides),
            f"{sum(side.against.get(name, 0) for side in sides):,}",
            "\n".join(map(_example, built.examples.get(name, ()))),
        )
        for name in names
    )
    return (
        Section(
            "gates",
            "What the gates kept out",
            f"{lost:,} pairs differ by the margin and are kept out all the same. Each counts in "
            "train or test under the first gate that speaks against it, and under “in all” with "
            "every gate that does. Examples are a speech, and the scores and the beginnings of the "
            "ids of the two answers; pcdata build-pairs --explain ID tells all about a speech.",
            columns=("gate", "kept out because", "train", "test", "in all", "for example"),
            rows=rows,
        ),
    )


def _example(pair: RejectedPair) -> str:
    return (
        f"{pair.speech_id}: {pair.score_chosen:.2f} ({pair.chosen[:8]}) "
        f"over {pair.score_rejected:.2f} ({pair.rejected[:8]})"
    )


def left_out(built: Build) -> tuple[Reasons, ...]:
    """Speeches without a pair, and what did not count at all, by reason."""
    summary = built.summary
    groups = (
        Reasons("Speeches of train without a pair", summary.train.unpaired),
        Reasons("Speeches of test without a pair", summary.test.unpaired),
        Reasons("Answers that were not used", summary.responses_left_out),
        Reasons("Judgments that were not used", summary.judgments_left_out),
    )
    return tuple(group for group in groups if group.counts)
