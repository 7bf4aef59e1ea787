"""Groq. Some of its models enforce a schema, the others only know JSON mode."""

from __future__ import annotations

from functools import partial

from psychocounsel_data.wire import openai_batches
from psychocounsel_data.wire.openai_chat import Service

SERVICE = Service(
    name="groq",
    base_url="https://api.groq.com/openai/v1",
    api_key_env="GROQ_API_KEY",
    limit_field="max_completion_tokens",
)
connect = SERVICE.connect
connect_batches = partial(openai_batches.connect, SERVICE)
