"""Which side of the train/test split a client speech is on. Pure.

The side depends on the speech's own words, the seed and the fraction, and on nothing else: more
speeches, another order or other ids move nobody. What is paired on either side is the business of
`pairing`.
"""

from __future__ import annotations

import hashlib
import math
import unicodedata
from fractions import Fraction
from functools import cache

from psychocounsel_data.records import ClientSpeech, Split


class _LettersAndDigits(dict[int, int | None]):
    """A translation that removes all else, and learns each character when it meets it."""

    def __missing__(self, code: int) -> int | None:
        self[code] = code if chr(code).isalnum() else None
        return self[code]


_LETTERS_AND_DIGITS = _LettersAndDigits()


def split_key(speech: ClientSpeech) -> str:
    """What stays together: the speech's group, or else its own key."""
    return speech.group or own_key(speech)


def own_key(speech: ClientSpeech) -> str:
    """32 hex digits of what was said, history included: its letters and digits, case folded.

    A group bears the key of the speech that it began with, which so stays on its side when others
    join it. Deliberately not the cleaner's rule for duplicates: that one may be refined, and no
    speech of a published test set may move to the training side by it.
    """
    said = "\n".join((*(turn.text for turn in speech.context), speech.text))
    folded = unicodedata.normalize("NFKC", said).casefold().translate(_LETTERS_AND_DIGITS)
    return hashlib.sha256(folded.encode()).hexdigest()[:32]


def side(key: str, *, test_fraction: float, seed: int) -> Split:
    """The side that a key is on.

    About `test_fraction` of all keys are on the test side. A greater fraction adds to them and
    takes none away; another seed draws anew.
    """
    digest = hashlib.sha256(f"{seed}\0{key}".encode()).digest()
    drawn = int.from_bytes(digest[:8], "big")
    return "test" if drawn < _bound(test_fraction) else "train"


@cache
def _bound(fraction: float) -> int:
    """The draws below it are a fraction of all: 0 is none, 1 is all, and no float decides."""
    return math.ceil(Fraction(str(fraction)) * 2**64)
