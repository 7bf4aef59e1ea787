"""The llama.cpp server that other tests lean on, asked through the official OpenAI client."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

import numpy as np
import openai
import pytest
from pydantic import BaseModel, ConfigDict, Field, create_model

from tests.tiny_llama import MODEL_NAME, WORDS, make_gguf, serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

    from openai.types.chat import ChatCompletion

    Ask = Callable[..., Awaitable[ChatCompletion]]

PRINCIPLES = "empathy relevance clarity safety exploration autonomy staging".split()


class Rated(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    rationale: Annotated[str, Field(min_length=1, max_length=200)]
    rating: Literal[1, 2, 3, 4, 5]


Judgment: type[BaseModel] = create_model(
    "Judgment",
    __config__=ConfigDict(extra="forbid", strict=True),
    **dict.fromkeys(PRINCIPLES, (Rated, ...)),  # type: ignore[call-overload]
)
SCHEMA = {
    "type": "object",
    "properties": {
        principle: {
            "type": "object",
            "properties": {
                "rationale": {"type": "string", "minLength": 1, "maxLength": 200},
                "rating": {"type": "integer", "enum": [1, 2, 3, 4, 5]},
            },
            "required": ["rationale", "rating"],
            "additionalProperties": False,
        }
        for principle in PRINCIPLES
    },
    "required": PRINCIPLES,
    "additionalProperties": False,
}
RESPONSE_FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "judgment", "schema": SCHEMA, "strict": True},
}


def words(count: int, seed: int) -> str:
    return " ".join(np.random.default_rng(seed).choice(WORDS, count))


JUDGE_PROMPT = words(1_600, seed=0)
"""About nine thousand characters, as long as a judge's instructions may be."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf")


@pytest.fixture(scope="module")
def url(model: Path) -> Iterator[str]:
    with serve(model) as url:
        yield url


@asynccontextmanager
async def asking(url: str) -> AsyncIterator[Ask]:
    """One client for all that a test asks, as a program would have."""

    async def ask(system: str, user: str, **options: Any) -> ChatCompletion:
        messages: Any = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        reply: ChatCompletion = await client.chat.completions.create(
            model=MODEL_NAME, messages=messages, **options
        )
        return reply

    async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:
        yield ask


@pytest.fixture
async def ask(url: str) -> AsyncIterator[Ask]:
    async with asking(url) as ask:
        yield ask


def text(completion: ChatCompletion) -> str:
    return completion.choices[0].message.content or ""


async def test_plain_replies_are_printable_words_that_stop(ask: Ask) -> None:
    """A model of raw bytes would make llama.cpp answer 500; one without an end, always `length`."""
    replies = await asyncio.gather(
        *(ask("You are a counsellor.", words(60, seed), max_tokens=400) for seed in range(60))
    )

    assert all(text(reply).isprintable() and text(reply).strip() for reply in replies)
    assert sum(reply.choices[0].finish_reason == "stop" for reply in replies) >= 57
    assert len({text(reply) for reply in replies}) > 50


async def test_every_judgment_follows_the_schema(ask: Ask) -> None:
    """Sixty judgments under one long system prompt, more at once than there are slots."""
    replies = await asyncio.gather(
        *(ask(JUDGE_PROMPT, words(90, seed), response_format=RESPONSE_FORMAT) for seed in range(60))
    )

    assert {reply.choices[0].finish_reason for reply in replies} == {"stop"}
    for reply in replies:
        assert list(json.loads(text(reply))) == PRINCIPLES
        Judgment.model_validate_json(text(reply))


async def test_ratings_depend_on_the_case_without_chance(ask: Ask) -> None:
    """At temperature 0 a judge that gave one rating to all would leave no pair to be made."""
    options = {"response_format": RESPONSE_FORMAT, "temperature": 0}
    replies = await asyncio.gather(
        *(ask("Rate this.", words(60, seed), **options) for seed in range(12))
    )
    given = {rated["rating"] for reply in replies for rated in json.loads(text(reply)).values()}

    assert len(given) >= 3
    assert len({text(reply) for reply in replies}) > 6


async def test_a_shared_system_prompt_is_read_once(ask: Ask) -> None:
    """Prompt caching is what makes a judge affordable, and usage has to show it."""
    await asyncio.gather(*(ask(JUDGE_PROMPT, words(5, seed)) for seed in range(4)))
    usage = (await ask(JUDGE_PROMPT, words(5, seed=9))).usage

    assert usage is not None
    assert usage.prompt_tokens_details is not None
    assert 1_600 <= (usage.prompt_tokens_details.cached_tokens or 0) < usage.prompt_tokens
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


async def test_a_reply_cut_short_says_length(ask: Ask) -> None:
    """No error is raised for a cut reply: the finish reason is all that a caller gets."""
    reply = await ask("", "Tell me.", max_tokens=2)

    assert reply.choices[0].finish_reason == "length"
    assert reply.model == MODEL_NAME


async def test_a_prompt_beyond_the_context_is_refused(ask: Ask) -> None:
    """As a provider would: 400, with the numbers in the body."""
    with pytest.raises(openai.BadRequestError, match="exceeds the available context") as refused:
        await ask("", words(17_000, seed=1))

    assert refused.value.type == "exceed_context_size_error"


def test_one_seed_is_one_file_and_two_seeds_are_two(tmp_path: Path) -> None:
    """Tests that name a seed must mean the same model on every machine."""
    first, again, other = (
        make_gguf(tmp_path / f"{number}.gguf", seed).read_bytes()
        for number, seed in enumerate((7, 7, 8))
    )

    assert first == again != other
    assert 300_000 < len(first) < 700_000


async def test_two_models_answer_differently_side_by_side(url: str, tmp_path: Path) -> None:
    """Candidates of one speech come from several models at once, in one process."""
    with serve(make_gguf(tmp_path / "other.gguf", seed=5), parallel=1) as other:
        async with asking(url) as first, asking(other) as second:
            one, two = await asyncio.gather(
                *(ask("", "What now?", temperature=0) for ask in (first, second))
            )

    assert text(one) != text(two)


def test_the_port_is_free_again_after_the_block(model: Path) -> None:
    """Also when nothing was asked: llama.cpp hangs if it is closed before its loop has begun."""
    with serve(model) as url:
        address = urlsplit(url)
        assert address.hostname == "127.0.0.1"
        assert address.path == "/v1"

    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", address.port)) != 0


@pytest.mark.parametrize("content", [None, b"", b"GGUF but no more", b"\0" * 4096])
def test_a_missing_or_broken_file_is_an_error(tmp_path: Path, content: bytes | None) -> None:
    """The process has to survive a wrong path, and llama.cpp says the same for each of these."""
    path = tmp_path / "model.gguf"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(RuntimeError, match="Failed to init server"), serve(path):
        pass


async def test_nothing_is_logged(capfd: pytest.CaptureFixture[str], model: Path) -> None:
    """llama.cpp writes hundreds of lines to standard error unless it is told not to."""
    with serve(model) as url:
        async with asking(url) as ask:
            await ask("", "Hello.")

    assert capfd.readouterr() == ("", "")
