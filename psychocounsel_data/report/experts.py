"""How far experts agree with the judge, as `pcdata agreement` last found it."""

from __future__ import annotations

from psychocounsel_data import journal
from psychocounsel_data.agreement.result import AgreementResult, Figure, MarginCurve
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
    import plotly.graph_objects as go

    margins = [point.min_margin for point in curve.points]
    plot = go.Figure()
    for name, colour, symbol, found in (
        ("an expert and the label", ACCENT, "circle", [one.agreement for one in curve.points]),
        ("two experts", OTHER, "diamond", [one.human for one in curve.points]),
    ):
        if any(one.value is not None for one in found):
            plot.add_scatter(
                x=margins,
                y=[_percent(one.value) for one in found],
                name=name,
                mode="lines+markers",
                line_color=colour,
                marker={"size": 9, "symbol": symbol},
                error_y={
                    "type": "data",
                    "symmetric": False,
                    "array": [_reach(one, one.high) for one in found],
                    "arrayminus": [_reach(one, one.low) for one in found],
                    "thickness": 1,
                },
                hovertemplate=name + ", margin %{x} or more: %{y:.1f}%<extra></extra>",
            )
    goal = 100 * curve.target
    plot.add_hline(
        y=goal, line_dash="dot", line_color=POINTS[2], annotation_text=f"target {goal:g}%"
    )
    plot.update_xaxes(title="least margin, points")
    plot.update_yaxes(title="agreement, %")
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


def _percent(value: float | None) -> float | None:
    return None if value is None else 100 * value


def _reach(figure: Figure, end: float | None) -> float:
    """From the value to an end of its interval, in percent; nothing where there is none."""
    return 0.0 if figure.value is None or end is None else 100 * abs(end - figure.value)
