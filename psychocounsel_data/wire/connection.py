"""One question to one model over an official client: ask, translate, close.

A connection joins the two pure halves of a wire format, a request as a body and a body as a
reply, with the client that carries them. Both official clients are of one make, so one class
serves both. It asks once; whether to ask again is the engine's decision.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from psychocounsel_data.errors import CallError, TransientCallError
from psychocounsel_data.exchange import Reply, Request
from psychocounsel_data.wire.endpoint import Endpoint
from psychocounsel_data.wire.faults import (
    RefusedError,
    call_error,
    fault_inside,
    read_fault,
)
from psychocounsel_data.wire.headers import plain
from psychocounsel_data.wire.means import Ladder, Means

if TYPE_CHECKING:
    import ssl

    import httpx2
    from anthropic import APIStatusError as AnthropicStatusError
    from anthropic import AsyncAnthropic
    from openai import APIStatusError as OpenAIStatusError
    from openai import AsyncOpenAI

NO_KEY = "none"
"""Sent where a server needs no key; the clients insist on one."""


class Format(NamedTuple):
    """A wire format: a route and two pure functions."""

    path: str
    """The route, relative to the client's base URL."""
    means: tuple[Means, ...]
    """What the service may offer towards JSON, strongest first."""
    encode: Callable[[Request, Means], dict[str, Any]]
    decode: Callable[[dict[str, Any]], Reply]


class Sdk(NamedTuple):
    """An official client and the exceptions it raises."""

    client: AsyncOpenAI | AsyncAnthropic
    status_error: type[OpenAIStatusError] | type[AnthropicStatusError]
    connection_error: type[Exception]


def transport_options() -> dict[str, Any]:
    """What both clients' aiohttp transport is made with."""
    import httpx2

    # How many are in flight is the engine's decision, and aiohttp takes "no limit" for 100. Idle
    # connections go after four seconds, because uvicorn, and so vLLM, closes them after five, and
    # a request that is on its way then is lost.
    limits = httpx2.Limits(max_connections=1_000_000, keepalive_expiry=4.0)
    return {"limits": limits, "timeout": None, "verify": _tls()}


@functools.cache
def _tls() -> ssl.SSLContext:
    """One for all connections: reading the certificates takes 50 ms, and a pool has 20 models."""
    import httpx2

    return httpx2.create_ssl_context()


class Connection:
    """A `Backend` for one model. Its client opens sockets only when it is first asked."""

    def __init__(self, endpoint: Endpoint, form: Format, sdk: Sdk, *, timeout_s: float) -> None:
        import aiohttp
        import httpx2

        self._endpoint = endpoint
        self._form = form
        self._sdk = sdk
        self._timeout_s = timeout_s
        self._ladder = Ladder(form.means)
        # Beside its own exception a client lets those of its transport through. OSError stands for
        # sockets, TLS and our own clock's TimeoutError.
        self._broken = (sdk.connection_error, httpx2.HTTPError, aiohttp.ClientError, OSError)

    async def ask(self, request: Request) -> Reply:
        """Ask once; see `exchange.Backend`."""
        try:
            if request.schema is None:
                return await self._once(request, "prompt")
            return await self._ladder.ask(functools.partial(self._once, request))
        except RefusedError as error:
            fault = error.fault
            if fault.kind == "content_filter":
                return Reply(text="", finish="refusal", headers=fault.headers)
            sent = [message.content for message in request.messages]
            raise call_error(fault, self._endpoint, sent) from None

    async def close(self) -> None:
        """Close the client's sockets."""
        await self._sdk.client.close()

    async def _once(self, request: Request, means: Means) -> Reply:
        response = await self._post(self._form.encode(request, means))
        headers = plain(response.headers.raw)
        body = self._parsed(response.content, headers.get("content-type", "no content type"))
        fault = fault_inside(body, headers)
        if fault is not None:
            raise RefusedError(fault)
        return self._form.decode(body)._replace(headers=headers)

    async def _post(self, body: dict[str, Any]) -> httpx2.Response:
        import httpx2

        try:
            # One clock over the whole request. The client's own would measure the silence between
            # two bytes, which a slow drip never lets grow long.
            async with asyncio.timeout(self._timeout_s):
                return await self._sdk.client.post(
                    self._form.path, cast_to=httpx2.Response, body=body
                )
        except self._sdk.status_error as error:
            headers = plain(error.response.headers.raw)
            # Without its cause, whose text is the server's and may repeat the request.
            raise RefusedError(read_fault(error.status_code, error.body, headers)) from None
        except self._broken as error:
            raise self._broken_off(error) from error

    def _broken_off(self, error: BaseException) -> CallError:
        """A timeout, or a connection that was refused, reset or cut."""
        reference, url = self._endpoint.reference, self._endpoint.url
        # aiohttp's transport calls a connection that the server closed a timeout; the first cause
        # knows better.
        if any(isinstance(cause, TimeoutError) for cause in _causes(error)):
            message = f"{reference}: no answer from {url} within {self._timeout_s:g} s"
            return TransientCallError("timeout", message)
        name = type(list(_causes(error))[-1]).__name__
        nobody = ": is the server running?" if name == "ConnectionRefusedError" else ""
        message = f"{reference}: the connection to {url} failed ({name}){nobody}"
        return TransientCallError("connection", message)

    def _parsed(self, content: bytes, content_type: str) -> dict[str, Any]:
        try:
            body = orjson.loads(content)
        except orjson.JSONDecodeError:
            body = None
        if isinstance(body, dict):
            return body
        raise TransientCallError(
            "malformed_body",
            f"{self._endpoint.reference}: {self._endpoint.url} answered with something that "
            f"is no JSON object ({content_type}): a cut answer, or a wrong `base_url`",
        )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and what it came from, the first cause last."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__
