"""Asking against a real server that misbehaves: what is asked again, what is left, what is kept."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from psychocounsel_data import generation, journal
from psychocounsel_data.calls.holding import newest, requeued, withhold
from psychocounsel_data.calls.log import Event, FileLog
from psychocounsel_data.config import BackendConfig
from psychocounsel_data.records import Failure, Response
from psychocounsel_data.run import Run
from tests.asking import ask_all, make_run
from tests.llm_server import Fault, LLMServer

KEY = "sk-test-0123456789abcdef"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


@pytest.fixture
def server() -> Iterator[LLMServer]:
    with LLMServer(latency_s=0.001, seed=3) as one:
        yield one


def reached(server: LLMServer, **settings: float) -> BackendConfig:
    return BackendConfig.model_validate({"base_url": server.openai_url, **settings})


def responses(run: Run) -> list[Response]:
    return list(journal.read(run.responses, Response))


def failures(run: Run) -> list[Failure]:
    return list(journal.read(run.failures, Failure))


async def test_random_refusals_and_faults_leave_every_call_with_one_record(
    tmp_path: Path, server: LLMServer
) -> None:
    """A tenth each of 429 and 500; nothing is answered twice."""
    run = make_run(tmp_path, 120, ["openai:a"])
    server.model("a", faults={429: 0.1, 500: 0.1}, retry_after_s=0.01)
    meter = await ask_all(run, reached(server, attempts=10))

    assert len({one.id for one in responses(run)}) == len(responses(run)) == meter.done == 120
    assert server.stats().answered_twice == []
    assert meter.lanes["openai:a"].retries.keys() == {"rate_limited", "server_error"}


async def test_two_bad_models_of_many_hold_up_nobody_and_are_named(
    tmp_path: Path, server: LLMServer
) -> None:
    """One never answers, one fails always: both are left for another run after their patience."""
    models = [f"openai:m{number}" for number in range(8)]
    run = make_run(tmp_path, 12, models)
    server.model("m3", always=Fault(transport="stall"))
    server.model("m5", status=500)
    meter = await ask_all(run, reached(server, timeout_s=1.5, patience_s=3, attempts=3))
    lanes = meter.lanes
    stopped = {model for model, lane in lanes.items() if lane.stopped}

    assert stopped == {"openai:m3", "openai:m5"}
    assert all(lanes[model].done == 12 for model in models if model not in stopped)
    assert "no answer from" in (lanes["openai:m3"].stopped or "")
    assert "HTTP 500" in (lanes["openai:m5"].stopped or "")
    assert server.stats().requests < 6 * 12 + 2 * 40


async def test_a_wrong_key_stops_the_model_with_one_line(tmp_path: Path, server: LLMServer) -> None:
    """Not with as many failures as there are calls."""
    run = make_run(tmp_path, 50, ["openai:a"])
    server.model("a", status=401)
    meter = await ask_all(run, reached(server, concurrency=4))

    assert len(failures(run)) == 1
    assert server.stats().requests <= 4
    assert "was not accepted" in (meter.lanes["openai:a"].stopped or "")
    assert KEY not in run.failures.read_text()


async def test_a_server_that_says_come_back_tomorrow_is_left_until_then(
    tmp_path: Path, server: LLMServer
) -> None:
    """Nobody waits for a day with a process open."""
    run = make_run(tmp_path, 50, ["openai:a"])
    server.model("a", status=429, always=None)
    server.next(*[Fault(status=429, headers={"retry-after": "86400"})] * 20)
    meter = await ask_all(run, reached(server, concurrency=4))

    assert "asks us to wait 86,400 s" in (meter.lanes["openai:a"].stopped or "")
    assert server.stats().requests <= 4


async def test_a_call_has_so_much_time_in_all(tmp_path: Path, server: LLMServer) -> None:
    """Requests, refusals and waits together; the next run asks it again."""
    run = make_run(tmp_path, 1, ["openai:a"])
    server.model("a", always=Fault(transport="stall"))
    await ask_all(run, reached(server, deadline_s=0.2, timeout_s=60))
    server.model("a")
    await ask_all(run, reached(server))

    assert [(one.kind, one.attempts) for one in failures(run)] == [("deadline", 1)]
    assert len(responses(run)) == 1


async def test_what_will_never_be_answered_is_not_asked_again_until_somebody_says_so(
    tmp_path: Path, server: LLMServer
) -> None:
    """It would only cost again; a fault of the moment is asked again by the next run."""
    run = make_run(tmp_path, 3, ["openai:a"])
    server.next(Fault(status=400), Fault(status=400, message="maximum context length"))
    server.model("a", status=500)
    await ask_all(run, reached(server, concurrency=1, attempts=1))
    kinds = [one.kind for one in failures(run)]
    server.model("a")
    held = _held(run)
    await ask_all(run, reached(server))
    after = len(responses(run))
    with journal.Writer(run.failures) as file:
        for failure in newest(run.failures).values():
            file.append(requeued(failure))
    await ask_all(run, reached(server))

    assert kinds == ["bad_request", "context_length", "server_error"]
    assert (held, after) == (2, 1)
    assert len(responses(run)) == 3


def _held(run: Run) -> int:
    plan = generation.plan(run, run.config.generate)
    held = withhold(plan, run.failures)
    plan.close()
    return held


async def test_the_log_has_ids_and_no_texts(tmp_path: Path, server: LLMServer) -> None:
    """Every request and what came of it."""
    run = make_run(tmp_path, 2, ["openai:a"])
    server.next(Fault(status=500), Fault(status=400))
    with FileLog(tmp_path / "log.jsonl") as log:
        await ask_all(run, reached(server, concurrency=1), log=log)
    text = (tmp_path / "log.jsonl").read_text()
    events = [orjson.loads(line) for line in text.splitlines()]

    assert [one["event"] for one in events] == ["failed", "failed", "given_up", "answered"]
    assert events[-1]["call"] == responses(run)[0].id
    assert "nothing I do seems to help" not in text
    assert responses(run)[0].text not in text


async def test_ctrl_c_ends_waits_at_once_and_lets_what_is_in_flight_arrive(
    tmp_path: Path, server: LLMServer
) -> None:
    """What was asked is kept, what waits for its turn or for another try is left."""
    run = make_run(tmp_path, 40, ["openai:slow", "openai:refusing"])
    server.model("slow", latency_s=0.3)
    server.model("refusing", faults={429: 1.0}, retry_after_s=30.0)

    pressed: list[Event] = []

    def press_ctrl_c(event: Event) -> None:
        if event.kind == "rate_limited" and not pressed:
            pressed.append(event)
            os.kill(os.getpid(), signal.SIGINT)

    meter = await ask_all(run, reached(server, concurrency=4), log=press_ctrl_c)

    assert meter.interrupted
    assert len(responses(run)) == server.stats().answered == meter.lanes["openai:slow"].done
    assert 1 <= len(responses(run)) <= 4
    assert failures(run) == []
