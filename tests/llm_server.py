"""A language model server that misbehaves on request, in the formats of OpenAI and Anthropic.

    with LLMServer(latency_s=0.02, faults={429: 0.1}, seed=7) as server:
        server.model("broken", status=500)
        server.next(Fault(transport="reset"), Fault(finish="length"))
        client = AsyncOpenAI(base_url=server.openai_url, api_key="any", max_retries=0)
        ...
        server.log, server.peak_in_flight, server.stats()

It answers `POST /v1/chat/completions` and `POST /v1/messages`, does not stream, and keeps no
account of keys. What it says is a pure function of the request, so a program that asks the same
thing twice, or in another order, gets the same replies. A server with a real model and a real
grammar is in `tiny_llama.py`.

    python -m tests.llm_server --port 8099 --latency 0.05

runs until it is ended, keeps no log, and tells at `GET /stats` what it was asked and when each
request had its whole answer.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import hashlib
import itertools
import json
import math
import random
import re
import socket
import struct
import sys
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, Self, TypeVar

import orjson
from aiohttp import web

if TYPE_CHECKING:
    from types import TracebackType

T = TypeVar("T")
Json = dict[str, Any]
"""A JSON object as a stranger sent it or will read it."""

Structured = Literal["json_schema", "json_object", "ignored", "error400", "error500"]
RetryAfterForm = Literal["seconds", "date", "ms"]
Transport = Literal["reset", "close", "stall", "truncate"]

# What a test writes ---------------------------------------------------------------------------


def retry_after(seconds: float, *forms: RetryAfterForm) -> dict[str, str]:
    """Headers that ask a client to wait: whole seconds, an HTTP date, or milliseconds."""
    written = {
        "seconds": ("retry-after", str(math.ceil(seconds))),
        "date": ("retry-after", _http_date(seconds)),
        "ms": ("retry-after-ms", str(round(seconds * 1000))),
    }
    return dict(written[form] for form in forms)


def _http_date(seconds: float) -> str:
    # A date knows whole seconds only; rounded up, so that who obeys it has waited long enough.
    at = math.ceil(time.time() + seconds)
    return format_datetime(datetime.fromtimestamp(at, UTC), usegmt=True)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong with one answer. What is not named stays as it would have been."""

    transport: Transport | None = None
    """The connection is reset or closed before a reply, kept without one, or closed halfway."""
    status: int = 200
    """The status; from 400 on, with the error body of the provider."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Added to the reply's own."""
    body: str | None = None
    """Sent as it is in place of any JSON of ours: a proxy's page, or JSON that breaks off."""
    message: str | None = None
    """The words in an error's body."""
    empty: bool = False
    """A reply without choices (OpenAI) or without content blocks (Anthropic)."""
    no_text: bool = False
    """A choice whose content is null, or a text block that is empty."""
    finish: str | None = None
    """The finish reason or stop reason, word for word: `length`, `content_filter`, `max_tokens`."""
    refusal: str | None = None
    """The model declines in these words: OpenAI's `refusal` field, Anthropic's stop reason."""
    reasoning: str | None = None
    """What the model thought before it answered."""
    reasoning_in: Literal["think", "reasoning_content", "reasoning"] = "think"
    """Where that stands: in the text between tags, or in a field of the message. For Anthropic any
    field means a thinking block."""


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """How a model answers all that it is asked."""

    reply: Callable[[Asked], str] = field(default_factory=lambda: default_reply)
    """The words of a reply."""
    latency_s: float = 0.0
    """From the request to the whole reply, refusals for rate limits excepted."""
    status: int = 200
    """Short for `always=Fault(status=...)`."""
    always: Fault | None = None
    """What goes wrong with every answer, as with a model that always reasons aloud."""
    faults: Mapping[int, float] = field(default_factory=dict)
    """How often each status comes in place of a reply. The draw hangs on the request and on how
    often it was made before, not on the order of arrival."""
    retry_after_s: float = 0.05
    """What a drawn 429 or 503 asks the client to wait."""
    retry_after_as: tuple[RetryAfterForm, ...] = ("seconds", "ms")
    """How it, and the rate limit, ask."""
    structured: Structured = "json_schema"
    """What becomes of a wish for JSON: the schema is enforced; any wish is taken for `json_object`;
    it is ignored; or a `json_schema` is refused, as some servers do."""
    rpm: float = 0.0
    """Requests a minute; 0 is no limit."""
    tpm: float = 0.0
    """Tokens a minute, each request counted with its `max_tokens`; 0 is no limit."""
    burst_s: float = 1.0
    """How many seconds' worth of either may be taken at once."""
    tells: bool = True
    """Whether the headers of every reply say what is left of them."""


