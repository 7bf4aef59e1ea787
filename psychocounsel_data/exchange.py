"""What passes between the engine that asks and a backend that answers.

A backend turns a `Request` into a `Reply` or raises a `CallError`; it neither retries nor waits
nor writes. Everything a service says in its own words ends here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, BinaryIO, Literal, NamedTuple, Protocol

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


class BatchLimits(NamedTuple):
    """The most that one batch may hold."""

    requests: int
    size: int
    """Bytes of all lines together."""


class BatchState(NamedTuple):
    """How a batch stands at the provider."""

    status: str
    """The provider's own word."""
    ended: bool
    """Whether nothing will be added to its results any more."""
    calls: int
    """All of its requests; 0 where the provider has not counted yet."""
    done: int = 0
    """Requests that are answered."""
    failed: int = 0
    """Requests that ended in an error, expired or were cancelled."""
    refusal: str | None = None
    """Why the provider refused the batch as a whole, if it did; no request was answered then."""


class BatchResult(NamedTuple):
    """One line of a batch's results."""

    call_id: str
    body: Mapping[str, Any]
    """As the provider wrote it."""


class BatchService(Protocol):
    """A connection to a provider's batches, for one model.

    Every method but `encode`, `read` and `close` raises a `CallError` where the provider refuses or
    cannot be reached.
    """

    @property
    def limits(self) -> BatchLimits:
        """The most that one batch may hold."""

    @property
    def keeps_key(self) -> bool:
        """Whether a batch is found by the key it was handed in under."""

    def encode(self, call_id: str, request: Request) -> bytes:
        """A request as a line of a batch, without a line end.

        Raises:
            RejectedCallError: the service never takes such a request.
            ModelUnavailableError: it takes no request with these parameters.
        """

    async def submit(self, key: str, lines: BinaryIO) -> str:
        """Hand in a batch; the provider's id for it.

        Args:
            key: a word of ours that no other batch has, 32 hex digits.
            lines: what `encode` made, one a line, at most `limits`.
        """

    async def find(self, key: str, *, since: datetime, calls: int) -> tuple[str, ...]:
        """Batches that may be the one handed in under a key, newest first.

        A provider that keeps the key finds that one or none. One that does not finds all that were
        made since then and have so many requests; whose they are is seen in their results.
        """

    async def state(self, batch: str) -> BatchState:
        """How a batch stands."""

    def results(self, batch: str) -> AsyncIterator[BatchResult]:
        """The results of a batch that has ended, in any order."""

    def read(self, result: BatchResult, request: Request) -> Reply:
        """A result as a reply.

        Raises:
            CallError: the request was not answered; `expired` where its time was up, `cancelled`
                where the batch was cancelled before.
        """

    async def cancel(self, batch: str) -> None:
        """Ask for an early end. What is answered by then stays, and is paid for."""

    async def close(self) -> None:
        """Give back sockets."""
