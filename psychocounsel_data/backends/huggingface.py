"""Hugging Face's router of inference providers: `huggingface:org/model` or `org/model:provider`."""

from __future__ import annotations

from psychocounsel_data.wire.openai_chat import Service

SERVICE = Service(
    name="huggingface",
    base_url="https://router.huggingface.co/v1",
    api_key_env="HF_TOKEN",
)
connect = SERVICE.connect