class Wish(NamedTuple):
    """A request for JSON, outside the prompt."""

    kind: Literal["json_schema", "json_object"]
    schema: Json | None


class Asked(NamedTuple):
    """A request as a reply sees it."""

    path: str
    model: str
    key: str
    """The sha256 of the body as it came."""
    messages: tuple[Json, ...]
    """As sent, Anthropic's system text in front as a message of its own."""
    system: str
    user: str
    """The last message's text."""
    max_tokens: int
    prompt_tokens: int
    wish: Wish | None
    schema: Json | None = None
    """What the reply has to follow, from the wish or from the prompt; None for prose."""
    fenced: bool = False
    """Whether JSON comes in a code fence, as from a model that only the prompt asks for it."""


class Entry(NamedTuple):
    """A line of the log; it is replaced by its final form when the request is over."""

    time: float
    path: str
    model: str
    key: str
    messages: tuple[Json, ...]
    status: int = 0
    """0 while no status was sent, and for good after a reset or a stall."""
    finished: bool = False
    """Whether the whole reply was handed to a connection that was still open."""


class Stats(NamedTuple):
    """What was asked and answered so far. An answer is a whole reply with status 200."""

    requests: int
    answered: int
    distinct: int
    asked_twice: list[str]
    """Keys that came more than once, in order of the key."""
    answered_twice: list[str]
    """Keys that were answered more than once: what a client paid for twice."""
    answered_at: dict[str, list[float]]
    """When each key had its whole answer, as seconds since the epoch."""


# What is said ---------------------------------------------------------------------------------

OPENINGS = (
    "It sounds as if",
    "I hear how much lies in",
    "You put a great deal into",
    "There is real weight in",
    "I am glad you could say",
    "Something in me slows down at",
    "It takes courage to write",
    "I would like to stay a moment with",
)
MIDDLES = (
    "Part of you seems tired, and part of you is still looking for a way.",
    "Perhaps two feelings are true here at the same time.",
    "You have carried this for longer than anyone could see.",
    "What you do to get through a day deserves to be noticed.",
    "It makes sense that this would keep you awake.",
    "You know your own life better than I do, so correct me where I am wrong.",
    "Nothing here has to be decided today.",
    "The wish behind the worry seems to be that things could be different.",
)
QUESTIONS = (
    "What would feel lighter first?",
    "When was it last a little easier?",
    "Who knows about this besides you?",
    "What would you want to be asked?",
    "How would you notice that tomorrow went better?",
    "What have you tried that helped even a little?",
    "Which part of this is yours to choose?",
    "What matters most to you in all this?",
)


def sentence(number: int, echo: str = "what you tell me") -> str:
    """A counsellor's words, a different set for most numbers."""
    number, opening = divmod(number, len(OPENINGS))
    number, middle = divmod(number, len(MIDDLES))
    question = QUESTIONS[number % len(QUESTIONS)]
    return f"{OPENINGS[opening]} {echo}. {MIDDLES[middle]} {question}"


def default_reply(asked: Asked) -> str:
    """A counselling reply to the user's last words or, where a schema binds it, JSON by it."""
    if asked.schema is None:
        words = asked.user.split()[-6:]
        return sentence(int(asked.key[:15], 16), f'"{" ".join(words)}"' if words else "a silence")
    text = json.dumps(fill(asked.schema, asked.schema, Chance(asked.key)))
    return f"Here it is:\n\n```json\n{text}\n```" if asked.fenced else text


