"""llama.cpp's own HTTP server, on this machine unless told otherwise: `llama-server -m FILE`.

It answers with the one model it was started with, whatever name is asked for. To run a file
without starting a server, see `llamacpp`.
"""

from __future__ import annotations

from typing import Final

from psychocounsel_data.wire.openai_chat import Service

SERVICE = Service(
    name="llama-server",
    base_url="http://127.0.0.1:8080/v1",
    api_key_env="LLAMA_API_KEY",
    key_required=False,
    refused_keywords=frozenset(),
    schema_with_object=True,
)
connect = SERVICE.connect

COSTS_NOTHING: Final = True
"""A token on one's own machine has no price."""
