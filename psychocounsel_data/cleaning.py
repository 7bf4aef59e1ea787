"""What a fit client speech is: normalise, recognise duplicates, mind the length. Pure.

Every drop has a reason. The rules are the paper's: 100 to 1,000 characters, no text twice.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import NamedTuple

from psychocounsel_data.config import CleanConfig

# Zero-width space, soft hyphen, word joiner, byte order mark and the like carry no meaning. The
# zero-width joiner and non-joiner do, in several scripts and in emoji, and stay.
_INVISIBLE = re.compile(r"[\u00ad\u200b\u200e\u200f\u2060\u2028\u2029\ufeff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SPACES = re.compile(r"[^\S\n]+")
_AROUND_LINE_END = re.compile(r" ?\n ?")
_BLANK_LINES = re.compile(r"\n{3,}")
_NOT_WORD = re.compile(r"[\W_]+")


class Unfit(NamedTuple):
    """Why a text is not a speech of this run."""

    reason: str
    """A short stable word."""
    detail: str


def normalise(text: str) -> str:
    """The same text in one form: line ends, spaces, invisible characters, composed letters.

    Unicode form C, not KC: the latter would turn a `½` into `1/2` and a `…` into three dots, and
    change what the client wrote.
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _CONTROL.sub("", _INVISIBLE.sub("", text))
    text = _AROUND_LINE_END.sub("\n", _SPACES.sub(" ", text))
    return _BLANK_LINES.sub("\n\n", text).strip()


def same_text_key(text: str) -> bytes:
    """16 bytes that are equal for texts which differ in case, punctuation or spaces only."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return hashlib.blake2b(_NOT_WORD.sub("", folded).encode(), digest_size=16).digest()


def unfit_length(text: str, rule: CleanConfig) -> Unfit | None:
    """Whether a text is too short or too long; both ends are inclusive.

    The paper says "under 100 and over 1,000 characters"; whether it counted the ends in is not
    known.
    """
    length = len(text)
    if length < rule.min_chars:
        return Unfit("too_short", f"{length:,} characters, the least is {rule.min_chars:,}")
    if length > rule.max_chars:
        return Unfit("too_long", f"{length:,} characters, the most is {rule.max_chars:,}")
    return None
