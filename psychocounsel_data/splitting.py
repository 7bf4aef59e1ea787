"""Which side of the train/test split a client speech is on. Pure.

The side depends on the speech's own words, the seed and the fraction, and on nothing else: more
speeches, another order or other ids move nobody. What is paired on either side is the business of
`pairing`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from fractions import Fraction

from psychocounsel_data.records import ClientSpeech, Split

_NEITHER_LETTER_NOR_DIGIT = re.compile(r"[\W_]+")


def split_key(speech: ClientSpeech) -> str:
    """What stays together: the speech's group, or else its letters and digits, case folded.

    Deliberately not the cleaner's rule for duplicates: that one may be refined, and no speech of a
    published test set may move to the training side by it.
    """
    if speech.group is not None:
        return f"group:{speech.group}"
    folded = unicodedata.normalize("NFKC", speech.text).casefold()
    return f"text:{_NEITHER_LETTER_NOR_DIGIT.sub('', folded)}"


def side(key: str, *, test_fraction: float, seed: int) -> Split:
    """The side that a key is on.

    About `test_fraction` of all keys are on the test side. A greater fraction adds to them and
    takes none away; another seed draws anew.
    """
    digest = hashlib.sha256(f"{seed}\0{key}".encode()).digest()
    # Compared as integers: 0 is nobody, 1 is everybody, and no float decides in between.
    drawn = int.from_bytes(digest[:8], "big")
    return "test" if drawn < Fraction(str(test_fraction)) * 2**64 else "train"
