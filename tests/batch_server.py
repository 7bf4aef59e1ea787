"""Provider batches in the formats of OpenAI and Anthropic, written from their API references.

    with BatchServer() as server:
        server.outcomes = ["ok", "error", "expired"]     # in turn, over a batch's requests
        server.hold = True                               # batches stay in progress
        server.next("create", "cut_after")               # carry out the next one and hang up
        server.answered, server.live                     # custom id to how often; calls asked live

OpenAI: files and batches (https://platform.openai.com/docs/api-reference/batch); the limits are
looked at after a batch was taken, and refuse it as a whole. Anthropic: message batches
(https://platform.claude.com/docs/en/api/creating-message-batches), which keep no metadata. What a
request is answered is a function of the request, as on `llm_server`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, Self

from aiohttp import web

from tests.llm_server import FORMATS, Fault, bound, default_reply, say

if TYPE_CHECKING:
    from types import TracebackType

Json = dict[str, Any]
Outcome = Literal["ok", "error", "filtered", "expired", "unreadable", "missing"]
Step = Literal["upload", "create", "list", "state", "results", "cancel"]
Trouble = int | Literal["cut_before", "cut_after"] | Callable[[], None]
"""A status to answer with; hanging up before or after a request was carried out; something to do
after it was carried out and before hanging up."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
OPENAI, ANTHROPIC = "/v1/chat/completions", "/v1/messages"


@dataclass
class Batch:
    """A batch at either provider."""

    id: str
    path: str
    requests: list[tuple[str, Json]]
    created: datetime
    metadata: Json = field(default_factory=dict)
    refusal: str | None = None
    cancelled: bool = False
    ended: bool = False
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def count(self, *outcomes: Outcome) -> int:
        return sum(one in outcomes for one in self.outcomes.values())


