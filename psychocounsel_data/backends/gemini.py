"""Google's Gemini over its OpenAI-compatible route, which refuses a seed."""

from __future__ import annotations

from psychocounsel_data.wire.openai_chat import Service

SERVICE = Service(
    name="gemini",
    base_url="https://generativelanguage.googleapis.com/v1beta/openai",
    api_key_env="GEMINI_API_KEY",
    seed_field=None,
)
connect = SERVICE.connect
