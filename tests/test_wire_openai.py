"""The chat completions format: what is sent, what is read, and what a refusal means.

The first half is pure. The second talks through the official client to a real server that
misbehaves on request.
"""

from __future__ import annotations

import asyncio
import copy
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from psychocounsel_data.backends import openai
from psychocounsel_data.config import BackendConfig
from psychocounsel_data.errors import (
    CallError,
    ModelUnavailableError,
    RejectedCallError,
    TransientCallError,
)
from psychocounsel_data.exchange import Backend, Message, Reply, ReplySchema, Request
from psychocounsel_data.records import Sampling, Usage
from psychocounsel_data.wire import faults
from psychocounsel_data.wire.endpoint import Endpoint
from psychocounsel_data.wire.faults import RefusedError, call_error, read_fault
from psychocounsel_data.wire.headers import retry_after_s
from psychocounsel_data.wire.means import STRONGEST_FIRST, Ladder, Means
from psychocounsel_data.wire.openai_chat import Service, chat_body, read_completion
from psychocounsel_data.wire.redaction import LONGEST, WITHHELD, safe_message
from tests.llm_server import Fault, LLMServer, RetryAfterForm, retry_after

Connect = Callable[..., Backend]

SPEECH = (
    "I have not told anybody, but since March I cannot sleep and I am afraid of my own thoughts."
)
KEY = "sk-test-0123456789abcdefghij"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SCHEMA = ReplySchema(
    "ratings",
    {
        "type": "object",
        "properties": {
            "maxLength": {
                "type": "object",
                "properties": {
                    "rationale": {"type": "string", "minLength": 1, "maxLength": 600},
                    "rating": {"type": "integer", "enum": [1, 2, 3, 4, 5]},
                },
                "required": ["rationale", "rating"],
                "additionalProperties": False,
            }
        },
        "required": ["maxLength"],
        "additionalProperties": False,
    },
)
HOSTED = Service(name="hosted", base_url="https://hosted.example/v1", api_key_env="HOSTED_KEY")
LOCAL = Service(
    name="local",
    base_url="http://127.0.0.1:1/v1",
    key_required=False,
    refused_keywords=frozenset(),
    schema_with_object=True,
)
AZURE_FILTER = {
    "error": {
        "code": "content_filter",
        "message": "The response was filtered due to the content management policy.",
        "innererror": {"code": "ResponsibleAIPolicyViolation"},
    }
}
QUOTA = '{"error": {"message": "You exceeded your quota.", "code": "insufficient_quota"}}'
LATE_FAULT = '{"error": {"message": "Provider is busy.", "code": 429}}'
ENDPOINT = Endpoint("hosted", "any-model", "https://hosted.example/v1", "HOSTED_KEY", KEY)


def request(schema: ReplySchema | None = None, **sampling: Any) -> Request:
    messages = (Message("system", "You are a counsellor."), Message("user", SPEECH))
    return Request("any-model", messages, Sampling(**sampling), schema, {"speech": SPEECH})


def completion(content: object = "I hear you.", **message: Any) -> dict[str, Any]:
    finish = message.pop("finish_reason", "stop")
    spoken = {"role": "assistant", "content": content, **message}
    return {"model": "any-model-2026", "choices": [{"message": spoken, "finish_reason": finish}]}


def test_a_body_holds_what_was_asked_and_nothing_else() -> None:
    """A parameter that is None leaves the service's default, so it must not be sent at all."""
    body = chat_body(request(temperature=0.7, max_tokens=50), "prompt", service=HOSTED)

    assert body == {
        "model": "any-model",
        "messages": [
            {"role": "system", "content": "You are a counsellor."},
            {"role": "user", "content": SPEECH},
        ],
        "temperature": 0.7,
        "max_tokens": 50,
    }


