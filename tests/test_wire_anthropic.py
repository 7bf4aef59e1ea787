"""The messages format: what is sent, what is read, and what a refusal means.

The first half is pure. The second talks through the official client to a real server that
misbehaves on request.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import orjson
import pytest

from psychocounsel_data.backends import anthropic
from psychocounsel_data.config import BackendConfig
from psychocounsel_data.errors import (
    CallError,
    ModelUnavailableError,
    RejectedCallError,
    TransientCallError,
)
from psychocounsel_data.exchange import Backend, Message, ReplySchema, Request
from psychocounsel_data.records import Sampling, Usage
from psychocounsel_data.wire.anthropic_messages import message_body, read_message
from tests.llm_server import Fault, LLMServer, retry_after

Connect = Callable[..., Backend]

KEY = "sk-ant-test-0123456789abcdef"
TOO_LONG = "prompt is too long: 250000 tokens > 200000 maximum"
NO_CREDIT = "Your credit balance is too low to access the API."
SCHEMA = ReplySchema(
    "ratings",
    {
        "type": "object",
        "properties": {
            "rationale": {"type": "string", "minLength": 1, "maxLength": 600},
            "rating": {"type": "integer", "enum": [1, 2, 3, 4, 5]},
        },
        "required": ["rationale", "rating"],
        "additionalProperties": False,
    },
)
SYSTEM = Message("system", "You rate responses.")
USER = Message("user", "I cannot sleep.")


def request(*messages: Message, schema: ReplySchema | None = None, **sampling: Any) -> Request:
    return Request("claude-any", messages or (SYSTEM, USER), Sampling(**sampling), schema, {})


def message(*content: dict[str, Any], stop_reason: str | None = "end_turn") -> dict[str, Any]:
    return {"model": "claude-any-2026", "content": list(content), "stop_reason": stop_reason}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def test_the_system_message_stands_apart_and_is_cached() -> None:
    """The judge's instructions never change, and cost a tenth when read from the cache."""
    body = message_body(request(temperature=0.5, max_tokens=50), "prompt")

    assert body == {
        "model": "claude-any",
        "system": [
            {"type": "text", "text": SYSTEM.content, "cache_control": {"type": "ephemeral"}}
        ],
        "messages": [{"role": "user", "content": USER.content}],
        "temperature": 0.5,
        "max_tokens": 50,
    }


def test_without_a_system_message_none_is_sent() -> None:
    """An empty one is an error there."""
    assert "system" not in message_body(request(USER), "prompt")


def test_only_given_parameters_are_sent() -> None:
    """The newest models refuse temperature and top_p together; a seed is refused by all."""
    body = message_body(request(top_p=0.9, seed=7, extra={"top_k": 5}), "prompt")

    assert (body["top_p"], body["top_k"]) == (0.9, 5)
    assert not {"temperature", "seed"} & body.keys()


def test_a_temperature_over_one_is_refused_before_it_is_sent() -> None:
    """Clipping it would make data that run.yaml does not describe."""
    with pytest.raises(ModelUnavailableError, match=r"from 0 to 1.*run\.yaml") as caught:
        message_body(request(temperature=1.3), "prompt")

    assert caught.value.kind == "unsupported_parameter"


def test_the_schema_is_sent_as_the_service_takes_it() -> None:
    """Bounds that it refuses move into the descriptions, by the SDK's own transformation."""
    extra = {"output_config": {"effort": "low"}}

    body = message_body(request(schema=SCHEMA, extra=extra), "json_schema")

    form = body["output_config"]["format"]
    assert body["output_config"]["effort"] == "low"
    assert form["type"] == "json_schema"
    assert form["schema"]["additionalProperties"] is False
    assert form["schema"]["properties"]["rating"]["enum"] == [1, 2, 3, 4, 5]
    assert "maxLength" not in form["schema"]["properties"]["rationale"]
    assert "maxLength" in SCHEMA.json_schema["properties"]["rationale"]


def test_with_the_prompt_alone_no_schema_is_sent() -> None:
    """An older model refuses the field altogether."""
    assert "output_config" not in message_body(request(schema=SCHEMA), "prompt")


