"""Together AI."""

from __future__ import annotations

from psychocounsel_data.wire.openai_chat import Service

SERVICE = Service(
    name="together",
    base_url="https://api.together.xyz/v1",
    api_key_env="TOGETHER_API_KEY",
)
connect = SERVICE.connect