class BatchServer:
    """The server in a thread of its own, for the length of a `with` block."""

    def __init__(self, *, max_requests: int = 50_000, max_bytes: int = 200_000_000) -> None:
        self.max_requests = max_requests
        self.max_bytes = max_bytes
        self.hold = False
        self.outcomes: Sequence[Outcome] = ["ok"]
        self.answered: Counter[str] = Counter()
        self.asked: Counter[Step] = Counter()
        self.live = 0
        self.batches: list[Batch] = []
        self._files: dict[str, bytes] = {}
        self._troubles: defaultdict[Step, deque[Trouble]] = defaultdict(deque)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._port = 0

    def next(self, step: Step, *troubles: Trouble) -> None:
        """Let these happen at the next requests of a kind."""
        self._troubles[step].extend(troubles)

    @property
    def anthropic_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def openai_url(self) -> str:
        return f"{self.anthropic_url}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._start())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._do(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    def _do(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    async def _start(self) -> None:
        app = web.Application(client_max_size=1 << 30)
        app.add_routes(
            [
                web.post("/v1/files", self._at("upload", self._upload)),
                web.get("/v1/files/{id}/content", self._at("results", self._content)),
                web.post("/v1/batches", self._at("create", self._create_openai)),
                web.get("/v1/batches", self._at("list", self._list_openai)),
                web.get("/v1/batches/{id}", self._at("state", self._show)),
                web.post("/v1/batches/{id}/cancel", self._at("cancel", self._cancel)),
                web.post("/v1/messages/batches", self._at("create", self._create_anthropic)),
                web.get("/v1/messages/batches", self._at("list", self._list_anthropic)),
                web.get("/v1/messages/batches/{id}", self._at("state", self._show)),
                web.post("/v1/messages/batches/{id}/cancel", self._at("cancel", self._cancel)),
                web.get("/v1/messages/batches/{id}/results", self._at("results", self._results)),
                web.post(OPENAI, self._live),
                web.post(ANTHROPIC, self._live),
            ]
        )
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._port = self._runner.addresses[0][1]

    def _at(self, step: Step, handler: Handler) -> Handler:
        """A route that counts its requests, and goes wrong where a test wants that."""

        async def handle(request: web.Request) -> web.StreamResponse:
            self.asked[step] += 1
            trouble = self._troubles[step].popleft() if self._troubles[step] else None
            if isinstance(trouble, int):
                error = {"type": "told_to_fail", "message": "told to fail"}
                return web.json_response({"type": "error", "error": error}, status=trouble)
            if trouble == "cut_before":
                return _hang_up(request)
            response = await handler(request)
            if trouble is None:
                return response
            if callable(trouble):
                trouble()
            return _hang_up(request)

        return handle

    async def _live(self, request: web.Request) -> web.Response:
        self.live += 1
        return web.json_response(answer(request.path, await request.json(), "ok"))

    # What both have in common ------------------------------------------------------------------

    def _add(self, path: str, requests: list[tuple[str, Json]], **more: Any) -> Batch:
        kind = "batch" if path == OPENAI else "msgbatch"
        name = f"{kind}_{len(self.batches):04}"
        batch = Batch(name, path, requests, datetime.now(UTC), **more)
        self.batches.append(batch)
        return batch

    def _find(self, request: web.Request) -> Batch:
        for batch in self.batches:
            if batch.id == request.match_info["id"]:
                return batch
        body = json.dumps({"type": "error", "error": {"message": "no such batch"}})
        raise web.HTTPNotFound(text=body, content_type="application/json")

    def _advance(self, batch: Batch) -> None:
        """Answer what is to be answered; a cancelled batch got half-way."""
        if batch.ended or (self.hold and not batch.cancelled):
            return
        batch.ended = True
        if batch.refusal:
            return
        half = len(batch.requests) // 2
        for number, (custom_id, _) in enumerate(batch.requests):
            if batch.cancelled and number >= half:
                continue
            outcome = self.outcomes[number % len(self.outcomes)]
            batch.outcomes[custom_id] = outcome
            self.answered[custom_id] += outcome in {"ok", "unreadable"}

    async def _show(self, request: web.Request) -> web.Response:
        batch = self._find(request)
        self._advance(batch)
        return web.json_response(self._state(batch))

    async def _cancel(self, request: web.Request) -> web.Response:
        batch = self._find(request)
        batch.cancelled = True
        return web.json_response(self._state(batch))

    def _state(self, batch: Batch) -> Json:
        return _openai_state(batch) if batch.path == OPENAI else _anthropic_state(batch, self)

    # OpenAI ------------------------------------------------------------------------------------

    async def _upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        file = form["file"]
        assert form["purpose"] == "batch"
        assert isinstance(file, web.FileField)
        name = f"file_{len(self._files):04}"
        self._files[name] = file.file.read()
        return web.json_response(
            {
                "id": name,
                "object": "file",
                "bytes": len(self._files[name]),
                "created_at": 0,
                "filename": file.filename,
                "purpose": "batch",
                "status": "processed",
            }
        )

    async def _create_openai(self, request: web.Request) -> web.Response:
        body = await request.json()
        data = self._files[body["input_file_id"]]
        lines = [json.loads(line) for line in data.splitlines()]
        requests = [(line["custom_id"], line["body"]) for line in lines]
        refusal = None
        if len(lines) > self.max_requests or len(data) > self.max_bytes:
            refusal = "request_limit_exceeded"
        if len({custom_id for custom_id, _ in requests}) < len(requests):
            refusal = "duplicate_custom_id"
        if len({one["model"] for _, one in requests}) != 1:
            refusal = "mismatched_model"
        assert {line["url"] for line in lines} == {body["endpoint"]} == {OPENAI}
        assert body["completion_window"] == "24h"
        batch = self._add(OPENAI, requests, metadata=body["metadata"], refusal=refusal)
        return web.json_response(_openai_state(batch))

    async def _list_openai(self, request: web.Request) -> web.Response:
        found, more = self._page(request, OPENAI, "after")
        page = {"object": "list", "data": [_openai_state(one) for one in found], "has_more": more}
        return web.json_response(page)

    def _page(self, request: web.Request, path: str, after: str) -> tuple[list[Batch], bool]:
        """Newest first, two at a time, so that paging is seen to work."""
        newest = [one for one in reversed(self.batches) if one.path == path]
        ids = [one.id for one in newest]
        start = ids.index(request.query[after]) + 1 if after in request.query else 0
        return newest[start : start + 2], start + 2 < len(newest)

    async def _content(self, request: web.Request) -> web.Response:
        kind, _, batch_id = request.match_info["id"].partition("-")
        batch = next(one for one in self.batches if one.id == batch_id)
        lines = [_openai_line(*one, batch) for one in batch.requests]
        wanted = [one for one in lines if one and (one["error"] is None) == (kind == "output")]
        return web.Response(body=_jsonl(wanted[::-1]), content_type="application/octet-stream")

    # Anthropic ---------------------------------------------------------------------------------

    async def _create_anthropic(self, request: web.Request) -> web.Response:
        raw = await request.read()
        requests = [(one["custom_id"], one["params"]) for one in json.loads(raw)["requests"]]
        if len(requests) > self.max_requests or len(raw) > self.max_bytes:
            error = {"type": "request_too_large", "message": "too large"}
            return web.json_response({"type": "error", "error": error}, status=413)
        batch = self._add(ANTHROPIC, requests)
        return web.json_response(_anthropic_state(batch, self))

    async def _list_anthropic(self, request: web.Request) -> web.Response:
        found, more = self._page(request, ANTHROPIC, "after_id")
        return web.json_response(
            {
                "data": [_anthropic_state(one, self) for one in found],
                "has_more": more,
                "first_id": found[0].id if found else None,
                "last_id": found[-1].id if found else None,
            }
        )

    async def _results(self, request: web.Request) -> web.Response:
        batch = self._find(request)
        lines = [_anthropic_line(*one, batch) for one in batch.requests]
        body = _jsonl([one for one in lines if one][::-1])
        return web.Response(body=body, content_type="application/x-jsonl")


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _jsonl(lines: Sequence[Json]) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def answer(path: str, body: Json, outcome: Outcome) -> Json:
    """The body of a reply, as the same request gets it live."""
    form = FORMATS[path]
    key = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    asked = bound(form.read(path, key, body), "json_schema")
    text = "I would rather not say." if outcome == "unreadable" else default_reply(asked)
    return form.answer(asked, say(asked, text, Fault(), cached_tokens=0))


