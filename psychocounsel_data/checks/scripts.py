"""Which script a text is mostly written in. Pure.

It tells a Chinese answer to an English speech, the commonest way in which a model leaves the
client's language. English and Spanish share a script, and are not told apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import polars as pl

SHARE: Final = 0.2
"""The least share of a text's characters that makes a script its own: a quoted word does not."""

_FAMILIES: Final = (
    r"[\p{Han}\p{Hiragana}\p{Katakana}]",
    r"\p{Hangul}",
    r"\p{Cyrillic}",
    r"\p{Arabic}",
    r"\p{Devanagari}",
    r"\p{Thai}",
    r"\p{Greek}",
    r"\p{Hebrew}",
)


def script(text: pl.Expr) -> pl.Expr:
    """A number for the script of each text: 0 for Latin and whatever is not looked for.

    Chinese and Japanese count as one.
    """
    import polars as pl

    # Few texts have any character beyond Latin; the others need no counting.
    foreign = pl.when(text.str.len_bytes() >= text.str.len_chars() * (1 + SHARE)).then(text)
    number = pl.lit(0, pl.UInt8)
    for place, family in enumerate(_FAMILIES, start=1):
        much = foreign.str.count_matches(family) >= foreign.str.len_chars() * SHARE
        number = (
            pl.when(much.fill_null(value=False)).then(pl.lit(place, pl.UInt8)).otherwise(number)
        )
    return number
