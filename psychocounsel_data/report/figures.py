"""A figure for each thing the report shows, with one plain sentence and the numbers behind it."""

from __future__ import annotations

from itertools import pairwise
from textwrap import wrap
from typing import TYPE_CHECKING

from psychocounsel_data.report.scores import LengthEffect, Twos
from psychocounsel_data.report.section import ACCENT, OTHER, POINTS, Section, drawn
from psychocounsel_data.strength import Standing

if TYPE_CHECKING:
    import polars as pl

_FEW = 8
_LABEL_CHARS = 22
"""A longer label is broken, so that a phone has room for the bars."""


def ratings(counts: pl.DataFrame, names: dict[str, str]) -> Section:
    """How often each point was given on every principle."""
    import plotly.graph_objects as go

    order = list(names)
    table = {
        one: dict(counts.filter(counts["principle"] == one).select("rating", "count").iter_rows())
        for one in order
    }
    totals = {one: sum(found.values()) or 1 for one, found in table.items()}
    plot = go.Figure(layout={"barmode": "stack"})
    for point, colour in enumerate(POINTS, start=1):
        shares = [100 * table[one].get(point, 0) / totals[one] for one in order]
        plot.add_bar(
            y=order,
            customdata=[names[one] for one in order],
            x=shares,
            orientation="h",
            name=str(point),
            marker_color=colour,
            text=[f"{share:.0f}" if share >= 6 else "" for share in shares],
            hovertemplate="%{customdata}: rated " + str(point) + " in %{x:.1f}%<extra></extra>",
        )
    plot.update_xaxes(title="share of answers, %", range=[0, 100])
    plot.update_yaxes(autorange="reversed")
    top = max(order, key=lambda one: table[one].get(5, 0) / totals[one])
    share = table[top].get(5, 0) / totals[top]
    return Section(
        "ratings",
        "Ratings on every principle",
        f"A rubric that works uses its whole scale. The highest point is given most freely on "
        f"{names[top]}: to {share:.0%} of all answers.",
        drawn(plot, len(order)),
        ("principle", "1", "2", "3", "4", "5", "mean"),
        tuple(
            (
                names[one],
                *(f"{table[one].get(point, 0):,}" for point in range(1, 6)),
                f"{sum(point * count for point, count in table[one].items()) / totals[one]:.2f}",
            )
            for one in order
        ),
    )


def heat(models: pl.DataFrame, names: dict[str, str]) -> Section:
    """Each model's mean rating on every principle."""
    import plotly.graph_objects as go

    rows = models.to_dicts()
    grid = [[row[one] for one in names] for row in rows]
    plot = go.Figure(
        go.Heatmap(
            z=grid,
            x=list(names),
            y=[row["name"] for row in rows],
            zmin=1,
            zmax=5,
            colorscale=[[i / 4, colour] for i, colour in enumerate(POINTS)],
            texttemplate="%{z:.1f}",
            hovertemplate="%{y}, %{x}: %{z:.2f}<extra></extra>",
            colorbar={"title": "mean", "thickness": 12},
        )
    )
    plot.update_yaxes(autorange="reversed")
    best, last = rows[0], rows[-1]
    return Section(
        "heat",
        "Models and principles",
        f"Mean ratings, best model first: {best['name']} has {best['score']:.2f} over all "
        f"principles, {last['name']} {last['score']:.2f}. A column that is the same colour "
        "throughout does not tell models apart.",
        drawn(plot, len(rows)),
        ("model", "answers", "mean", "characters", *names),
        tuple(
            (
                row["name"],
                f"{row['responses']:,}",
                f"{row['score']:.2f}",
                f"{row['chars']:,.0f}",
                *(f"{row[one]:.2f}" for one in names),
            )
            for row in rows
        ),
    )


