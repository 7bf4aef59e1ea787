"""The messages format: what is sent, what is read, and what a refusal means.

The first half is pure. The second talks through the official client to a real server that
misbehaves on request.
"""

from __future__ import annotations

from typing import Any

import pytest

from psychocounsel_data.errors import RejectedCallError, TransientCallError
from psychocounsel_data.exchange import Message, ReplySchema, Request
from psychocounsel_data.records import Sampling, Usage
from psychocounsel_data.wire.anthropic_messages import message_body, read_message

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
    with pytest.raises(RejectedCallError, match=r"from 0 to 1.*run\.yaml") as caught:
        message_body(request(temperature=1.3), "prompt")

    assert caught.value.kind == "bad_request"


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
        input_tokens=1210, output_tokens=50, cached_tokens=1000, reasoning_tokens=20
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
