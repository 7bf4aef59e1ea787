"""DeepSeek's own service. It knows JSON mode, and no schema."""

from __future__ import annotations

from psychocounsel_data.wire.openai_chat import Service

SERVICE = Service(
    name="deepseek",
    base_url="https://api.deepseek.com",
    api_key_env="DEEPSEEK_API_KEY",
    structured="json_object",
)
connect = SERVICE.connect
