"""How far experts agree with the judge, as `pcdata agreement` last found it."""

from __future__ import annotations

from psychocounsel_data import journal
from psychocounsel_data.agreement.drawing import Colours, curve_figure
from psychocounsel_data.agreement.result import AgreementResult, MarginCurve
from psychocounsel_data.agreement.wording import percent, summary
from psychocounsel_data.report.section import ACCENT, OTHER, POINTS, Section, drawn
from psychocounsel_data.run import Run


def agreement(run: Run) -> tuple[Section, ...]:
    """What was found in sentences, and the curve of each judge; empty where nobody has rated.

    Raises InputError where agreement.json is broken.
    """
    return tuple(
        section
        for result in journal.read(run.agreement, AgreementResult)
        for section in _sections(result)
    )


def _sections(result: AgreementResult) -> tuple[Section, ...]:
    curves = [curve for curve in result.margins if curve.points]
    return (
        Section(
            "agreement",
            "Agreement with experts",
            f"What {len(result.humans)} people who know the work said, held against the judge. "
            "Brackets are 95% intervals over speeches.",
            said=summary(result),
        ),
        *(_curve(curve, number) for number, curve in enumerate(curves, start=1)),
    )


def _curve(curve: MarginCurve, number: int) -> Section:
    """How often experts agree with the label, the further apart the two scores are."""
    plot = curve_figure(curve, Colours(ACCENT, OTHER, POINTS[2]))
    return Section(
        f"agreement-{number}",
        f"Agreement by margin: {curve.judge}",
        "How often an expert prefers the answer that the judge scored higher, if only pairs with "
        "this margin or more are kept; beside it, how often two experts prefer the same one.",
        drawn(plot, 8),
        ("least margin", "pairs left", "share", "expert and label", "verdicts", "two experts"),
        tuple(
            (
                f"{one.min_margin:g}",
                f"{one.pairs:,}",
                f"{one.share:.0%}",
                percent(one.agreement),
                f"{one.compared:,}",
                percent(one.human),
            )
            for one in curve.points
        ),
    )
