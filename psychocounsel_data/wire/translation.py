"""What an official client raises, turned into errors of our own.

Both clients are of one make, so one class serves both. Whether to ask again is decided elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, NamedTuple

from psychocounsel_data.errors import CallError, TransientCallError
from psychocounsel_data.wire.endpoint import Endpoint
from psychocounsel_data.wire.faults import RefusedError, read_fault
from psychocounsel_data.wire.headers import plain

if TYPE_CHECKING:
    from anthropic import APIStatusError as AnthropicStatusError
    from anthropic import AsyncAnthropic
    from openai import APIStatusError as OpenAIStatusError
    from openai import AsyncOpenAI


class Sdk(NamedTuple):
    """An official client and the exceptions it raises."""

    client: AsyncOpenAI | AsyncAnthropic
    status_error: type[OpenAIStatusError] | type[AnthropicStatusError]
    connection_error: type[Exception]


class Translator:
    """Watches over requests to one endpoint."""

    def __init__(self, endpoint: Endpoint, sdk: Sdk) -> None:
        import aiohttp
        import httpx2

        self._endpoint = endpoint
        self._status_error = sdk.status_error
        # Beside its own exception a client lets those of its transport through. OSError stands for
        # sockets, TLS and our own clock's TimeoutError.
        self._broken = (sdk.connection_error, httpx2.HTTPError, aiohttp.ClientError, OSError)

    @contextlib.asynccontextmanager
    async def within(self, timeout_s: float) -> AsyncIterator[None]:
        """One clock over all that the body does. The client's own would measure the silence
        between two bytes, which a slow drip never lets grow long.

        Raises:
            RefusedError: the service answered with a status that is no success.
            TransientCallError: `timeout` or `connection`.
        """
        try:
            async with asyncio.timeout(timeout_s):
                yield
        except self._status_error as error:
            headers = plain(error.response.headers.raw)
            # Without its cause, whose text is the server's and may repeat the request.
            raise RefusedError(read_fault(error.status_code, error.body, headers)) from None
        except self._broken as error:
            raise self._broken_off(error, timeout_s) from error

    def _broken_off(self, error: BaseException, timeout_s: float) -> CallError:
        """A timeout, or a connection that was refused, reset or cut."""
        reference, url = self._endpoint.reference, self._endpoint.url
        # aiohttp's transport calls a connection that the server closed a timeout; the first cause
        # knows better.
        if any(isinstance(cause, TimeoutError) for cause in _causes(error)):
            message = f"{reference}: no answer from {url} within {timeout_s:g} s"
            return TransientCallError("timeout", message)
        name = type(list(_causes(error))[-1]).__name__
        nobody = ": is the server running?" if name == "ConnectionRefusedError" else ""
        message = f"{reference}: the connection to {url} failed ({name}){nobody}"
        return TransientCallError("connection", message)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and what it came from, the first cause last."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__
