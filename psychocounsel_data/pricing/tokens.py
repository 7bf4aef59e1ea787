"""How many tokens a text has: measured where the model's tokenizer is at hand, else estimated.

Nothing is fetched for it. The vocabularies of OpenAI's models come with an optional package; of
other models we do not know them, and count characters.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from psychocounsel_data.exchange import Request

CHARACTERS_PER_TOKEN: Final = 4.0
"""A rule of thumb for English prose; other languages take more tokens."""
PER_MESSAGE: Final = 4
"""Tokens that frame a message, beside its own."""

_ENCODINGS: Final = {
    "o200k_base": (
        "gpt-4o",
        "gpt-4.1",
        "gpt-4.5",
        "gpt-5",
        "gpt-6",
        "chatgpt-4o",
        "o1",
        "o3",
        "o4",
    ),
    "cl100k_base": ("gpt-4", "gpt-3.5"),
}


class Measure(NamedTuple):
    """A way of counting tokens."""

    name: str
    """For people: `o200k_base`, or `4 characters a token`."""
    tokens: Callable[[str], float]


def measure_for(model: str) -> Measure:
    """How to count the tokens of a `backend:model`."""
    backend, _, name = model.partition(":")
    for encoding, names in _ENCODINGS.items():
        if backend == "openai" and name.startswith(names):
            return _encoding(encoding) or _ESTIMATE
    return _ESTIMATE


_ESTIMATE: Final = Measure(
    f"a guess of {CHARACTERS_PER_TOKEN:g} characters a token",
    lambda text: len(text) / CHARACTERS_PER_TOKEN,
)


@functools.cache
def _encoding(name: str) -> Measure | None:
    """One of OpenAI's encodings; None where the extra is not installed."""
    try:
        import bpe_openai
    except ImportError:
        return None
    encoding = bpe_openai.get_encoding(name)
    return Measure(f"{name}, measured", lambda text: len(encoding.encode_ordinary(text)))


def request_tokens(request: Request, measure: Measure) -> float:
    """The tokens of a request, the JSON schema of its reply included."""
    return sum(measure.tokens(text) + PER_MESSAGE for text in _texts(request))


def most_input_tokens(request: Request) -> int:
    """More tokens than a request can have.

    A token stands for at least one byte of UTF-8 in every vocabulary that falls back on bytes,
    and no other is in use; the frame of a message is taken generously.
    """
    return sum(len(text.encode()) + 8 * PER_MESSAGE for text in _texts(request))


def most_output_tokens(request: Request) -> int:
    """The most tokens an answer may have, as the request limits it."""
    named = [request.sampling.extra.get(name) for name in ("max_tokens", "max_completion_tokens")]
    return max([request.sampling.max_tokens, *(one for one in named if isinstance(one, int))])


def _texts(request: Request) -> Iterator[str]:
    yield from (message.content for message in request.messages)
    if request.schema is not None:
        yield json.dumps(request.schema.json_schema)
