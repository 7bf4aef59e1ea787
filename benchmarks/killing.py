"""Whether an answer that was paid for is ever lost or asked for twice: kill, go on, and count.

    python benchmarks/killing.py [--rounds 50] [--speeches 600]

In every round a fresh run folder is generated and judged against a server that counts what it has
answered. `pcdata` is ended with SIGKILL at random moments, several times in each stage, and started
again until nothing is left. Then every planned call must have exactly one record, every journal
must be valid, and nothing may have been asked again that the server had answered completely more
than a second before a kill.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

from psychocounsel_data import journal
from psychocounsel_data.records import ClientSpeech, Failure, Judgment, Response

ROOT = Path(__file__).parent.parent
PCDATA = [sys.executable, "-c", "from psychocounsel_data.cli import main; main()"]
MODELS = 2
ALLOWED_S = 1.0


class Round(NamedTuple):
    """How one round went."""

    kills: int
    calls: int
    """Planned in both stages."""
    again: int
    """Answers that the server gave twice, whenever the first was given."""
    again_late: int
    """Those of them that had been answered more than a second before a kill."""


def make_run(folder: Path, speeches: int) -> None:
    """A run folder with two models and a judge."""
    models = ", ".join(f"'openai:invented-{number}'" for number in range(MODELS))
    (folder / "run.yaml").write_text(
        "sources: [{path: none.csv, name: invented}]\n"
        f"generate: {{models: [{models}], per_speech: {MODELS}}}\n"
        "judge: {model: 'openai:invented-judge'}\n"
        "backends: {openai: {concurrency: 32}}\n",
        "utf-8",
    )
    journal.replace(
        folder / "speeches.jsonl",
        (
            ClientSpeech(
                id=f"invented-{row}",
                source="invented",
                row=row,
                text=f"Speech {row}: since the spring I have hardly slept, and nobody asks. " * 3,
            )
            for row in range(speeches)
        ),
    )


def asked_until_done(
    stage: str, folder: Path, url: str, kills: int, draw: random.Random
) -> list[float]:
    """Run a stage, end it so often, run it to its end. When the kills were, by the clock."""
    environment = {**os.environ, "OPENAI_BASE_URL": f"{url}/v1", "OPENAI_API_KEY": "none"}
    command = [*PCDATA, stage, "--run", str(folder), "--json"]
    killed: list[float] = []
    for _ in range(kills):
        answers = folder / ("responses.jsonl" if stage == "generate" else "judgments.jsonl")
        before = answers.stat().st_size if answers.exists() else 0
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while process.poll() is None and (not answers.exists() or answers.stat().st_size == before):
            time.sleep(0.005)  # it is still starting
        time.sleep(draw.uniform(0, 2.0))
        if process.poll() is None:
            process.kill()
            killed.append(time.time())
        process.wait()
    last = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert last.returncode == 0, (last.stderr, (folder / "failures.jsonl").read_text())
    return killed


def play(folder: Path, url: str, speeches: int, kills: int, draw: random.Random) -> Round:
    """One round. Raises AssertionError where anything is lost, double or broken."""
    make_run(folder, speeches)
    killed = asked_until_done("generate", folder, url, kills, draw)
    killed += asked_until_done("judge", folder, url, kills, draw)
    responses = list(journal.read(folder / "responses.jsonl", Response))
    judgments = list(journal.read(folder / "judgments.jsonl", Judgment))
    assert len({one.id for one in responses}) == len(responses) == speeches * MODELS
    assert len({one.id for one in judgments}) == len(judgments) == len(responses)
    assert not list(journal.read(folder / "failures.jsonl", Failure))
    with urllib.request.urlopen(f"{url}/stats") as got:
        stats = json.load(got)
    twice = [stats["answered_at"][key] for key in stats["answered_twice"]]
    late = sum(any(times[0] < kill - ALLOWED_S < times[1] for kill in killed) for times in twice)
    assert late == 0, f"{late} answers were asked for again"
    return Round(len(killed), len(responses) + len(judgments), len(twice), late)


def serve(latency_s: float) -> tuple[subprocess.Popen[bytes], str]:
    """A server in a process of its own, and where it answers."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.llm_server", "--latency", str(latency_s)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert server.stdout is not None
    return server, server.stdout.readline().decode().strip()


def main() -> None:
    """Play every round; print each and the sum."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--speeches", type=int, default=600)
    parser.add_argument("--kills", type=int, default=1, help="in each stage of a round")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    rounds: list[Round] = []
    for number in range(options.rounds):
        server, url = serve(0.05)
        try:
            with tempfile.TemporaryDirectory() as place:
                rounds.append(play(Path(place), url, options.speeches, options.kills, draw))
        finally:
            server.terminate()
            server.wait()
        print(f"round {number + 1}: {rounds[-1]}", flush=True)
    kills, calls, again, late = (sum(column) for column in zip(*rounds, strict=True))
    print(
        f"{len(rounds)} rounds, {kills} kills, {calls:,} calls: each has one record; {again} were "
        f"on their way when killed and were answered again, {late} had been answered more than "
        f"{ALLOWED_S:g} s before"
    )


if __name__ == "__main__":
    main()
