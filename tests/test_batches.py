"""Provider batches, from handing in to records: nothing is lost and nothing paid for twice."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from psychocounsel_data import journal
from psychocounsel_data.calls.batches import finding
from psychocounsel_data.calls.holding import newest, requeued
from psychocounsel_data.cli import app
from psychocounsel_data.errors import ConfigError, RunError
from psychocounsel_data.exchange import BatchLimits
from psychocounsel_data.journal import Writer
from psychocounsel_data.records import ClientSpeech, Failure, Judgment, Response
from psychocounsel_data.wire.anthropic_batches import AnthropicBatches
from psychocounsel_data.wire.openai_batches import OpenAIBatches
from tests.batch_server import BatchServer, Step

OPENAI, CLAUDE = "openai:gpt-4o-mini", "anthropic:claude-haiku-4-5"
BOTH = pytest.mark.parametrize("model", [OPENAI, CLAUDE])
SPEECHES = 12
PCDATA = [sys.executable, "-c", "from psychocounsel_data.cli import main; main()"]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[BatchServer]:
    monkeypatch.setattr(finding, "PATIENCE_S", 0.0)  # the server shows a new batch at once
    with BatchServer() as server:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-of-ours")
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-secret-of-ours")
        monkeypatch.setenv("OPENAI_BASE_URL", server.openai_url)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.anthropic_url)
        yield server


def make_run(folder: Path, *models: str, prompt: str = "counselor") -> Path:
    """A run folder with speeches, which every model answers."""
    folder.mkdir(exist_ok=True)
    listed = ", ".join(models)
    (folder / "run.yaml").write_text(
        f"sources: [{{path: a.csv}}]\n"
        f"generate: {{models: [{listed}], per_speech: {len(models)}, prompt: {prompt}}}\n"
        f"judge: {{model: {models[0]}}}\n"
    )
    texts = (f"{number} I do not know what to do. ".ljust(150, "x") for number in range(SPEECHES))
    journal.replace(
        folder / "speeches.jsonl",
        (
            ClientSpeech(id=f"s-{number}", source="s", row=number, text=text)
            for number, text in enumerate(texts)
        ),
    )
    return folder


def pcdata(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--run", str(folder)], catch_exceptions=True)


def responses(folder: Path) -> list[Response]:
    return list(journal.read(folder / "responses.jsonl", Response))


def failures(folder: Path) -> Counter[str]:
    return Counter(one.kind for one in journal.read(folder / "failures.jsonl", Failure))


def requeue(folder: Path) -> None:
    """Have every failure asked again."""
    with Writer(folder / "failures.jsonl") as writer:
        for one in newest(folder / "failures.jsonl").values():
            writer.append(requeued(one))


def batches(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(pcdata(folder, "batches", "--json").stdout)["batches"]
    return found


def once(server: BatchServer) -> bool:
    """Whether every call that the server answered was answered once."""
    return set(server.answered.values()) <= {0, 1}


@BOTH
def test_answers_from_a_batch_are_the_records_that_live_ones_are(
    tmp_path: Path, server: BatchServer, model: str
) -> None:
    """The same ids and fields; only when and how they came differs."""
    live, batched = make_run(tmp_path / "live", model), make_run(tmp_path / "batched", model)
    assert pcdata(live, "generate").exit_code == 0
    result = pcdata(batched, "generate", "--batch")
    apart = {"at", "latency_s", "batch"}

    def comparable(folder: Path) -> dict[str, dict[str, Any]]:
        return {one.id: one.model_dump(exclude=apart) for one in responses(folder)}

    assert result.exit_code == 0, result.output
    assert "12 answers from batches" in result.stderr
    assert comparable(batched) == comparable(live)
    assert len(responses(batched)) == SPEECHES
    assert {one.batch for one in responses(batched)} == {server.batches[0].id}


@BOTH
def test_a_second_round_asks_only_what_failed_in_the_first(
    tmp_path: Path, server: BatchServer, model: str
) -> None:
    """Errors, expired items and items without a result stay; what a filter blocked is answered."""
    folder = make_run(tmp_path / "run", model)
    server.outcomes = ["ok", "error", "expired", "missing", "filtered"]
    first = pcdata(folder, "generate", "--batch")
    kinds, finishes = failures(folder), Counter(one.finish for one in responses(folder))
    server.outcomes = ["ok"]
    second = pcdata(folder, "generate", "--batch")

    assert (first.exit_code, second.exit_code) == (1, 0)
    assert kinds == {"server_error": 3, "expired": 2}
    assert finishes == {"stop": 3, "refusal": 2}
    assert [len(one.requests) for one in server.batches] == [12, 7]
    assert len(responses(folder)) == SPEECHES
    assert once(server)


@BOTH
def test_the_judge_is_asked_in_batches_too_and_an_unreadable_reply_is_a_paid_failure(
    tmp_path: Path, server: BatchServer, model: str
) -> None:
    """It is held back, as when it is asked live, until a person has it asked again."""
    folder = make_run(tmp_path / "run", model)
    pcdata(folder, "generate", "--batch")
    server.outcomes = ["ok", "ok", "unreadable"]
    first = pcdata(folder, "judge", "--batch")
    failed = list(journal.read(folder / "failures.jsonl", Failure))
    server.outcomes = ["ok"]
    held = pcdata(folder, "judge", "--batch")
    requeue(folder)
    second = pcdata(folder, "judge", "--batch")

    assert (first.exit_code, held.exit_code, second.exit_code) == (1, 0, 0)
    assert "4 calls that failed for good" in held.stderr
    assert [one.kind for one in failed] == ["unreadable_reply"] * 4
    assert all(one.reply == "I would rather not say." for one in failed)
    assert all(one.usage.output_tokens and one.batch for one in failed)
    assert len(list(journal.read(folder / "judgments.jsonl", Judgment))) == SPEECHES


@BOTH
@pytest.mark.parametrize("limits", [BatchLimits(5, 1_000_000), BatchLimits(50_000, 6_000)])
def test_a_plan_is_split_by_the_providers_limits(
    tmp_path: Path,
    server: BatchServer,
    monkeypatch: pytest.MonkeyPatch,
    model: str,
    limits: BatchLimits,
) -> None:
    """By number and by bytes; the server refuses what is larger."""
    monkeypatch.setattr(OpenAIBatches, "limits", limits)
    monkeypatch.setattr(AnthropicBatches, "limits", limits)
    server.max_requests, server.max_bytes = limits.requests, limits.size + 20
    folder = make_run(tmp_path / "run", model)
    result = pcdata(folder, "generate", "--batch")

    assert result.exit_code == 0, result.output
    assert len(server.batches) > 2
    assert sum(len(one.requests) for one in server.batches) == SPEECHES
    assert len(responses(folder)) == SPEECHES
    assert once(server)


def killing(child: list[subprocess.Popen[str]]) -> Callable[[], None]:
    """Ends the program that asks, in the middle of what it asked for."""

    def kill() -> None:
        child[0].kill()
        child[0].wait(timeout=10)

    return kill


@BOTH
@pytest.mark.parametrize("step", ["upload", "create", "list", "state", "results"])
def test_killed_at_any_step_it_goes_on_from_there(
    tmp_path: Path, server: BatchServer, monkeypatch: pytest.MonkeyPatch, model: str, step: Step
) -> None:
    """The server has done what it was asked for, and the program never hears of it."""
    monkeypatch.setattr(OpenAIBatches, "limits", BatchLimits(5, 1_000_000))
    monkeypatch.setattr(AnthropicBatches, "limits", BatchLimits(5, 1_000_000))
    folder = make_run(tmp_path / "run", model)
    if step == "list":  # it is only looked for what was lost
        server.next("create", "cut_after")
    child: list[subprocess.Popen[str]] = []
    server.next(step, killing(child))
    command = [*PCDATA, "generate", "--batch", "--run", str(folder)]
    child.append(subprocess.Popen(command, text=True, stderr=subprocess.PIPE))
    try:
        killed = child[0].wait(timeout=300)
    finally:
        child[0].kill()
        child[0].communicate()
    if model == CLAUDE and step == "upload":  # nothing is uploaded there
        assert killed == 0
    else:
        assert killed == -signal.SIGKILL
    result = pcdata(folder, "generate", "--batch")

    assert result.exit_code == 0, result.output
    assert len({one.id for one in responses(folder)}) == len(responses(folder)) == SPEECHES
    assert sum(server.answered.values()) == SPEECHES
    assert once(server)
    assert {one["standing"] for one in batches(folder)} <= {"taken", "never arrived"}


@BOTH
def test_a_batch_whose_receipt_was_lost_is_found_and_not_handed_in_again(
    tmp_path: Path, server: BatchServer, model: str
) -> None:
    """The provider has taken it; the connection broke before it could say so."""
    folder = make_run(tmp_path / "run", model)
    server.next("create", "cut_after")
    result = pcdata(folder, "generate", "--batch")

    assert result.exit_code == 0, result.output
    assert len(server.batches) == 1
    assert once(server)


@BOTH
def test_a_batch_that_did_not_arrive_is_handed_in_again(
    tmp_path: Path, server: BatchServer, model: str
) -> None:
    """Overloaded once, cut off once, and then taken."""
    folder = make_run(tmp_path / "run", model)
    server.next("create", 529, "cut_before")
    result = pcdata(folder, "generate", "--batch")

    assert result.exit_code == 0, result.output
    assert server.asked["create"] == 3
    assert len(server.batches) == 1
    assert len(responses(folder)) == SPEECHES


def test_somebody_elses_batch_is_not_taken_for_ones_own(
    tmp_path: Path, server: BatchServer
) -> None:
    """Anthropic keeps no key of ours: one of equal size and age may be another run's."""
    other = make_run(tmp_path / "other", CLAUDE, prompt="counselor")
    (other / "prompts").mkdir()
    (other / "prompts" / "counselor.md.j2").write_text(
        "{% block system %}Be kind.{% endblock %}{% block user %}{{ speech }}{% endblock %}"
    )
    pcdata(other, "generate", "--batch", "--no-wait")
    folder = make_run(tmp_path / "run", CLAUDE)
    server.next("create", *["cut_before"] * 1)
    first = pcdata(folder, "generate", "--batch")
    second = pcdata(folder, "generate", "--batch")
    pcdata(other, "generate", "--batch")

    assert first.exit_code == 0, first.output
    assert second.exit_code == 0, second.output
    assert [one["standing"] for one in batches(folder)] == ["never arrived", "taken"]
    assert len(responses(folder)) == len(responses(other)) == SPEECHES
    assert once(server)


