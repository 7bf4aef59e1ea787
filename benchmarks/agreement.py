"""How long a study of agreement takes: every statistic with its interval, for two raters.

    python benchmarks/agreement.py [--items 10000] [--resamples 1000]

Five items a speech. The floor is what no interval can do without: drawing the speeches and summing
one table of 25 cells in every resample. Beside it stands one statistic done by the book, drawing
the ratings themselves and asking scikit-learn, timed on a few resamples and scaled up.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from psychocounsel_data.agreement import two_raters
from psychocounsel_data.agreement.ratings import Ratings, Scale
from psychocounsel_data.agreement.resampling import Resamples
from psychocounsel_data.agreement.study import Settings, study

PER_SPEECH = 5
BOOK_RESAMPLES = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--resamples", type=int, default=1_000)
    options = parser.parse_args()
    ratings = invented(options.items)
    one, two = ratings.scores[0].T
    study(invented(100), "ratings", (), Settings(resamples=10))  # imports

    start = time.perf_counter()
    two_raters.cells(one, two, ratings.groups, Resamples(ratings.group_count, options.resamples, 0))
    floor = time.perf_counter() - start
    start = time.perf_counter()
    part = study(ratings, "ratings", (), Settings(resamples=options.resamples))
    whole = time.perf_counter() - start
    book = by_the_book(ratings) * options.resamples

    count = len(part.comparisons[0].figures)
    print(
        f"{options.items:,} items, {ratings.group_count:,} speeches, "
        f"{options.resamples:,} resamples"
    )
    print(f"floor, drawing and one table   {floor:8.2f} s")
    print(f"{count} statistics and intervals  {whole:8.2f} s   {whole / floor:.1f} times the floor")
    print(f"one of them by the book        {book:8.2f} s   {book / floor:.1f} times the floor")


def invented(items: int) -> Ratings:
    """Two raters who mostly agree."""
    draw = np.random.default_rng(0)
    one = draw.integers(1, 6, items)
    two = np.clip(one + draw.integers(-1, 2, items), 1, 5)
    return Ratings(
        items=tuple(map(str, range(items))),
        groups=np.arange(items) // PER_SPEECH,
        attributes=("empathy",),
        raters=("judge", "expert"),
        judges=("judge",),
        scores=np.column_stack([one, two]).astype(np.float64)[None],
        scale=Scale(1, 5),
        labels=(),
    )


def by_the_book(ratings: Ratings) -> float:
    """Seconds a resample for one weighted kappa."""
    from sklearn.metrics import cohen_kappa_score

    draw = np.random.default_rng(0)
    one, two = ratings.scores[0].T.astype(int)
    start = time.perf_counter()
    for _ in range(BOOK_RESAMPLES):
        speeches = draw.integers(0, ratings.group_count, ratings.group_count)
        rows = (speeches[:, None] * PER_SPEECH + np.arange(PER_SPEECH)).ravel()
        rows = rows[rows < len(one)]
        cohen_kappa_score(one[rows], two[rows], weights="quadratic")
    return (time.perf_counter() - start) / BOOK_RESAMPLES


if __name__ == "__main__":
    main()
