"""The section on the judges of a data card: Markdown from what a judge report found. Pure.

Facts only: what follows from them is said to whoever makes the data set, not to its readers.
"""

from __future__ import annotations

from collections.abc import Iterator

from psychocounsel_data.config import released_name
from psychocounsel_data.dataset.card import bullets, escaped, table
from psychocounsel_data.judge_report.result import JudgeFigures, JudgeReport, PanelFigures
from psychocounsel_data.judge_report.wording import number


def judges_section(report: JudgeReport) -> str:
    """`## What is known of the judges`: sentences, then the ratings of each, and the panel.

    Ends with a line end, begins with the heading.
    """
    blocks = ["## What is known of the judges", bullets(one.fact for one in report.findings)]
    for judge in report.judges:
        blocks += [f"### Ratings by {escaped(released_name(judge.judge))}", *_ratings(judge)]
    if report.panel is not None:
        blocks += ["### Agreement between the judges", *_panel(report.panel)]
    return "\n\n".join(blocks) + "\n"


def _ratings(judge: JudgeFigures) -> Iterator[str]:
    yield f"{judge.judgments:,} ratings of {judge.responses:,} responses on each principle."
    rows = [
        (
            name,
            *(f"{count / max(1, sum(one.counts.values())):.0%}" for count in one.counts.values()),
            number(one.mean),
            "-" if one.retest_exact is None else f"{one.retest_exact:.0%}",
        )
        for name, one in judge.principles.items()
    ]
    yield table(("principle", "1", "2", "3", "4", "5", "mean", "same when asked again"), rows)


def _panel(panel: PanelFigures) -> Iterator[str]:
    rows = [
        (name, number(one.value), number(one.low), number(one.high))
        for name, one in (*panel.alpha.items(), ("mean", panel.mean_alpha))
    ]
    yield table(("principle", "alpha", "95% from", "to"), rows)
    yield (
        f"Krippendorff's alpha, ordinal, over {panel.responses:,} responses that two judges or "
        "more have rated; intervals from resamples of the speeches."
    )