def test_a_service_has_its_own_words_for_limit_and_seed() -> None:
    """OpenAI's newer models refuse `max_tokens`, Mistral refuses `seed`."""
    service = Service(
        name="x", base_url="", limit_field="max_completion_tokens", seed_field="random_seed"
    )

    body = chat_body(request(max_tokens=50, seed=7), "prompt", service=service)

    assert body["max_completion_tokens"] == 50
    assert body["random_seed"] == 7
    assert not {"max_tokens", "seed"} & body.keys()


def test_a_seed_is_left_out_where_the_service_refuses_one() -> None:
    """Gemini answers a seed with an error; the answer matters more than its repeatability."""
    body = chat_body(
        request(seed=7), "prompt", service=Service(name="x", base_url="", seed_field=None)
    )

    assert 7 not in body.values()


def test_extra_parameters_go_first_but_never_replace_the_question() -> None:
    """`extra` is for what we do not know, not a way to send another conversation."""
    extra = {"top_k": 40, "max_tokens": 9, "messages": [], "model": "another"}

    body = chat_body(request(extra=extra), "prompt", service=HOSTED)

    assert (body["top_k"], body["max_tokens"]) == (40, 9)
    assert body["model"] == "any-model"
    assert len(body["messages"]) == 2


def test_hosted_services_get_no_length_hints() -> None:
    """Strict servers refuse `minLength`; a principle that happens to have such a name stays."""
    before = copy.deepcopy(SCHEMA)

    form = chat_body(request(SCHEMA), "json_schema", service=HOSTED)["response_format"]

    assert form["type"] == "json_schema"
    assert (form["json_schema"]["name"], form["json_schema"]["strict"]) == ("ratings", True)
    inner = form["json_schema"]["schema"]["properties"]["maxLength"]["properties"]
    assert inner["rationale"] == {"type": "string"}
    assert inner["rating"] == {"type": "integer", "enum": [1, 2, 3, 4, 5]}
    assert before == SCHEMA


@pytest.mark.parametrize(
    ("service", "means", "form"),
    [
        (HOSTED, "json_object", {"type": "json_object"}),
        (LOCAL, "json_object", {"type": "json_object", "schema": SCHEMA.json_schema}),
        (HOSTED, "prompt", None),
    ],
)
def test_weaker_means_say_less(service: Service, means: Means, form: object) -> None:
    """Grammar servers take the schema with `json_object` too; with no means the prompt stands."""
    assert chat_body(request(SCHEMA), means, service=service).get("response_format") == form


def test_local_servers_get_the_whole_schema() -> None:
    """Their grammar needs `maxLength`: an unbounded string may never end."""
    form = chat_body(request(SCHEMA), "json_schema", service=LOCAL)["response_format"]

    assert form["json_schema"]["schema"] == SCHEMA.json_schema


@pytest.mark.parametrize(
    ("reason", "content", "finish"),
    [
        ("stop", "Yes.", "stop"),
        ("eos", "Yes.", "stop"),
        (None, "Yes.", "stop"),
        ("tool_calls", "Yes.", "stop"),
        ("stop", "", "empty"),
        ("stop", None, "empty"),
        ("stop", "<think>what to say</think>", "empty"),
        ("tool_calls", None, "empty"),
        ("length", "Yes, but", "length"),
        ("max_tokens", "Yes, but", "length"),
        ("length", "<think>what to", "length"),
        ("length", "", "length"),
        ("content_filter", "", "refusal"),
        ("content_filter", "Yes, but", "refusal"),
    ],
)
def test_how_an_answer_ended(reason: str | None, content: str | None, finish: str) -> None:
    """A cut stream raises nothing: the reason of the finish is all there is to tell by."""
    assert read_completion(completion(content, finish_reason=reason)).finish == finish


def test_a_refusal_is_read_with_its_words() -> None:
    """Models of OpenAI refuse in a field of its own, with a finish reason of `stop`."""
    reply = read_completion(completion(None, refusal="I cannot help with that."))

    assert (reply.text, reply.finish) == ("I cannot help with that.", "refusal")


