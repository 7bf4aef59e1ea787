"""Finding listed words and phrases in a text, with what each stands for.

One small structure serves every list of this package: feelings, topics, risk, readiness, and what
the judge counts. It knows nothing of what the lists contain.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

from psychocounsel_data.offline.language import word_set, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

T = TypeVar("T")

_NEGATIONS: Final = frozenset({"not", "never", "no", "without", "hardly", "nor"})
_NEGATION_CARRIES_OVER: Final = word_set(
    "a any am are be been being is was were do ever even going have had to of the that so very"
    " really feel feels feeling felt think thinking thought thoughts want wanted plan plans"
    " intention planning longer about"
)


class Hit(NamedTuple, Generic[T]):
    """A phrase found in a sequence of words."""

    value: T
    phrase: str
    start: int
    """Index of the phrase's first word."""


class _Entry(NamedTuple, Generic[T]):
    words: tuple[str, ...]
    value: T


class Lexicon(Generic[T]):
    """Phrases of whole words, each with the value it stands for.

    Phrases are compared as `language.words` sees them, so "can't" and "cannot" are one. Where
    phrases overlap the longest wins, which lets a longer phrase shield a shorter one: list it
    with a value that the caller ignores.
    """

    def __init__(self, entries: Mapping[str, T]) -> None:
        self._single: dict[str, Hit[T]] = {}
        self._longer: dict[tuple[str, ...], list[_Entry[T]]] = {}
        for phrase, value in entries.items():
            self._add(words(phrase), value)
        for candidates in self._longer.values():
            candidates.sort(key=lambda entry: -len(entry.words))

    def _add(self, parts: tuple[str, ...], value: T) -> None:
        if len(parts) == 1:
            self._single[parts[0]] = Hit(value, parts[0], 0)
        else:
            self._longer.setdefault(parts[:2], []).append(_Entry(parts, value))

    def find(self, tokens: Sequence[str]) -> Iterator[Hit[T]]:
        """Every phrase in the words, in order, none overlapping another."""
        free = 0
        for hit in self.find_overlapping(tokens):
            if hit.start >= free:
                yield hit
                free = hit.start + hit.phrase.count(" ") + 1

    def find_overlapping(self, tokens: Sequence[str]) -> Iterator[Hit[T]]:
        """The longest phrase starting at every word, also inside another phrase."""
        for at, pair in enumerate(zip_longest(tokens, tokens[1:], fillvalue="")):
            hit = self._longest(tokens, at) if pair in self._longer else None
            if hit is not None:
                yield hit
            elif pair[0] in self._single:
                yield self._single[pair[0]]._replace(start=at)

    def _longest(self, tokens: Sequence[str], at: int) -> Hit[T] | None:
        for parts, value in self._longer[tokens[at], tokens[at + 1]]:
            if tuple(tokens[at : at + len(parts)]) == parts:
                return Hit(value, " ".join(parts), at)
        return None


def listed(groups: Mapping[T, str]) -> dict[str, T]:
    """Entries for a `Lexicon` from one comma-separated string of phrases a value."""
    return {
        phrase.strip(): value for value, phrases in groups.items() for phrase in phrases.split(",")
    }


def is_negated(tokens: Sequence[str], start: int) -> bool:
    """True when the phrase at `start` is denied: "not going to", "never felt", "no thoughts of".

    Only light words may stand between, so "I can't sleep, I want to die" denies nothing.
    """
    at = start - 1
    while at >= 0 and tokens[at] in _NEGATION_CARRIES_OVER:
        at -= 1
    return at >= 0 and tokens[at] in _NEGATIONS
