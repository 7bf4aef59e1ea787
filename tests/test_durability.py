"""What is kept of a run that is killed, moved, or runs out of disk, while it asks a real server."""

from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from psychocounsel_data import generation, journal
from psychocounsel_data.calls import channel
from psychocounsel_data.config import BackendConfig
from psychocounsel_data.errors import RunError
from psychocounsel_data.records import Failure, Judgment, Response
from psychocounsel_data.run import Run
from tests.asking import ask_all, make_run
from tests.llm_server import LLMServer

PCDATA = [sys.executable, "-c", "from psychocounsel_data.cli import main; main()"]
DURABLE_S = 1.0


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LLMServer]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    with LLMServer(latency_s=0.02) as one:
        monkeypatch.setenv("OPENAI_BASE_URL", one.openai_url)
        yield one


def start(stage: str, run: Run, before: Callable[[], None] | None = None) -> subprocess.Popen[str]:
    """`pcdata generate` or `judge` in a process of its own."""
    return subprocess.Popen(
        [*PCDATA, stage, "--run", str(run.folder), "--concurrency", "8"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=before,
    )


def kill_after_some_answers(stage: str, run: Run, answers: Path) -> float:
    """End a stage once it has kept a few answers. When that was."""
    process = start(stage, run)
    while not answers.exists() or answers.stat().st_size < 20_000:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.01)
    process.kill()
    process.communicate()
    return time.time()


def test_a_killed_run_goes_on_and_asks_nothing_twice_that_it_had_received(
    tmp_path: Path, server: LLMServer
) -> None:
    """SIGKILL while it generates and while it judges; every call has one record in the end."""
    run = make_run(tmp_path, 60, ["openai:a", "openai:b"])
    killed = []
    for stage, answers in (("generate", run.responses), ("judge", run.judgments)):
        killed.append(kill_after_some_answers(stage, run, answers))
        again = start(stage, run)
        said = again.communicate()[1]
        assert again.returncode == 0, said
    responses = [one.id for one in journal.read(run.responses, Response)]
    judged = [one.response_id for one in journal.read(run.judgments, Judgment)]
    stats = server.stats()
    twice = [stats.answered_at[key] for key in stats.answered_twice]

    assert len(set(responses)) == len(responses) == 120
    assert sorted(judged) == sorted(responses)
    assert list(journal.read(run.failures, Failure)) == []
    assert not [
        times for times in twice for kill in killed if times[0] < kill - DURABLE_S < times[1]
    ]


def _little_disk() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))


def test_a_full_disk_ends_the_command_with_one_line_and_the_next_goes_on(
    tmp_path: Path, server: LLMServer
) -> None:
    """What was written before is not asked again."""
    run = make_run(tmp_path, 80, ["openai:a"])
    full = start("generate", run, _little_disk)
    said = full.communicate()[1].splitlines()
    kept = {one.id for one in journal.read(run.responses, Response)}
    asked = server.stats().answered
    again = start("generate", run)
    again.communicate()

    assert full.returncode == 2
    assert "responses.jsonl cannot be written: File too large" in said[-1]
    assert 0 < len(kept) < 80
    assert again.returncode == 0
    assert server.stats().answered == asked + 80 - len(kept)
    assert len(list(journal.read(run.responses, Response))) == 80


def _open(path: Path, outcome: multiprocessing.Queue[str]) -> None:
    if os.getuid() == 0:  # to whom no folder is read-only
        os.setuid(65_534)
    try:
        with journal.Writer(path):
            outcome.put("opened")
    except RunError as error:
        outcome.put(str(error))


def test_a_read_only_folder_is_one_line() -> None:
    """Said before anything is asked."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o555)
        context = multiprocessing.get_context("spawn")
        outcome: multiprocessing.Queue[str] = context.Queue()
        process = context.Process(target=_open, args=(Path(place) / "responses.jsonl", outcome))
        process.start()
        message = outcome.get(timeout=20)
        process.join()
        Path(place).chmod(0o755)

    assert "responses.jsonl cannot be written: Permission denied" in message


async def test_a_moved_folder_and_a_clock_that_went_back_change_nothing(
    tmp_path: Path, server: LLMServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was asked is known by what was sent, not by when or where."""
    run = make_run(tmp_path / "here", 6, ["openai:a"])
    settings = BackendConfig(base_url=server.openai_url)
    await ask_all(run, settings)
    shutil.move(tmp_path / "here", tmp_path / "there")
    moved = make_run(tmp_path / "there", 9, ["openai:a"])
    monkeypatch.setattr(channel, "now", lambda: "2001-01-01T00:00:00.000Z")
    await ask_all(moved, settings)
    with_plan = generation.plan(moved, moved.config.generate)
    with_plan.close()

    assert server.stats().requests == 9
    assert (with_plan.done, with_plan.lanes) == (9, {})