@BOTH
def test_calls_in_open_batches_are_not_asked_live(
    tmp_path: Path, server: BatchServer, model: str
) -> None:
    """They are paid for once they are handed in; another model's calls are free to be asked."""
    folder = make_run(tmp_path / "run", model)
    server.hold = True
    handed_in = pcdata(folder, "generate", "--batch", "--limit", "8", "--no-wait")
    status = json.loads(pcdata(folder, "status", "--json").stdout)["stages"][0]
    live = pcdata(folder, "generate")
    server.hold = False
    again = pcdata(folder, "generate")

    assert handed_in.exit_code == 0, handed_in.output
    assert "8 calls in 1 open batches" in handed_in.stderr
    assert (status["left"], status["in_batches"]) == (12, 8)
    assert live.exit_code == again.exit_code == 0
    assert "8 calls are in open batches and not asked live" in live.stderr
    assert "from batches: 8 answers" in again.stderr
    assert (server.live, sum(server.answered.values())) == (4, 8)
    assert len(responses(folder)) == SPEECHES


@BOTH
def test_a_cancelled_batch_gives_what_it_has_and_the_rest_is_asked_live(
    tmp_path: Path, server: BatchServer, model: str
) -> None:
    """Half of it was answered, and paid for, before the end."""
    folder = make_run(tmp_path / "run", model)
    server.hold = True
    pcdata(folder, "generate", "--batch", "--no-wait")
    cancelled = pcdata(folder, "batches", "--cancel", "all")
    standing = batches(folder)[0]["standing"]
    pcdata(folder, "generate")
    live = pcdata(folder, "generate")

    assert cancelled.exit_code == 0, cancelled.output
    assert standing == "cancelling"
    assert live.exit_code == 0
    assert (server.live, sum(server.answered.values())) == (6, 6)
    assert len(responses(folder)) == SPEECHES
    assert failures(folder) == {}


