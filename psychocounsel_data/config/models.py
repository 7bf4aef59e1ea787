"""Naming a model: `backend:model`, and what a bare name means."""

from __future__ import annotations

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