class Chance:
    """Choices that hang on a key alone, and lean together.

    One level is drawn for a whole reply, and ordered choices keep near it, so that a judged
    response is good or bad throughout and mean ratings differ by more than noise.
    """

    def __init__(self, key: str) -> None:
        self._random = random.Random(key)
        self._level = self._random.random()

    def near_level(self, options: Sequence[T]) -> T:
        """One of some ordered options."""
        place = self._level * (len(options) - 1) + self._random.uniform(-1, 1)
        return options[min(max(round(place), 0), len(options) - 1)]

    def words(self) -> str:
        """A sentence or three."""
        return sentence(self._random.getrandbits(32))


def fill(schema: Json, root: Json, chance: Chance) -> Any:
    """A value that is valid by the schema, for the keywords that structured output uses."""
    if "$ref" in schema:
        return fill(root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], root, chance)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return chance.near_level(schema["enum"])
    for combined in ("anyOf", "oneOf", "allOf"):
        if combined in schema:
            return fill(schema[combined][0], root, chance)
    return FILLERS[_type(schema)](schema, root, chance)


def _type(schema: Json) -> str:
    named = schema.get("type", "object")
    return str(named[0] if isinstance(named, list) else named)


def _object(schema: Json, root: Json, chance: Chance) -> Json:
    properties = schema.get("properties", {"answer": {"type": "string"}})
    return {name: fill(inner, root, chance) for name, inner in properties.items()}


def _array(schema: Json, root: Json, chance: Chance) -> list[Any]:
    count = max(1, schema.get("minItems", 0))
    return [fill(schema.get("items", {"type": "string"}), root, chance) for _ in range(count)]


def _string(schema: Json, root: Json, chance: Chance) -> str:
    text = chance.words()
    return text.ljust(schema.get("minLength", 0), ".")[: schema.get("maxLength")]


def _integer(schema: Json, root: Json, chance: Chance) -> int:
    lowest = schema.get("minimum", 1)
    return chance.near_level(range(lowest, schema.get("maximum", lowest + 4) + 1))


FILLERS: dict[str, Callable[[Json, Json, Chance], Any]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _integer,
    "number": lambda schema, root, chance: float(_integer(schema, root, chance)),
    "boolean": lambda schema, root, chance: chance.near_level((False, True)),
    "null": lambda schema, root, chance: None,
}


@functools.lru_cache(maxsize=64)
def schema_in(prompt: str) -> Json | None:
    """The schema a prompt asks its reply to follow, or None if it does not ask for JSON.

    It may stand there as a JSON schema or as an example: strings stand for strings, and
    `<integer 1 to 5>` for just that. Where neither does, any object will do.
    """
    if "JSON" not in prompt:
        return None
    text = re.sub(r"<integer (\d+) to (\d+)>", r'{"$from": \1, "$to": \2}', prompt)
    return next((_as_schema(found) for found in _objects(text) if found), {"type": "object"})


def _objects(text: str) -> Iterator[Json]:
    """The JSON objects that stand in a text, from the first on, none inside another."""
    decoder, place = json.JSONDecoder(), text.find("{")
    while place >= 0:
        try:
            found, end = decoder.raw_decode(text, place)
        except json.JSONDecodeError:
            end = place + 1
        else:
            yield found
        place = text.find("{", end)


def _as_schema(example: Any) -> Json:
    if isinstance(example, str):
        return {"type": "string"}
    if not isinstance(example, dict):
        return {"type": "integer"}
    if "$from" in example:
        return {"type": "integer", "minimum": example["$from"], "maximum": example["$to"]}
    if isinstance(example.get("properties"), dict):
        return example
    return {"type": "object", "properties": {key: _as_schema(one) for key, one in example.items()}}


# How it is written ----------------------------------------------------------------------------


class Said(NamedTuple):
    """A reply before it takes a provider's format."""

    text: str
    finish: str | None
    fault: Fault
    prompt_tokens: int
    cached_tokens: int

    @property
    def thoughts(self) -> str | None:
        """The reasoning that has a place of its own."""
        return None if self.fault.reasoning_in == "think" else self.fault.reasoning


UNLIMITED = 1_000_000


def tokens(text: str) -> int:
    """About as many as a real tokeniser would count, and never none."""
    return len(text) // 4 + 1


