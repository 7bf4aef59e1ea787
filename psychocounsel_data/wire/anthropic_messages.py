"""Anthropic's messages: the format, pure, and a connection over the official client.

It differs from chat completions in more than names: the system message stands apart and is marked
for the prompt cache, an answer is a list of blocks, and cached tokens are counted beside the
others. What a refusal means is said in `faults`; sockets are opened in `connection`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from psychocounsel_data.config import BackendConfig
from psychocounsel_data.errors import ModelUnavailableError, TransientCallError
from psychocounsel_data.exchange import Backend, Reply, Request
from psychocounsel_data.records import Finish, Usage
from psychocounsel_data.wire import bodies
from psychocounsel_data.wire.connection import Connection, Format, stated
from psychocounsel_data.wire.endpoint import Endpoint, find_key, find_url
from psychocounsel_data.wire.means import Means
from psychocounsel_data.wire.reasoning import joined

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

BASE_URL: Final = "https://api.anthropic.com"
KEY_ENV: Final = "ANTHROPIC_API_KEY"
URL_ENV: Final = "ANTHROPIC_BASE_URL"
MEANS: Final[tuple[Means, ...]] = ("json_schema", "prompt")
"""There is no promise of any JSON object here: either the schema is enforced or it is not."""


def connect(model: str, settings: BackendConfig) -> Backend:
    """A connection to one Claude model.

    Raises:
        ConfigError: no key, or an address that is none.
    """
    endpoint = find_endpoint(model, settings)
    form = Format("/v1/messages", MEANS, message_body, read_message)
    return Connection(endpoint, form, _headers(endpoint), timeout_s=settings.timeout_s)


def find_endpoint(model: str, settings: BackendConfig) -> Endpoint:
    """Where a Claude model answers. Raises ConfigError: no key, or an address that is none."""
    key_env, key = find_key("anthropic", settings, default_env=KEY_ENV, required=True)
    url = find_url("anthropic", settings, default=BASE_URL, url_env=URL_ENV)
    # The route has the version; everywhere else the address ends in it.
    return Endpoint("anthropic", model, url.rstrip("/").removesuffix("/v1"), key_env, key)


def _headers(endpoint: Endpoint) -> dict[str, str]:
    """What the official client says beside a request's body."""
    return stated(official_client(endpoint).default_headers, X_Api_Key=endpoint.key or "")


def official_client(endpoint: Endpoint) -> AsyncAnthropic:
    """Anthropic's own client for an endpoint. It asks once, and keeps no clock of its own."""
    import anthropic

    return anthropic.AsyncAnthropic(
        base_url=endpoint.url, api_key=endpoint.key, max_retries=0, timeout=None
    )


def message_body(request: Request, means: Means) -> dict[str, Any]:
    """A request as the body of `POST /v1/messages`.

    Parameters that are None are left out, and so is the seed, which this service does not take.
    The end of the system message is marked for the prompt cache: it is the same for every
    question of a stage.

    Raises:
        ModelUnavailableError: the temperature is over 1, the most this service takes.
    """
    sampling = request.sampling
    if sampling.temperature is not None and sampling.temperature > 1:
        words = _too_hot(request.model, sampling.temperature)
        raise ModelUnavailableError("unsupported_parameter", words)
    named = {
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "system": _system(request),
    }
    body = {name: value for name, value in named.items() if value is not None} | sampling.extra
    body["model"] = request.model
    body["messages"] = [
        message._asdict() for message in request.messages if message.role != "system"
    ]
    if request.schema is not None and means == "json_schema":
        config = bodies.mapping(sampling.extra.get("output_config"))
        body["output_config"] = {**config, "format": _format(request.schema.json_schema)}
    return body


def _too_hot(model: str, temperature: float) -> str:
    return (
        f"anthropic:{model}: temperatures go from 0 to 1 here, and it is {temperature:g}: give "
        "this model a `sampling:` of its own in run.yaml"
    )


def _system(request: Request) -> list[dict[str, Any]] | None:
    blocks: list[dict[str, Any]] = [
        {"type": "text", "text": message.content}
        for message in request.messages
        if message.role == "system"
    ]
    if not blocks:
        return None
    blocks[-1]["cache_control"] = {"type": "ephemeral"}
    return blocks


def _format(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema as the SDK's own transformation leaves it: bounds become part of descriptions."""
    import anthropic

    return {"type": "json_schema", "schema": anthropic.transform_schema(schema)}


def read_message(body: Mapping[str, Any]) -> Reply:
    """A message as a reply.

    Raises:
        TransientCallError: `malformed_body` where there is no list of blocks in it.
    """
    content = body.get("content")
    if not isinstance(content, list):
        raise TransientCallError("malformed_body", "the service's reply has no content in it")
    text = "".join(_texts(content, "text")).strip()
    thoughts = [thought.strip() for thought in _texts(content, "thinking")]
    model = bodies.string(body.get("model"))
    finish = _finish(body.get("stop_reason"), text)
    return Reply(text, finish, joined(thoughts), _usage(body), model or None)


def _texts(content: list[Any], kind: str) -> list[str]:
    blocks = [bodies.mapping(block) for block in content]
    return [bodies.string(block.get(kind)) for block in blocks if block.get("type") == kind]


_CUT = frozenset({"max_tokens", "model_context_window_exceeded"})


def _finish(reason: object, text: str) -> Finish:
    if reason == "refusal":
        return "refusal"
    if reason in _CUT:
        return "length"
    return "stop" if text else "empty"


def _usage(body: Mapping[str, Any]) -> Usage:
    usage = bodies.mapping(body.get("usage"))
    output = bodies.mapping(usage.get("output_tokens_details"))
    # Their `input_tokens` leaves out what was read from the cache and what was written to it.
    names = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    counted = [bodies.count(usage.get(name)) for name in names]
    return Usage(
        input_tokens=None if counted[0] is None else sum(one or 0 for one in counted),
        output_tokens=bodies.count(usage.get("output_tokens")),
        cached_tokens=counted[1],
        cache_write_tokens=counted[2],
        reasoning_tokens=bodies.count(output.get("thinking_tokens")),
    )