@pytest.mark.parametrize(
    "message",
    [
        {"content": "<think>slowly</think>I hear you."},
        {"content": "I hear you.", "reasoning_content": "slowly\n"},
        {"content": "I hear you.", "reasoning": "slowly"},
        {"content": "I hear you.", "reasoning_details": [{"type": "x", "text": "slowly"}]},
        {"content": "I hear you.", "reasoning_details": [{"type": "x", "summary": "slowly"}]},
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "slowly"}]},
                {"type": "text", "text": "I hear you."},
            ]
        },
    ],
)
def test_reasoning_is_kept_apart_wherever_it_stands(message: dict[str, Any]) -> None:
    """Every service has another place for it; none may end up in a released answer."""
    reply = read_completion(completion(**message))

    assert (reply.text, reply.reasoning) == ("I hear you.", "slowly")


def test_tokens_are_those_the_service_counted() -> None:
    """Cost and limits are reckoned from them."""
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 50,
        "prompt_tokens_details": {"cached_tokens": 64, "cache_write_tokens": 16},
        "completion_tokens_details": {"reasoning_tokens": 20},
    }

    reply = read_completion({**completion(), "usage": usage})

    assert reply.usage == Usage(
        input_tokens=100,
        output_tokens=50,
        cached_tokens=64,
        cache_write_tokens=16,
        reasoning_tokens=20,
    )
    assert reply.served_model == "any-model-2026"


@pytest.mark.parametrize(
    "usage", [None, {}, "many", {"prompt_tokens": None}, {"prompt_tokens": -1}]
)
def test_tokens_that_were_not_counted_are_unknown(usage: object) -> None:
    """Unknown is not zero: a cost of zero would be believed."""
    assert read_completion({**completion(), "usage": usage}).usage == Usage()


def test_cached_tokens_under_deepseeks_name() -> None:
    """They cost a tenth, so a wrong name would be an expensive one."""
    reply = read_completion({**completion(), "usage": {"prompt_cache_hit_tokens": 12}})

    assert reply.usage.cached_tokens == 12


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"choices": None},
        {"choices": []},
        {"choices": [None]},
        {"choices": [{}]},
        {"choices": [{"message": None}]},
    ],
)
def test_a_body_without_a_message_is_malformed(body: dict[str, Any]) -> None:
    """A proxy's or a half-started server's 200 is worth asking again, and is no empty answer."""
    with pytest.raises(TransientCallError) as caught:
        read_completion(body)

    assert caught.value.kind == "malformed_body"


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("insufficient_system_resource", "overloaded"),
        ("error", "server_error"),
        ("abort", "server_error"),
    ],
)
def test_an_answer_that_the_server_broke_off_is_asked_again(reason: str, kind: str) -> None:
    """Half an answer under an honest reason is the server's failure, not the model's answer."""
    with pytest.raises(TransientCallError) as caught:
        read_completion(completion("I hear", finish_reason=reason))

    assert caught.value.kind == kind


def fault(status: int, body: object = None, **headers: str) -> CallError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return call_error(read_fault(status, body, named), ENDPOINT, [SPEECH])


def said(message: str, **fields: object) -> dict[str, Any]:
    return {"error": {"message": message, **fields}}


