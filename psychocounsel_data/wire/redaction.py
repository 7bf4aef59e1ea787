"""Make a server's own words fit to be shown and stored.

A service may repeat in its error message what was sent to it: the key, or a client's words. An
error message ends in a log, a file and perhaps a public bug report, where neither belongs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

WITHHELD = "(the server's message repeats what was sent to it and is left out)"
LONGEST = 200
"""The most characters of a server's message that are kept."""
KEY = "[key]"

_KEY_SHAPES = re.compile(
    r"\b(?:sk|pk|rk|gsk|hf|xai|tgp|csk|fw|r8)[-_][\w*.…-]{4,}"
    r"|\bAIza[\w*.…-]{8,}"
    r"|\bbearer\s+[^\s\"',;]+",
    re.IGNORECASE,
)
# A little under 24, as white space at the ends and in runs has been taken out by then.
_TOO_LONG_A_QUOTE = 20
# The same quotation may come back with its quotes escaped or its line breaks written out; 24
# characters of English prose hold 17 letters at the least, mostly 19.
_TOO_MANY_LETTERS = 16
_TELLING_PART_OF_A_KEY = 8


def safe_message(text: str, *, key: str | None, sent: Iterable[str]) -> str:
    """A server's message without keys and without what it was told.

    Args:
        text: the message as it came.
        key: the key that was sent with the request.
        sent: the contents of the messages that were sent.

    Returns:
        One line of at most 200 characters; a neutral sentence where the message repeats 24
        characters or more of what was sent, or a part of the key.
    """
    line = _one_line(_KEY_SHAPES.sub(KEY, _without(text, key)))
    line = line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
    if key and _repeats(line, key, _TELLING_PART_OF_A_KEY):
        return WITHHELD
    return WITHHELD if any(_quotes(line, content) for content in sent) else line


def _without(text: str, key: str | None) -> str:
    return text.replace(key, KEY) if key else text


def _quotes(line: str, content: str) -> bool:
    return _repeats(line, _one_line(content), _TOO_LONG_A_QUOTE) or _repeats(
        _letters(line), _letters(content), _TOO_MANY_LETTERS
    )


def _repeats(text: str, original: str, length: int) -> bool:
    return any(window in original for window in _windows(text, length))


def _windows(text: str, length: int) -> Iterator[str]:
    return (text[start : start + length] for start in range(len(text) - length + 1))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _letters(text: str) -> str:
    plain = re.sub(r"\\[nrt]", " ", text)
    return "".join(filter(str.isalnum, plain)).casefold()
