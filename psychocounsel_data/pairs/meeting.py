"""Every two answers to one speech that are far enough apart to be a pair. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from psychocounsel_data.pairs.scale import Scale

if TYPE_CHECKING:
    import polars as pl


def ranked(answers: pl.DataFrame, scale: Scale, principles: Sequence[str]) -> pl.DataFrame:
    """The answers speech by speech, best first, whatever the order they come in.

    Equal scores are ordered by response id, which is a hash. By name, the alphabet would decide
    which of the many answers with the highest ratings throughout is called the best.

    Returns:
        With `points` and `answer`, the row's own number.
    """
    import polars as pl

    points = scale.points([pl.col(name) for name in principles])
    return (
        answers.with_columns(points=points)
        .sort("speech", "points", "response_id", descending=[False, True, False])
        .with_row_index("answer")
    )


def twos(ranked_answers: pl.DataFrame) -> pl.DataFrame:
    """Every two answers to one speech, once: `speech`, `chosen` and `rejected` (row numbers, the
    higher ranked first) and `points`, the difference, which is 0 for a tie.

    Best chosen first and for each the lowest rejected first, so that the first two of a speech are
    its clearest.
    """
    import polars as pl

    columns = ranked_answers.select("speech", "answer", "points")
    most = max(columns["speech"].value_counts()["count"], default=0)
    frames = [columns.head(0).select("speech", chosen="answer", rejected="answer", points="points")]
    for step in range(1, most):  # the neighbour, the one after it, and so on
        worse = columns.slice(step)
        better = columns.head(columns.height - step)
        frames.append(
            better.select("speech", chosen="answer", points="points")
            .with_columns(
                worse["speech"].alias("other"),
                rejected=worse["answer"],
                points=pl.col("points") - worse["points"],
            )
            .filter(pl.col("speech") == pl.col("other"))
            .select("speech", "chosen", "rejected", "points")
        )
    return pl.concat(frames).sort("chosen", "rejected", descending=[False, True])