@pytest.mark.parametrize(
    ("status", "body", "error", "kind"),
    [
        (400, said("Unknown parameter."), RejectedCallError, "bad_request"),
        (422, {"detail": [{"msg": "field required"}]}, RejectedCallError, "bad_request"),
        (
            400,
            said("Only the default (1) is.", param="temperature", code="unsupported_value"),
            ModelUnavailableError,
            "unsupported_parameter",
        ),
        (
            400,
            said("`temperature` is deprecated for this model.", type="invalid_request_error"),
            ModelUnavailableError,
            "unsupported_parameter",
        ),
        (
            400,
            said("x", param="response_format", code="unsupported_parameter"),
            RejectedCallError,
            "bad_request",
        ),
        (418, "", RejectedCallError, "bad_request"),
        (400, said("x", code="context_length_exceeded"), RejectedCallError, "context_length"),
        (400, said("maximum context length is 9 tokens"), RejectedCallError, "context_length"),
        (400, said("x", type="exceed_context_size_error"), RejectedCallError, "context_length"),
        (413, "", RejectedCallError, "context_length"),
        (400, said("x", code="content_filter"), RejectedCallError, "content_filter"),
        (400, said("Content Exists Risk"), RejectedCallError, "content_filter"),
        (403, said("x", metadata={"flagged_input": "y"}), RejectedCallError, "content_filter"),
        (401, said("x"), ModelUnavailableError, "unauthorised"),
        (402, said("x"), ModelUnavailableError, "quota_exhausted"),
        (429, said("x", code="insufficient_quota"), ModelUnavailableError, "quota_exhausted"),
        (400, said("credit balance is too low"), ModelUnavailableError, "quota_exhausted"),
        (403, said("x"), ModelUnavailableError, "forbidden"),
        (404, said("x"), ModelUnavailableError, "not_found"),
        (408, "", TransientCallError, "timeout"),
        (409, "", TransientCallError, "conflict"),
        (429, said("slow down"), TransientCallError, "rate_limited"),
        (500, "", TransientCallError, "server_error"),
        (502, "<html>Bad gateway</html>", TransientCallError, "server_error"),
        (503, "", TransientCallError, "overloaded"),
        (529, "", TransientCallError, "overloaded"),
        (429, [said("x", status="RESOURCE_EXHAUSTED")], TransientCallError, "rate_limited"),
    ],
)
def test_what_a_refusal_means(status: int, body: object, error: type[CallError], kind: str) -> None:
    """The engine retries, gives up or stops by the class; reports count by the kind."""
    caught = fault(status, body)

    assert (type(caught), caught.kind) == (error, kind)
    assert "<html" not in str(caught)


@pytest.mark.parametrize("status", [401, 402, 403, 404])
def test_a_model_that_cannot_be_had_says_what_to_do(status: int) -> None:
    """It stops every question to this model, so one line has to be enough to mend it."""
    message = str(fault(status))

    assert "hosted:any-model" in message
    assert "HOSTED_KEY" in message
    assert KEY not in message
    assert any(word in message for word in ("set", "check", "add", "ask"))


def test_the_wait_comes_from_the_header_or_the_body() -> None:
    """Google says it in the body, everybody else in a header."""
    delay = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34s"}]
    from_header, from_body = fault(429, retry_after="2"), fault(429, [said("x", details=delay)])

    assert isinstance(from_header, TransientCallError)
    assert isinstance(from_body, TransientCallError)
    assert (from_header.retry_after_s, from_body.retry_after_s) == (2.0, 34.0)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "7"}, 7.0),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": format_datetime(NOW.replace(minute=1), usegmt=True)}, 60.0),
        ({"retry-after": format_datetime(NOW.replace(hour=11), usegmt=True)}, 0.0),
        (
            {
                "retry-after": format_datetime(NOW.replace(hour=9, second=30), usegmt=True),
                "date": format_datetime(NOW.replace(hour=9), usegmt=True),
            },
            30.0,
        ),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    """A date is read by the server's own clock, which need not be ours."""
    assert retry_after_s(headers, now=NOW) == seconds


@given(
    st.integers(0, len(SPEECH) - 24),
    st.text(max_size=40),
    st.text(max_size=40),
    st.sampled_from([str, str.upper, lambda text: text.replace(" ", "\\n  ")]),
)
def test_no_message_repeats_what_was_sent(start: int, before: str, after: str, spell: Any) -> None:
    """Some servers quote the whole request in their error, cut, escaped or in capitals."""
    message = before + spell(SPEECH[start : start + 24]) + after

    assert safe_message(message, key=None, sent=["You are a counsellor.", SPEECH]) == WITHHELD


