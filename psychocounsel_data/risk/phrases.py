"""The small language that rules are written in, for people who do not write patterns. Pure.

    a/b     either word                 [a/b]   either word, or neither
    *       any one word                ...     up to three words
    <set>   any of the words, or groups of words, of a named set

A phrase never reaches across a comma or the end of a sentence. It is compiled to a regular
expression over `words.Words.joined`, and filed under the words of its most telling place, so that
a text is compared only with phrases that share a word with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

# Words that most texts have: a phrase is not filed under these where it has others.
_COMMON = frozenset(
    """
    about afraid all always anymore can could feel felt from going have just like life make myself
    never not only people person said should someone still tell than that the them then there they
    thing things think thinking this thought want wanted was what when will with would you your
    """.split()
)
_WORD = r"(?:[^\s.,]+ )"
_PIECE = re.compile(r"\[[^\]]*\]|\S+")


@dataclass(frozen=True)
class Phrase:
    """A phrase ready to be looked for.

    Attributes:
        anchors: it can only stand in a text that has one of these words.
        source: the regular expression as it is written.
    """

    anchors: frozenset[str]
    source: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches in `Words.joined`, from a word's first letter to the space after the last.

        Compiled when a text first has one of the anchors, so that reading all rules takes little.
        """
        return re.compile(self.source)


class _Place(NamedTuple):
    pattern: str
    words: frozenset[str]
    """The longest word of every alternative; empty where the place may stay empty."""


def compile_phrase(
    text: str, sets: Mapping[str, Sequence[str]], not_before: Sequence[str] = ()
) -> Phrase:
    """A phrase from its text.

    Args:
        text: as a rule file has it.
        sets: name to words or groups of words.
        not_before: words that must not follow.

    Raises:
        ValueError: it names a set that there is not, or has no word of its own.
    """
    places = [_place(piece, sets) for piece in _PIECE.findall(text)]
    telling = [place.words for place in places if place.words]
    if not telling:
        raise ValueError(f"'{text}' has no word that has to be there")
    anchors = max(telling, key=_telling)
    after = f"(?!(?:{_either(not_before)}) )" if not_before else ""
    return Phrase(anchors, "(?<= )" + "".join(one.pattern for one in places) + after)


def _telling(words: frozenset[str]) -> tuple[bool, int]:
    """How seldom a text has any of these words."""
    return not (words & _COMMON), min(map(len, words))


def _place(piece: str, sets: Mapping[str, Sequence[str]]) -> _Place:
    if piece == "...":
        return _Place(f"{_WORD}{{0,3}}", frozenset())
    if piece == "*":
        return _Place(_WORD, frozenset())
    if piece.startswith("["):
        inside = piece.strip("[]")
        pattern = _WORD if inside == "*" else f"(?:{_either(_alternatives(inside, sets))}) "
        return _Place(f"(?:{pattern})?", frozenset())
    alternatives = list(_alternatives(piece, sets))
    longest = frozenset(max(one.split(), key=len) for one in alternatives)
    return _Place(f"(?:{_either(alternatives)}) ", longest)


def _alternatives(piece: str, sets: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for word in piece.split("/"):
        if not word.startswith("<"):
            yield word
        elif word.strip("<>") in sets:
            yield from map(str, sets[word.strip("<>")])
        else:
            raise ValueError(f"there is no set {word}")


def _either(words: Sequence[str] | Iterator[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
