"""The margin curve as a picture: how often experts agree, and what is left of the pairs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from psychocounsel_data.agreement.result import AgreementResult, Figure, MarginCurve
from psychocounsel_data.errors import ConfigError

if TYPE_CHECKING:
    import plotly.graph_objects as go

LABEL, HUMAN = "an expert and the label", "two experts"


class Colours(NamedTuple):
    """Told apart without colour vision too, beside the shapes of the points."""

    label: str = "#2f8f9d"
    human: str = "#c2703d"
    target: str = "#8d8779"


def draw(result: AgreementResult, path: Path) -> None:
    """Write the curves as a page that needs no network; each can be saved from there as SVG.

    Raises:
        ConfigError: another ending than .html, no curve to draw, or no place to write.
    """
    if path.suffix.lower() != ".html":
        raise ConfigError(f"--plot {path}: it is a page: give it the ending .html")
    if not result.margins:
        raise ConfigError(
            "--plot: there is no curve: it needs a judge's scores of several responses to a "
            "speech, and people who have rated them"
        )
    figures = [figure for curve in result.margins for figure in (_titled(curve), _left(curve))]
    try:
        path.write_text(_page(figures), "utf-8")
    except OSError as error:
        raise ConfigError(f"--plot {path}: cannot be written: {error.strerror}") from error


def curve_figure(curve: MarginCurve, colours: Colours) -> go.Figure:
    """How often an expert prefers what the judge scored higher, the further apart the two scores
    are, beside how often two experts prefer the same; with 95% intervals."""
    import plotly.graph_objects as go

    margins = [point.min_margin for point in curve.points]
    plot = go.Figure()
    for name, colour, symbol, found in (
        (LABEL, colours.label, "circle", [one.agreement for one in curve.points]),
        (HUMAN, colours.human, "diamond", [one.human for one in curve.points]),
    ):
        if any(one.value is not None for one in found):
            plot.add_scatter(
                x=margins,
                y=[None if one.value is None else 100 * one.value for one in found],
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
        y=goal, line_dash="dot", line_color=colours.target, annotation_text=f"target {goal:g}%"
    )
    plot.update_xaxes(title="least margin, points")
    plot.update_yaxes(title="agreement, %")
    return plot


def _titled(curve: MarginCurve) -> go.Figure:
    title = f"{curve.judge}: agreement by least margin"
    figure = curve_figure(curve, Colours())
    figure.update_layout(
        title=title,
        template="plotly_white",
        height=460,
        showlegend=True,
        legend={"orientation": "h", "y": 1.1},
    )
    return figure


def _left(curve: MarginCurve) -> go.Figure:
    """What is left of the pairs."""
    import plotly.graph_objects as go

    bars = go.Bar(
        x=[point.min_margin for point in curve.points],
        y=[point.pairs for point in curve.points],
        marker_color=Colours().label,
        hovertemplate="margin %{x} or more: %{y:,} pairs<extra></extra>",
    )
    figure = go.Figure(bars)
    figure.update_layout(
        title="pairs left",
        template="plotly_white",
        height=260,
        xaxis_title="least margin, points",
        yaxis_title="pairs",
    )
    return figure


def _page(figures: list[go.Figure]) -> str:
    parts = [
        figure.to_html(
            full_html=False,
            include_plotlyjs=number == 0,
            config={"toImageButtonOptions": {"format": "svg"}},
        )
        for number, figure in enumerate(figures)
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Agreement by margin</title></head><body>{''.join(parts)}</body></html>"
    )


def _reach(figure: Figure, end: float | None) -> float:
    """From the value to an end of its interval, in percent; nothing where there is none."""
    return 0.0 if figure.value is None or end is None else 100 * abs(end - figure.value)