@given(st.text(max_size=500), st.text(max_size=500))
def test_a_message_is_one_short_line(message: str, content: str) -> None:
    """It goes into a table and a log."""
    safe = safe_message(message, key=None, sent=[content])

    assert len(safe) <= LONGEST
    assert "\n" not in safe


@pytest.mark.parametrize(
    "message",
    [
        f"Incorrect API key provided: {KEY}.",
        "Incorrect API key provided: sk-proj-1234********wxyz.",
        "got header Authorization: Bearer abcdefg.hijk",
        f"the key ends in {KEY[-9:]}",
        f"prefix{KEY}suffix",
    ],
)
def test_no_message_holds_a_key(message: str) -> None:
    """Not whole, not in the half-hidden form some services show, not in part."""
    safe = safe_message(message, key=KEY, sent=[])

    assert not any(KEY[i : i + 8] in safe for i in range(len(KEY) - 7))
    assert "wxyz" not in safe
    assert "hijk" not in safe


def test_a_harmless_message_comes_through() -> None:
    """It is often the only hint at what to change in run.yaml."""
    words = "Unsupported value: 'temperature' does not support 0.7 with this model."

    assert words in str(fault(400, said(words)))


class Asked:
    """Stands for a server: refuses some means with a fault, takes the others, and keeps count."""

    def __init__(self, **refused: faults.Fault) -> None:
        self.faults: dict[str, faults.Fault] = refused
        self.means: list[Means] = []

    async def once(self, means: Means) -> Reply:
        self.means.append(means)
        if means in self.faults:
            raise RefusedError(self.faults[means])
        return Reply(text=means, finish="stop")


UNKNOWN_FIELD = read_fault(400, said("Unknown parameter: response_format"), {})
CRASH = read_fault(500, "", {})


@pytest.mark.parametrize("status", [400, 404, 422, 500, 501])
async def test_a_refused_means_is_not_asked_for_again(status: int) -> None:
    """One extra question for a whole run, not one for each response."""
    server, ladder = Asked(json_schema=read_fault(status, "", {})), Ladder(STRONGEST_FIRST)

    replies = [await ladder.ask(server.once) for _ in range(3)]

    assert [reply.text for reply in replies] == ["json_object"] * 3
    assert server.means == ["json_schema", "json_object", "json_object", "json_object"]


async def test_a_means_that_has_worked_is_kept() -> None:
    """Groq answers 400 where one reply did not fit the schema: no reason to give it up."""
    server, ladder = Asked(), Ladder(STRONGEST_FIRST)
    await ladder.ask(server.once)
    server.faults["json_schema"] = UNKNOWN_FIELD
    helped = await ladder.ask(server.once)
    del server.faults["json_schema"]

    assert helped.text == "json_object"
    assert (await ladder.ask(server.once)).text == "json_schema"


async def test_where_all_means_are_refused_the_first_refusal_counts() -> None:
    """It names the real mistake; the later ones only follow from it."""
    later = read_fault(400, said("later"), {})
    server = Asked(json_schema=UNKNOWN_FIELD, json_object=later, prompt=later)

    with pytest.raises(RefusedError) as caught:
        await Ladder(STRONGEST_FIRST).ask(server.once)

    assert caught.value.fault == UNKNOWN_FIELD
    assert server.means == list(STRONGEST_FIRST)


async def test_a_crash_after_success_is_a_crash() -> None:
    """Some servers crash on a schema, and any server may crash on a bad day."""
    server, ladder = Asked(), Ladder(STRONGEST_FIRST)
    await ladder.ask(server.once)
    server.faults["json_schema"] = CRASH

    with pytest.raises(RefusedError):
        await ladder.ask(server.once)

    assert server.means == ["json_schema", "json_schema"]


