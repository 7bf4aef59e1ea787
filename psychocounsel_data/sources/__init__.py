"""Where client speeches come from: one file a kind of source.

A source is read row by row. What its columns mean is said in run.yaml and worked out in `columns`;
what a fit speech is, is the business of `cleaning`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from psychocounsel_data.config import Place
from psychocounsel_data.sources.columns import Row
from psychocounsel_data.sources.meter import ReadMeter


def rows(
    place: Place, root: Path, *, column: str | None = None, meter: ReadMeter | None = None
) -> Iterator[Row]:
    """Every row of a source, in order, numbered from 0.

    Args:
        place: an entry of `sources:` in run.yaml, or of another list of such places.
        root: the run folder, which its path is relative to.
        column: take each JSON file as one row, whose only column is called so.
        meter: what is to tell how far the reading is.

    Raises:
        ConfigError: the file, the data set, its configuration or its split is not there.
        InputError: the file cannot be read as what its ending says.
    """
    if place.path is not None:
        from psychocounsel_data.sources import local

        return local.rows(root / place.path, column=column, meter=meter)
    from psychocounsel_data.sources import hub

    return hub.rows(place, meter=meter)
