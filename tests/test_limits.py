"""How much is asked, and how soon again: played through against servers that are a few lines.

Time is a number here, so a minute takes no time and every run is the same.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psychocounsel_data.calls.limits.bucket import Bucket
from psychocounsel_data.calls.limits.circuit import Circuit
from psychocounsel_data.calls.limits.limits import Limits, Permit
from psychocounsel_data.calls.limits.quotas import Quota, quotas
from psychocounsel_data.calls.limits.window import Window
from psychocounsel_data.config import BackendConfig
from psychocounsel_data.errors import TransientCallError
from psychocounsel_data.exchange import Reply
from psychocounsel_data.records import Usage

TOKENS = 1400.0


class Said(NamedTuple):
    """What a server does with a request."""

    latency_s: float
    headers: Mapping[str, str] = {}
    refused: bool = False
    retry_after_s: float | None = None


Server = Callable[[float], Said]


@dataclass
class Played:
    """How it went."""

    seconds: float = 0.0
    refused: int = 0
    refused_late: int = 0
    """Those of the second half."""
    most_in_flight: int = 0
    sent_at: list[float] = field(default_factory=list)


def play(
    server: Server, *, calls: int, workers: int = 64, settings: BackendConfig | None = None
) -> Played:
    """So many calls by so many workers, each asked until it is answered."""
    played, draw = Played(), random.Random(1)
    limits = Limits(settings or BackendConfig(concurrency=workers), 0.0)
    events: list[tuple[float, int, Permit | None, Said | None]] = []
    queue, left, answered, now, order = min(workers, calls), calls - min(workers, calls), 0, 0.0, 0
    alarm = math.inf

    def later(at: float, permit: Permit | None = None, said: Said | None = None) -> None:
        nonlocal order
        order += 1
        heapq.heappush(events, (at, order, permit, said))

    def admit() -> None:
        nonlocal queue, alarm
        alarm = math.inf if alarm <= now else alarm
        while queue:
            wait = limits.wait_s(TOKENS, now)
            if wait:
                if now + wait < alarm:
                    alarm = now + wait
                    later(alarm)
                return
            queue -= 1
            permit, said = limits.send(TOKENS, now), server(now)
            played.sent_at.append(now)
            played.most_in_flight = max(played.most_in_flight, limits.in_flight)
            later(now + said.latency_s, permit, said)

    admit()
    while answered < calls:
        now, _, permit, said = heapq.heappop(events)
        if permit is None:
            queue += said is not None  # a refused call comes back; otherwise it was an alarm clock
        elif said and said.refused:
            played.refused += 1
            played.refused_late += answered > calls / 2
            error = TransientCallError(
                "rate_limited", "no", retry_after_s=said.retry_after_s, headers=said.headers
            )
            limits.refused(permit, error, now)
            wait = said.retry_after_s if said.retry_after_s is not None else 0.5
            later(now + wait * draw.uniform(1, 1.1), None, said)
        elif said:
            usage = Usage(input_tokens=300, output_tokens=350)
            limits.answered(permit, Reply("x", "stop", usage=usage, headers=said.headers), now)
            answered += 1
            queue, left = (queue + 1, left - 1) if left else (queue, left)
        admit()
    played.seconds = now
    return played


class TokenBucket:
    """A server that lets so many a second through, and so many at once."""

    def __init__(self, rate: float, size: float, *, tells: bool, cost: float = 1.0) -> None:
        self._bucket = Bucket(rate, size, 0.0)
        self._tells = tells
        self._cost = cost

    def __call__(self, now: float) -> Said:
        wait = self._bucket.wait_s(self._cost, now)
        if not wait:
            self._bucket.take(self._cost, now)
        what = "requests" if self._cost == 1 else "tokens"
        headers = {
            f"x-ratelimit-limit-{what}": str(self._bucket.rate * 60),
            f"x-ratelimit-remaining-{what}": str(int(self._bucket.level(now))),
            f"x-ratelimit-reset-{what}": "1s",
        }
        shown = headers if self._tells else {}
        if wait:
            return Said(0.003, shown, refused=True, retry_after_s=float(math.ceil(wait)))
        return Said(0.05, shown)


def test_a_bucket_that_tells_nothing_is_found_out() -> None:
    """100 a second and 50 at once, 1,000 calls: 9.5 s would be perfect."""
    played = play(TokenBucket(100, 50, tells=False), calls=1000)

    assert played.seconds < 12
    assert played.refused < 100


def test_a_bucket_that_tells_is_hardly_ever_asked_too_much() -> None:
    """The whole of it is used, the burst at the beginning too."""
    played = play(TokenBucket(100, 50, tells=True), calls=1000)

    assert played.seconds < 10
    assert played.refused < 10


@pytest.mark.parametrize("cost", [500.0, 1400.0, 4000.0])
def test_what_a_server_takes_for_a_request_is_learned(cost: float) -> None:
    """Some count the longest answer there could be, some its real length; we expect 1,400."""
    per_minute = 100_000.0
    played = play(TokenBucket(per_minute / 60, per_minute, tells=True, cost=cost), calls=300)
    perfect = max(0.0, (300 * cost - per_minute) / (per_minute / 60))

    assert played.refused <= 3
    assert played.seconds < 1.03 * perfect + 6 * cost / (per_minute / 60) + 1


def test_refusals_at_random_do_not_slow_anybody_down() -> None:
    """A limiter that halves at each of them collapses."""
    draw = random.Random(5)

    def server(now: float) -> Said:
        refused = draw.random() < 0.1
        return Said(0.003 if refused else 0.05, {}, refused, 1.0 if refused else None)

    played = play(server, calls=1000)

    assert played.seconds < 6


@given(st.integers(1, 50), st.integers(1, 200))
def test_no_minute_has_more_requests_than_run_yaml_allows(rpm: int, calls: int) -> None:
    """Whatever the server would take; the first second's worth is there at once."""
    settings = BackendConfig(concurrency=64, rpm=rpm)
    sent = play(lambda now: Said(0.1), calls=calls, settings=settings).sent_at

    for start in range(len(sent)):
        within = [one for one in sent[start:] if one < sent[start] + 60]
        assert len(within) <= rpm + 1


