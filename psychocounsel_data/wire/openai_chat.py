"""OpenAI's chat completions: the format that most services and every local server speak.

`chat_body` and `read_completion` are the format, pure, and serve live questions and provider
batches alike. `Service` is what differs between services; `backends` holds one for each. What a
refusal means is said in `faults`; sockets are opened in `connection`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

from psychocounsel_data.config import BackendConfig
from psychocounsel_data.errors import TransientCallError
from psychocounsel_data.exchange import Backend, Reply, ReplySchema, Request, Token
from psychocounsel_data.records import Finish, Usage
from psychocounsel_data.wire import bodies
from psychocounsel_data.wire.connection import NO_KEY, Connection, Format, stated
from psychocounsel_data.wire.endpoint import Endpoint, find_key, find_url
from psychocounsel_data.wire.means import STRONGEST_FIRST, Means
from psychocounsel_data.wire.reasoning import Split, joined, split_reasoning

if TYPE_CHECKING:
    from openai import AsyncOpenAI

HINTS: Final = frozenset({"minLength", "maxLength"})
"""Schema keywords that hosted strict servers refuse and that a grammar on a local one needs: there
an unbounded string may never end."""


@dataclass(frozen=True)
class Service:
    """A service that speaks this format, and how it differs from the others."""

    name: str
    """The backend's name in run.yaml."""
    base_url: str
    """Where it answers, to which `/chat/completions` is added."""
    api_key_env: str | None = None
    """The variable its documentation names for the key."""
    key_required: bool = True
    """Whether it answers nobody without a key."""
    base_url_env: str | None = None
    """The variable that its own SDK takes the address from."""
    limit_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """What it calls the limit of an answer's length."""
    seed_field: str | None = "seed"
    """What it calls the sampling seed; None where it refuses one."""
    structured: Means = "json_schema"
    """The strongest means towards JSON that is worth trying."""
    refused_keywords: frozenset[str] = HINTS
    """Schema keywords that it does not take."""
    schema_with_object: bool = False
    """Whether `json_object` takes a schema too (llama.cpp and what is built on it)."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Further headers of every request."""

    @property
    def means(self) -> tuple[Means, ...]:
        """The means worth trying, strongest first."""
        return STRONGEST_FIRST[STRONGEST_FIRST.index(self.structured) :]

    def connect(self, model: str, settings: BackendConfig) -> Backend:
        """A connection to one model of this service.

        Raises:
            ConfigError: no key, or an address that is none.
        """
        return self.connection(self.endpoint(model, settings), settings)

    def endpoint(self, model: str, settings: BackendConfig) -> Endpoint:
        """Where a model answers. Raises ConfigError: no key, or an address that is none."""
        key_env, key = find_key(
            self.name, settings, default_env=self.api_key_env, required=self.key_required
        )
        url = find_url(self.name, settings, default=self.base_url, url_env=self.base_url_env)
        return Endpoint(self.name, model, url, key_env, key)

    def connection(self, endpoint: Endpoint, settings: BackendConfig) -> Backend:
        """A connection to an endpoint that is known already."""
        form = Format(
            "/chat/completions", self.means, partial(chat_body, service=self), read_completion
        )
        headers = _headers(self, endpoint)
        return Connection(endpoint, form, headers, timeout_s=settings.timeout_s)


def _headers(service: Service, endpoint: Endpoint) -> dict[str, str]:
    """What the official client says beside a request's body."""
    client = official_client(service, endpoint)
    return stated(client.default_headers, Authorization=f"Bearer {client.api_key}")


def official_client(service: Service, endpoint: Endpoint) -> AsyncOpenAI:
    """OpenAI's own client for an endpoint. It asks once, and keeps no clock of its own."""
    import openai

    key = endpoint.key or NO_KEY
    own = service.base_url_env == "OPENAI_BASE_URL"
    # The client reads OPENAI_CUSTOM_HEADERS, OPENAI_ORG_ID and OPENAI_PROJECT_ID whomever it talks
    # to. Another service gets this key in any case, and no word of an OpenAI account.
    authorization = {} if own else {"Authorization": f"Bearer {key}"}
    client = openai.AsyncOpenAI(
        base_url=endpoint.url,
        api_key=key,
        max_retries=0,
        timeout=None,
        default_headers={**service.headers, **authorization},
    )
    if not own:
        client.organization = client.project = None
    return client


def chat_body(request: Request, means: Means, *, service: Service) -> dict[str, Any]:
    """A request as the body of `POST /chat/completions`.

    Parameters that are None are left out; `sampling.extra` goes before those of the same name.
    """
    sampling = request.sampling
    named = {
        service.limit_field: sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        **({service.seed_field: sampling.seed} if service.seed_field else {}),
    }
    body = {name: value for name, value in named.items() if value is not None} | sampling.extra
    body["model"] = request.model
    body["messages"] = [message._asdict() for message in request.messages]
    if request.top_logprobs:
        body |= {"logprobs": True, "top_logprobs": request.top_logprobs}
    if request.schema is not None and means != "prompt":
        body["response_format"] = _response_format(request.schema, means, service)
    return body


def _response_format(schema: ReplySchema, means: Means, service: Service) -> dict[str, Any]:
    allowed = without_keywords(schema.json_schema, service.refused_keywords)
    if means == "json_schema":
        strict = {"name": schema.name, "strict": True, "schema": allowed}
        return {"type": "json_schema", "json_schema": strict}
    extra = {"schema": allowed} if service.schema_with_object else {}
    return {"type": "json_object", **extra}


