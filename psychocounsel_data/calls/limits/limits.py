"""All that bounds how one model is asked, as one answer: how long until the next request. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from psychocounsel_data.calls.limits.bucket import Bucket
from psychocounsel_data.calls.limits.circuit import Circuit
from psychocounsel_data.calls.limits.quotas import Kind, quotas
from psychocounsel_data.calls.limits.refusals import Refusals
from psychocounsel_data.calls.limits.told import MINUTE_S, Told
from psychocounsel_data.calls.limits.window import Window
from psychocounsel_data.config import BackendConfig
from psychocounsel_data.errors import TransientCallError
from psychocounsel_data.exchange import Reply

CROWDED: Final = frozenset({"rate_limited", "overloaded"})
"""Kinds of fault that say: too much at once."""
_NEVER: Final = float("inf")
_NEWS: Final = 0.1
"""Weight of the newest answer in what a request is expected to take."""


class Permit(NamedTuple):
    """A request that was let through."""

    number: int
    """Counted in the order they were sent."""
    sent_at: float
    tokens: float
    """What it was thought to take."""


class Limits:
    """One model's limits: run.yaml's, those the server tells, and those it lets us find out.

    Attributes:
        in_flight: requests on their way.
    """

    def __init__(self, settings: BackendConfig, now: float) -> None:
        self.in_flight = 0
        self.window = Window(settings.concurrency)
        self.circuit = Circuit()
        self._refusals = Refusals(now)
        self._requests = _by_minute(settings.rpm, now)
        self._tokens = _by_minute(settings.tpm, now)
        self._told: dict[Kind, Told] = {}
        self._number = 0
        self._not_before = now
        self._usual_tokens: float | None = None

    def wait_s(self, tokens: float, now: float) -> float:
        """How long until a request may be sent; infinite where only a returning one can tell.

        Args:
            tokens: the most that it may take, question and answer.
        """
        if self.in_flight >= self.window.limit:
            return _NEVER
        wait = max(
            self.circuit.wait_s(now), self._refusals.wait_s(now), self._not_before - now, 0.0
        )
        if self._requests:
            wait = max(wait, self._requests.wait_s(1.0, now))
        if self._tokens:
            wait = max(wait, self._tokens.wait_s(self._expected(tokens), now))
        for told in self._told.values():
            wait = max(wait, told.wait_s(now))
        return wait

    def send(self, tokens: float, now: float) -> Permit:
        """A request goes out, as `wait_s` said that it may."""
        self.in_flight += 1
        self._number += 1
        self.circuit.sent()
        self._refusals.sent(now)
        expected = self._expected(tokens)
        if self._requests:
            self._requests.take(1.0, now)
        if self._tokens:
            self._tokens.take(expected, now)
        for told in self._told.values():
            told.sent(now)
        return Permit(self._number, now, expected)

    def answered(self, permit: Permit, reply: Reply, now: float) -> None:
        """A request was answered."""
        self.window.answered(now, full=self.in_flight >= self.window.limit)
        self.in_flight -= 1
        self.circuit.answered()
        self._refusals.accepted(permit.sent_at, now)
        self._read(permit, reply.headers, now)
        self._count(permit, reply)

    def refused(self, permit: Permit, error: TransientCallError, now: float) -> None:
        """A request was one too many for the account or the server."""
        self.in_flight -= 1
        if error.kind != "overloaded":
            self.circuit.answered()
        wait_s = error.retry_after_s or 0.0
        self._read(permit, error.headers, now)
        if any(told.wait_s(now) for told in self._told.values()):
            self._not_before = max(self._not_before, now + wait_s)
        else:
            self._refusals.refused(permit.sent_at, now, wait_s=wait_s)

    def failed(self, call: str, kind: str, now: float) -> None:
        """A request brought no answer: timeout, broken connection, server error."""
        self.in_flight -= 1
        self.circuit.failed(call, now)
        if kind == "timeout" and not self.circuit.is_open:
            self.window.timed_out()

    def rejected(self) -> None:
        """The server answered that it will never answer this request: it is there."""
        self.in_flight -= 1
        self.circuit.answered()

    def abandoned(self) -> None:
        """A request was broken off by us."""
        self.in_flight -= 1
        self.circuit.abandoned()

    def _expected(self, tokens: float) -> float:
        return tokens if self._usual_tokens is None else min(tokens, self._usual_tokens)

    def _count(self, permit: Permit, reply: Reply) -> None:
        """Set what a request was thought to take right."""
        if reply.usage.output_tokens is None:
            return
        used = float((reply.usage.input_tokens or 0) + reply.usage.output_tokens)
        usual = used if self._usual_tokens is None else self._usual_tokens
        self._usual_tokens = usual + _NEWS * (used - usual)
        if self._tokens:
            self._tokens.give(permit.tokens - used)

    def _read(self, permit: Permit, headers: Mapping[str, str], now: float) -> None:
        """What the server tells of its limits."""
        for kind, quota in quotas(headers).items():
            told = self._told.get(kind)
            if told is None:
                cost = 1.0 if kind == "requests" else max(1.0, permit.tokens)
                told = self._told[kind] = Told(quota, cost=cost, learns=kind != "requests", now=now)
            told.read(
                quota,
                number=permit.number,
                sent_at=permit.sent_at,
                sent_since=self._number - permit.number,
                now=now,
            )


def _by_minute(limit: int, now: float) -> Bucket | None:
    """A limit of run.yaml, a second's worth at once; None for 0."""
    return Bucket(limit / MINUTE_S, max(1.0, limit / MINUTE_S), now) if limit else None
