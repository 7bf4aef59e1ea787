"""Money on the command line: what a dry run says, what a limit holds, what status remembers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from psychocounsel_data import journal
from psychocounsel_data.cli import app
from psychocounsel_data.errors import ConfigError
from psychocounsel_data.records import ClientSpeech
from tests.llm_server import Fault, LLMServer

CONFIG = """
sources: [{path: a.csv}]
generate:
  models: [openai:gpt-4o-mini, anthropic:claude-haiku-4-5]
  per_speech: 2
  sampling: {temperature: 1.0, max_tokens: 200}
judge: {model: openai:gpt-4o}
"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LLMServer]:
    with LLMServer() as server:
        monkeypatch.setenv("OPENAI_API_KEY", "any")
        monkeypatch.setenv("ANTHROPIC_API_KEY", "any")
        monkeypatch.setenv("OPENAI_BASE_URL", server.openai_url)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.anthropic_url)
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_run(tmp_path, CONFIG)


def make_run(folder: Path, config: str, speeches: int = 40) -> Path:
    (folder / "run.yaml").write_text(config)
    texts = [f"{number} I do not know what to do. ".ljust(200, "x") for number in range(speeches)]
    (folder / "a.csv").write_text("\n".join(["text", *texts]))
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


def printed(folder: Path, *arguments: str) -> Any:
    return json.loads(pcdata(folder, *arguments, "--json").stdout)


def test_a_dry_run_tells_calls_tokens_and_both_prices_and_asks_nothing(
    folder: Path, server: LLMServer
) -> None:
    """Output is a guess before the first answer, and said to be one."""
    found = printed(folder, "generate", "--dry-run")
    mini = found["models"]["openai:gpt-4o-mini"]

    assert found["calls"] == 80
    assert mini["calls"] == 40
    assert mini["usd"] == pytest.approx(
        (mini["input_tokens"] * 0.15 + mini["output_tokens"] * 0.6) / 1e6, rel=0.01
    )
    assert mini["batch_usd"] == pytest.approx(mini["usd"] / 2, rel=0.01)
    assert mini["most_usd"] >= mini["usd"]
    assert "guess" in mini["output_basis"]
    assert server.stats().requests == 0
    assert not (folder / "responses.jsonl").exists()


def test_a_dry_run_learns_from_the_answers_that_are_there(folder: Path, server: LLMServer) -> None:
    """What the server counted is the best tokenizer, and its latency gives the time."""
    pcdata(folder, "generate", "--limit", "20")
    found = printed(folder, "generate", "--dry-run")
    spent = printed(folder, "status")["stages"][0]["spent"]["usd"]

    assert found["models"]["openai:gpt-4o-mini"]["output_basis"].startswith("the mean of 10 ")
    assert found["usd"]["usd"] == pytest.approx(3 * spent, rel=0.05)
    assert found["seconds"] is not None


def test_limits_in_run_yaml_give_the_time(folder: Path) -> None:
    """40 calls at 10 a minute take four minutes, whatever else is fast."""
    limits = "backends: {openai: {rpm: 10}, anthropic: {rpm: 40}}\n"
    found = printed(make_run(folder, CONFIG + limits), "generate", "--dry-run")

    assert found["models"]["openai:gpt-4o-mini"]["seconds"] == pytest.approx(240)
    assert found["seconds"] == pytest.approx(240)


@pytest.mark.parametrize("limit", ["0.004", "0.012"])
def test_a_limit_is_used_and_not_passed(folder: Path, server: LLMServer, limit: str) -> None:
    """What the server counted, at the prices of the table, with 32 in flight."""
    result = pcdata(folder, "generate", "--max-cost", limit, "--json")
    outcome = json.loads(result.stdout)
    spent = printed(folder, "status")["stages"][0]["spent"]

    assert result.exit_code == 1
    assert outcome["spent"]
    assert 0 < outcome["done"] < 80
    assert spent["unknown"] == 0
    assert spent["usd"] == pytest.approx(outcome["cost"]["usd"])
    assert 0.3 * float(limit) < spent["usd"] <= float(limit)


