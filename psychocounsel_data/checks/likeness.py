"""How alike two answers are: the share of their sentences that both have. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


def sentences(text: pl.Expr) -> pl.Expr:
    """The different sentences of a text, each as a number: equal for equal words.

    Case makes no difference. A sentence goes to the next full stop and space, whatever else is in
    it: that is rough, and quick. The numbers hold within one process only.
    """
    import polars as pl

    parts = text.str.to_lowercase().str.strip_chars(" .\n").str.split(". ")
    return parts.list.eval(pl.element().hash()).list.unique()


def likeness(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    """The share, 0 to 1, of all sentences of two texts that both have (Jaccard); see `sentences`.

    0 where neither has a sentence.
    """
    both = one.list.set_intersection(other).list.len()
    either = one.list.len() + other.list.len() - both
    return (both / either).fill_nan(0.0)
