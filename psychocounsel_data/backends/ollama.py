"""Ollama, on this machine unless told otherwise."""

from __future__ import annotations

from typing import Final

from psychocounsel_data.wire.openai_chat import Service

SERVICE = Service(
    name="ollama",
    base_url="http://127.0.0.1:11434/v1",
    api_key_env="OLLAMA_API_KEY",
    key_required=False,
    refused_keywords=frozenset(),
    schema_with_object=True,
)
connect = SERVICE.connect

COSTS_NOTHING: Final = True
"""A token on one's own machine has no price."""
