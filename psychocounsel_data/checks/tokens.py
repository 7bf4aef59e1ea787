"""How many tokens a text has: by a tokenizer that is named, or by an estimate that says so."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import orjson

from psychocounsel_data.errors import ConfigError

ESTIMATE: Final = "characters/4"
"""The tokenizer's name where there is none: a token is taken for four characters."""
CHARS_PER_TOKEN: Final = 4
"""What English text comes to under the tokenizers of today's models, about; other languages have
fewer characters a token, so that the estimate is too low for them."""

Counter = Callable[[Sequence[str]], list[int]]
"""The number of tokens of each of several texts."""


def token_counter(tokenizer: str, folder: Path) -> Counter:
    """What counts tokens.

    Args:
        tokenizer: `characters/4`, or the path of a `tokenizer.json` as models are published with,
            relative to the folder. Nothing is ever downloaded.
        folder: the run folder.

    Raises:
        ConfigError: there is no such file, it is no tokenizer, or `tokenizers` is not installed.
    """
    return _estimated if tokenizer == ESTIMATE else _from_file(folder / tokenizer)


def _estimated(texts: Sequence[str]) -> list[int]:
    return [math.ceil(len(text) / CHARS_PER_TOKEN) for text in texts]


def _from_file(path: Path) -> Counter:
    if not path.is_file():
        raise ConfigError(
            f"no tokenizer at {path}: give the path of a tokenizer.json, or '{ESTIMATE}'"
        )
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise ConfigError(
            f"{path.name} needs the tokenizers package: pip install 'psychocounsel-data[tokens]'"
        ) from None
    text = path.read_text("utf-8", errors="replace")
    if not _is_object(text):
        raise ConfigError(f"{path} is not a tokenizer.json")
    model = Tokenizer.from_str(text)

    def count(texts: Sequence[str]) -> list[int]:
        encoded = model.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(one) for one in encoded]

    return count


def _is_object(text: str) -> bool:
    try:
        return isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False
