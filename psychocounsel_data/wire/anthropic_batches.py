"""Anthropic's Message Batches: requests in one body, results in one file.

https://platform.claude.com/docs/en/api/creating-message-batches. There is no room for a key of
ours, so a batch whose id was lost is looked for by its age and its number of requests.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, BinaryIO, Final

import orjson

from psychocounsel_data.config import BackendConfig
from psychocounsel_data.exchange import (
    BatchLimits,
    BatchResult,
    BatchService,
    BatchState,
    Reply,
    Request,
)
from psychocounsel_data.wire import bodies
from psychocounsel_data.wire.anthropic_messages import (
    MEANS,
    find_endpoint,
    message_body,
    official_client,
    read_message,
)
from psychocounsel_data.wire.batching import (
    TRANSFER_S,
    asking,
    fetched,
    not_processed,
    refused,
    result,
)
from psychocounsel_data.wire.endpoint import Endpoint
from psychocounsel_data.wire.faults import read_fault
from psychocounsel_data.wire.translation import Sdk, Translator

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic
    from anthropic.types.messages import MessageBatch

LIMITS: Final = BatchLimits(requests=100_000, size=255_999_000)  # less the frame of the body
_SKEW: Final = timedelta(minutes=5)
"""How much the provider's clock may be behind ours."""
_STATUS: Final = {
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""An error inside a batch comes without its status; any other is the request's own fault."""


def connect(model: str, settings: BackendConfig) -> BatchService:
    """A connection to Anthropic's batches for one Claude model.

    Raises:
        ConfigError: no key, or an address that is none.
    """
    endpoint = find_endpoint(model, settings)
    return AnthropicBatches(endpoint, _sdk(endpoint), settings.timeout_s)


def _sdk(endpoint: Endpoint) -> Sdk:
    import anthropic

    client = official_client(endpoint)
    return Sdk(client, anthropic.APIStatusError, anthropic.APIConnectionError)


class AnthropicBatches:
    """A `BatchService` for one model."""

    limits = LIMITS
    keeps_key = False

    def __init__(self, endpoint: Endpoint, sdk: Sdk, timeout_s: float) -> None:
        self._endpoint = endpoint
        self._client: AsyncAnthropic = sdk.client  # type: ignore[assignment]
        self._translator = Translator(endpoint, sdk)
        self._timeout_s = timeout_s

    def encode(self, call_id: str, request: Request) -> bytes:
        """See `exchange.BatchService`."""
        return orjson.dumps({"custom_id": call_id, "params": message_body(request, MEANS[0])})

    async def submit(self, key: str, lines: BinaryIO) -> str:  # noqa: ARG002  # no room for it
        """See `exchange.BatchService`."""
        from anthropic.types.messages import MessageBatch

        async with asking(self._translator, self._endpoint, TRANSFER_S):
            batch = await self._client.post(
                "/v1/messages/batches",
                content=_body(lines),
                cast_to=MessageBatch,
                options={"headers": {"content-type": "application/json"}},
            )
        return batch.id

    async def find(self, key: str, *, since: datetime, calls: int) -> tuple[str, ...]:  # noqa: ARG002  # no room for it
        """See `exchange.BatchService`."""
        found = []
        async with asking(self._translator, self._endpoint, self._timeout_s):
            async for batch in self._client.messages.batches.list(limit=100):
                if batch.created_at < since - _SKEW:
                    break
                if _state(batch).calls == calls:
                    found.append(batch.id)
        return tuple(found)

    async def state(self, batch: str) -> BatchState:
        """See `exchange.BatchService`."""
        async with asking(self._translator, self._endpoint, self._timeout_s):
            return _state(await self._client.messages.batches.retrieve(batch))

    async def results(self, batch: str) -> AsyncIterator[BatchResult]:
        """See `exchange.BatchService`."""
        async with asking(self._translator, self._endpoint, TRANSFER_S):
            lines = await fetched(self._content(batch))
        with lines:
            for line in lines:
                if line.strip():
                    yield result(line, self._endpoint)

    async def _content(self, batch: str) -> AsyncIterator[bytes]:
        from anthropic import AsyncStream

        # The state has an address of the results, which a proxy in between does not know of.
        stream = await self._client.get(
            f"/v1/messages/batches/{batch}/results",
            cast_to=object,
            stream=True,
            stream_cls=AsyncStream[object],
        )
        try:
            async for chunk in stream.response.aiter_bytes():
                yield chunk
        finally:
            await stream.close()

    def read(self, result: BatchResult, request: Request) -> Reply:
        """See `exchange.BatchService`."""
        outcome = bodies.mapping(result.body.get("result"))
        kind = bodies.string(outcome.get("type"))
        if kind == "succeeded":
            return read_message(bodies.mapping(outcome.get("message")))
        if kind in {"expired", "canceled"}:
            raise not_processed("expired" if kind == "expired" else "cancelled", self._endpoint)
        body = bodies.mapping(outcome.get("error"))
        inner = bodies.mapping(body.get("error", body))
        status = _STATUS.get(bodies.string(inner.get("type")), 400)
        return refused(read_fault(status, body, {}), self._endpoint, request)

    async def cancel(self, batch: str) -> None:
        """See `exchange.BatchService`."""
        async with asking(self._translator, self._endpoint, self._timeout_s):
            await self._client.messages.batches.cancel(batch)

    async def close(self) -> None:
        """See `exchange.BatchService`."""
        await self._client.close()


def _state(batch: MessageBatch) -> BatchState:
    counts = batch.request_counts
    failed = counts.errored + counts.expired + counts.canceled
    return BatchState(
        status=batch.processing_status,
        ended=batch.processing_status == "ended",
        calls=counts.processing + counts.succeeded + failed,
        done=counts.succeeded,
        failed=failed,
    )


async def _body(lines: BinaryIO) -> AsyncIterator[bytes]:
    """The body, made as it is sent: a whole one takes a quarter of a gigabyte."""
    yield b'{"requests":['
    for number, line in enumerate(lines):
        yield (b"," if number else b"") + line.rstrip(b"\n")
    yield b"]}"