def say(asked: Asked, text: str, fault: Fault, *, cached_tokens: int) -> Said:
    """Cut the reply to the tokens it may have, and put in it what the fault wants in it."""
    finish = fault.finish
    if tokens(text) > asked.max_tokens:
        text, finish = text[: asked.max_tokens * 4 - 4], finish or "cut"
    if fault.reasoning is not None and fault.reasoning_in == "think":
        text = f"<think>\n{fault.reasoning}\n</think>\n\n{text}"
    return Said(text, finish, fault, asked.prompt_tokens, min(cached_tokens, asked.prompt_tokens))


def _text(message: Json) -> str:
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content)


def bound(asked: Asked, structured: Structured) -> Asked:
    """The request with the schema that the reply will follow on a server of this kind."""
    prompt = schema_in(asked.system or asked.user)
    if asked.wish is None or structured == "ignored":
        if prompt is None:
            return asked
        return asked._replace(schema=prompt, fenced=structured == "ignored")
    if asked.wish.schema is not None and structured == "json_schema":
        return asked._replace(schema=asked.wish.schema)
    return asked._replace(schema=prompt or {"type": "object"})


class Format(Protocol):
    """A provider's way of putting things."""

    def read(self, path: str, key: str, body: Json) -> Asked:
        """The request. Raises KeyError where a field is missing that the provider requires."""
        ...

    def answer(self, asked: Asked, said: Said) -> Json:
        """The body of a reply."""
        ...

    def error(self, status: int, message: str) -> Json:
        """The body of an error."""
        ...

    def limit(self, what: str, bucket: Bucket) -> dict[str, str]:
        """Headers that tell where the client stands."""
        ...


class OpenAIFormat:
    """Chat completions."""

    CODES: Mapping[int, tuple[str, str | None]] = {
        400: ("invalid_request_error", None),
        401: ("invalid_request_error", "invalid_api_key"),
        403: ("invalid_request_error", "unsupported_country_region_territory"),
        404: ("invalid_request_error", "model_not_found"),
        429: ("requests", "rate_limit_exceeded"),
    }

    def read(self, path: str, key: str, body: Json) -> Asked:
        messages = tuple(body["messages"])
        texts = [_text(message) for message in messages]
        return Asked(
            path=path,
            model=body["model"],
            key=key,
            messages=messages,
            system="\n".join(
                text
                for text, message in zip(texts, messages, strict=True)
                if message["role"] in ("system", "developer")
            ),
            user=texts[-1],
            max_tokens=body.get("max_completion_tokens") or body.get("max_tokens") or UNLIMITED,
            prompt_tokens=sum(map(tokens, texts)),
            wish=self._wish(body.get("response_format")),
        )

    def _wish(self, response_format: Json | None) -> Wish | None:
        if response_format is None or response_format["type"] == "text":
            return None
        if response_format["type"] == "json_object":
            return Wish("json_object", None)
        return Wish("json_schema", response_format["json_schema"]["schema"])

    def answer(self, asked: Asked, said: Said) -> Json:
        choice = {
            "index": 0,
            "message": self._message(said),
            "logprobs": None,
            "finish_reason": "length" if said.finish == "cut" else said.finish or "stop",
        }
        return {
            "id": f"chatcmpl-{asked.key[:24]}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": asked.model,
            "choices": [] if said.fault.empty else [choice],
            "usage": self._usage(said),
        }

    def _message(self, said: Said) -> Json:
        silent = said.fault.no_text or said.fault.refusal is not None
        message = {
            "role": "assistant",
            "content": None if silent else said.text,
            "refusal": said.fault.refusal,
        }
        if said.thoughts is not None:
            message[said.fault.reasoning_in] = said.thoughts
        return message

    def _usage(self, said: Said) -> Json:
        reasoning = tokens(said.thoughts) if said.thoughts else 0
        completion = tokens(said.text) + reasoning
        return {
            "prompt_tokens": said.prompt_tokens,
            "completion_tokens": completion,
            "total_tokens": said.prompt_tokens + completion,
            "prompt_tokens_details": {"cached_tokens": said.cached_tokens},
            "completion_tokens_details": {"reasoning_tokens": reasoning},
        }

    def error(self, status: int, message: str) -> Json:
        kind, code = self.CODES.get(status, ("server_error", None))
        return {"error": {"message": message, "type": kind, "param": None, "code": code}}

    def limit(self, what: str, bucket: Bucket) -> dict[str, str]:
        return {
            f"x-ratelimit-limit-{what}": f"{bucket.per_minute:g}",
            f"x-ratelimit-remaining-{what}": str(int(bucket.left)),
            f"x-ratelimit-reset-{what}": f"{bucket.full_in_s:.3f}s",
        }


