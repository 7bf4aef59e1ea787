"""One question to one model: ask, translate, close.

A connection joins the two pure halves of a wire format, a request as a body and a body as a
reply, with the sockets that carry them. What a request says of itself beside its body (key,
version, organisation, what the environment adds) is the official client's word. The request itself
goes over aiohttp without the client's pipeline, which takes three times as long to prepare a
request as aiohttp to carry it (benchmarks/asking.py). It asks once; whether to ask again is the
engine's decision.
"""

from __future__ import annotations

import functools
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

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

    import aiohttp

NO_KEY = "none"
"""Sent where a server needs no key; the clients insist on one."""


KEEP_ALIVE_S = 4.0
"""Idle connections go after four seconds, because uvicorn, and so vLLM, closes them after five, and
a request that is on its way then is lost."""


class Format(NamedTuple):
    """A wire format: a route and two pure functions."""

    path: str
    """The route, relative to the endpoint's address."""
    means: tuple[Means, ...]
    """What the service may offer towards JSON, strongest first."""
    encode: Callable[[Request, Means], dict[str, Any]]
    decode: Callable[[dict[str, Any]], Reply]


def stated(headers: Mapping[str, object], **own: str) -> dict[str, str]:
    """The headers of every request.

    Args:
        headers: an official client's `default_headers`; those it omits are no strings.
        own: the header that holds the key, which the client adds to each request, with `_` for `-`.
    """
    keys = {name.replace("_", "-"): value for name, value in own.items()}
    return keys | {name: value for name, value in headers.items() if isinstance(value, str)}


@functools.cache
def _tls() -> ssl.SSLContext:
    """One for all connections: reading the certificates takes 50 ms, and a pool has 20 models."""
    import httpx2

    return httpx2.create_ssl_context()


class Connection:
    """A `Backend` for one model. It opens sockets only when it is first asked.

    Args:
        headers: sent with every request.
        timeout_s: one clock over a whole request. A limit to the silence between two bytes, which
            the clients have, is one that a slow drip never reaches.
    """

    def __init__(
        self, endpoint: Endpoint, form: Format, headers: Mapping[str, str], *, timeout_s: float
    ) -> None:
        self._endpoint = endpoint
        self._form = form
        self._url = endpoint.url.rstrip("/") + form.path
        self._headers = headers
        self._timeout_s = timeout_s
        self._ladder = Ladder(form.means)

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
        """Close the sockets."""
        if "_session" in self.__dict__:
            await self._session.close()

    @functools.cached_property
    def _session(self) -> aiohttp.ClientSession:
        import aiohttp

        return aiohttp.ClientSession(
            # How many are in flight is the engine's decision.
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_S, ssl=_tls()),
            timeout=aiohttp.ClientTimeout(total=self._timeout_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=self._headers,
            proxy=_proxy(self._url),
        )

    async def _once(self, request: Request, means: Means) -> Reply:
        got = await self._post(orjson.dumps(self._form.encode(request, means)))
        if got.status >= 400:
            raise RefusedError(read_fault(got.status, _read_error(got.content), got.headers))
        body = self._parsed(got)
        fault = fault_inside(body, got.headers)
        if fault is not None:
            raise RefusedError(fault)
        return self._form.decode(body)._replace(headers=got.headers)

    async def _post(self, body: bytes) -> _Got:
        import aiohttp

        try:
            async with self._session.post(self._url, data=body) as response:
                content = await response.read()
                return _Got(response.status, plain(response.raw_headers), content)
        except (aiohttp.ClientError, OSError) as error:  # sockets, TLS, and TimeoutError
            raise self._broken_off(error) from error

    def _broken_off(self, error: BaseException) -> CallError:
        """A timeout, or a connection that was refused, reset or cut."""
        reference, url = self._endpoint.reference, self._endpoint.url
        if isinstance(error, TimeoutError):
            message = f"{reference}: no answer from {url} within {self._timeout_s:g} s"
            return TransientCallError("timeout", message)
        name = type(list(_causes(error))[-1]).__name__
        nobody = ": is the server running?" if name == "ConnectionRefusedError" else ""
        message = f"{reference}: the connection to {url} failed ({name}){nobody}"
        return TransientCallError("connection", message)

    def _parsed(self, got: _Got) -> dict[str, Any]:
        try:
            body = orjson.loads(got.content)
        except orjson.JSONDecodeError:
            body = None
        if isinstance(body, dict):
            return body
        content_type = got.headers.get("content-type", "no content type")
        raise TransientCallError(
            "malformed_body",
            f"{self._endpoint.reference}: {self._endpoint.url} answered with something that "
            f"is no JSON object ({content_type}): a cut answer, or a wrong `base_url`",
        )


class _Got(NamedTuple):
    """A response as it came."""

    status: int
    headers: dict[str, str]
    content: bytes


def _read_error(content: bytes) -> object:
    """The body of a refusal: what it holds where it is JSON, else its text."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return content.decode(errors="replace")


def _proxy(url: str) -> str | None:
    """The proxy that the environment names for this address, as curl and the clients take it."""
    parts = urlsplit(url)
    if urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and what it came from, the first cause last."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__