def test_tokens_are_counted_as_they_are_used_and_not_as_they_might_be() -> None:
    """Each could take 1,400 and takes 650: 100 calls at 65,000 a minute are a minute's work."""
    settings = BackendConfig(concurrency=64, tpm=65_000)
    played = play(lambda now: Said(0.1), calls=101, settings=settings)

    assert 55 < played.seconds < 66


class Queueing:
    """A server that takes whatever comes and works at so many at a time, as vLLM does."""

    def __init__(self, slots: int, latency_s: float) -> None:
        self._free = [0.0] * slots
        self._latency_s = latency_s

    def __call__(self, now: float) -> Said:
        begins = max(now, heapq.heappop(self._free))
        heapq.heappush(self._free, begins + self._latency_s)
        return Said(begins + self._latency_s - now)


def test_a_server_that_only_queues_is_not_sent_more_than_it_works_at() -> None:
    """32 at a time; of 256 that could be in flight the others would only wait."""
    played = play(Queueing(32, 1.0), calls=4000, workers=256)

    assert played.most_in_flight <= 128
    assert played.seconds < 1.05 * 4000 / 32 + 5


def test_a_server_that_keeps_up_gets_all_that_may_be_in_flight() -> None:
    """From 16 on, doubled as long as it brings more answers."""
    played = play(lambda now: Said(1.0), calls=5000, workers=256)

    assert played.most_in_flight == 256
    assert played.seconds < 5000 / 256 + 8


def test_timeouts_beside_answers_halve_what_is_in_flight() -> None:
    """Once for as many answers as it takes to see what came of it."""
    window = Window(16)
    for _ in range(10):
        window.timed_out()

    assert window.limit == 8


def test_one_request_at_a_time_goes_to_a_dead_server_and_ever_more_rarely() -> None:
    """And everybody at once when it is back."""
    circuit = Circuit()
    for number in range(5):
        circuit.failed(f"call {number}", 10.0)
    closed_for = circuit.wait_s(10.0)
    circuit.sent()
    while_it_is_tried = circuit.wait_s(11.0)
    circuit.failed("call 0", 11.0)
    longer = circuit.wait_s(11.0)
    dead_for = circuit.dead_for_s(70.0)
    circuit.sent()
    circuit.answered()

    assert (closed_for, while_it_is_tried, longer) == (1.0, math.inf, 2.0)
    assert dead_for == 60.0
    assert circuit.wait_s(13.0) == circuit.dead_for_s(99.0) == 0.0


def test_one_question_that_a_server_cannot_digest_opens_no_circuit() -> None:
    """However often it is asked."""
    circuit = Circuit()
    for _ in range(50):
        circuit.failed("the same", 1.0)

    assert circuit.wait_s(1.0) == 0.0


NOW = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reset", "seconds"),
    [
        ("6m0s", 360.0),
        ("20ms", 0.02),
        ("1m1.5s", 61.5),
        ("2h", 7200.0),
        ("1d2h3m4s", 93784.0),
        ("12.5", 12.5),
        ("2025-01-01T00:00:30Z", 30.0),
        ("2024-01-01T00:00:30Z", 0.0),
        ("", None),
        ("soon", None),
    ],
)
def test_resets_in_every_spelling(reset: str, seconds: float | None) -> None:
    """Go's durations, plain seconds, and times."""
    headers = {
        "x-ratelimit-limit-requests": "600",
        "x-ratelimit-remaining-requests": "599",
        "x-ratelimit-reset-requests": reset,
    }

    assert quotas(headers, now=NOW) == {"requests": Quota(600.0, 599.0, seconds)}


def test_anthropic_counts_four_things() -> None:
    """And a header that is no number is none."""
    names = ("requests", "tokens", "input-tokens", "output-tokens")
    headers = {f"anthropic-ratelimit-{name}-limit": "50" for name in names}
    headers |= {f"anthropic-ratelimit-{name}-remaining": "49" for name in names[:3]}
    headers["anthropic-ratelimit-output-tokens-remaining"] = "many"

    assert set(quotas(headers, now=NOW)) == {"requests", "tokens", "input_tokens"}