def test_a_limit_below_a_single_call_asks_nothing(folder: Path, server: LLMServer) -> None:
    """The most that a call can cost has to fit, not what it is likely to cost."""
    result = pcdata(folder, "generate", "--max-cost", "0.0001")

    assert result.exit_code == 1
    assert "80 left: raise `--max-cost` to go on" in result.stderr
    assert server.stats().requests == 0


def test_a_limit_that_is_wide_enough_changes_nothing(folder: Path, server: LLMServer) -> None:
    """And the money set aside comes back: the second half fits too."""
    result = pcdata(folder, "generate", "--max-cost", "0.1", "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout)["done"] == 80


def test_one_limit_holds_for_all_stages_of_a_run(folder: Path, server: LLMServer) -> None:
    """What the answers leave over is what the judge may spend."""
    result = pcdata(folder, "run", "--max-cost", "0.4")
    stages = printed(folder, "status")["stages"]
    spent = [stage["spent"]["usd"] for stage in stages]

    assert result.exit_code == 1, result.output
    assert stages[0]["left"] == 0
    assert stages[1]["left"] > 0
    assert spent[1] > 0
    assert sum(spent) <= 0.4


@pytest.mark.parametrize(
    "config",
    [
        CONFIG.replace("openai:gpt-4o}", "openai:gpt-99}"),
        CONFIG + "risk: {second_opinion: {model: openai:gpt-99}}\n",
        CONFIG + "topics: {model: openai:gpt-99}\nbalance: {by: topic, n: 10}\n",
    ],
    ids=["judge", "second opinion", "topics"],
)
def test_a_run_with_a_model_that_has_no_price_asks_nobody(
    folder: Path, server: LLMServer, config: str
) -> None:
    """It would end half-way, with the answers paid for."""
    make_run(folder, config)
    result = pcdata(folder, "run", "--max-cost", "5")

    assert isinstance(result.exception, ConfigError)
    assert "openai:gpt-99" in str(result.exception)
    assert server.stats().requests == 0


def test_a_limit_without_a_price_is_refused_before_anything_is_asked(
    folder: Path, server: LLMServer
) -> None:
    """Unknown is not zero."""
    result = pcdata(folder, "generate", "--model", "openai:gpt-99", "--max-cost", "5")

    assert isinstance(result.exception, ConfigError)
    assert "openai:gpt-99" in str(result.exception)
    assert "`prices:" in str(result.exception)
    assert server.stats().requests == 0


def test_prices_in_run_yaml_are_the_ones_that_count(folder: Path, server: LLMServer) -> None:
    """A model of one's own contract; a bare name is the one it means."""
    prices = "prices: {gpt-99: {input: 1000, output: 0}}\n"
    make_run(folder, CONFIG.replace("openai:gpt-4o-mini", "gpt-99") + prices)
    pcdata(folder, "generate")
    models = printed(folder, "status")["stages"][0]["models"]
    usages = [
        json.loads(line)["usage"]["input_tokens"]
        for line in (folder / "responses.jsonl").read_text().splitlines()
        if '"openai:gpt-99"' in line
    ]

    assert models["openai:gpt-99"]["spent"]["usd"] == pytest.approx(sum(usages) / 1000)


def test_a_misspelt_price_is_an_error(folder: Path) -> None:
    """With the nearest key, like everything in run.yaml."""
    make_run(folder, CONFIG + "prices: {gpt-4o: {inptu: 1, output: 2}}\n")
    result = pcdata(folder, "status")

    assert isinstance(result.exception, ConfigError)
    assert "did you mean 'input'?" in str(result.exception)


def test_unreadable_replies_are_on_the_bill(folder: Path, server: LLMServer) -> None:
    """They were paid for, whether or not anything came of them."""
    pcdata(folder, "generate", "--limit", "2")
    server.next(*[Fault(finish="length")] * 8)
    pcdata(folder, "judge")
    stage = printed(folder, "status")["stages"][1]

    assert (stage["done"], stage["failed"]) == (0, 2)
    assert stage["spent"]["usd"] > 0
    assert stage["expected"]["usd"] > 0
