"""Tell a model's answer from what it thought aloud before it.

Reasoning models write their thoughts in front of the answer, between tags, when the server does
not take them out. A response is judged and released without them, so they have to come off here,
and only they: an answer that mentions a tag is an answer.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_OPENING = re.compile(r"<(think|thinking|reasoning)>", re.IGNORECASE)
_CLOSING = re.compile(r"</(?:think|thinking|reasoning)>", re.IGNORECASE)
_QUOTES = ("`", '"', "'", "“", "«")


class Split(NamedTuple):
    """A text in its two parts."""

    answer: str
    """What is left for the reader, stripped; may be empty."""
    reasoning: str | None
    """The thoughts, blocks separated by an empty line; None where there were none."""


class _Block(NamedTuple):
    reasoning: str
    rest: str


def split_reasoning(text: str) -> Split:
    """Take the reasoning off the front of a text.

    Taken are: blocks of `<think>`, `<thinking>` or `<reasoning>` in any case, one after another; a
    closing tag without its opening one, which a chat template has already written into the
    prompt; a block that never closes, which leaves no answer. Tags inside the answer stay.
    Splitting an answer once more changes nothing.
    """
    thoughts: list[str] = []
    rest = text.strip()
    while (block := _first_block(rest)) is not None:
        thoughts.append(block.reasoning.strip())
        rest = block.rest.strip()
    return Split(rest, joined(thoughts))


def joined(thoughts: list[str]) -> str | None:
    """Several pieces of reasoning as one text; None where none of them says anything."""
    return "\n\n".join(filter(None, thoughts)) or None


def _first_block(text: str) -> _Block | None:
    opening = _OPENING.match(text)
    if opening is None:
        return _block_opened_by_the_template(text)
    closing = re.compile(rf"</{opening[1]}>", re.IGNORECASE).search(text, opening.end())
    if closing is None:
        return _Block(text[opening.end() :], "")
    return _Block(text[opening.end() : closing.start()], text[closing.end() :])


def _block_opened_by_the_template(text: str) -> _Block | None:
    closing = _CLOSING.search(text)
    if closing is None:
        return None
    before = text[: closing.start()]
    # An answer that explains the tags writes the pair, or puts the tag between quotes.
    if _OPENING.search(before) or before.endswith(_QUOTES):
        return None
    return _Block(before, text[closing.end() :])
