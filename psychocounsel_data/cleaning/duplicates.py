"""Texts that are in twice, letter by letter or but for case, punctuation and spaces."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from array import array

from psychocounsel_data.cleaning.step import Unfit
from psychocounsel_data.config import DuplicateRule
from psychocounsel_data.records import ClientSpeech

_NOT_WORD = re.compile(r"[\W_]+")
_ASCII_NOT_WORD = bytes(code for code in range(128) if not chr(code).isalnum())


def same_text_key(text: str) -> bytes:
    """16 bytes that are equal for texts which differ in case, punctuation or spaces only.

    A text without letters and digits is equal to itself alone.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    if folded.isascii():  # the same, five times as fast
        kept = folded.encode().translate(None, _ASCII_NOT_WORD).decode()
    else:
        kept = _NOT_WORD.sub("", folded)
    return _digest(kept or text)


class Duplicates:
    """Keeps the first of equal texts, in the order of `sources:` and of their rows.

    With a history, two speeches are equal only if all that was said before is equal too.

    Attributes:
        first: id of the speech that the last one dropped is equal to.
        distinct: how many different texts were met, those that other steps dropped included.
    """

    name = "duplicates"

    def __init__(self, rule: DuplicateRule) -> None:
        self._rule = rule
        self._places: dict[bytes, int] = {}
        """Key of a text to its place in the two lists; -1 where it was only ever noted."""
        self._ids: list[str] = []
        self._exact = array("Q")
        self.first = ""
        self.distinct = 0

    def __call__(self, speech: ClientSpeech) -> ClientSpeech | Unfit:
        """The first of its kind, or the reason that names it."""
        key, exact = self._keys(speech)
        place = self._places.get(key)
        self.distinct += place is None
        if place is None or place < 0:
            self._places[key] = len(self._ids)
            self._ids.append(speech.id)
            self._exact.append(exact)
            return speech
        if self._rule == "off":
            return speech
        self.first = self._ids[place]
        if self._exact[place] == exact:
            return Unfit("duplicate", f"same text as {self.first}")
        return Unfit("same_words", f"same text as {self.first} but for case, punctuation, spaces")

    def note(self, speech: ClientSpeech) -> None:
        """Count the text of a speech that another step dropped; it makes no other a duplicate."""
        key, _ = self._keys(speech)
        if key not in self._places:
            self._places[key] = -1
            self.distinct += 1

    def _keys(self, speech: ClientSpeech) -> tuple[bytes, int]:
        """What the rule calls the same, and what is the same letter by letter."""
        said = "\n".join((*(turn.text for turn in speech.context), speech.text))
        exact = _digest(said)
        key = exact if self._rule == "exact" else same_text_key(said)
        return key, int.from_bytes(exact[:8], "big")


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()