@pytest.mark.parametrize(
    "fault",
    [
        read_fault(400, said("x", code="context_length_exceeded"), {}),
        read_fault(400, said("x", code="content_filter"), {}),
        read_fault(404, said("The model `any` does not exist"), {}),
        read_fault(401, "", {}),
        read_fault(429, "", {}),
        read_fault(503, "", {}),
    ],
)
async def test_a_refusal_about_something_else_is_not_asked_again(fault: faults.Fault) -> None:
    """Weaker means would cost two more calls to hear the same."""
    server = Asked(json_schema=fault)

    with pytest.raises(RefusedError) as caught:
        await Ladder(STRONGEST_FIRST).ask(server.once)

    assert caught.value.fault == fault
    assert server.means == ["json_schema"]


async def test_a_busy_server_on_the_way_down_is_a_busy_server() -> None:
    """The first refusal would end the call for good, and the next attempt may well succeed."""
    server = Asked(json_schema=UNKNOWN_FIELD, json_object=read_fault(429, "", {}))

    with pytest.raises(RefusedError) as caught:
        await Ladder(STRONGEST_FIRST).ask(server.once)

    assert caught.value.fault.kind == "rate_limited"


@pytest.fixture(scope="module")
def server() -> Iterator[LLMServer]:
    with LLMServer() as running:
        yield running


@pytest.fixture
async def connection(server: LLMServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connect]:
    """Connections to a model of the server; closed after the test."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    opened: list[Backend] = []

    def connect(model: str = "any-model", **settings: Any) -> Backend:
        config = BackendConfig(**{"base_url": server.openai_url, **settings})
        opened.append(openai.connect(model, config))
        return opened[-1]

    yield connect
    for backend in opened:
        await backend.close()


async def test_a_good_answer_comes_with_all_that_is_known_of_it(connection: Connect) -> None:
    """Text, end, tokens, the served model and the headers that limits are read from."""
    reply = await connection().ask(request(max_tokens=500))

    assert reply.text
    assert reply.finish == "stop"
    assert reply.usage.input_tokens
    assert reply.usage.output_tokens
    assert reply.served_model == "any-model"
    assert reply.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("happens", "finish", "reasoning"),
    [
        (Fault(finish="length"), "length", None),
        (Fault(finish="content_filter"), "refusal", None),
        (Fault(refusal="I cannot help with that."), "refusal", None),
        (Fault(no_text=True), "empty", None),
        (Fault(reasoning="slowly"), "stop", "slowly"),
        (Fault(reasoning="slowly", reasoning_in="reasoning_content"), "stop", "slowly"),
        (Fault(reasoning="slowly", reasoning_in="reasoning"), "stop", "slowly"),
        (Fault(status=400, body=orjson.dumps(AZURE_FILTER).decode()), "refusal", None),
    ],
)
async def test_answers_that_are_not_plain(
    happens: Fault, finish: str, reasoning: str | None, server: LLMServer, connection: Connect
) -> None:
    """None of them is an error: each is what the model, or its filter, had to say."""
    server.next(happens)

    reply = await connection().ask(request())

    assert (reply.finish, reply.reasoning) == (finish, reasoning)
    assert "slowly" not in reply.text


@pytest.mark.parametrize(
    ("happens", "error", "kind"),
    [
        (Fault(status=400), RejectedCallError, "bad_request"),
        (Fault(status=401), ModelUnavailableError, "unauthorised"),
        (Fault(status=403), ModelUnavailableError, "forbidden"),
        (Fault(status=404), ModelUnavailableError, "not_found"),
        (Fault(status=408), TransientCallError, "timeout"),
        (Fault(status=409), TransientCallError, "conflict"),
        (Fault(status=413), RejectedCallError, "context_length"),
        (Fault(status=422), RejectedCallError, "bad_request"),
        (Fault(status=429), TransientCallError, "rate_limited"),
        (Fault(status=500), TransientCallError, "server_error"),
        (Fault(status=503), TransientCallError, "overloaded"),
        (Fault(status=502, body="<html>Bad gateway</html>"), TransientCallError, "server_error"),
        (Fault(status=429, body=QUOTA), ModelUnavailableError, "quota_exhausted"),
        (Fault(body=LATE_FAULT), TransientCallError, "rate_limited"),
        (Fault(empty=True), TransientCallError, "malformed_body"),
        (Fault(body="<html>Welcome</html>"), TransientCallError, "malformed_body"),
        (Fault(body='{"choices": [{"mess'), TransientCallError, "malformed_body"),
        (Fault(body="[]"), TransientCallError, "malformed_body"),
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


async def test_nobody_listening_is_a_connection_fault(connection: Connect) -> None:
    """The server is being restarted, or was never started: the message asks."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"

        with pytest.raises(TransientCallError, match="is the server running") as caught:
            await connection(base_url=url).ask(request())

    assert caught.value.kind == "connection"
    assert url in str(caught.value)


