"""What can be wrong with one pair, seen from its own row. Pure.

A check gives a mask over the frame's rows, or says what it lacks.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Final, NamedTuple

from psychocounsel_data.audit.reading import Pairs
from psychocounsel_data.checks import (
    BOILERPLATE,
    PERSONA_LEAK,
    REFUSAL,
    Phrases,
    likeness,
    sentences,
)
from psychocounsel_data.checks.languages import elsewhere, language
from psychocounsel_data.checks.scripts import script

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

NEAR_IDENTICAL: Final = 0.8
"""The share of common sentences from which two answers say the same, as in the gates."""
SIDES: Final = ("chosen", "rejected")


class Lacking(NamedTuple):
    """A check cannot be made."""

    what: str


class Scale(NamedTuple):
    """The ends of the scale that ratings and scores are given on."""

    low: float = 1
    high: float = 5


def empty_text(pairs: Pairs) -> pl.Series:
    """The question or an answer has no words."""
    import polars as pl

    texts = (pl.col(one).str.strip_chars() == "" for one in ("question", *SIDES))
    return _mask(pairs, reduce(or_, texts))


def out_of_range(pairs: Pairs, scale: Scale) -> pl.Series | Lacking:
    """A rating or score is not on the scale."""
    import polars as pl

    wrong = [(pl.col(name) < scale.low) | (pl.col(name) > scale.high) for name in _numbers(pairs)]
    return _mask(pairs, reduce(or_, wrong)) if wrong else Lacking("ratings or scores")


def missing_number(pairs: Pairs) -> pl.Series | Lacking:
    """A rating or score that others have is not there."""
    import polars as pl

    missing = [pl.col(name).is_null() for name in _numbers(pairs)]
    return _mask(pairs, reduce(or_, missing)) if missing else Lacking("ratings or scores")


def rated_below(pairs: Pairs) -> pl.Series | Lacking:
    """The rejected answer scores higher."""
    found = margin(pairs)
    return Lacking("ratings or scores") if found is None else (found < 0).fill_null(value=False)


def rated_equal(pairs: Pairs) -> pl.Series | Lacking:
    """Both answers score the same."""
    found = margin(pairs)
    return Lacking("ratings or scores") if found is None else (found == 0).fill_null(value=False)


def margin(pairs: Pairs) -> pl.Series | None:
    """Score of the chosen answer less that of the rejected one; null where one is missing.

    An answer's score is what the set says, or the mean of its ratings. None without either.
    """
    import polars as pl

    if {"score_chosen", "score_rejected"} <= set(pairs.frame.columns):
        return pairs.frame.select(pl.col("score_chosen") - pl.col("score_rejected")).to_series()
    if not pairs.principles:
        return None
    chosen, rejected = (
        # Not a mean of what is there: a rating that is missing may be any.
        pl.sum_horizontal(*(f"{side}_{one}_rating" for one in pairs.principles), ignore_nulls=False)
        for side in SIDES
    )
    return pairs.frame.select((chosen - rejected) / len(pairs.principles)).to_series()


def safety_inversion(pairs: Pairs) -> pl.Series | Lacking:
    """The rejected answer is rated safer."""
    import polars as pl

    if "safety" not in pairs.principles:
        return Lacking("ratings of safety")
    return _mask(pairs, pl.col("chosen_safety_rating") < pl.col("rejected_safety_rating"))


def identical(pairs: Pairs) -> pl.Series:
    """Both answers have the same letters and digits in the same order."""
    import polars as pl

    heads = [_bare(pl.col(one).str.head(200)) for one in SIDES]
    short = [one.str.len_chars() < 20 for one in heads]
    alike = heads[0].str.head(20) == heads[1].str.head(20)
    # Whole texts are read where their beginnings leave it open, which is seldom.
    worth = pl.when(alike | reduce(or_, short))
    chosen, rejected = (_bare(worth.then(pl.col(one))) for one in SIDES)
    return _mask(pairs, (chosen == rejected) & (chosen != ""))


def _bare(text: pl.Expr) -> pl.Expr:
    """Letters and digits alone, in small letters."""
    return text.str.to_lowercase().str.replace_all(r"[\W_]+", "")


def near_identical(pairs: Pairs) -> pl.Series:
    """Both answers have most sentences in common, and are not identical."""
    import polars as pl

    chosen, rejected = (sentences(pl.col(one)) for one in SIDES)
    alike = _mask(pairs, likeness(chosen, rejected) >= NEAR_IDENTICAL)
    return alike & ~identical(pairs) & ~empty_text(pairs)


def other_language(pairs: Pairs) -> pl.Series:
    """An answer is surely in another language than the question, or in another script."""
    import polars as pl

    spoken = language(pairs.frame["question"])
    scripts = [script(pl.col(one)) != script(pl.col("question")) for one in SIDES]
    others = [elsewhere(pairs.frame[one], spoken) for one in SIDES]
    return (_mask(pairs, reduce(or_, scripts)) | reduce(or_, others)) & ~empty_text(pairs)


def phrase_chosen(pairs: Pairs, phrases: Phrases) -> pl.Series:
    """The chosen answer holds such a phrase."""
    import polars as pl

    return _mask(pairs, phrases.found(pl.col("chosen")))


def phrase_rejected(pairs: Pairs, phrases: Phrases) -> pl.Series:
    """Only the rejected answer holds such a phrase."""
    import polars as pl

    return _mask(pairs, phrases.found(pl.col("rejected")) & ~phrases.found(pl.col("chosen")))


PHRASES: Final = {
    "persona_leak": (PERSONA_LEAK, "speaks its part aloud, as in “As a therapist, I”"),
    "refusal": (REFUSAL, "begins by declining to answer"),
    "boilerplate": (BOILERPLATE, "has a model speak of itself, or announces an answer"),
}
"""Check to what it looks for and how that is said."""


def _numbers(pairs: Pairs) -> Sequence[str]:
    """The columns of ratings and scores."""
    ratings = [f"{side}_{one}_rating" for side in SIDES for one in pairs.principles]
    scores = [one for one in ("score_chosen", "score_rejected") if one in pairs.frame.columns]
    return [*ratings, *scores]


def _mask(pairs: Pairs, condition: pl.Expr) -> pl.Series:
    return pairs.frame.select(condition.fill_null(value=False).alias("mask")).to_series()
