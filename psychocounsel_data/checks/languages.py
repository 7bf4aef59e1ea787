"""Which language a text begins and ends in, where that is sure enough to hold it against an answer.

Scripts are told apart by `scripts`; this tells a Spanish answer to an English speech. English is
known by its commonest words, in a few microseconds; what lacks them is given to a model of
languages, which takes a hundred times as long and a second to load. What neither is sure of is
held against nobody (figures in docs/pairs.md). The end is read too, since there are answers that go
on in a second language after the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psychocounsel_data.cleaning.words import words

if TYPE_CHECKING:
    import polars as pl

READ_CHARS: Final = 200
"""Of either end: more takes longer and is told no better."""
LEAST_WORDS: Final = 8
LEAST_SURE: Final = 0.95
"""Probability. Of pieces cut out of English, one in 136 is taken for something else by 0.9."""
LEAST_ENGLISH: Final = 0.12
"""Share of English's commonest words among the first."""

# Boundaries of ASCII are quick, and leave letters with accents outside: so words that are a piece
# of a foreign one by chance (`i`, `in`, `to`) are none of these.
_ENGLISH: Final = (
    r"(?-u:\b)(?:(?i:the|and|you|your|of|that|it|with|are|have|this|for|be|can|is|my|but|what)|I)"
    r"(?-u:\b)"
)
_COUNTS_AS: Final = {
    "af": "nl", "bs": "hr", "da": "no", "gl": "pt", "lb": "de",
    "ms": "id", "nb": "no", "nn": "no", "sk": "cs", "sr": "hr",
}  # fmt: skip
"""Languages so near another that a short text may be taken for either."""


def language(texts: pl.Series) -> pl.Series:
    """ISO 639 code of each text's language, one for several that are hard to tell apart.

    Null where it is too short, not sure, or another at the end than at the beginning.
    """
    import polars as pl

    ends = pl.DataFrame({"first": _told(_first(texts)), "last": _told(_last(texts))})
    same = pl.when(pl.col("first") == pl.col("last")).then(pl.col("first"))
    return ends.select(same.alias("language")).to_series()


def elsewhere(texts: pl.Series, languages: pl.Series) -> pl.Series:
    """Whether a text begins or ends in another language than the one given for it.

    False where that is null, and where it is not sure.
    """
    told = languages.is_not_null()
    found = [_told(part.set(~told, None)) != languages for part in (_first(texts), _last(texts))]
    return (found[0].fill_null(value=False) | found[1].fill_null(value=False)) & told


def _first(texts: pl.Series) -> pl.Series:
    return texts.str.head(READ_CHARS)


def _last(texts: pl.Series) -> pl.Series:
    return texts.str.tail(READ_CHARS)


def _told(parts: pl.Series) -> pl.Series:
    """The language of each part; null where there is none, or it is not sure."""
    import polars as pl

    part = pl.col("part")
    english = part.str.count_matches(_ENGLISH) >= LEAST_ENGLISH * (
        part.str.count_matches(" ", literal=True) + 1
    )
    known = pl.DataFrame({"part": parts}).with_columns(
        language=pl.when(english).then(pl.lit("en"))
    )["language"]
    rest = (known.is_null() & parts.is_not_null()).arg_true()
    return known.scatter(rest, [_guessed(text) for text in parts.gather(rest)])


def _guessed(text: str) -> str | None:
    if len(words(text)) < LEAST_WORDS:
        return None
    from psychocounsel_data.cleaning.language import identifier

    code, sure = identifier().classify(text)
    return _COUNTS_AS.get(code, code) if sure >= LEAST_SURE else None