@pytest.mark.parametrize(
    ("reason", "words", "finish"),
    [
        ("end_turn", "Yes.", "stop"),
        ("stop_sequence", "Yes.", "stop"),
        ("end_turn", "", "empty"),
        ("max_tokens", "Yes, but", "length"),
        ("max_tokens", "", "length"),
        ("model_context_window_exceeded", "Yes, but", "length"),
        ("refusal", "", "refusal"),
        ("refusal", "I cannot", "refusal"),
    ],
)
def test_how_an_answer_ended(reason: str, words: str, finish: str) -> None:
    """Only complete answers are judged, so the four ends have to be told apart."""
    assert read_message(message(text(words), stop_reason=reason)).finish == finish


def test_thinking_is_kept_apart() -> None:
    """Thoughts are never judged and never released."""
    thoughts = [{"type": "thinking", "thinking": "slowly"}, {"type": "redacted_thinking"}]

    reply = read_message(message(*thoughts, text("I hear"), text(" you.\n")))

    assert (reply.text, reply.reasoning) == ("I hear you.", "slowly")
    assert reply.served_model == "claude-any-2026"


def test_all_input_tokens_are_counted() -> None:
    """What the service calls input leaves out the cache, which is most of a judge's prompt."""
    usage = {
        "input_tokens": 10,
        "cache_read_input_tokens": 1000,
        "cache_creation_input_tokens": 200,
        "output_tokens": 50,
        "output_tokens_details": {"thinking_tokens": 20},
    }

    reply = read_message({**message(text("Yes.")), "usage": usage})

    assert reply.usage == Usage(
        input_tokens=1210,
        output_tokens=50,
        cached_tokens=1000,
        cache_write_tokens=200,
        reasoning_tokens=20,
    )


def test_tokens_that_were_not_counted_are_unknown() -> None:
    """Unknown is not zero: a cost of zero would be believed."""
    assert read_message(message(text("Yes."))).usage == Usage()


@pytest.mark.parametrize("body", [{}, {"content": None}, {"content": "Yes."}])
def test_a_body_without_blocks_is_malformed(body: dict[str, Any]) -> None:
    """It is worth asking again, and is no empty answer."""
    with pytest.raises(TransientCallError) as caught:
        read_message(body)

    assert caught.value.kind == "malformed_body"


@pytest.fixture(scope="module")
def server() -> Iterator[LLMServer]:
    with LLMServer() as running:
        yield running


@pytest.fixture
async def connection(server: LLMServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connect]:
    """Connections to a model of the server; closed after the test."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    opened: list[Backend] = []

    def connect(model: str = "claude-any", **settings: Any) -> Backend:
        config = BackendConfig(**{"base_url": server.anthropic_url, **settings})
        opened.append(anthropic.connect(model, config))
        return opened[-1]

    yield connect
    for backend in opened:
        await backend.close()


@pytest.mark.parametrize("ending", ["", "/", "/v1", "/v1/"])
async def test_an_address_may_end_in_the_version(
    ending: str, server: LLMServer, connection: Connect
) -> None:
    """Everywhere else it has to, and this client adds it itself."""
    reply = await connection(base_url=server.anthropic_url + ending).ask(request())

    assert reply.text
    assert reply.finish == "stop"
    assert reply.served_model == "claude-any"
    assert reply.headers["content-type"] == "application/json"


async def test_the_second_question_reads_the_prompt_from_the_cache(connection: Connect) -> None:
    """The saving shows in the usage, and all input tokens are the same as without it."""
    system = Message("system", "You rate responses with great care. " * 20)
    backend = connection()

    first, second = [
        (await backend.ask(request(system, Message("user", "I cannot sleep at night.")))).usage
        for _ in range(2)
    ]

    assert first.input_tokens == second.input_tokens
    assert (first.cached_tokens or 0) == 0
    assert (second.cached_tokens or 0) > 0


@pytest.mark.parametrize(
    ("happens", "finish", "reasoning"),
    [
        (Fault(finish="max_tokens"), "length", None),
        (Fault(finish="stop_sequence"), "stop", None),
        (Fault(refusal="I cannot help with that."), "refusal", None),
        (Fault(no_text=True), "empty", None),
        (Fault(empty=True), "empty", None),
        (Fault(reasoning="slowly", reasoning_in="reasoning"), "stop", "slowly"),
    ],
)
async def test_answers_that_are_not_plain(
    happens: Fault, finish: str, reasoning: str | None, server: LLMServer, connection: Connect
) -> None:
    """None of them is an error: each is what the model had to say."""
    server.next(happens)

    reply = await connection().ask(request())

    assert (reply.finish, reply.reasoning) == (finish, reasoning)


@pytest.mark.parametrize(
    ("happens", "error", "kind"),
    [
        (Fault(status=400), RejectedCallError, "bad_request"),
        (Fault(status=400, message=TOO_LONG), RejectedCallError, "context_length"),
        (Fault(status=400, message=NO_CREDIT), ModelUnavailableError, "quota_exhausted"),
        (Fault(status=401), ModelUnavailableError, "unauthorised"),
        (Fault(status=403), ModelUnavailableError, "forbidden"),
        (Fault(status=404), ModelUnavailableError, "not_found"),
        (Fault(status=408), TransientCallError, "timeout"),
        (Fault(status=409), TransientCallError, "conflict"),
        (Fault(status=413), RejectedCallError, "context_length"),
        (Fault(status=422), RejectedCallError, "bad_request"),
        (Fault(status=429), TransientCallError, "rate_limited"),
        (Fault(status=500), TransientCallError, "server_error"),
        (Fault(status=529), TransientCallError, "overloaded"),
        (Fault(body="<html>Welcome</html>"), TransientCallError, "malformed_body"),
        (Fault(body='{"content": [{"ty'), TransientCallError, "malformed_body"),
        (Fault(transport="reset"), TransientCallError, "connection"),
        (Fault(transport="truncate"), TransientCallError, "connection"),
    ],
)
async def test_every_way_to_fail_has_its_kind(
    happens: Fault,
    error: type[CallError],
    kind: str,
    server: LLMServer,
    connection: Connect,
) -> None:
    """Asked once, told in our words: no exception of the client's gets out, nothing is retried."""
    backend = connection()
    before = len(server.log)
    server.next(happens)

    with pytest.raises(CallError) as caught:
        await backend.ask(request())

    assert (type(caught.value), caught.value.kind) == (error, kind)
    assert len(server.log) == before + 1
    assert KEY not in str(caught.value)


