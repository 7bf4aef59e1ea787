"""Phrases that no counsellor says: the part a model was told to play, refusals, boilerplate. Pure.

English only: an answer in another language passes. The lists are ours, written from what models
say; a phrase counts where it cannot be part of good counselling. Advice to see a professional or to
call a crisis line is none of them.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_ROLE = (
    r"(?:(?:licensed|trained|qualified|professional|experienced|compassionate|empathetic|caring"
    r"|supportive|virtual|psychological|mental[ -]health)[ -])*"
    r"(?:psycho)?(?:therapist|counsell?or|psychologist|psychiatrist|clinician|social worker"
    r"|mental[ -]health professional)"
)
_Q = "['\N{RIGHT SINGLE QUOTATION MARK}]"
_CANNOT = rf"(?:can{_Q}t|cannot|can not|(?: am|{_Q}m) (?:not able|unable) to|won{_Q}t)"


class Phrases:
    """A set of phrases to find in texts."""

    def __init__(self, pattern: str, *, within: int | None = None) -> None:
        """A set of phrases.

        Args:
            pattern: a regular expression that Python and Rust read alike; case does not matter.
            within: only matches in the first so many characters count; None for the whole text.
        """
        self._pattern = f"(?i){pattern}"
        # A boundary by the whole of Unicode sends Rust to its slow engine at every curly quote.
        self._of_rust = self._pattern.replace(r"\b", r"(?-u:\b)")
        self._within = within

    def found(self, text: pl.Expr) -> pl.Expr:
        """Whether a text holds one of them; false where there is no text."""
        head = text if self._within is None else text.str.head(self._within)
        return head.str.contains(self._of_rust).fill_null(value=False)

    def first(self, text: str) -> str | None:
        """The first phrase in a text, as it stands there; None where there is none."""
        match = self._compiled.search(text[: self._within])
        return match[0].strip() if match else None

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._pattern)


PERSONA_LEAK = Phrases(
    rf"\b(?:speaking )?as (?:an? |your ){_ROLE}\b,? (?:i\b|my\b|it is my|it{_Q}s my|let me)"
    rf"|\bas your {_ROLE}\b"
    rf"|\bmy (?:role|job|duty) as (?:an? |your ){_ROLE}\b"
    rf"|(?:^|\n)\W{{0,3}}(?:therapist|counsell?or)(?:{_Q}s response)?\W{{0,2}}:"
    rf"|\[(?:your name|(?:patient|client|therapist)(?:{_Q}s)? name)\]",
)
"""The part it was told to play, spoken aloud: `As a therapist, I ...`, `Counselor: ...`,
`[Your Name]`."""

REFUSAL = Phrases(
    rf"\bi(?: am|{_Q}m)? (?:really |so |very |deeply )?sorry\b[^.!?\n]{{0,80}}\b(?:but|however)\b"
    rf"[^.!?\n]{{0,20}}\bi ?{_CANNOT} (?:be able to )?(?:help|assist|provide|answer|respond|fulfil"
    r"|continue|engage|offer|discuss|comply|do that)"
    rf"|(?:^|\n|[.!] )i ?{_CANNOT} (?:help|assist)(?: you)? (?:with|in) (?:that|this|your request)"
    rf"|(?:^|\n|[.!] )i ?{_CANNOT} (?:fulfil|comply|provide (?:therapy|counsell?ing|medical|mental"
    r"|psychological|personal))",
    within=400,
)
"""An answer that begins by declining to answer."""

BOILERPLATE = Phrases(
    rf"\b(?:as|i am|i{_Q}m)(?: just| only)? an ai\b"
    r"|\bas a (?:large )?language model\b"
    rf"|\bi(?: am|{_Q}m) not an? {_ROLE}\b"
    r"|\b(?:no|not a|never a) substitute for professional\b"
    rf"|^\W{{0,3}}(?:sure|certainly|of course|absolutely)?[,!.]? ?here(?: is|{_Q}s) an? "
    r"(?:possible |sample |suggested |thoughtful |supportive |compassionate |empathetic )*"
    r"(?:response|reply|answer)\b"
    r"|\bi hope this (?:response|answer|information) (?:helps|is helpful)\b",
)
"""What models say of themselves or around an answer: `As an AI language model`, `Here is a possible
response`."""
