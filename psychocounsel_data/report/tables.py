"""The tables of dataset/, scanned and not held; which principles and models they speak of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from psychocounsel_data.errors import RunError

if TYPE_CHECKING:
    import polars as pl

_ENDING = "_rating"


class Tables(NamedTuple):
    """A built data set."""

    responses: pl.LazyFrame
    """Every judged response."""
    pairs: pl.LazyFrame
    """Every pair of the `preference` table, with its `split`."""
    principles: tuple[str, ...]
    models: tuple[str, ...]
    """Released names, by mean score, best first."""


def scan(dataset: Path) -> Tables:
    """The tables of a run's dataset/.

    Raises:
        RunError: there is no data set yet.
    """
    import polars as pl

    responses = sorted((dataset / "responses").glob("*.parquet"))
    pairs = sorted((dataset / "preference").glob("*.parquet"))
    if not responses or not pairs:
        raise RunError(f"no data set in {dataset}: run `pcdata build-pairs` first")
    table = pl.scan_parquet(responses)
    names = table.collect_schema().names()
    principles = tuple(name.removesuffix(_ENDING) for name in names if name.endswith(_ENDING))
    return Tables(
        table,
        pl.concat(
            pl.scan_parquet(path).with_columns(split=pl.lit(path.name.partition("-")[0]))
            for path in sorted(pairs, key=lambda path: not path.name.startswith("train"))
        ),
        principles,
        _models(table),
    )


def _models(responses: pl.LazyFrame) -> tuple[str, ...]:
    import polars as pl

    means = responses.group_by("name").agg(pl.col("score").mean())
    ranked = means.sort(["score", "name"], descending=[True, False]).collect()
    return tuple(ranked["name"].to_list())