@BOTH
def test_another_place_picks_up_what_was_handed_in(
    tmp_path: Path, server: BatchServer, model: str
) -> None:
    """All that is needed is the folder and the key."""
    server.hold = True
    pcdata(make_run(tmp_path / "here", model), "generate", "--batch", "--no-wait")
    shutil.move(tmp_path / "here", tmp_path / "there")
    server.hold = False
    result = pcdata(tmp_path / "there", "generate", "--batch")

    assert result.exit_code == 0, result.output
    assert len(responses(tmp_path / "there")) == SPEECHES
    assert len(server.batches) == 1


def test_paid_answers_to_calls_that_are_not_planned_any_more_are_kept(
    tmp_path: Path, server: BatchServer
) -> None:
    """run.yaml was changed in between; when it is set back they are there, and nothing is asked."""
    server.hold = True
    folder = make_run(tmp_path / "run", OPENAI)
    pcdata(folder, "generate", "--batch", "--no-wait")
    before = (folder / "run.yaml").read_text()
    (folder / "run.yaml").write_text(before.replace("gpt-4o-mini", "gpt-4o"))
    server.hold = False
    changed = pcdata(folder, "generate", "--batch")
    answered = len(responses(folder))
    (folder / "run.yaml").write_text(before)
    back = pcdata(folder, "generate", "--batch")

    assert changed.exit_code == back.exit_code == 0
    assert "12 paid results" in changed.stderr
    assert answered == SPEECHES
    assert len((folder / "unclaimed.jsonl").read_text().splitlines()) == SPEECHES
    assert len(responses(folder)) == 2 * SPEECHES
    assert len(server.batches) == 2