def _openai_state(batch: Batch) -> Json:
    status = "completed" if batch.ended else "in_progress"
    if batch.cancelled:
        status = "cancelled" if batch.ended else "cancelling"
    elif batch.ended and batch.count("expired"):
        status = "expired"
    errors = None
    if batch.refusal:
        status = "failed"
        data = [{"code": batch.refusal, "message": "quotes the client's words", "line": 1}]
        errors = {"object": "list", "data": data}
    done, failed = batch.count("ok", "unreadable"), batch.count("error", "filtered", "expired")
    return {
        "id": batch.id,
        "object": "batch",
        "endpoint": OPENAI,
        "errors": errors,
        "input_file_id": "file",
        "completion_window": "24h",
        "status": status,
        "output_file_id": f"output-{batch.id}" if batch.ended and done else None,
        "error_file_id": f"error-{batch.id}" if batch.ended and batch.outcomes else None,
        "created_at": int(batch.created.timestamp()),
        "request_counts": {"total": len(batch.requests), "completed": done, "failed": failed},
        "metadata": batch.metadata,
    }


def _openai_line(custom_id: str, body: Json, batch: Batch) -> Json | None:
    outcome = batch.outcomes.get(custom_id, "missing")
    if outcome == "missing":
        if not batch.cancelled:
            return None
        error = {"code": "batch_cancelled", "message": "This request was cancelled."}
        return {"id": "b", "custom_id": custom_id, "response": None, "error": error}
    if outcome == "expired":
        error = {"code": "batch_expired", "message": "This request could not be executed in time."}
        return {"id": "b", "custom_id": custom_id, "response": None, "error": error}
    if outcome in {"error", "filtered"}:
        code = "content_filter" if outcome == "filtered" else "server_error"
        status = 400 if outcome == "filtered" else 500
        inner = {"error": {"code": code, "message": "failed", "type": code}}
        response = {"status_code": status, "request_id": "r", "body": inner}
        return {"id": "b", "custom_id": custom_id, "response": response, "error": {"code": code}}
    response = {"status_code": 200, "request_id": "r", "body": answer(OPENAI, body, outcome)}
    return {"id": "b", "custom_id": custom_id, "response": response, "error": None}


def _anthropic_state(batch: Batch, server: BatchServer) -> Json:
    status = "ended" if batch.ended else "canceling" if batch.cancelled else "in_progress"
    total, known = len(batch.requests), len(batch.outcomes)
    left = total - known
    url = f"{server.anthropic_url}/v1/messages/batches/{batch.id}/results"
    stamp = batch.created.isoformat()
    return {
        "id": batch.id,
        "type": "message_batch",
        "processing_status": status,
        "request_counts": {
            "processing": 0 if batch.ended else left,
            "succeeded": batch.count("ok", "unreadable"),
            "errored": batch.count("error", "filtered"),
            "expired": batch.count("expired"),
            "canceled": left if batch.ended else 0,
        },
        "created_at": stamp,
        "expires_at": (batch.created + timedelta(days=1)).isoformat(),
        "ended_at": stamp if batch.ended else None,
        "cancel_initiated_at": stamp if batch.cancelled else None,
        "archived_at": None,
        "results_url": url if batch.ended else None,
    }


def _anthropic_line(custom_id: str, body: Json, batch: Batch) -> Json | None:
    outcome = batch.outcomes.get(custom_id, "missing")
    if outcome == "missing":
        if not batch.cancelled:
            return None
        return {"custom_id": custom_id, "result": {"type": "canceled"}}
    if outcome == "expired":
        return {"custom_id": custom_id, "result": {"type": "expired"}}
    if outcome in {"error", "filtered"}:
        kind = "api_error" if outcome == "error" else "invalid_request_error"
        words = "failed" if outcome == "error" else "Output blocked by content management policy"
        error = {"type": "error", "error": {"type": kind, "message": words}}
        return {"custom_id": custom_id, "result": {"type": "errored", "error": error}}
    message = answer(ANTHROPIC, body, outcome)
    return {"custom_id": custom_id, "result": {"type": "succeeded", "message": message}}
