"""The coverage as a picture: one page that needs no network."""

from __future__ import annotations

from pathlib import Path

from psychocounsel_data.errors import RunError
from psychocounsel_data.topics.labels import Coverage, sources
from psychocounsel_data.topics.taxonomy import UNCLEAR, taxonomy


def write(found: Coverage, path: Path) -> None:
    """Bars of speeches by fine topic, stacked by source, the families apart.

    Raises:
        RunError: the file cannot be written.
    """
    import plotly.graph_objects as go

    topics = [(family, topic) for family in taxonomy().coarse for topic in family.fine]
    families = [family.name for family, _ in topics] + ["Unclear"]
    names = [topic.name for _, topic in topics] + ["Unclear"]
    ids = [topic.id for _, topic in topics] + [UNCLEAR]
    bars = [
        go.Bar(
            name=source,
            orientation="h",
            y=[families, names],
            x=[found.fine[topic].get(source, 0) for topic in ids],
        )
        for source in sources(found)
    ]
    figure = go.Figure(bars)
    figure.update_layout(
        title=f"Topics of {found.labelled:,} speeches",
        barmode="stack",
        height=1200,
        template="plotly_white",
        xaxis_title="speeches",
        legend_title="source",
    )
    figure.update_yaxes(autorange="reversed")
    try:
        path.write_text(figure.to_html(include_plotlyjs=True), "utf-8")
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error.strerror}") from error