def strengths(standing: Standing, met: Twos) -> Section:
    """Who wins against whom on the same speech, with 95% intervals."""
    import plotly.graph_objects as go

    found = standing.strengths
    plot = go.Figure(
        go.Scatter(
            x=[100 * one.win_rate for one in found],
            y=[one.name for one in found],
            mode="markers",
            marker={"size": 11, "color": ACCENT},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [100 * (one.high - one.win_rate) for one in found],
                "arrayminus": [100 * (one.win_rate - one.low) for one in found],
                "color": ACCENT,
                "thickness": 2,
            },
            hovertemplate="%{y}: %{x:.1f}%<extra></extra>",
        )
    )
    plot.add_vline(x=50, line_dash="dot", line_color=OTHER)
    plot.update_xaxes(title="wins, %", range=[-2, 102])
    plot.update_yaxes(autorange="reversed")
    sample = f" (a fixed sample of {met.speeches:,} speeches)" if met.sampled else ""
    return Section(
        "strengths",
        "Win rates between models",
        f"Chance to be rated higher on the same speech than a typical model of the pool{sample}; "
        "the lines are 95% intervals over speeches. Intervals that overlap widely tell no winner.",
        drawn(plot, len(found)),
        ("model", "win rate", "95% interval", "comparisons"),
        tuple(
            (
                one.name,
                f"{one.win_rate:.1%}",
                f"{one.low:.1%} to {one.high:.1%}",
                f"{one.comparisons:,}",
            )
            for one in found
        ),
    )


def wins(standing: Standing) -> Section:
    """The raw table behind the strengths."""
    import plotly.graph_objects as go

    names = [one.name for one in standing.strengths]
    places = [standing.names.index(name) for name in names]
    won = standing.wins[places][:, places]
    met = won + won.T
    share = [
        [_share(won[row, column], met[row, column]) for column in range(len(names))]
        for row in range(len(names))
    ]
    plot = go.Figure(
        go.Heatmap(
            z=share,
            x=names,
            y=names,
            zmin=0,
            zmax=100,
            colorscale=[[0, POINTS[0]], [0.5, POINTS[2]], [1, POINTS[4]]],
            texttemplate="%{z:.0f}",
            hovertemplate="%{y} beats %{x} in %{z:.1f}%<extra></extra>",
            colorbar={"title": "%", "thickness": 12},
        )
    )
    plot.update_yaxes(autorange="reversed")
    return Section(
        "wins",
        "Model against model",
        "How often the model of the row was rated higher than that of the column on the same "
        "speech, in percent; ties count half for either.",
        drawn(plot, len(names)),
        ("model", *names),
        tuple(
            (name, *("-" if one is None else f"{one:.0f}%" for one in row))
            for name, row in zip(names, share, strict=True)
        ),
    )


def _share(part: float, whole: float) -> float | None:
    """In percent; None where there is nothing to take it of, as on the diagonal."""
    return float(100 * part / whole) if whole else None


def margin(counts: pl.DataFrame, met: Twos, threshold: float) -> Section:
    """Differences of scores between two answers to one speech, and where the line is drawn."""
    import plotly.graph_objects as go

    total = int(counts["count"].sum()) or 1
    over = int(counts.filter(counts["margin"] >= threshold - 1e-9)["count"].sum())
    tied = int(counts.filter(counts["margin"] == 0)["count"].sum())
    plot = go.Figure(
        go.Histogram(
            x=counts["margin"].to_list(),
            y=counts["count"].to_list(),
            histfunc="sum",
            xbins={"start": 0, "end": 4.25, "size": 0.25},
            marker_color=ACCENT,
            hovertemplate="%{x}: %{y:,}<extra></extra>",
        )
    )
    plot.add_vline(
        x=threshold, line_dash="dash", line_color=OTHER, annotation_text=f"margin {threshold:g}"
    )
    plot.update_xaxes(title="difference of mean ratings", range=[0, 4.25])
    plot.update_yaxes(title="twos of answers")
    sample = f" of {met.speeches:,} sampled speeches" if met.sampled else ""
    return Section(
        "margin",
        "Margins",
        f"Of {total:,} twos of answers to one speech{sample}, {over:,} ({over / total:.0%}) differ "
        f"by {threshold:g} or more, and {tied:,} ({tied / total:.0%}) are tied.",
        drawn(plot, 9),
        ("difference", "twos"),
        tuple((label, f"{count:,}") for label, count in _bands(counts)),
    )


