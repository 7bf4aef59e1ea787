"""A limit that the server tells with every reply, carried on between replies. Pure.

A reply tells what was left when its request came in. What has been sent since is not in it, and
what has flowed in since is not either; both are known here.
"""

from __future__ import annotations

from typing import Final

from psychocounsel_data.calls.limits.bucket import Bucket
from psychocounsel_data.calls.limits.quotas import Quota

MINUTE_S: Final = 60.0
_ENOUGH = 8
"""Requests between two readings from which what the server takes for one can be told."""
_HELD_BACK = 2.0
"""Requests' worth that is never asked for: requests reach a server in another order than they
leave, and those of other programs come between."""


class Told:
    """One count of an account, such as its tokens.

    Args:
        quota: the first reading.
        cost: what one request is thought to take, until readings tell.
        learns: whether the server's own price of a request is to be learned. It is 1 where it
            counts requests; for tokens some take the longest answer there could be, some the
            answer's real length, some only the question's.
    """

    def __init__(self, quota: Quota, *, cost: float, learns: bool, now: float) -> None:
        self._bucket = Bucket(_rate(quota), quota.limit, now)
        self._cost = cost
        self._learns = learns
        self._first: tuple[int, float, float] | None = None
        self._read = -1

    def wait_s(self, now: float) -> float:
        """How long until one more request may be sent."""
        return self._bucket.wait_s(self._cost * (1 + _HELD_BACK), now)

    def sent(self, now: float) -> None:
        """One more request is on its way."""
        self._bucket.take(self._cost, now)

    def read(
        self, quota: Quota, *, number: int, sent_at: float, sent_since: int, now: float
    ) -> None:
        """A reply has come.

        Args:
            number: of its request, counted in the order they were sent.
            sent_at: when its request was sent.
            sent_since: requests sent after it.
        """
        if number < self._read:
            return  # a later request's reply overtook it and knows better
        self._read = number
        self._bucket.rate, self._bucket.size = _rate(quota), quota.limit
        if self._learns:
            self._learn(quota, number, sent_at)
        flowed_in = (now - sent_at) * self._bucket.rate
        self._bucket.set(quota.remaining + flowed_in - sent_since * self._cost, now)

    def empty(self, now: float) -> None:
        """The server refused: nothing is left."""
        self._bucket.set(min(0.0, self._bucket.level(now)), now)

    def _learn(self, quota: Quota, number: int, sent_at: float) -> None:
        """What the server took for a request, from two readings some requests apart."""
        if quota.remaining >= quota.limit or self._first is None:
            self._first = (number, sent_at, quota.remaining)
            return
        first_number, first_sent_at, first_remaining = self._first
        requests = number - first_number
        if requests < _ENOUGH:
            return
        flowed_in = (sent_at - first_sent_at) * self._bucket.rate
        self._cost = max(1.0, (first_remaining + flowed_in - quota.remaining) / requests)
        self._first = (number, sent_at, quota.remaining)


def _rate(quota: Quota) -> float:
    """What flows in a second. Limits are by the minute, unless the time until the count is whole
    again says clearly that they are not (some accounts have so many requests a day)."""
    by_minute = quota.limit / MINUTE_S
    used = quota.limit - quota.remaining
    if not quota.reset_s or quota.reset_s <= 2 * MINUTE_S or used <= 0:
        return by_minute
    return min(by_minute, used / quota.reset_s)
