"""OpenAI's batches, and those of whoever has the same routes: files of requests and of answers.

https://platform.openai.com/docs/api-reference/batch. A file holds requests to one model. Our key
stands in the batch's metadata, by which it is found again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, BinaryIO, Final

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
from psychocounsel_data.wire.batching import (
    TRANSFER_S,
    asking,
    fetched,
    not_processed,
    refused,
    result,
)
from psychocounsel_data.wire.endpoint import Endpoint
from psychocounsel_data.wire.faults import fault_inside, read_fault
from psychocounsel_data.wire.openai_chat import (
    Service,
    chat_body,
    official_client,
    read_completion,
)
from psychocounsel_data.wire.translation import Sdk, Translator

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types import Batch

LIMITS: Final = BatchLimits(requests=50_000, size=200_000_000)
ROUTE: Final = "/v1/chat/completions"
KEY: Final = "pcdata"
"""The name of our key in a batch's metadata."""
_ENDED: Final = frozenset({"completed", "expired", "cancelled", "failed"})
_SKEW: Final = timedelta(hours=1)
"""How much the provider's clock may be behind ours."""


def connect(service: Service, model: str, settings: BackendConfig) -> BatchService:
    """A connection to a service's batches for one model.

    Raises:
        ConfigError: no key, or an address that is none.
    """
    endpoint = service.endpoint(model, settings)
    return OpenAIBatches(service, endpoint, _sdk(service, endpoint), settings.timeout_s)


def _sdk(service: Service, endpoint: Endpoint) -> Sdk:
    import openai

    client = official_client(service, endpoint)
    return Sdk(client, openai.APIStatusError, openai.APIConnectionError)


class OpenAIBatches:
    """A `BatchService` for one model."""

    limits = LIMITS
    keeps_key = True

    def __init__(self, service: Service, endpoint: Endpoint, sdk: Sdk, timeout_s: float) -> None:
        self._service = service
        self._endpoint = endpoint
        self._client: AsyncOpenAI = sdk.client  # type: ignore[assignment]
        self._translator = Translator(endpoint, sdk)
        self._timeout_s = timeout_s

    def encode(self, call_id: str, request: Request) -> bytes:
        """See `exchange.BatchService`. The strongest means towards JSON is asked for: which ones a
        service has cannot be tried out here."""
        body = chat_body(request, self._service.means[0], service=self._service)
        line = {"custom_id": call_id, "method": "POST", "url": ROUTE, "body": body}
        return orjson.dumps(line)

    async def submit(self, key: str, lines: BinaryIO) -> str:
        """See `exchange.BatchService`."""
        async with asking(self._translator, self._endpoint, TRANSFER_S):
            file = await self._client.files.create(
                file=(f"pcdata-{key}.jsonl", lines, "application/jsonl"), purpose="batch"
            )
        async with asking(self._translator, self._endpoint, self._timeout_s):
            batch = await self._client.batches.create(
                input_file_id=file.id,
                endpoint=ROUTE,
                completion_window="24h",
                metadata={KEY: key},
            )
        return batch.id

    async def find(self, key: str, *, since: datetime, calls: int) -> tuple[str, ...]:  # noqa: ARG002  # the key is enough here
        """See `exchange.BatchService`."""
        oldest = (since - _SKEW).timestamp()
        async with asking(self._translator, self._endpoint, self._timeout_s):
            async for batch in self._client.batches.list(limit=100):
                if (batch.metadata or {}).get(KEY) == key:
                    return (batch.id,)
                if batch.created_at < oldest:
                    break
        return ()

    async def state(self, batch: str) -> BatchState:
        """See `exchange.BatchService`."""
        found = await self._retrieve(batch)
        counts = found.request_counts
        return BatchState(
            status=found.status,
            ended=found.status in _ENDED,
            calls=counts.total if counts else 0,
            done=counts.completed if counts else 0,
            failed=counts.failed if counts else 0,
            refusal=_refusal(found) if found.status == "failed" else None,
        )

    async def results(self, batch: str) -> AsyncIterator[BatchResult]:
        """See `exchange.BatchService`: first those with an answer, then those with an error."""
        found = await self._retrieve(batch)
        for file_id in (found.output_file_id, found.error_file_id):
            if file_id is None:
                continue
            async with asking(self._translator, self._endpoint, TRANSFER_S):
                lines = await fetched(self._content(file_id))
            with lines:
                for line in lines:
                    if line.strip():
                        yield result(line, self._endpoint)

    async def _content(self, file_id: str) -> AsyncIterator[bytes]:
        async with self._client.files.with_streaming_response.content(file_id) as response:
            async for chunk in response.iter_bytes():
                yield chunk

    def read(self, result: BatchResult, request: Request) -> Reply:
        """See `exchange.BatchService`."""
        response = bodies.mapping(result.body.get("response"))
        body: dict[str, Any] = dict(bodies.mapping(response.get("body")))
        if not response:
            return self._unanswered(bodies.mapping(result.body.get("error")), request)
        status = bodies.count(response.get("status_code")) or 200
        fault = fault_inside(body, {}) if status == 200 else read_fault(status, body, {})
        if fault is not None:
            return refused(fault, self._endpoint, request)
        return read_completion(body)

    def _unanswered(self, error: Any, request: Request) -> Reply:
        code = bodies.string(error.get("code"))
        if code in {"batch_expired", "batch_cancelled"}:
            raise not_processed(code.removeprefix("batch_"), self._endpoint)
        return refused(read_fault(500, {"error": dict(error)}, {}), self._endpoint, request)

    async def cancel(self, batch: str) -> None:
        """See `exchange.BatchService`."""
        async with asking(self._translator, self._endpoint, self._timeout_s):
            await self._client.batches.cancel(batch)

    async def close(self) -> None:
        """See `exchange.BatchService`."""
        await self._client.close()

    async def _retrieve(self, batch: str) -> Batch:
        async with asking(self._translator, self._endpoint, self._timeout_s):
            return await self._client.batches.retrieve(batch)


def _refusal(batch: Batch) -> str:
    """The codes of what is wrong with the file; the words beside them may quote it."""
    errors = (batch.errors.data if batch.errors else None) or []
    codes = dict.fromkeys(error.code or "no code" for error in errors)
    return ", ".join(codes) or "no reason given"
