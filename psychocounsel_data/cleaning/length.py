"""How long a fit speech is, in characters and in words. Pure."""

from __future__ import annotations

from psychocounsel_data.cleaning.step import Unfit
from psychocounsel_data.cleaning.words import words
from psychocounsel_data.config import CleanConfig
from psychocounsel_data.records import ClientSpeech


class Length:
    """Drops what is empty, too short or too long; all ends are inclusive.

    The paper says "under 100 and over 1,000 characters"; whether it counted the ends in is not
    known.
    """

    name = "length"

    def __init__(self, rule: CleanConfig) -> None:
        self._rule = rule
        self._counts_words = rule.min_words > 0 or rule.max_words is not None

    def __call__(self, speech: ClientSpeech) -> ClientSpeech | Unfit:
        """Raises nothing."""
        if not speech.text:
            return Unfit("empty", "the client says nothing")
        rule = self._rule
        unfit = _outside(len(speech.text), rule.min_chars, rule.max_chars, "characters")
        if unfit is None and self._counts_words:
            unfit = _outside(len(words(speech.text)), rule.min_words, rule.max_words, "words")
        return unfit or speech


def _outside(length: int, least: int, most: int | None, unit: str) -> Unfit | None:
    if length < least:
        return Unfit("too_short", f"{length:,} {unit}, the least is {least:,}")
    if most is not None and length > most:
        return Unfit("too_long", f"{length:,} {unit}, the most is {most:,}")
    return None
