"""A text as the rules read it: lower-case words with their places, contractions spelt out. Pure.

"don't", "dont" and "do not" become the same two words, a hyphen is a space, and the end of a
sentence and a comma stay as marks of their own, so that no phrase reaches across them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

END: Final = "."
PAUSE: Final = ","
_TOKEN = re.compile(
    r"[^\W_]+(?:['\u2019\u02bc][^\W_]+)*|[.!?;:\u2026]+|\n\n+|[,()\u2013\u2014\"\u201c\u201d]|\s-\s"
)
_IS = frozenset("he she it that there here what who where how this".split())
_PARTS: Final = {
    "m": "am", "re": "are", "ve": "have", "ll": "will", "d": "would",
}  # fmt: skip
_UNMARKED: Final = {
    "im": "i am", "ive": "i have", "dont": "do not", "doesnt": "does not", "didnt": "did not",
    "cant": "can not", "cannot": "can not", "wont": "will not", "isnt": "is not",
    "arent": "are not", "wasnt": "was not", "werent": "were not", "couldnt": "could not",
    "wouldnt": "would not", "shouldnt": "should not", "havent": "have not", "hasnt": "has not",
    "hadnt": "had not", "hes": "he is", "shes": "she is", "theyre": "they are", "thats": "that is",
    "can't": "can not", "won't": "will not", "ain't": "am not", "wanna": "want to",
    "gonna": "going to", "u": "you", "ur": "your", "selfharm": "self harm",
}  # fmt: skip


class Words(NamedTuple):
    """The words of a text, joined by single spaces, and where each of them stands in it."""

    joined: str
    """All words and marks; begins and ends with a space."""
    starts: tuple[int, ...]
    """Where each word begins in `joined`."""
    places: tuple[tuple[int, int], ...]
    """Where each stands in the text: first character, and the one after its last."""

    def at(self, position: int) -> int:
        """Which word stands at a position of `joined`."""
        return bisect_right(self.starts, position) - 1

    def words(self) -> list[str]:
        """The words and marks, in order."""
        return self.joined.split()


def read(text: str) -> Words:
    """The words of a text. Any language passes; only English contractions are known."""
    joined = [" "]
    starts: list[int] = []
    places: list[tuple[int, int]] = []
    length = 1
    for found in _TOKEN.finditer(text):
        for word in _spelt_out(found[0]):
            starts.append(length)
            places.append(found.span())
            joined.append(f"{word} ")
            length += len(word) + 1
    return Words("".join(joined), tuple(starts), tuple(places))


@lru_cache(maxsize=1 << 15)
def _spelt_out(token: str) -> Sequence[str]:
    if not token[0].isalnum():
        return [END] if token[0] in ".!?;:\u2026\n" else [PAUSE]
    word = token.lower().replace("\u2019", "'").replace("\u02bc", "'")
    if word in _UNMARKED:
        return _UNMARKED[word].split()
    if word.endswith("n't"):
        return [word[:-3], "not"]
    stem, mark, ending = word.rpartition("'")
    if not mark:
        return [word]
    if ending == "s":
        return [stem, "is" if stem in _IS else "'s"]
    return [stem, _PARTS.get(ending, ending)]
