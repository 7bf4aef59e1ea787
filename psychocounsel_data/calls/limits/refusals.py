"""A rate learned from refusals, where a server says no and nothing of its limits. Pure.

Refusals mean one of two things. Beyond a limit, what is too much is refused: the more is sent, the
larger the share. Or some are refused at random, by a server that sheds load from all of its
clients, and sending less changes nothing for us. Halving at every refusal collapses in the second
case; ignoring them runs into the first. So the rate falls to what was accepted, never below, once
for as many outcomes as it takes to see; and falls that did not make refusals rarer are taken back.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from psychocounsel_data.calls.limits.bucket import Bucket

_SHUT: Final = 16
"""Outcomes that are looked at for whether nearly everything is refused."""
_NEARLY_ALL: Final = 7 / 8
_SHORTEST_HALT_S: Final = 0.25
_SEEN: Final = 64
"""Outcomes that are looked at for the share that is refused."""
_TOLERATED: Final = 0.03
_IN_VAIN: Final = 4
"""Falls in a row without effect after which refusals count as random."""
_MEMORY_S: Final = 60.0
_SLOWEST: Final = 1 / 120
_FAST: Final = 0.4
_SLOW: Final = 0.02
"""Growth a second: after a halt, whose rate is a guess; and where the limit has been measured."""
_BURST_S: Final = 0.1


class Refusals:
    """The rate at which requests may be sent; None while there is no reason for one."""

    def __init__(self, now: float) -> None:
        self.rate: float | None = None
        self._bucket = Bucket(1.0, 1.0, now)
        self._not_before = now
        self._shut: deque[bool] = deque(maxlen=_SHUT)
        self._seen: deque[bool] = deque(maxlen=_SEEN)
        self._accepted = 0.0
        self._since = now
        self._changed_at = now
        self._growth = _SLOW
        self._grown_at = now
        self._random = 0.0
        self._vain: list[tuple[float, float | None]] = []

    def wait_s(self, now: float) -> float:
        """How long until the next request may be sent."""
        if now < self._not_before:
            return self._not_before - now
        if self.rate is None:
            return 0.0
        wait = self._bucket.wait_s(1.0, now)
        if wait:
            self._grow(now)
        return wait

    def sent(self, now: float) -> None:
        """A request goes out."""
        if self.rate is not None:
            self._bucket.take(1.0, now)

    def accepted(self, sent_at: float, now: float) -> None:
        """A request was answered."""
        self._accepted += 1
        if now - self._since > _MEMORY_S:  # what was long ago counts half
            self._accepted, self._since = self._accepted / 2, now - (now - self._since) / 2
        self._look(sent_at, now, refused=False)

    def refused(self, sent_at: float, now: float, *, wait_s: float) -> None:
        """A request was refused for its number.

        Args:
            wait_s: how long the server asks us to wait; 0 where it does not say.
        """
        self._look(sent_at, now, refused=True)
        if sum(self._shut) >= _NEARLY_ALL * _SHUT:
            self._halt(now, max(wait_s, _SHORTEST_HALT_S))

    def _look(self, sent_at: float, now: float, *, refused: bool) -> None:
        if sent_at < self._changed_at:
            return  # sent before the last change, so it says nothing about it
        self._shut.append(refused)
        self._seen.append(refused)
        if len(self._seen) < _SEEN:
            return
        share = sum(self._seen) / _SEEN
        if share > 1.5 * self._random + _TOLERATED:
            self._fall(now, share)
        elif not refused:
            self._vain.clear()

    def _halt(self, now: float, wait_s: float) -> None:
        """Nearly everything is refused: send nothing for as long as the server says, and go on with
        what it took on average from the last fall to then."""
        goodput = self._accepted / (now - self._since + wait_s)
        self._set(now, max(goodput, (self.rate or 0.0) / 4, _SLOWEST), growth=_FAST)
        self._not_before = now + wait_s

    def _fall(self, now: float, share: float) -> None:
        """More than now and then one is refused: send as much as was accepted."""
        self._vain.append((share, self.rate))
        first_share, first_rate = self._vain[0]
        if len(self._vain) >= _IN_VAIN and share > first_share / 2:
            self._random = share
            self._set(now, first_rate, growth=_SLOW)
        else:
            rate = self._accepted / max(now - self._since, _BURST_S) / (1 - share)
            self._set(now, (self.rate or rate) * (1 - share), growth=_SLOW)

    def _set(self, now: float, rate: float | None, *, growth: float) -> None:
        if rate is not None:
            self._bucket = Bucket(rate, max(1.0, rate * _BURST_S), now)
            self._bucket.set(0.0, now)
        if growth == _FAST or rate is None:
            self._vain.clear()
        self.rate = rate
        self._growth, self._grown_at = growth, now
        self._accepted, self._since, self._changed_at = 0.0, now, now
        self._shut.clear()
        self._seen.clear()

    def _grow(self, now: float) -> None:
        """Somebody waits for this rate and nothing speaks against a higher one."""
        if self.rate is None:
            return
        seconds = min(1.0, now - self._grown_at)
        self._grown_at = now
        self.rate *= 1 + self._growth * seconds
        self._bucket.rate, self._bucket.size = self.rate, max(1.0, self.rate * _BURST_S)
