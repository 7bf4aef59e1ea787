"""Text in one form: composed letters, no invisible characters, plain white space. Pure.

Also what a word is here, which length, language and near-duplicates count in.
"""

from __future__ import annotations

import re
import unicodedata

# Zero-width space, soft hyphen, word joiner, byte order mark, directional marks and the like carry
# no meaning. The zero-width joiner and non-joiner do, in several scripts and in emoji, and stay.
_INVISIBLE = re.compile(
    "[\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_BLANK_LINES = re.compile(r"\n{3,}")
# A lower-case word, a full stop, and the next sentence without a space: "with.Seriously". Not
# "e.g.Something", initials or addresses, which have a stop, or no lower-case word, before it.
_GLUED = re.compile(r"(?<=[^\W\d_][^\W\d_A-Z][.!?])(?=[A-Z][a-z\u2019']*(?:[ ,;]|$))", re.MULTILINE)
_IN_ADDRESS = re.compile(r"(?:https?://|www\.|@)\S*$")
_WORD = re.compile(
    # Scripts that put no space between words: a character counts as a word.
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e01-\u0e30\U00020000-\U0003134f]"
    r"|[^\W_]+(?:['\u2019][^\W_]+)*"
)


def composed(text: str) -> str:
    """Unicode form C: a letter and its accent are one character.

    Not form KC, which would turn a `½` into `1/2` and a `…` into three dots, and change what the
    client wrote.
    """
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def visible(text: str) -> str:
    """Without control, zero-width and directional characters; line and page ends stay."""
    return _CONTROL.sub("", text if text.isascii() else _INVISIBLE.sub("", text))


def spaced(text: str) -> str:
    """One kind of line end and space, none doubled, at most one blank line, none at the ends."""
    text = "\n".join(" ".join(line.split()) for line in text.splitlines())
    return _BLANK_LINES.sub("\n\n", text).strip()


def unglued(text: str) -> str:
    """A space where two sentences run into one another, except in an address."""
    parts: list[str] = []
    start = 0
    for match in _GLUED.finditer(text):
        if not _IN_ADDRESS.search(text, start, match.end()):
            parts.append(text[start : match.end()])
            start = match.end()
    return " ".join([*parts, text[start:]])


def normalise(text: str) -> str:
    """The three steps that lose nothing a reader sees, in order."""
    return spaced(visible(composed(text)))


def words(text: str) -> list[str]:
    """The words of a text, case folded; each character where a script puts no space between."""
    return _WORD.findall(text.casefold())
