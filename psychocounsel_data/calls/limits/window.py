"""How many requests in flight are worth it, where a server neither tells limits nor refuses. Pure.

A server such as vLLM takes whatever it is sent and queues it. Beyond some number more in flight do
not bring more answers a second, only longer waits, and in the end timeouts. By Little's law what is
in flight is answers a second times seconds an answer, so twice as many in flight bring either more
answers or longer waits. As long as they bring more answers the number grows.
"""

from __future__ import annotations

from typing import Final

START: Final = 16
_WORTH = 1.15
"""What twice as many in flight have to bring in answers a second."""
_ROUND_S = 0.25
"""The least length of a round: of a fast server, as many answers as may be in flight say little."""
_CALM_ROUNDS = 16
"""Rounds after which it is tried again whether more have become worth it."""


class Window:
    """The number in flight that is worth it.

    Attributes:
        limit: the number, at first 16.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.limit = min(START, most)
        self._before: float | None = None
        self._climbing = True
        self._calm = 0
        self._began: float | None = None
        self._answers = 0
        self._full = True
        self._shrunk = False

    def answered(self, now: float, *, full: bool) -> None:
        """An answer has come.

        Args:
            full: whether as many were in flight as may be.
        """
        if self._began is None:
            self._began = now
            return
        self._answers += 1
        self._full = self._full and full
        if self._answers >= self.limit and now >= self._began + _ROUND_S:
            self._judge(self._answers / (now - self._began))
            self._begin()

    def timed_out(self) -> None:
        """A request waited in vain while others were answered: too many are queued."""
        if not self._shrunk:
            self.limit = max(1, self.limit // 2)
            self._climbing = False
            self._calm = 0
            self._begin()
            self._shrunk = True

    def _begin(self) -> None:
        self._began = None
        self._answers = 0
        self._full = True
        self._shrunk = False

    def _judge(self, goodput: float) -> None:
        """A round is over: at least as many answers as may be in flight."""
        if not self._full:
            return  # what held it back was not this number
        if self._climbing:
            self._climb(goodput)
            return
        self._calm += 1
        if self._calm >= _CALM_ROUNDS:
            self._climbing, self._before = True, None
            self._climb(goodput)

    def _climb(self, goodput: float) -> None:
        if self._before is not None and goodput < _WORTH * self._before:
            self.limit = max(1, self.limit // 2)
            self._climbing = False
            self._calm = 0
        elif self.limit == self._most:
            self._climbing = False
            self._calm = 0
        else:
            self._before = goodput
            self.limit = min(self._most, 2 * self.limit)