class AnthropicFormat:
    """Messages."""

    TYPES: Mapping[int, str] = {
        400: "invalid_request_error",
        401: "authentication_error",
        403: "permission_error",
        404: "not_found_error",
        413: "request_too_large",
        429: "rate_limit_error",
        504: "timeout_error",
        529: "overloaded_error",
    }

    def read(self, path: str, key: str, body: Json) -> Asked:
        system = _text({"content": body.get("system")})
        turns = tuple(body["messages"])
        texts = [_text(turn) for turn in turns]
        wished = (body.get("output_config") or {}).get("format")
        return Asked(
            path=path,
            model=body["model"],
            key=key,
            messages=({"role": "system", "content": system}, *turns) if system else turns,
            system=system,
            user=texts[-1],
            max_tokens=body["max_tokens"],
            prompt_tokens=sum(map(tokens, (system, *texts))),
            wish=Wish("json_schema", wished["schema"]) if wished else None,
        )

    def answer(self, asked: Asked, said: Said) -> Json:
        refusal = said.fault.refusal
        natural = "end_turn" if refusal is None else "refusal"
        message = {
            "id": f"msg_{asked.key[:24]}",
            "type": "message",
            "role": "assistant",
            "model": asked.model,
            "content": self._content(said),
            "stop_reason": "max_tokens" if said.finish == "cut" else said.finish or natural,
            "stop_sequence": None,
            "usage": self._usage(said),
        }
        if refusal is not None:
            details = {"type": "refusal", "category": None, "explanation": refusal}
            message["stop_details"] = details
        return message

    def _content(self, said: Said) -> list[Json]:
        if said.fault.empty or said.fault.refusal is not None:
            return []
        text = {"type": "text", "text": "" if said.fault.no_text else said.text}
        if said.thoughts is None:
            return [text]
        return [{"type": "thinking", "thinking": said.thoughts, "signature": "c2lnbmVk"}, text]

    def _usage(self, said: Said) -> Json:
        thinking = tokens(said.thoughts) if said.thoughts else 0
        return {
            "input_tokens": said.prompt_tokens - said.cached_tokens,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": said.cached_tokens,
            "output_tokens": tokens(said.text) + thinking,
            "output_tokens_details": {"thinking_tokens": thinking},
        }

    def error(self, status: int, message: str) -> Json:
        kind = self.TYPES.get(status, "api_error")
        return {
            "type": "error",
            "error": {"type": kind, "message": message},
            "request_id": "req_test",
        }

    def limit(self, what: str, bucket: Bucket) -> dict[str, str]:
        reset = datetime.now(UTC) + timedelta(seconds=bucket.full_in_s)
        return {
            f"anthropic-ratelimit-{what}-limit": f"{bucket.per_minute:g}",
            f"anthropic-ratelimit-{what}-remaining": str(int(bucket.left)),
            f"anthropic-ratelimit-{what}-reset": reset.isoformat(timespec="seconds"),
        }


FORMATS: Mapping[str, Format] = {
    "/v1/chat/completions": OpenAIFormat(),
    "/v1/messages": AnthropicFormat(),
}

# How much may be asked ------------------------------------------------------------------------


class Bucket:
    """A token bucket: it fills at a rate, holds so much, and is taken from whole or not at all."""

    def __init__(self, per_minute: float, *, burst_s: float) -> None:
        self.per_minute = per_minute
        self._rate = per_minute / 60
        self._size = max(1.0, self._rate * burst_s)
        self.left = self._size
        self._seen = time.monotonic()

    def wait_s(self, amount: float) -> float:
        """How long until so much is there. More than the bucket holds is there when it is full."""
        now = time.monotonic()
        self.left = min(self._size, self.left + (now - self._seen) * self._rate)
        self._seen = now
        return max(0.0, min(amount, self._size) - self.left) / self._rate

    def take(self, amount: float) -> None:
        """Take what `wait_s` said is there."""
        self.left -= min(amount, self._size)

    @property
    def full_in_s(self) -> float:
        """How long until it is full again."""
        return (self._size - self.left) / self._rate


