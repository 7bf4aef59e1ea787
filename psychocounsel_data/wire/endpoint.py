"""Where a service answers for one model, and with which key.

The key comes from the environment and nowhere else; this module reads it, checks it before
anything is asked, and keeps it out of every representation.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from psychocounsel_data.config import BackendConfig
from psychocounsel_data.errors import ConfigError


@dataclass(frozen=True)
class Endpoint:
    """One model of one service, as messages name it and as a client reaches it."""

    backend: str
    model: str
    url: str
    """Where the service answers, without the path of a single route."""
    key_env: str | None
    """The environment variable that holds the key; None for a server that never takes one."""
    key: str | None = field(repr=False)
    """The key, None where there is none and none is needed."""

    @property
    def reference(self) -> str:
        """`backend:model`, as in run.yaml."""
        return f"{self.backend}:{self.model}"


def find_key(
    backend: str, settings: BackendConfig, *, default_env: str | None, required: bool
) -> tuple[str | None, str | None]:
    """The name of the key's variable, and the key.

    Args:
        default_env: the variable the service documents; `settings.api_key_env` goes before it.
        required: whether the service answers nobody without a key. A variable that run.yaml names
            has to be set in any case.

    Raises:
        ConfigError: the key is missing, or holds characters that no key has.
    """
    name = settings.api_key_env or default_env
    if name is None:
        return None, None
    # A key that was read from a file often ends in a line break.
    key = os.environ.get(name, "").strip()
    if not key and (required or settings.api_key_env):
        raise ConfigError(
            f"{backend}: no key: set the environment variable {name} (`export {name}=...`), or "
            f"name another one in run.yaml: `backends: {{{backend}: {{api_key_env: NAME}}}}`"
        )
    if not re.fullmatch(r"[\x21-\x7e]*", key):
        raise ConfigError(f"{backend}: {name} holds something that is no key: copy the key again")
    return name, key or None


def find_url(
    backend: str, settings: BackendConfig, *, default: str, url_env: str | None = None
) -> str:
    """Where the service answers: run.yaml's `base_url`, else the SDK's own variable, else default.

    Raises:
        ConfigError: it is not an http address, or has a user name in it.
    """
    from_environment = os.environ.get(url_env, "").strip() if url_env else ""
    url = settings.base_url or from_environment or default
    place = f"{backend}: `base_url` in run.yaml" if settings.base_url else f"{backend}: {url_env}"
    parts = _parts(url)
    if parts is None:
        raise ConfigError(f"{place} is '{url}', which is no address: write it like {default}")
    if parts.username is not None:
        raise ConfigError(f"{place} holds a user name: take it out, and let a variable hold a key")
    return url


def _parts(url: str) -> SplitResult | None:
    """The parts of an http address; None where it is none."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # reading it checks it
    except ValueError:
        return None
    return parts if parts.scheme in {"http", "https"} and parts.hostname else None
