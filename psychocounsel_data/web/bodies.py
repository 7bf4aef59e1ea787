"""What a page sends back: one small JSON object, validated."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

B = TypeVar("B", bound=BaseModel)

MAX_BYTES = 256_000


async def json_body(request: Request, kind: type[B]) -> B:
    """The body of a request as a record, strictly: the text "4" is not the number 4.

    Raises:
        HTTPException: 415 it is not sent as JSON, 413 it is too long, 422 it is not such a record;
            the message names the fields and repeats no value.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise HTTPException(415, "send application/json")
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_BYTES:
            raise HTTPException(413, f"more than {MAX_BYTES:,} bytes")
    try:
        return kind.model_validate_json(bytes(data), strict=True)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "the body"
        raise HTTPException(422, f"{field}: {first['msg']}") from None