def _bands(counts: pl.DataFrame) -> list[tuple[str, int]]:
    edges = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.01)
    bands = [("0 (tied)", int(counts.filter(counts["margin"] == 0)["count"].sum()))]
    for low, high in pairwise(edges):
        inside = (counts["margin"] >= max(low, 1e-9)) & (counts["margin"] < high)
        bands.append(
            (f"{low:g} to under {min(high, 4):g}", int(counts.filter(inside)["count"].sum()))
        )
    return bands


def length(effect: LengthEffect) -> Section:
    """Mean score by length of the answer."""
    import plotly.graph_objects as go

    bins = effect.bins
    largest = max(bins["count"].to_list(), default=1)
    plot = go.Figure(
        go.Scatter(
            x=bins["chars"].to_list(),
            # The last digits of a mean of thousands depend on the order in which threads add them.
            y=[round(score, 6) for score in bins["score"].to_list()],
            mode="lines+markers",
            line={"color": ACCENT},
            marker={
                "color": ACCENT,
                "size": [6 + 18 * (count / largest) ** 0.5 for count in bins["count"].to_list()],
            },
            customdata=bins["count"].to_list(),
            hovertemplate="%{x:,.0f} characters: %{y:.2f} (%{customdata:,} answers)<extra></extra>",
        )
    )
    plot.update_xaxes(title="characters", rangemode="tozero")
    plot.update_yaxes(title="mean score", range=[0.9, 5.1])
    if effect.longer_wins is None:
        lead = "No two answers to one speech differ in both length and score."
    else:
        lead = (
            f"Of {effect.longer_of:,} twos of answers to one speech that differ in both, the "
            f"longer one is rated higher in {effect.longer_wins:.0%}. Half would be no effect; "
            "well over it, a model trained on these pairs may learn to write more, not better."
        )
    return Section(
        "length",
        "Length and score",
        lead,
        drawn(plot, 9),
        ("characters", "mean score", "answers"),
        tuple(
            (f"{row['chars']:,.0f}", f"{row['score']:.2f}", f"{row['count']:,}")
            for row in bins.iter_rows(named=True)
        ),
    )


def stacked(
    id_: str, title: str, lead: str, counts: dict[str, dict[str, int]], axis: str
) -> Section:
    """Counts of several kinds in several groups, such as sources by topic.

    Args:
        counts: group (a row, in this order) to kind (a colour) to number.
    """
    import plotly.graph_objects as go

    kinds = sorted({kind for found in counts.values() for kind in found})
    groups = list(counts)
    plot = go.Figure(layout={"barmode": "stack"})
    for kind in kinds:
        plot.add_bar(
            y=["<br>".join(wrap(group, _LABEL_CHARS)) for group in groups],
            x=[counts[group].get(kind, 0) for group in groups],
            orientation="h",
            name=kind,
            hovertemplate="%{y}, " + kind + ": %{x:,}<extra></extra>",
        )
    plot.update_xaxes(title=axis)
    if max((sum(found.values()) for found in counts.values()), default=0) < _FEW:
        plot.update_xaxes(dtick=1)  # no half speeches
    plot.update_yaxes(autorange="reversed")
    return Section(
        id_,
        title,
        lead,
        drawn(plot, len(groups)),
        ("", *kinds, "all"),
        tuple(
            (
                group,
                *(f"{counts[group].get(kind, 0):,}" for kind in kinds),
                f"{sum(counts[group].values()):,}",
            )
            for group in groups
        ),
    )