class Limits:
    """A model's buckets, by the words the providers use for them."""

    def __init__(self, behaviour: Behaviour) -> None:
        rates = {"requests": behaviour.rpm, "tokens": behaviour.tpm}
        self.buckets = {
            what: Bucket(rate, burst_s=behaviour.burst_s) for what, rate in rates.items() if rate
        }

    def admit(self, asked: Asked) -> float:
        """Take the request's share and return 0, or take nothing and return how long to wait."""
        size = asked.prompt_tokens + min(asked.max_tokens, 4096)
        amounts = {"requests": 1.0, "tokens": float(size)}
        wait = max(bucket.wait_s(amounts[what]) for what, bucket in self.buckets.items())
        if wait == 0:
            for what, bucket in self.buckets.items():
                bucket.take(amounts[what])
        return wait

    def headers(self, form: Format) -> dict[str, str]:
        """What every reply tells of them."""
        told = (form.limit(what, bucket) for what, bucket in self.buckets.items())
        return {name: value for headers in told for name, value in headers.items()}


# The server -----------------------------------------------------------------------------------


GOOD = Fault()
JSON_TYPE = {"content-type": "application/json"}
REFUSALS: Mapping[Structured, int] = {"error400": 400, "error500": 500}


class Outcome(NamedTuple):
    """What goes back, and what must become of the connection."""

    status: int
    body: bytes
    headers: dict[str, str]
    transport: Transport | None = None


class Plan(NamedTuple):
    """What to answer and when, decided as the request arrives."""

    form: Format
    asked: Asked
    behaviour: Behaviour
    fault: Fault
    latency_s: float
    headers: dict[str, str]
    """Of the rate limit."""
    cached_tokens: int = 0

    def outcome(self) -> Outcome:
        """The answer, or what comes in its place."""
        fault = self.fault
        if fault.body is not None:
            return self._sent(fault.status, fault.body.encode())
        if fault.status >= 400:
            text = fault.message or f"The server answers {fault.status}, as it was told to."
            return self._error(fault.status, text)
        wish = self.asked.wish
        refused = REFUSALS.get(self.behaviour.structured)
        if refused and wish and wish.kind == "json_schema":
            return self._error(refused, "response_format of type json_schema is not supported")
        return self._sent(fault.status, orjson.dumps(self._reply()))

    def _reply(self) -> Json:
        asked = bound(self.asked, self.behaviour.structured)
        said = say(asked, self.behaviour.reply(asked), self.fault, cached_tokens=self.cached_tokens)
        return self.form.answer(asked, said)

    def _error(self, status: int, message: str) -> Outcome:
        return self._sent(status, orjson.dumps(self.form.error(status, message)))

    def _sent(self, status: int, body: bytes) -> Outcome:
        own = {name.lower(): value for name, value in self.fault.headers.items()}
        return Outcome(status, body, JSON_TYPE | self.headers | own, self.fault.transport)


@dataclass(slots=True)
class Note:
    """What becomes of a request."""

    entry: Entry
    place: int
    """Of its line in the log."""
    status: int = 0
    finished: bool = False