def test_models_without_batches_are_left_for_asking_live(
    tmp_path: Path, server: BatchServer
) -> None:
    """One line says so; where no model has any, that is an error."""
    mixed = make_run(tmp_path / "mixed", OPENAI, "offline:eliza")
    none = make_run(tmp_path / "none", "offline:eliza")
    result = pcdata(mixed, "generate", "--batch")
    refused = pcdata(none, "generate", "--batch")

    assert result.exit_code == 0, result.output
    assert "providers have no batches: offline:eliza" in result.stderr
    assert {one.model for one in responses(mixed)} == {OPENAI}
    assert isinstance(refused.exception, ConfigError)
    assert "without --batch" in str(refused.exception)


def test_any_server_with_the_same_routes_may_have_batches(
    tmp_path: Path, server: BatchServer
) -> None:
    """run.yaml says so."""
    folder = make_run(tmp_path / "run", "vllm:some-model")
    with (folder / "run.yaml").open("a") as file:
        file.write(f"backends: {{vllm: {{base_url: {server.openai_url!r}, batches: true}}}}\n")
    result = pcdata(folder, "generate", "--batch")

    assert result.exit_code == 0, result.output
    assert len(responses(folder)) == SPEECHES


def test_a_limit_on_costs_holds_for_what_is_handed_in(tmp_path: Path, server: BatchServer) -> None:
    """A batch cannot be stopped when it gets dear, so the most that its calls can cost counts."""
    folder = make_run(tmp_path / "run", OPENAI)
    result = pcdata(folder, "generate", "--batch", "--max-cost", "0.003", "--json")
    outcome = json.loads(result.stdout)

    assert result.exit_code == 1
    assert 0 < outcome["done"] < SPEECHES
    assert outcome["cost"]["usd"] <= 0.003
    assert "raise `--max-cost`" in result.stderr


def test_a_batch_that_the_provider_refuses_as_a_whole_says_why(
    tmp_path: Path, server: BatchServer
) -> None:
    """Its calls are free again; the provider's words, which may quote a client, stay out."""
    folder = make_run(tmp_path / "run", OPENAI)
    server.max_requests = 5
    refused = pcdata(folder, "generate", "--batch")
    server.max_requests = 50
    accepted = pcdata(folder, "generate", "--batch")

    assert refused.exit_code == 1
    assert "the provider refused a batch: request_limit_exceeded" in refused.stderr
    assert "quotes" not in (folder / "batches.jsonl").read_text() + refused.output
    assert accepted.exit_code == 0
    assert len(responses(folder)) == SPEECHES


