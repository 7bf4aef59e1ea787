"""OpenAI, and whatever `OPENAI_BASE_URL` points to."""

from __future__ import annotations

from functools import partial

from psychocounsel_data.wire import openai_batches
from psychocounsel_data.wire.openai_chat import Service

SERVICE = Service(
    name="openai",
    base_url="https://api.openai.com/v1",
    api_key_env="OPENAI_API_KEY",
    base_url_env="OPENAI_BASE_URL",
    limit_field="max_completion_tokens",
)
connect = SERVICE.connect
connect_batches = partial(openai_batches.connect, SERVICE)
