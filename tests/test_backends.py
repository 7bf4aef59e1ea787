"""The registry of backends, and the backends that need no service."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiohttp import web

from psychocounsel_data import backends
from psychocounsel_data.config import BackendConfig
from psychocounsel_data.errors import ConfigError, ModelUnavailableError
from psychocounsel_data.exchange import Message, ReplySchema, Request
from psychocounsel_data.offline import COUNSELLORS
from psychocounsel_data.records import Sampling
from tests.tiny_llama import make_gguf

SPEECH = "I have told nobody, but since March I cannot sleep."
HOSTED = {
    "anthropic": "ANTHROPIC_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY",
    "gemini": "GEMINI_API_KEY",
    "groq": "GROQ_API_KEY",
    "huggingface": "HF_TOKEN",
    "mistral": "MISTRAL_API_KEY",
    "openai": "OPENAI_API_KEY",
    "openrouter": "OPENROUTER_API_KEY",
    "together": "TOGETHER_API_KEY",
}
LOCAL = {"llama-server": "LLAMA_API_KEY", "ollama": "OLLAMA_API_KEY", "vllm": "VLLM_API_KEY"}
KEYS = HOSTED | LOCAL
IN_PROCESS = ("column", "llamacpp", "offline")
SEVEN = ("empathy", "relevance", "clarity", "safety", "exploration", "autonomy", "staging")


def ratings(*principles: str) -> ReplySchema:
    one = {
        "type": "object",
        "properties": {
            "rationale": {"type": "string", "minLength": 1, "maxLength": 80},
            "rating": {"type": "integer", "enum": [1, 2, 3, 4, 5]},
        },
        "required": ["rationale", "rating"],
        "additionalProperties": False,
    }
    return ReplySchema(
        "ratings",
        {
            "type": "object",
            "properties": dict.fromkeys(principles, one),
            "required": list(principles),
            "additionalProperties": False,
        },
    )


def request(schema: ReplySchema | None = None, **inputs: str) -> Request:
    messages = (Message("system", "You are a counsellor."), Message("user", SPEECH))
    sampling = Sampling(temperature=1.0, max_tokens=300)
    return Request("any", messages, sampling, schema, {"speech": SPEECH, **inputs})


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this machine's owner has set must not decide a test."""
    for name in (*KEYS.values(), "OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def test_the_folder_is_the_registry() -> None:
    """A new file is a new backend, with no list to add it to."""
    assert backends.names() == tuple(sorted([*KEYS, *IN_PROCESS]))


def test_naming_the_backends_imports_none_of_them() -> None:
    """A mistyped name is told in a moment, not after a second of imports."""
    check = (
        "import sys; from psychocounsel_data import backends; backends.names(); "
        "print(sorted({'openai', 'anthropic', 'aiohttp', 'xllamacpp'} & set(sys.modules)))"
    )

    shown = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True
    )

    assert shown.stdout.strip() == "[]"


def test_an_unknown_backend_is_told_with_its_nearest() -> None:
    """Most unknown names are typing mistakes."""
    with pytest.raises(ConfigError, match="did you mean 'openai'") as caught:
        backends.connect("opnai:gpt-4o", {})

    assert str(caught.value).startswith("unknown backend 'opnai' in 'opnai:gpt-4o': ")
    assert all(name in str(caught.value) for name in backends.names())


def test_a_file_name_is_no_backend_name() -> None:
    """One spelling each: run.yaml writes `llama-server`, and ids depend on it."""
    with pytest.raises(ConfigError, match="did you mean 'llama-server'"):
        backends.connect("llama_server:any", {})