def test_a_batch_that_the_provider_does_not_know_stays_open_until_it_is_forgotten(
    tmp_path: Path, server: BatchServer
) -> None:
    """It may be another account's key that is set: its calls are not asked again on a guess."""
    folder = make_run(tmp_path / "run", OPENAI)
    server.hold = True
    pcdata(folder, "generate", "--batch", "--no-wait")
    lost, server.batches[:] = server.batches[0].id, []
    stuck = pcdata(folder, "generate", "--batch")
    requests = len(server.batches)
    forgotten = pcdata(folder, "batches", "--forget", lost)
    server.hold = False
    again = pcdata(folder, "generate", "--batch")

    assert f"batch {lost} stays open" in stuck.stderr
    assert requests == 0
    assert forgotten.exit_code == again.exit_code == 0
    assert len(responses(folder)) == SPEECHES


def test_results_that_cannot_be_fetched_now_are_fetched_later(
    tmp_path: Path, server: BatchServer
) -> None:
    """It says so and ends, where asking at once again would never end."""
    folder = make_run(tmp_path / "run", OPENAI)
    server.next("results", 404)
    first = pcdata(folder, "generate", "--batch")
    second = pcdata(folder, "generate", "--batch")

    assert f"batch {server.batches[0].id} stays open" in first.stderr
    assert second.exit_code == 0
    assert len(responses(folder)) == SPEECHES
    assert len(server.batches) == 1


def test_a_wrong_key_is_one_line_and_nothing_is_open(tmp_path: Path, server: BatchServer) -> None:
    """The provider has refused the batch, so its calls are free."""
    folder = make_run(tmp_path / "run", OPENAI)
    server.next("upload", 401)
    result = pcdata(folder, "generate", "--batch")

    assert result.exit_code == 1
    assert "the key in OPENAI_API_KEY was not accepted" in result.stderr
    assert [one["standing"] for one in batches(folder)] == ["refused"]
    assert "secret-of-ours" not in (folder / "batches.jsonl").read_text() + result.output


def test_ctrl_c_leaves_batches_to_be_fetched_later(tmp_path: Path, server: BatchServer) -> None:
    """While it waits, no journal is locked: other stages have work too."""
    folder = make_run(tmp_path / "run", OPENAI)
    server.hold = True
    child = subprocess.Popen(
        [*PCDATA, "generate", "--batch", "--run", str(folder)],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert child.stderr is not None
    with child.stderr:
        waiting = child.stderr.readline()
        meanwhile = pcdata(folder, "generate")
        child.send_signal(signal.SIGINT)
        told = child.stderr.read()
    code = child.wait(timeout=300)
    server.hold = False
    later = pcdata(folder, "generate", "--batch")

    assert waiting.startswith("waiting for 12 calls in 1 batches")
    assert meanwhile.exit_code == 0
    assert code == 130
    assert "12 calls in 1 open batches: run the same command again" in told
    assert later.exit_code == 0
    assert len(responses(folder)) == SPEECHES
    assert len(server.batches) == 1


def test_batches_are_named_to_be_cancelled(tmp_path: Path, server: BatchServer) -> None:
    """A name that is not open is an error that lists those that are."""
    folder = make_run(tmp_path / "run", OPENAI)
    server.hold = True
    pcdata(folder, "generate", "--batch", "--no-wait")
    result = pcdata(folder, "batches", "--cancel", "batch_9")

    assert isinstance(result.exception, RunError)
    assert f"open are: {server.batches[0].id}" in str(result.exception)


def test_no_wait_goes_with_batch(tmp_path: Path, server: BatchServer) -> None:
    """Alone it means nothing, and silence would be taken for a yes."""
    result = pcdata(make_run(tmp_path / "run", OPENAI), "generate", "--no-wait")

    assert isinstance(result.exception, ConfigError)
