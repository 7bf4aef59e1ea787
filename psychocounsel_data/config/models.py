"""Naming a model: `backend:model`, and what a bare name means."""

from __future__ import annotations

import re

COLUMN = "column:"
"""Models of this backend answer with what stands in the source already."""


def model_reference(text: str) -> str:
    """`backend:model` from what a person writes.

    Args:
        text: `openai:gpt-4o`, or `gpt-…`, `o3…`, `chatgpt-…` and `claude-…` alone.

    Raises:
        ValueError: there is no backend in it and none can be told from the name.
    """
    backend, colon, model = text.partition(":")
    if colon and backend and model:
        return text
    if text.startswith("claude-"):
        return f"anthropic:{text}"
    if text.startswith(("gpt-", "chatgpt-", "o1", "o3", "o4")):
        return f"openai:{text}"
    raise ValueError(f"unknown model '{text}': write `backend:model`, such as `openai:gpt-4o`")


def released_name(reference: str) -> str:
    """A reference as others may read it: of a file only the name, not where it lies."""
    backend, _, model = reference.partition(":")
    return f"{backend}:{model.rpartition('/')[2]}" if backend == "llamacpp" else reference


_EDITION = re.compile(r"-(?:\d{4}-\d{2}-\d{2}|\d{8}|latest)$")


def same_model(first: str, second: str) -> bool:
    """Whether two references name one model, whichever service it is reached through.

    The organisation, upper and lower case, and a date or `latest` at the end make no difference:
    `openai:gpt-4o-2024-08-06` and `openrouter:openai/gpt-4o` are the same.
    """
    return bare_name(first) == bare_name(second)


def bare_name(reference: str) -> str:
    """A model's name without service, organisation, date and capitals."""
    return _EDITION.sub("", reference.partition(":")[2].rsplit("/", 1)[-1].casefold())
