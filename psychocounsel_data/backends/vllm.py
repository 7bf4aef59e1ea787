"""vLLM's own server, on this machine unless told otherwise: `vllm serve MODEL`."""

from __future__ import annotations

from typing import Final

from psychocounsel_data.wire.openai_chat import Service

SERVICE = Service(
    name="vllm",
    base_url="http://127.0.0.1:8000/v1",
    api_key_env="VLLM_API_KEY",
    key_required=False,
    refused_keywords=frozenset(),
    schema_with_object=True,
)
connect = SERVICE.connect

COSTS_NOTHING: Final = True
"""A token on one's own machine has no price."""
