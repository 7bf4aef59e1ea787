"""`backends:` of run.yaml: how a service is reached, where its default does not serve."""

from __future__ import annotations

import re

from pydantic import Field, field_validator

from psychocounsel_data.config.section import Section


class BackendConfig(Section):
    """How a service is reached, only where its default does not serve. Keys are never here."""

    base_url: str | None = None
    """Where the service answers."""
    api_key_env: str | None = None
    """The environment variable that holds the key."""
    concurrency: int = Field(default=32, ge=1)
    """The most requests in flight at once, per model. Fewer are, where more bring no more answers
    a second."""
    rpm: int = Field(default=0, ge=0)
    """Requests a minute that the account allows, per model; 0 where unlimited or unknown."""
    tpm: int = Field(default=0, ge=0)
    """Tokens a minute that the account allows, per model; 0 where unlimited or unknown."""
    timeout_s: float = Field(default=120.0, gt=0)
    """Seconds one request may take."""
    attempts: int = Field(default=6, ge=1)
    """Requests one call may take where the server fails or the connection breaks."""
    deadline_s: float = Field(default=900.0, gt=0)
    """Seconds one call may take from its first request to its end, all waits included."""
    patience_s: float = Field(default=1800.0, gt=0)
    """Seconds a server may answer nothing at all before its model is left for another run."""
    threads: int | None = Field(default=None, ge=1)
    """Threads that a model in this process computes with (`llamacpp`); as llama.cpp finds
    best where left out."""
    batches: bool | None = None
    """Whether the service has OpenAI's files and batches routes; as its backend says where left
    out."""

    @field_validator("api_key_env")
    @classmethod
    def _a_name(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
            raise ValueError("is the name of an environment variable, never the key itself")
        return value
