"""A section of the report: a question, what was found, and the numbers as a table or a picture.

Colours of text, grid and paper are set by the page, which knows whether it is light or dark; here
stand only those that carry meaning, chosen to be told apart in either and without colour vision,
and always with a label beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import plotly.graph_objects as go

POINTS = ("#a23b2a", "#d98b5f", "#b9b3a5", "#6fa8a3", "#1f6f78")
"""From 1 to 5."""
ACCENT = "#2f8f9d"
OTHER = "#c2703d"
_WAY: Sequence[str] = (
    "#2f8f9d", "#c2703d", "#7a6bb0", "#8a9a3b", "#b2486e", "#4a7fc1", "#9c7a3c", "#5d8f6b",
)  # fmt: skip
_ROW_PX = 34
_LEAST_PX = 240


class Section(NamedTuple):
    """What the page shows under one heading."""

    id: str
    title: str
    lead: str
    """What a reader should see in it, in one or two sentences."""
    plot: str = ""
    """A picture as plotly's JSON; empty where a table or sentences say it better."""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    """The numbers; of a picture, for whoever cannot or would not look at it."""
    said: tuple[str, ...] = ()
    """More sentences, as a list."""


def drawn(plot: go.Figure, rows: int) -> str:
    """A picture as JSON, as high as its rows need, with room for long names."""
    plot.update_layout(
        template="none",
        height=max(_LEAST_PX, 110 + _ROW_PX * rows),
        margin={"l": 12, "r": 12, "t": 12, "b": 48},
        font={"family": "inherit", "size": 13},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        colorway=_WAY,
        hoverlabel={"font": {"family": "inherit"}},
    )
    plot.update_xaxes(automargin=True, fixedrange=True)
    plot.update_yaxes(automargin=True, fixedrange=True)
    text: str = plot.to_json(engine="json")
    return text