def test_settings_for_no_backend_are_a_mistake() -> None:
    """They would be ignored without a word, and with them somebody's limits."""
    with pytest.raises(ConfigError, match=r"'vlm' under `backends:`.*did you mean 'vllm'"):
        backends.check_settings({"openai": BackendConfig(), "vlm": BackendConfig()})

    with pytest.raises(ConfigError, match=r"backends\.vllm\.threads: a service computes elsewhere"):
        backends.check_settings({"vllm": BackendConfig(threads=2)})

    backends.check_settings({name: BackendConfig() for name in backends.names()})
    backends.check_settings({"llamacpp": BackendConfig(threads=2)})


@pytest.mark.parametrize(("backend", "variable"), HOSTED.items())
def test_a_missing_key_is_told_before_any_question(backend: str, variable: str) -> None:
    """Not after four hundred calls to another model."""
    with pytest.raises(ConfigError, match=f"^{backend}: no key: .*{variable}"):
        backends.connect(f"{backend}:any", {})


@pytest.mark.parametrize("value", ["", "  \n"])
def test_an_empty_key_is_a_missing_one(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that was not filled in often arrives as an empty string."""
    monkeypatch.setenv("OPENAI_API_KEY", value)

    with pytest.raises(ConfigError, match="no key"):
        backends.connect("openai:any", {})


def test_a_key_with_foreign_characters_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key copied with its quotation marks cannot be sent, and must not be shown."""
    monkeypatch.setenv("OPENAI_API_KEY", "“sk-abcdefgh”")

    with pytest.raises(ConfigError, match="OPENAI_API_KEY") as caught:
        backends.connect("openai:any", {})

    assert "abcdefgh" not in str(caught.value)


@pytest.mark.parametrize("backend", KEYS)
def test_the_variable_named_in_run_yaml_counts(backend: str) -> None:
    """Whoever names a variable means that one, also where a key would be optional."""
    settings = {backend: BackendConfig(api_key_env="MY_OWN_KEY")}

    with pytest.raises(ConfigError, match="MY_OWN_KEY"):
        backends.connect(f"{backend}:any", settings)


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8000", "localhost:8000/v1", "http://", "http://[::1/v1"]
)
def test_a_base_url_that_is_no_address_is_told(url: str) -> None:
    """The usual mistake is to leave out `http://`."""
    with pytest.raises(ConfigError, match=r"`base_url` in run\.yaml.*write it like http://127"):
        backends.connect("vllm:any", {"vllm": BackendConfig(base_url=url)})


def test_a_base_url_with_a_password_is_told_and_not_shown() -> None:
    """It would stand in run.yaml, which is published, and in every message about the address."""
    settings = {"vllm": BackendConfig(base_url="http://me:secret@127.0.0.1:8000/v1")}

    with pytest.raises(ConfigError, match="user name") as caught:
        backends.connect("vllm:any", settings)

    assert "secret" not in str(caught.value)


class Seen(NamedTuple):
    """A request as a service received it."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


class Recorder(NamedTuple):
    """A service that answers everything and keeps what it was asked."""

    url: str
    seen: list[Seen]


@pytest.fixture
async def recorder() -> AsyncIterator[Recorder]:
    seen: list[Seen] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        seen.append(Seen(request.path, request.headers, await request.json()))
        message = {"role": "assistant", "content": "I hear you."}
        return web.json_response({"choices": [{"message": message, "finish_reason": "stop"}]})

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield Recorder(f"http://127.0.0.1:{runner.addresses[0][1]}/some/where", seen)
    await runner.cleanup()


SPOKEN = tuple(name for name in KEYS if name != "anthropic")
"""The backends that speak chat completions."""


async def ask_recorder(backend: str, recorder: Recorder, settings: BackendConfig) -> Seen:
    """One judging question with a seed, as the service receives it."""
    connection = backends.connect(f"{backend}:any", {backend: settings})
    asked = request(ratings("empathy"))
    await connection.ask(asked._replace(sampling=Sampling(max_tokens=9, seed=7)))
    await connection.close()
    return recorder.seen[-1]


@pytest.mark.parametrize("backend", SPOKEN)
async def test_each_service_is_asked_in_its_own_way(
    backend: str, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Path, key and the words for limit, seed and JSON: what a live account would complain of."""
    monkeypatch.setenv("MY_OWN_KEY", "sk-my-own-key")
    settings = BackendConfig(base_url=recorder.url, api_key_env="MY_OWN_KEY")

    seen = await ask_recorder(backend, recorder, settings)

    limit = "max_completion_tokens" if backend in {"openai", "groq"} else "max_tokens"
    seed = {"mistral": "random_seed", "gemini": None}.get(backend, "seed")
    form = "json_object" if backend == "deepseek" else "json_schema"
    assert seen.path == "/some/where/chat/completions"
    assert seen.headers["Authorization"] == "Bearer sk-my-own-key"
    assert {"model", "messages", limit, "response_format"} == seen.body.keys() - {seed}
    assert (seen.body["model"], seen.body[limit]) == ("any", 9)
    assert seen.body.get(seed or "seed") == (7 if seed else None)
    assert seen.body["response_format"]["type"] == form
    assert ("maxLength" in str(seen.body["response_format"])) == (backend in LOCAL)


