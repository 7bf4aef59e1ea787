"""What the two kinds of provider batches have in common."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import AsyncIterator
from typing import BinaryIO, Final

import orjson

from psychocounsel_data.errors import RejectedCallError, TransientCallError
from psychocounsel_data.exchange import BatchResult, Reply, Request
from psychocounsel_data.wire import bodies
from psychocounsel_data.wire.endpoint import Endpoint
from psychocounsel_data.wire.faults import Fault, RefusedError, call_error
from psychocounsel_data.wire.translation import Translator

TRANSFER_S: Final = 1800.0
"""Seconds that handing in a whole batch, or fetching its results, may take."""


@contextlib.asynccontextmanager
async def asking(
    translator: Translator, endpoint: Endpoint, timeout_s: float
) -> AsyncIterator[None]:
    """Requests about a batch as a whole; what goes wrong becomes a `CallError`."""
    try:
        async with translator.within(timeout_s):
            yield
    except RefusedError as error:
        if error.fault.kind == "not_found":
            message = (
                f"{endpoint.reference}: {endpoint.url} has no such batch, or no batches at all: is "
                f"the key in {endpoint.key_env} that of the account it was handed in with?"
            )
            raise RejectedCallError("not_found", message) from None
        raise call_error(error.fault, endpoint, ()) from None


def refused(fault: Fault, endpoint: Endpoint, request: Request) -> Reply:
    """What a fault means for a single request, as it does when asked live.

    Raises:
        CallError: it was not answered; a request that a filter blocked counts as refused.
    """
    if fault.kind == "content_filter":
        return Reply(text="", finish="refusal")
    sent = [message.content for message in request.messages]
    raise call_error(fault, endpoint, sent)


def not_processed(kind: str, endpoint: Endpoint) -> TransientCallError:
    """A request that no model has seen."""
    words = {
        "expired": "the provider did not come to it before the batch's time was up",
        "cancelled": "the batch was cancelled before the provider came to it",
    }
    return TransientCallError(kind, f"{endpoint.reference}: {words[kind]}")


async def fetched(chunks: AsyncIterator[bytes]) -> BinaryIO:
    """A download as a whole, in a file that goes when it is closed.

    It is read only when it is all there, so that a cut connection never ends in half of a result.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115  # the caller closes it
    try:
        async for chunk in chunks:
            file.write(chunk)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def result(line: bytes, endpoint: Endpoint) -> BatchResult:
    """A line of results.

    Raises:
        TransientCallError: `malformed_body`.
    """
    try:
        body = orjson.loads(line)
    except orjson.JSONDecodeError:
        body = None
    name = bodies.string(bodies.mapping(body).get("custom_id"))
    if not name:
        message = f"{endpoint.reference}: a line of the batch's results is no result"
        raise TransientCallError("malformed_body", message)
    return BatchResult(name, body)
