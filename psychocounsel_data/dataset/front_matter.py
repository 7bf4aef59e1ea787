"""The front matter of a data card, key by key and word for word. Pure.

Reading and writing YAML anew would turn `no` into `false` and lose what people wrote beside it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import yaml

from psychocounsel_data.errors import InputError

BLOCK = re.compile(r"\A\s*---[ \t]*\n(?P<front>.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


class Card(NamedTuple):
    """A card in two."""

    front: str
    """What stands between the fences, without them; empty where there are none."""
    body: str
    """What follows."""


def split(card: str) -> Card:
    """The front matter and what follows it."""
    text = card.removeprefix("\ufeff").replace("\r\n", "\n")
    found = BLOCK.match(text)
    return Card(found["front"], text[found.end() :]) if found else Card("", text)


def sections(front: str, where: str) -> dict[str, str]:
    """Every key to what is written for it, itself included.

    Args:
        where: what the error calls it.

    Raises:
        InputError: it is not valid YAML, or not made of keys.
    """
    try:
        root = yaml.compose(front, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise InputError(f"{where}: its front matter is not valid YAML: mend it there") from error
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise InputError(f"{where}: its front matter is not made of `key: value` lines")
    starts = [key.start_mark.index for key, _ in root.value]
    ends = [*starts[1:], len(front)]
    return {
        key.value: front[start:end].rstrip(" \n") + "\n"
        for (key, _), start, end in zip(root.value, starts, ends, strict=True)
    }