def without_keywords(schema: Mapping[str, Any], keywords: frozenset[str]) -> dict[str, Any]:
    """A JSON schema without some keywords, at every depth. A property of such a name stays."""
    kept: dict[str, Any] = {}
    for name, value in schema.items():
        if name in keywords:
            continue
        if name in {"properties", "$defs"}:
            kept[name] = {key: without_keywords(one, keywords) for key, one in value.items()}
        elif isinstance(value, dict):
            kept[name] = without_keywords(value, keywords)
        elif isinstance(value, list):
            kept[name] = [_item(one, keywords) for one in value]
        else:
            kept[name] = value
    return kept


def _item(value: Any, keywords: frozenset[str]) -> Any:
    return without_keywords(value, keywords) if isinstance(value, dict) else value


def read_completion(body: Mapping[str, Any]) -> Reply:
    """A chat completion as a reply.

    Raises:
        TransientCallError: `malformed_body` where there is no message in it; `overloaded` or
            `server_error` where the server says that it broke off.
    """
    choice = _choice(body)
    _refuse_broken_off(choice)
    message = choice["message"]
    split = _split(message)
    refusal = bodies.string(message.get("refusal"))
    text = split.answer or refusal.strip()
    finish = _finish(choice.get("finish_reason"), refused=bool(refusal), text=text)
    model = bodies.string(body.get("model"))
    return Reply(
        text, finish, split.reasoning, _usage(body), model or None, tokens=tuple(_tokens(choice))
    )


def _tokens(choice: Mapping[str, Any]) -> Iterator[Token]:
    """The tokens with their alternatives, where the service gave them."""
    given = bodies.mapping(choice.get("logprobs"))
    for one in map(bodies.mapping, bodies.sequence(given.get("content"))):
        text = bodies.string(one.get("token"))
        values = one.get("bytes")
        data = bytes(values) if isinstance(values, list) else text.encode()
        others = map(bodies.mapping, bodies.sequence(one.get("top_logprobs")))
        yield Token(
            data,
            {
                bodies.string(other.get("token")): float(other["logprob"])
                for other in (one, *others)
                if isinstance(other.get("logprob"), int | float)
            },
        )


def _choice(body: Mapping[str, Any]) -> dict[str, Any]:
    """The first choice, made sure to have a message."""
    choices = bodies.sequence(body.get("choices"))
    first = choices[0] if choices else None
    if isinstance(first, dict) and isinstance(first.get("message"), dict):
        return first
    raise TransientCallError("malformed_body", "the service's reply has no choices in it")


def _refuse_broken_off(choice: Mapping[str, Any]) -> None:
    reason = choice.get("finish_reason")
    if reason == "insufficient_system_resource":
        raise TransientCallError("overloaded", "the service broke off: it has no capacity left")
    if choice.get("error") or reason in {"error", "abort"}:
        raise TransientCallError("server_error", "the service broke off in the middle of an answer")


def _split(message: Mapping[str, Any]) -> Split:
    """The answer and its reasoning, wherever the service has put that."""
    content = message.get("content")
    inline = split_reasoning(bodies.string(content) or _parts(content, "text", "text"))
    thoughts = (
        bodies.string(message.get("reasoning_content"))
        or bodies.string(message.get("reasoning"))
        or _details(message.get("reasoning_details"))
    )
    apart = [thoughts.strip(), _parts(content, "thinking", "thinking").strip()]
    return Split(inline.answer, joined([*apart, inline.reasoning or ""]))


def _parts(content: object, kind: str, key: str) -> str:
    """The text of one kind of parts, where the content is a list of them (Mistral)."""
    found = [bodies.mapping(part) for part in bodies.sequence(content)]
    return "".join(_part_text(part.get(key)) for part in found if part.get("type") == kind)


def _part_text(value: object) -> str:
    return bodies.string(value) or _parts(value, "text", "text")


def _details(value: object) -> str:
    """OpenRouter's reasoning details: pieces of text, or summaries of them."""
    details = [bodies.mapping(detail) for detail in bodies.sequence(value)]
    return "".join(
        bodies.string(detail.get("text")) or bodies.string(detail.get("summary"))
        for detail in details
    )


_CUT = frozenset({"length", "max_tokens", "model_length"})
_BLOCKED = frozenset({"content_filter", "refusal", "safety"})


def _finish(reason: object, *, refused: bool, text: str) -> Finish:
    """How an answer ended. Reasons that services invent count as an end of their own accord."""
    if refused or reason in _BLOCKED:
        return "refusal"
    if reason in _CUT:
        return "length"
    return "stop" if text else "empty"


def _usage(body: Mapping[str, Any]) -> Usage:
    usage = bodies.mapping(body.get("usage"))
    prompt = bodies.mapping(usage.get("prompt_tokens_details"))
    completion = bodies.mapping(usage.get("completion_tokens_details"))
    # DeepSeek counts cached tokens under a name of its own.
    cached = prompt.get("cached_tokens", usage.get("prompt_cache_hit_tokens"))
    return Usage(
        input_tokens=bodies.count(usage.get("prompt_tokens")),
        output_tokens=bodies.count(usage.get("completion_tokens")),
        cached_tokens=bodies.count(cached),
        cache_write_tokens=bodies.count(prompt.get("cache_write_tokens")),
        reasoning_tokens=bodies.count(completion.get("reasoning_tokens")),
    )