class Service:
    """The server inside one event loop: all that it knows and does, but for the thread."""

    def __init__(self, default: Behaviour, *, seed: int = 0, keep_log: bool = True) -> None:
        self.default = default
        self.models: dict[str, Behaviour] = {}
        self.queue: deque[Fault] = deque()
        self.log: list[Entry] = []
        self.peak_in_flight: dict[str, int] = {}
        self._seed = seed
        self._keep_log = keep_log
        self._in_flight: Counter[str] = Counter()
        self._limits: dict[str, Limits] = {}
        self._systems: set[str] = set()
        self._asked: Counter[str] = Counter()
        self._answered_at: defaultdict[str, list[float]] = defaultdict(list)
        self._closing = asyncio.Event()
        self._runner: web.ServerRunner | None = None

    async def start(self, port: int) -> int:
        """Listen on 127.0.0.1 and return the port; 0 asks for a free one."""
        server = web.Server(self._handle, access_log=None, handler_cancellation=True)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port, backlog=4096, reuse_address=True).start()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """End what is stalled, then close every connection."""
        self._closing.set()
        if self._runner is not None:
            await self._runner.cleanup()

    def behave(self, model: str, behaviour: Behaviour) -> None:
        """From now on; a rate limit starts afresh."""
        self.models[model] = behaviour
        self._limits.pop(model, None)

    def stats(self) -> Stats:
        asked, answered = dict(self._asked), dict(self._answered_at)
        return Stats(
            requests=sum(asked.values()),
            answered=sum(map(len, answered.values())),
            distinct=len(asked),
            asked_twice=sorted(key for key, times in asked.items() if times > 1),
            answered_twice=sorted(key for key, times in answered.items() if len(times) > 1),
            answered_at={key: list(times) for key, times in answered.items()},
        )

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        form = FORMATS.get(request.path)
        if form is None or request.method != "POST":
            return self._other(request)
        arrived = time.time()
        raw = await request.read()
        key = hashlib.sha256(raw).hexdigest()
        asked = self._read(form, request.path, key, raw)
        if isinstance(asked, str):
            return _as_json(400, form.error(400, asked))
        note = self._arrive(Entry(arrived, asked.path, asked.model, key, asked.messages))
        try:
            plan = self._plan(form, asked)
            if plan.latency_s:
                await asyncio.sleep(plan.latency_s)
            return await self._carry_out(request, plan.outcome(), note)
        finally:
            self._leave(note)

    def _other(self, request: web.BaseRequest) -> web.Response:
        if request.path == "/stats" and request.method == "GET":
            return _as_json(200, self.stats()._asdict())
        text = f"nothing is served at {request.method} {request.path}"
        return _as_json(404, OpenAIFormat().error(404, text))

    def _read(self, form: Format, path: str, key: str, raw: bytes) -> Asked | str:
        """The request, or in words why it is none."""
        try:
            body = orjson.loads(raw)
            if body.get("stream"):
                return "this server does not stream"
            return form.read(path, key, body)
        except orjson.JSONDecodeError:
            return "the body is not valid JSON"
        except KeyError as missing:
            return f"{missing.args[0]}: field required"

    def _arrive(self, entry: Entry) -> Note:
        """Count a request in; the log, if there is one, has its line from now on."""
        model = entry.model
        self._asked[entry.key] += 1
        self._in_flight[model] += 1
        if self._in_flight[model] > self.peak_in_flight.get(model, 0):
            self.peak_in_flight[model] = self._in_flight[model]
        if self._keep_log:
            self.log.append(entry)
        return Note(entry, len(self.log) - 1)

    def _leave(self, note: Note) -> None:
        """Count it out, with what became of it."""
        self._in_flight[note.entry.model] -= 1
        if note.finished and note.status == 200:
            self._answered_at[note.entry.key].append(time.time())
        if self._keep_log:
            final = note.entry._replace(status=note.status, finished=note.finished)
            self.log[note.place] = final

    def _plan(self, form: Format, asked: Asked) -> Plan:
        behaviour = self.models.get(asked.model, self.default)
        headers: dict[str, str] = {}
        if behaviour.rpm or behaviour.tpm:
            limits = self._limits_of(asked.model, behaviour)
            wait = limits.admit(asked)
            headers = limits.headers(form) if behaviour.tells else {}
            if wait:
                asks = retry_after(wait, *behaviour.retry_after_as)
                limited = Fault(status=429, message="Rate limit reached.", headers=asks)
                return Plan(form, asked, behaviour, limited, 0.0, headers)
        fault = self._fault(behaviour, asked)
        cached = self._cached(asked)
        return Plan(form, asked, behaviour, fault, behaviour.latency_s, headers, cached)

    def _limits_of(self, model: str, behaviour: Behaviour) -> Limits:
        if model not in self._limits:
            self._limits[model] = Limits(behaviour)
        return self._limits[model]

    def _fault(self, behaviour: Behaviour, asked: Asked) -> Fault:
        if self.queue:
            return self.queue.popleft()
        if behaviour.status != 200:
            return Fault(status=behaviour.status)
        if behaviour.faults and (status := self._drawn(behaviour, asked)):
            waits = status in (429, 503, 529)
            wanted = retry_after(behaviour.retry_after_s, *behaviour.retry_after_as)
            return Fault(status=status, headers=wanted if waits else {})
        return behaviour.always or GOOD

    def _drawn(self, behaviour: Behaviour, asked: Asked) -> int | None:
        chance = random.Random(f"{self._seed} {asked.key} {self._asked[asked.key]}").random()
        bounds = itertools.accumulate(behaviour.faults.values())
        drawn = zip(behaviour.faults, bounds, strict=True)
        return next((status for status, bound in drawn if chance < bound), None)

    def _cached(self, asked: Asked) -> int:
        """What a provider that caches prompts would not read again."""
        known = asked.system in self._systems
        self._systems.add(asked.system)
        return tokens(asked.system) if known and asked.system else 0

    async def _carry_out(
        self, request: web.BaseRequest, outcome: Outcome, note: Note
    ) -> web.StreamResponse:
        if outcome.transport == "stall":
            await self._closing.wait()
        if outcome.transport == "truncate":
            return await _half(request, outcome, note)
        if outcome.transport is not None:
            _hang_up(request, reset=outcome.transport == "reset")
            return web.Response()
        response = web.Response(status=outcome.status, body=outcome.body, headers=outcome.headers)
        if request.transport is not None:
            note.status = outcome.status
            await response.prepare(request)
            await response.write_eof()
            note.finished = request.transport is not None
        return response