@pytest.mark.parametrize("backend", SPOKEN)
async def test_each_service_has_its_own_key(
    backend: str, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As its documentation names it; a line break at the end is not part of it."""
    monkeypatch.setenv(KEYS[backend], "sk-documented-key\n")

    seen = await ask_recorder(backend, recorder, BackendConfig(base_url=recorder.url))

    assert seen.headers["Authorization"] == "Bearer sk-documented-key"


@pytest.mark.parametrize("backend", LOCAL)
async def test_local_servers_need_no_key(backend: str, recorder: Recorder) -> None:
    """The client insists on one, so a word is sent that nobody could take for a key."""
    seen = await ask_recorder(backend, recorder, BackendConfig(base_url=recorder.url))

    assert seen.headers["Authorization"] == "Bearer none"


async def test_no_service_hears_of_an_openai_account(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client sends what it finds in the environment, whomever it talks to."""
    monkeypatch.setenv("TOGETHER_API_KEY", "sk-together")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-secret")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer sk-secret")

    seen = await ask_recorder("together", recorder, BackendConfig(base_url=recorder.url))

    assert seen.headers["Authorization"] == "Bearer sk-together"
    assert not any("secret" in value or "sk-openai" in value for value in seen.headers.values())


async def test_openrouter_is_told_which_program_asks(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its owners' page lists what was spent by program."""
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-key")

    seen = await ask_recorder("openrouter", recorder, BackendConfig(base_url=recorder.url))

    assert seen.headers["X-Title"] == "psychocounsel-data"


async def test_a_column_gives_back_the_answer_it_is_given() -> None:
    """A human counsellor's answer joins the pool without a call to anybody."""
    column = backends.connect("column:therapist", {})

    assert (await column.ask(request(answer=" I hear you.\n"))).text == "I hear you."
    assert (await column.ask(request(answer=" "))).finish == "empty"
    await column.close()


@pytest.mark.parametrize("name", sorted(COUNSELLORS))
async def test_offline_counsellors_answer_the_speech(name: str) -> None:
    """Without network or key, the same every time."""
    counsellor = backends.connect(f"offline:{name}", {})

    reply = await counsellor.ask(request())

    assert reply.text == COUNSELLORS[name](SPEECH)
    assert reply.finish == "stop"
    assert reply.usage.output_tokens is None
    await counsellor.close()


@pytest.mark.parametrize("wanted", [SEVEN, ("safety", "empathy")])
async def test_the_offline_judge_rates_what_the_schema_asks_for(wanted: tuple[str, ...]) -> None:
    """In the schema's order, with a reason for each, like any judge."""
    judge = backends.connect("offline:rubric", {})

    reply = await judge.ask(request(ratings(*wanted), response="That sounds hard. Tell me more?"))

    rated = json.loads(reply.text)
    assert tuple(rated) == wanted
    assert all(one["rationale"] and one["rating"] in range(1, 6) for one in rated.values())
    await judge.close()


async def test_the_offline_judge_says_which_principles_it_does_not_know() -> None:
    """It counts features of seven principles; for another it has nothing to count."""
    judge = backends.connect("offline:rubric", {})

    with pytest.raises(ModelUnavailableError, match="humour") as caught:
        await judge.ask(request(ratings("empathy", "humour"), response="I hear you."))

    assert caught.value.kind == "unknown_principle"


@pytest.mark.parametrize(
    ("model", "schema", "kind"),
    [("eliza", ratings("empathy"), "not_a_judge"), ("rubric", None, "not_a_counsellor")],
)
async def test_offline_programs_keep_to_their_part(
    model: str, schema: ReplySchema | None, kind: str
) -> None:
    """A counsellor's prose would be an unreadable judgment, for every response, one by one."""
    with pytest.raises(ModelUnavailableError, match="offline:rubric") as caught:
        await backends.connect(f"offline:{model}", {}).ask(request(schema, response="I hear you."))

    assert caught.value.kind == kind


def test_an_unknown_offline_model_is_told_with_the_known() -> None:
    """There are five, so all of them are named."""
    with pytest.raises(ConfigError, match=r"offline:freud.*eliza.*rubric"):
        backends.connect("offline:freud", {})


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_gguf(tmp_path_factory.mktemp("llamacpp") / "tiny.gguf")


async def test_a_gguf_file_answers_in_this_process(model: Path) -> None:
    """A counsellor on a laptop, with nothing installed beside this and nothing started."""
    settings = BackendConfig(concurrency=1, threads=1)
    llama = backends.connect(f"llamacpp:{model}", {"llamacpp": settings})
    try:
        reply = await llama.ask(request())
    finally:
        await llama.close()

    assert reply.finish in {"stop", "length"}
    assert reply.text
    assert reply.served_model == "tiny"
    assert (reply.usage.input_tokens or 0) > 0


async def test_a_gguf_file_keeps_to_the_schema(model: Path) -> None:
    """llama.cpp enforces a grammar, so weights that know nothing still rate from 1 to 5."""
    llama = backends.connect(f"llamacpp:{model}", {"llamacpp": BackendConfig(concurrency=1)})
    try:
        reply = await llama.ask(request(ratings("empathy", "safety")))
    finally:
        await llama.close()

    rated = json.loads(reply.text)
    assert list(rated) == ["empathy", "safety"]
    assert all(one["rating"] in range(1, 6) for one in rated.values())


async def test_connections_to_one_file_share_a_server(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model twice in memory is a model too large; closing one connection keeps the other."""
    monkeypatch.chdir(model.parent)
    settings = {"llamacpp": BackendConfig(concurrency=1)}
    counsellor = backends.connect("llamacpp:tiny.gguf", settings)
    judge = backends.connect(f"llamacpp:{model}", settings)
    await counsellor.close()
    reply = await judge.ask(request())
    await judge.close()

    assert reply.text


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "No such file"),
        (b"PK\x03\x04 a zip file", "no GGUF file"),
        (b"GGUF and then nothing of use", "cannot load"),
    ],
)
def test_a_file_that_is_no_model_is_told(content: bytes | None, told: str, tmp_path: Path) -> None:
    """Downloads break, and paths are mistyped; llama.cpp itself says little about either."""
    path = tmp_path / "model.gguf"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigError, match=told) as caught:
        backends.connect(f"llamacpp:{path}", {})

    assert "model.gguf" in str(caught.value)


def test_without_the_extra_its_name_is_told(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """llama.cpp is large, so it is not installed with the package."""
    monkeypatch.setitem(sys.modules, "xllamacpp", None)

    with pytest.raises(ConfigError, match=r"psychocounsel-data\[llamacpp\]"):
        backends.connect(f"llamacpp:{model}", {})
