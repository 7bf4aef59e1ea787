"""Mistral AI. It refuses fields that it does not know, and has its own word for the seed."""

from __future__ import annotations

from psychocounsel_data.wire.openai_chat import Service

SERVICE = Service(
    name="mistral",
    base_url="https://api.mistral.ai/v1",
    api_key_env="MISTRAL_API_KEY",
    seed_field="random_seed",
)
connect = SERVICE.connect