def _as_json(status: int, body: Json) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(body), headers=JSON_TYPE)


def _hang_up(request: web.BaseRequest, *, reset: bool) -> None:
    """Close without a word: with a reset, or as servers do that end idle connections."""
    if request.transport is None:
        return
    if reset:
        sock = request.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()


async def _half(request: web.BaseRequest, outcome: Outcome, note: Note) -> web.StreamResponse:
    note.status = outcome.status
    length = {"content-length": str(len(outcome.body))}
    response = web.StreamResponse(status=outcome.status, headers=outcome.headers | length)
    await response.prepare(request)
    await response.write(outcome.body[: len(outcome.body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


class LLMServer:
    """The server in a thread of its own, for the length of a `with` block.

    Args:
        port: 0 takes a free one.
        seed: of the random faults.
        default: fields of `Behaviour`, for every model that has no behaviour of its own.
    """

    def __init__(self, *, port: int = 0, seed: int = 0, **default: Any) -> None:
        self._port = port
        self._service = Service(Behaviour(**default), seed=seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        started = asyncio.run_coroutine_threadsafe(self._service.start(self._port), self._loop)
        self._port = started.result(timeout=10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._service.stop(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    @property
    def anthropic_url(self) -> str:
        """What the Anthropic client takes as `base_url`."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def openai_url(self) -> str:
        """What the OpenAI client takes as `base_url`."""
        return f"{self.anthropic_url}/v1"

    @property
    def log(self) -> list[Entry]:
        """Every request so far that could be read, in order of arrival."""
        return list(self._service.log)

    @property
    def peak_in_flight(self) -> dict[str, int]:
        """The most requests that each model had at once."""
        return dict(self._service.peak_in_flight)

    def stats(self) -> Stats:
        """What `GET /stats` tells."""
        return self._service.stats()

    def model(self, name: str, **behaviour: Any) -> None:
        """Let a model differ from the default in these fields of `Behaviour`, from now on."""
        self._service.behave(name, replace(self._service.default, **behaviour))

    def next(self, *faults: Fault) -> None:
        """Let these happen to the next requests, one each in order of arrival.

        Each takes the place of whatever else the model would have done wrong."""
        self._service.queue.extend(faults)


async def _run(port: int, latency_s: float) -> None:
    service = Service(Behaviour(latency_s=latency_s), keep_log=False)
    address = f"http://127.0.0.1:{await service.start(port)}"
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def main() -> None:
    """Serve until ended, and say where on standard output."""
    parser = argparse.ArgumentParser(prog="python -m tests.llm_server", description=main.__doc__)
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds to every reply")
    options = parser.parse_args()
    asyncio.run(_run(options.port, options.latency))


if __name__ == "__main__":
    main()
