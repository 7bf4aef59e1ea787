"""The sentences of a rendered card, so that card and croissant.json say the same. Pure.

Tables, code and what is folded away are for the eye; what is left are paragraphs and list items.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_FOLDED = re.compile(r"<details>.*?</details>|```.*?```", re.DOTALL)
_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
_ITEM = re.compile(r"\n(?=- )")
# What `card.escaped` puts a backslash before, and the marks of our own words.
_MARKS = re.compile(r"\\([\\`*_{}\[\]<>#|~!$&:@])|\*\*|`")


def sentences(card: str, heading: str) -> tuple[str, ...]:
    """The paragraphs and list items under a heading, up to the next one; empty without it.

    Each is one line of plain text.
    """
    return tuple(_blocks(_section(card, heading)))


def _section(card: str, heading: str) -> str:
    for section in _HEADING.split(_FOLDED.sub("", card)):
        title, _, body = section.partition("\n")
        if title == heading:
            return body
    return ""


def _blocks(body: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", body):
        for block in _ITEM.split(paragraph.strip()):
            if block and not block.startswith("|"):
                yield _plain(block.removeprefix("- "))


def _plain(block: str) -> str:
    return " ".join(_MARKS.sub(lambda found: found[1] or "", block).split())