@pytest.mark.parametrize(
    ("forms", "seconds"),
    [(("ms", "seconds"), (1.5, 1.5)), (("seconds",), (2, 2)), (("date",), (0, 3))],
)
async def test_the_wait_that_a_server_asks_for_is_passed_on(
    forms: tuple[RetryAfterForm, ...],
    seconds: tuple[float, float],
    server: LLMServer,
    connection: Connect,
) -> None:
    """The engine keeps to it, whichever of the three ways it is written in."""
    server.next(Fault(status=429, headers=retry_after(1.5, *forms)))

    with pytest.raises(TransientCallError) as caught:
        await connection().ask(request())

    assert caught.value.retry_after_s is not None
    assert seconds[0] <= caught.value.retry_after_s <= seconds[1]


async def test_an_error_that_quotes_the_request_is_not_repeated(
    server: LLMServer, connection: Connect
) -> None:
    """What a client said must not reach failures.jsonl by way of a server's message."""
    server.next(Fault(status=400, message=f"cannot parse: {SPEECH}"))

    with pytest.raises(RejectedCallError) as caught:
        await connection().ask(request())

    assert SPEECH[:24] not in str(caught.value)
    assert WITHHELD in str(caught.value)


@pytest.mark.parametrize(
    ("structured", "questions"),
    [("json_schema", 2), ("json_object", 2), ("ignored", 2), ("error400", 3), ("error500", 3)],
)
async def test_every_kind_of_server_is_brought_to_json(
    structured: str, questions: int, server: LLMServer, connection: Connect
) -> None:
    """By the strongest means it has; what it refuses costs one question a run."""
    model = f"model-{structured}"
    server.model(model, structured=structured)
    backend = connection(model)
    before = len(server.log)
    system = Message(
        "system", 'Reply with JSON: {"maxLength": {"rationale": "<why>", "rating": 1}}'
    )
    asked = request(SCHEMA)._replace(model=model, messages=(system, Message("user", SPEECH)))

    replies = [await backend.ask(asked) for _ in range(2)]

    text = replies[1].text
    assert "rating" in orjson.loads(text[text.index("{") : text.rindex("}") + 1])["maxLength"]
    assert len(server.log) == before + questions


async def test_many_questions_are_in_flight_at_once(server: LLMServer, connection: Connect) -> None:
    """The client's own limit of connections must not stand in for the engine's."""
    server.model("slow", latency_s=0.5)
    backend = connection("slow", concurrency=200)
    asked = request()._replace(model="slow")

    await asyncio.gather(*(backend.ask(asked) for _ in range(200)))

    assert server.peak_in_flight["slow"] == 200


async def test_the_sdks_own_variable_says_where(
    server: LLMServer, connection: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OPENAI_BASE_URL means the same here as to the client itself; run.yaml goes before it."""
    monkeypatch.setenv("OPENAI_BASE_URL", server.openai_url)

    assert (await connection(base_url=None).ask(request())).text
