"""What independent servers say of the way we ask.

    pip install llmock mocklimit          # into any environment on the PATH
    python benchmarks/verdicts.py [--calls 400]

llmock sends faults in both wire formats and judges from its own journal whether the client waited
as long as it was told, backed off, asked again what may pass and nothing else. mocklimit has true
token buckets of 600 requests and 100,000 tokens a minute; what has to be near 100% is what was
taken from the bucket that runs dry first, of all that was ever in it. Last come servers of our own:
a bucket of 100 requests a second that holds 50, which says in headers what is left or does not, and
one that refuses a tenth of all by chance and asks to wait for a second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psychocounsel_data.calls.log import Event
from psychocounsel_data.config import BackendConfig
from tests.asking import ask_all, make_run
from tests.llm_server import LLMServer

PORT = 18_421
ROOT = f"http://127.0.0.1:{PORT}"
FAULTS = [
    {"type": "fail", "status": 429, "times": 6, "retry_after": 0.5},
    {"type": "fail", "status": 500, "times": 4},
    {"type": "fail", "status": 400, "times": 2},
    {"type": "fail", "status": 503, "times": 3, "retry_after": 0.3},
    {"type": "fail", "status": 408, "times": 2},
    {"type": "fail", "status": 409, "times": 2},
    {"type": "fail", "status": 529, "times": 4},
    {"type": "fail", "status": 400, "times": 1, "code": "context_length_exceeded"},
    {"type": "fail", "status": 502, "times": 3},
]
LIMITS = """
policies:
  chat:
    strategy: token_bucket
    limits:
      - {dimension: requests, capacity: 600, refill_rate: 10, headers: {limit: x-ratelimit-limit-requests, remaining: x-ratelimit-remaining-requests, reset: x-ratelimit-reset-requests}}
      - {dimension: tokens, capacity: 100000, refill_rate: 1666.6667, headers: {limit: x-ratelimit-limit-tokens, remaining: x-ratelimit-remaining-tokens, reset: x-ratelimit-reset-tokens}}
    scope: api_key
    format: {reset: go_duration, retry_after: {header: retry-after-ms, unit: milliseconds}}
    error_template: {provider: openai}
endpoints:
  /chat/completions:
    methods: [POST]
    policy: chat
    resources:
      requests: {input: {strategy: fixed, value: 1}, output: {strategy: fixed, value: 0}}
      tokens: {input: {strategy: characters_div_4}, output: {strategy: random, range: [50, 500]}}
    timing: {base_ms: [200, 800]}
"""  # noqa: E501
SPEC = """
openapi: 3.0.0
info: {title: chat, version: "1"}
servers: [{url: "http://127.0.0.1/v1"}]
paths:
  /chat/completions:
    post:
      operationId: chat
      responses:
        "200":
          description: a reply
          content:
            application/json:
              schema:
                type: object
                properties:
                  model: {type: string}
                  choices:
                    type: array
                    items:
                      type: object
                      properties:
                        finish_reason: {enum: [stop]}
                        message: {type: object, properties: {content: {type: string}}}
"""


@contextmanager
def served(command: list[str], ready: str) -> Iterator[None]:
    """A server for as long as the body runs."""
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not answers(ready):
            time.sleep(0.1)
        yield
    finally:
        server.terminate()
        server.wait()


def answers(path: str) -> bool:
    """Whether the server is up."""
    try:
        told(path)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def told(path: str, body: object = None) -> str:
    """What the server says at a path."""
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(ROOT + path, data=data)) as got:
        return str(got.read().decode())


def resilience() -> None:
    """llmock's verdict on both formats."""
    with served(["llmock", "serve", "-p", str(PORT)], "/_llmock/scenario"):
        for model, base in (("openai:gpt-4o", "/v1"), ("anthropic:claude-x", "/anthropic")):
            told("/_llmock/reset", {})
            told("/_llmock/scenario", {"behaviors": FAULTS})
            with tempfile.TemporaryDirectory() as place:
                run = make_run(Path(place), 60, [model])
                asyncio.run(ask_all(run, BackendConfig(base_url=ROOT + base, concurrency=8)))
            verdict = json.loads(told("/_llmock/verdict"))
            strict = verdict["passed"] and not verdict["warnings"]
            print(f"llmock, {model}: {'passes strictly' if strict else 'FAILS'}")
            print(told("/_llmock/verdict?format=text"))


def rate(calls: int) -> None:
    """How much of what mocklimit allows is used, and how often it has to refuse."""
    events: list[Event] = []
    with tempfile.TemporaryDirectory() as place:
        spec, limits = Path(place) / "spec.yaml", Path(place) / "limits.yaml"
        spec.write_text(SPEC)
        limits.write_text(LIMITS)
        files = ["--spec", str(spec), "--rate-config", str(limits)]
        with served(["mocklimit", "serve", *files, "--port", str(PORT)], "/mocklimit/stats"):
            run = make_run(Path(place), calls, ["openai:invented"])
            began = time.monotonic()
            settings = BackendConfig(base_url=f"{ROOT}/v1", concurrency=64)
            meter = asyncio.run(ask_all(run, settings, log=events.append))
            seconds = time.monotonic() - began
            left = _remaining()
    refused = sum(event.kind == "rate_limited" for event in events)
    ever = 100_000 + seconds * 100_000 / 60
    print(
        f"mocklimit, {calls} calls: {meter.done} answered in {seconds:.1f} s, "
        f"{(ever - left) / ever:.1%} of the tokens there were, {refused} refused "
        f"({refused / len(events):.2%})"
    )


def refusals() -> None:
    """How long 1,000 calls with 64 in flight take where the server only refuses, and how often."""
    servers: dict[str, dict[str, object]] = {
        "a bucket of 100/s that holds 50": {"rpm": 6_000, "burst_s": 0.5},
        "the same, which tells nothing": {"rpm": 6_000, "burst_s": 0.5, "tells": False},
        "a tenth refused by chance": {"faults": {429: 0.1}, "retry_after_s": 1.0},
    }
    for name, behaviour in servers.items():
        events: list[Event] = []
        with tempfile.TemporaryDirectory() as place, LLMServer(latency_s=0.05, **behaviour) as one:
            run = make_run(Path(place), 1_000, ["openai:invented"])
            settings = BackendConfig(base_url=one.openai_url, concurrency=64)
            meter = asyncio.run(ask_all(run, settings, log=events.append))
        refused = sum(event.kind == "rate_limited" for event in events)
        print(f"{name}: {meter.done:,} answered in {meter.seconds:.1f} s, {refused} refused")


def _remaining() -> float:
    """What one more request of the same account finds in the bucket."""
    request = urllib.request.Request(
        f"{ROOT}/v1/chat/completions",
        data=b"{}",
        headers={"authorization": "Bearer sk-none", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as got:
        return float(got.headers["x-ratelimit-remaining-tokens"])


def main() -> None:
    """Ask both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=400, help="of mocklimit; 0 leaves it out")
    options = parser.parse_args()
    os.environ |= {"OPENAI_API_KEY": "sk-none", "ANTHROPIC_API_KEY": "sk-none"}
    resilience()
    if options.calls:
        rate(options.calls)
    refusals()


if __name__ == "__main__":
    main()
