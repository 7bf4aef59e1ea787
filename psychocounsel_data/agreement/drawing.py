"""The margin curve as a picture: agreement above, what is left of the pairs below."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from psychocounsel_data.agreement.margins import STEP
from psychocounsel_data.agreement.result import AgreementResult, MarginCurve
from psychocounsel_data.errors import ConfigError

if TYPE_CHECKING:
    import altair

ENDINGS = (".html", ".svg", ".png")
_WIDTH, _HEIGHT = 560, 280
LABEL, HUMAN = "an expert and the label", "two experts"


def draw(result: AgreementResult, path: Path) -> None:
    """Write the curves as HTML, SVG or PNG, by the ending of the path. Nothing is fetched.

    Raises:
        ConfigError: an unknown ending, no curve to draw, altair missing, or no place to write.
    """
    if path.suffix.lower() not in ENDINGS:
        raise ConfigError(f"--plot {path}: the ending has to be one of {', '.join(ENDINGS)}")
    if not result.margins:
        raise ConfigError(
            "--plot: there is no curve: it needs a judge's scores of several responses to a "
            "speech, and people who have rated them"
        )
    chart = figure(result)
    try:
        if path.suffix.lower() == ".html":
            chart.save(str(path), inline=True)
        else:
            chart.save(str(path), scale_factor=2 if path.suffix.lower() == ".png" else 1)
    except OSError as error:
        raise ConfigError(f"--plot {path}: cannot be written: {error.strerror}") from error


def figure(result: AgreementResult) -> altair.VConcatChart:
    """All curves, one panel a judge.

    Raises:
        ConfigError: altair is not installed.
    """
    try:
        import altair as alt
    except ImportError:
        raise ConfigError("--plot needs altair: pip install 'psychocounsel-data[charts]'") from None
    panels = [_panel(curve) for curve in result.margins]
    chart: altair.VConcatChart = alt.vconcat(*panels).resolve_scale(x="shared")
    return chart


def _panel(curve: MarginCurve) -> altair.VConcatChart:
    import altair as alt

    data = alt.InlineData(values=_rows(curve))
    ends = [-STEP / 2, curve.points[-1].min_margin + STEP / 2]
    x = alt.X(
        "margin:Q",
        title="least margin (points)",
        scale=alt.Scale(domain=ends, nice=False, padding=0),
        axis=alt.Axis(values=[point.min_margin for point in curve.points[::2]]),
    )
    agreement = alt.Y(
        "value:Q", title="agreement", scale=alt.Scale(zero=False), axis=alt.Axis(format=".0%")
    )
    names = [LABEL, HUMAN] if any(point.human_compared for point in curve.points) else [LABEL]
    key = alt.Legend(title="agreement of", symbolOpacity=1)
    color = alt.Color("who:N", scale=alt.Scale(domain=names), legend=key)
    shape = alt.Shape("who:N", scale=alt.Scale(domain=names), legend=key)
    tips = [
        alt.Tooltip("margin:Q", title="least margin"),
        alt.Tooltip("who:N", title="agreement of"),
        alt.Tooltip("value:Q", title="agreement", format=".1%"),
        alt.Tooltip("pairs:Q", title="pairs left", format=","),
        alt.Tooltip("compared:Q", title="verdicts", format=","),
    ]
    base = alt.Chart(data).encode(x=x, color=color)
    band = base.mark_errorband(opacity=0.2).encode(alt.Y("low:Q", title="agreement"), y2="high:Q")
    line = base.mark_line().encode(y=agreement)
    points = base.mark_point(filled=True, size=60, opacity=1).encode(
        y=agreement, shape=shape, tooltip=tips
    )
    target = (
        alt.Chart(alt.InlineData(values=[{"target": curve.target}]))
        .mark_rule(strokeDash=[4, 4])
        .encode(y="target:Q")
    )
    above = (band + line + points + target).properties(
        width=_WIDTH, height=_HEIGHT, title=f"{curve.judge}: agreement by least margin"
    )
    yields = (
        alt.Chart(data)
        .transform_filter(alt.datum.who == LABEL)
        .mark_bar(size=14)
        .encode(x=x, y=alt.Y("pairs:Q", title="pairs left"), tooltip=tips)
        .properties(width=_WIDTH, height=_HEIGHT // 3)
    )
    chart: altair.VConcatChart = alt.vconcat(above, yields)
    return chart


def _rows(curve: MarginCurve) -> list[dict[str, float | int | str | None]]:
    return [
        {
            "margin": point.min_margin,
            "who": who,
            "value": figure.value,
            "low": figure.low,
            "high": figure.high,
            "pairs": point.pairs,
            "compared": compared,
        }
        for point in curve.points
        for who, figure, compared in (
            (LABEL, point.agreement, point.compared),
            (HUMAN, point.human, point.human_compared),
        )
        if figure.value is not None
    ]
