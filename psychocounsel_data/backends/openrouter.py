"""OpenRouter, which passes a question on to one of many providers."""

from __future__ import annotations

from psychocounsel_data.wire.openai_chat import Service

SERVICE = Service(
    name="openrouter",
    base_url="https://openrouter.ai/api/v1",
    api_key_env="OPENROUTER_API_KEY",
    headers={"X-Title": "psychocounsel-data"},
)
connect = SERVICE.connect