async def test_a_silent_server_is_a_timeout(server: LLMServer, connection: Connect) -> None:
    """After the time that run.yaml gives a request, not the client's ten minutes."""
    server.next(Fault(transport="stall"))

    with pytest.raises(TransientCallError, match=r"within 0\.2 s") as caught:
        await connection(timeout_s=0.2).ask(request())

    assert caught.value.kind == "timeout"


async def test_the_wait_that_a_server_asks_for_is_passed_on(
    server: LLMServer, connection: Connect
) -> None:
    """The engine keeps to it."""
    server.next(Fault(status=529, headers=retry_after(1.5, "ms")))

    with pytest.raises(TransientCallError) as caught:
        await connection().ask(request())

    assert caught.value.retry_after_s == 1.5


async def test_an_error_that_quotes_the_request_is_not_repeated(
    server: LLMServer, connection: Connect
) -> None:
    """What a client said must not reach failures.jsonl by way of a server's message."""
    speech = "I have told nobody, but since March I cannot sleep."
    server.next(Fault(status=400, message=f"cannot parse: {speech}"))

    with pytest.raises(RejectedCallError) as caught:
        await connection().ask(request(Message("user", speech)))

    assert speech[:24] not in str(caught.value)


@pytest.mark.parametrize(
    ("structured", "questions"), [("json_schema", 2), ("ignored", 2), ("error400", 3)]
)
async def test_every_kind_of_model_is_brought_to_json(
    structured: str, questions: int, server: LLMServer, connection: Connect
) -> None:
    """Older models refuse the schema; that costs one question a run."""
    model = f"claude-{structured}"
    server.model(model, structured=structured)
    backend = connection(model)
    before = len(server.log)
    system = Message("system", 'Reply in JSON: {"rationale": "<why>", "rating": 1}')
    asked = request(system, USER, schema=SCHEMA)._replace(model=model)

    replies = [await backend.ask(asked) for _ in range(2)]

    text = replies[1].text
    assert "rating" in orjson.loads(text[text.index("{") : text.rindex("}") + 1])
    assert len(server.log) == before + questions


async def test_too_hot_a_question_is_never_asked(server: LLMServer, connection: Connect) -> None:
    """The service would refuse it, in words that say less."""
    before = len(server.log)

    with pytest.raises(ModelUnavailableError, match="claude-any"):
        await connection().ask(request(temperature=1.5))

    assert len(server.log) == before


async def test_the_sdks_own_variable_says_where(
    server: LLMServer, connection: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ANTHROPIC_BASE_URL means the same here as to the client itself."""
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.anthropic_url)

    assert (await connection(base_url=None).ask(request())).text
