"""What can be wrong between pairs: repeats, contradictions, and leaks from split to split. Pure.

Texts are the same where they differ in case, punctuation or spaces only (`same_text_key`).
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from psychocounsel_data.audit.pairwise import SIDES, Lacking
from psychocounsel_data.audit.reading import Pairs, rank
from psychocounsel_data.cleaning.duplicates import same_text_key

if TYPE_CHECKING:
    import polars as pl

NEAR: Final = 0.8
"""The share of common character 5-grams (Jaccard) from which two questions are nearly the same."""


def duplicate(pairs: Pairs) -> pl.Series:
    """The split has the same question with the same two answers before, the same one chosen."""
    import polars as pl

    keys = _keys(pairs)
    first = keys.select(pl.struct("split", "question", *SIDES).is_first_distinct().alias("first"))
    return ~first.to_series()


def contradictory(pairs: Pairs) -> pl.Series:
    """Another pair has the same question and answers, and the other one chosen."""
    import polars as pl

    keys = _keys(pairs).with_columns(low=pl.min_horizontal(*SIDES), high=pl.max_horizontal(*SIDES))
    both = pl.col("chosen").n_unique().over("question", "low", "high") > 1
    return keys.select(both.alias("mask")).to_series()


def leaked(pairs: Pairs) -> pl.Series | Lacking:
    """The question of a training pair is in a later split too: training, validation, test."""
    import polars as pl

    if pairs.frame["split"].n_unique() < 2:
        return Lacking("a second split")
    last = pl.col("rank").max().over("question")
    return _ranked(pairs).select((pl.col("words") & (pl.col("rank") < last)).alias("m")).to_series()


def nearly_leaked(pairs: Pairs) -> pl.Series | Lacking:
    """The question of a training pair is not in a later split, but one nearly like it is."""
    import polars as pl

    exact = leaked(pairs)
    if isinstance(exact, Lacking):
        return exact
    ranked = _ranked(pairs).with_columns(text=pairs.frame["question"])
    different = (
        ranked.filter("words")
        .group_by("question", maintain_order=True)
        .agg(pl.col("text").first(), pl.col("rank").max())
    )
    clusters = pl.Series("cluster", _clusters(different["text"].to_list()), dtype=pl.Int64)
    last = different.with_columns(clusters).select(
        "question", pl.col("rank").max().over("cluster").alias("last")
    )
    joined = ranked.join(last, on="question", how="left", maintain_order="left")
    later = (joined["rank"] < joined["last"]).fill_null(value=False)
    return later & ~exact


def _clusters(texts: list[str]) -> list[int]:
    """For each text the place of the first one of those that it hangs together with."""
    from psychocounsel_data.cleaning.near import Clusters, Signatures

    clusters = Clusters(len(texts))
    with Signatures(Path(tempfile.gettempdir())) as signatures:
        for text in texts:
            signatures.add(text)
        for pair in signatures.pairs(NEAR):
            clusters.join(pair.first, pair.second)
    return [clusters.first(place) for place in range(len(texts))]


def _ranked(pairs: Pairs) -> pl.DataFrame:
    """Each question's key, whether it has words, and how late its split comes."""
    import polars as pl

    ranks = {split: rank(split) for split in pairs.frame["split"].unique()}
    return pairs.frame.select(
        key_of(pairs.frame["question"]),
        (pl.col("question").str.strip_chars() != "").alias("words"),
        pl.col("split").replace_strict(ranks, return_dtype=pl.Int8).alias("rank"),
    )


def _keys(pairs: Pairs) -> pl.DataFrame:
    columns = [key_of(pairs.frame[one]) for one in ("question", *SIDES)]
    return pairs.frame.select("split").with_columns(*columns)


def key_of(texts: pl.Series) -> pl.Series:
    """A key for each text, equal for texts that are the same, under the texts' name."""
    import polars as pl

    keys = {text: same_text_key(text) for text in texts.unique()}
    return pl.Series(texts.name, [keys[text] for text in texts], dtype=pl.Binary)
