"""How fast models are asked, how much memory it takes, and how soon a finished run is seen to be.

    python benchmarks/asking.py [--calls 20000] [--in-flight 256] [--latency 0.05]
                                [--ways floor,pcdata,sdk] [--resume]

Three ways to ask the same questions of a server of our own in a process of its own: the floor, a
bare aiohttp loop that keeps nothing; `pcdata generate` as a person runs it, every answer in its
journal; and the plain openai client as it comes, every reply parsed and kept nowhere. Each runs in
a fresh process. `--resume` then runs the finished `pcdata generate` once more, which asks nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import queue
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import orjson

from psychocounsel_data import generation, journal
from psychocounsel_data.records import ClientSpeech
from psychocounsel_data.run import Run

PCDATA = [sys.executable, "-c", "from psychocounsel_data.cli import main; main()"]
SERVER = Path(__file__).with_name("slow_server.py")
MODEL = "openai:invented"


class Cost(NamedTuple):
    """What asking took."""

    calls: int
    seconds: float
    """From the first question to the last answer."""
    whole_s: float
    """The process from its start to its end."""
    cpu_s: float
    peak_mib: float


def make_run(folder: Path, calls: int, in_flight: int) -> Run:
    """A run folder with one model and so many speeches of some 500 characters."""
    (folder / "run.yaml").write_text(
        "sources: [{path: none.csv, name: invented}]\n"
        f"generate: {{models: ['{MODEL}'], per_speech: 1}}\n"
        f"backends: {{openai: {{concurrency: {in_flight}}}}}\n",
        "utf-8",
    )
    draw = random.Random(0)
    words = ["".join(draw.choices("etaoinshrdlu", k=length % 9 + 2)) for length in range(6000)]
    journal.replace(
        folder / "speeches.jsonl",
        (
            ClientSpeech(
                id=f"invented-{row}",
                source="invented",
                row=row,
                text=" ".join(draw.choices(words, k=74)),
            )
            for row in range(calls)
        ),
    )
    return Run(folder)


def write_bodies(run: Run) -> None:
    """Put the questions as they are sent in a file, for those who ask without `pcdata`."""
    with closing(generation.plan(run, run.config.generate)) as plan, bodies(run).open("wb") as file:
        for ticket in plan.lanes[MODEL]:
            request = plan.call(MODEL, ticket).request()
            body = {
                "model": request.model,
                "messages": [message._asdict() for message in request.messages],
                "temperature": request.sampling.temperature,
                "max_completion_tokens": request.sampling.max_tokens,
            }
            file.write(orjson.dumps(body) + b"\n")


def bodies(run: Run) -> Path:
    """The questions, one a line."""
    return run.folder / "bodies.jsonl"


async def pool(work: Callable[[bytes], Awaitable[None]], run: Run, in_flight: int) -> int:
    """Do the work for every question, so many at a time."""
    done = 0
    questions = (line.data for line in journal.lines(bodies(run)))

    async def worker() -> None:
        nonlocal done
        for question in questions:
            await work(question)
            done += 1

    await asyncio.gather(*(worker() for _ in range(in_flight)))
    return done


async def floor(run: Run, url: str, in_flight: int) -> int:
    """A bare aiohttp loop."""
    import aiohttp

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def work(body: bytes) -> None:
            headers = {"content-type": "application/json"}
            async with session.post(f"{url}/chat/completions", data=body, headers=headers) as got:
                await got.json()

        return await pool(work, run, in_flight)


async def sdk(run: Run, url: str, in_flight: int) -> int:
    """The openai client as it comes."""
    import openai

    async with openai.AsyncOpenAI(base_url=url, api_key="none") as client:

        async def work(body: bytes) -> None:
            await client.chat.completions.create(**json.loads(body))

        return await pool(work, run, in_flight)


WAYS = {"floor": floor, "sdk": sdk}


def measured(way: str, folder: Path, url: str, in_flight: int) -> tuple[int, float]:
    """Ask in this process: how many calls were answered, and in how many seconds."""
    run = Run(folder)
    began = time.perf_counter()
    done = asyncio.run(WAYS[way](run, url, in_flight))
    return done, time.perf_counter() - began


def alone(way: str, folder: Path, url: str, in_flight: int, answers: multiprocessing.Queue) -> None:
    """The same in a process that ends afterwards."""
    answers.put(measured(way, folder, url, in_flight))


def asked(way: str, folder: Path, url: str, in_flight: int) -> Cost:
    """Ask with the floor or the client, in a fresh process."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    began = time.perf_counter()
    process = context.Process(target=alone, args=(way, folder, url, in_flight, answers))
    process.start()
    try:
        calls, seconds = answers.get(timeout=900)
    except queue.Empty:
        process.kill()
        raise
    return _cost(process.pid or 0, calls, seconds, began)


def generated(folder: Path, url: str) -> Cost:
    """`pcdata generate` in the run folder."""
    environment = {**os.environ, "OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none"}
    command = [*PCDATA, "generate", "--run", str(folder), "--json"]
    began = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    outcome = json.loads(process.stdout.read())
    assert not outcome["failed"], outcome
    return _cost(process.pid, outcome["done"], outcome["seconds"], began)


def _cost(pid: int, calls: int, seconds: float, began: float) -> Cost:
    used = os.wait4(pid, 0)[2]
    whole = time.perf_counter() - began
    return Cost(calls, seconds, whole, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def main() -> None:
    """Serve, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--in-flight", type=int, default=256)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds to every reply")
    parser.add_argument("--ways", default="floor,pcdata,sdk")
    parser.add_argument("--resume", action="store_true", help="run the finished run once more")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    server = subprocess.Popen(
        [sys.executable, str(SERVER), "--latency", str(options.latency)], stdout=subprocess.PIPE
    )
    assert server.stdout is not None
    url = server.stdout.readline().decode().strip()
    try:
        with tempfile.TemporaryDirectory() as place:
            run = make_run(Path(place), options.calls, options.in_flight)
            write_bodies(run)
            compare(run, url, options.ways.split(","), options.in_flight)
            if options.resume:
                cost = generated(run.folder, url)
                print(f"run again, nothing to ask: {cost.whole_s:.2f} s, {cost.peak_mib:.0f} MiB")
    finally:
        server.terminate()
        server.wait()


def compare(run: Run, url: str, ways: list[str], in_flight: int) -> None:
    """A line for every way."""
    rates: dict[str, float] = {}
    for way in ways:
        if way == "pcdata":
            cost = generated(run.folder, url)
        else:
            cost = asked(way, run.folder, url, in_flight)
        rates[way] = cost.calls / cost.seconds
        ratio = f"{rates[way] / rates['floor']:.2f} of the floor" if "floor" in rates else ""
        print(
            f"{way:7} {cost.calls:,} calls  {rates[way]:6,.0f}/s  "
            f"{cost.cpu_s / cost.calls * 1e6:5.0f} us of CPU a call  "
            f"{cost.peak_mib:4.0f} MiB  {cost.whole_s:.1f} s in all  {ratio}",
            flush=True,
        )


if __name__ == "__main__":
    main()
