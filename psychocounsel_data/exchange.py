"""What passes between the engine that asks and a backend that answers.

A backend turns a `Request` into a `Reply` or raises a `CallError`; it neither retries nor waits
nor writes. Everything a service says in its own words ends here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Protocol

from psychocounsel_data.records import Finish, Sampling, Usage

Role = Literal["system", "user", "assistant"]


class Message(NamedTuple):
    """One chat message."""

    role: Role
    content: str


class ReplySchema(NamedTuple):
    """The JSON object that a reply has to be."""

    name: str
    """A word for it: letters, digits, `_` and `-`."""
    json_schema: dict[str, Any]
    """Closed objects, every property required."""


class Request(NamedTuple):
    """One question to one model."""

    model: str
    """The model as the service knows it, without the backend."""
    messages: tuple[Message, ...]
    sampling: Sampling
    schema: ReplySchema | None
    """Where given, the reply has to be this JSON."""
    inputs: Mapping[str, str]
    """What the messages were rendered from. Never sent; offline models, which do not read prose,
    work from it."""
    top_logprobs: int = 0
    """How many alternatives to each token are wanted with their log-probabilities; 0 for none. A
    service that has none leaves them out."""


class Token(NamedTuple):
    """A token that a model wrote, and what it might have written instead."""

    data: bytes
    """The token's own bytes, which need not be whole characters."""
    alternatives: Mapping[str, float]
    """Text to log-probability (natural), the token's own included."""


class Reply(NamedTuple):
    """What the model answered."""

    text: str
    """The answer without reasoning, stripped; may be empty."""
    finish: Finish
    reasoning: str | None = None
    usage: Usage = Usage()
    served_model: str | None = None
    """The model as the service named it."""
    headers: Mapping[str, str] = {}
    """Response headers, lower-case: rate limits are read from them."""
    tokens: tuple[Token, ...] = ()
    """What was written, token by token, reasoning included; empty where that was not asked for or
    not given."""


class Backend(Protocol):
    """A connection to one model. Safe for many concurrent `ask`s on one event loop."""

    async def ask(self, request: Request) -> Reply:
        """Ask once.

        Raises:
            CallError: one of its four kinds; messages carry no client text and no keys.
        """

    async def close(self) -> None:
        """Give back sockets, files and threads."""
