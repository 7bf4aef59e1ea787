"""The engine asks leave for every question, and gives back what was not used."""

from pathlib import Path

import pytest

from psychocounsel_data import journal
from psychocounsel_data.calls.call import Call
from psychocounsel_data.config import BackendConfig
from psychocounsel_data.records import Response, Usage
from tests.asking import ask_all, make_run
from tests.llm_server import LLMServer


class Coins:
    """So many coins; two are set aside for a question, and one is used."""

    def __init__(self, coins: int) -> None:
        self.left = coins
        self.granted = 0
        self.usages: list[Usage] = []

    def reserve(self, call: Call) -> bool:
        if self.left < 2:
            return False
        self.left -= 2
        self.granted += 1
        return True

    def settle(self, call: Call, usage: Usage, *, lost: int = 0) -> None:
        self.left += 1
        self.usages.append(usage)


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")


async def test_what_calls_leave_over_is_asked_with_before_a_model_is_stopped(
    tmp_path: Path, key: None
) -> None:
    """7 coins are 3 questions at once, and what they leave over pays for 3 more."""
    run = make_run(tmp_path, 20, ["openai:a"])
    coins = Coins(7)
    with LLMServer(latency_s=0.01) as server:
        meter = await ask_all(run, BackendConfig(base_url=server.openai_url), budget=coins)
        requests = server.stats().requests
    answers = list(journal.read(run.responses, Response))

    assert requests == len(answers) == coins.granted == len(coins.usages) == 6
    assert coins.left == 1
    assert all(usage.output_tokens for usage in coins.usages)
    assert meter.lanes["openai:a"].stopped == "what may be spent is spent"
    assert meter.failed == 0
