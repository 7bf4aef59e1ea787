"""Where client speeches come from: one file a kind of source.

A source is read row by row. What its columns mean is said in run.yaml and worked out in `columns`;
what a fit speech is, is the business of `cleaning`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from psychocounsel_data.config import SourceConfig
from psychocounsel_data.sources.columns import Row


def rows(source: SourceConfig, root: Path) -> Iterator[Row]:
    """Every row of a source, in order, numbered from 0.

    Args:
        source: an entry of `sources:` in run.yaml.
        root: the run folder, which its path is relative to.

    Raises:
        ConfigError: the file, the data set, its configuration or its split is not there.
        InputError: the file cannot be read as what its ending says.
    """
    if source.path is not None:
        from psychocounsel_data.sources import local

        return local.rows(root / source.path)
    from psychocounsel_data.sources import hub

    return hub.rows(source)
