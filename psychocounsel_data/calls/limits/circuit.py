"""Leaving a dead server alone, and trying it again after a while. Pure.

One that answers nothing any more need not be asked by everybody who waits for it: after faults of
several calls in a row without one answer, only a single request goes out from time to time.
"""

from __future__ import annotations

from typing import Final

_CALLS = 5
"""Calls that have to meet a fault in a row. One question that a server cannot digest is not a dead
server, however often it is asked."""
_FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S: Final = 60.0


class Circuit:
    """Open while a server is left alone."""

    def __init__(self) -> None:
        self._failed: set[str] = set()
        self._pause_s = _FIRST_PAUSE_S
        self._until: float | None = None
        self._probing = False
        self._first_fault_at: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether the server is left alone."""
        return self._until is not None

    def wait_s(self, now: float) -> float:
        """How long until a request may go out; infinite while another one tries the server."""
        if self._until is None:
            return 0.0
        return float("inf") if self._probing else max(0.0, self._until - now)

    def sent(self) -> None:
        """A request goes out; where the circuit is open it is the one that tries."""
        self._probing = self.is_open

    def answered(self) -> None:
        """The server is there, whatever it says."""
        if self._first_fault_at is None:
            return
        self._failed.clear()
        self._pause_s = _FIRST_PAUSE_S
        self._until = self._first_fault_at = None
        self._probing = False

    def failed(self, call: str, now: float) -> None:
        """The server did not answer a call."""
        self._failed.add(call)
        if self._first_fault_at is None:
            self._first_fault_at = now
        if self._probing:
            self._probing = False
            self._pause_s = min(LONGEST_PAUSE_S, 2 * self._pause_s)
            self._until = now + self._pause_s
        elif self._until is None and len(self._failed) >= _CALLS:
            self._until = now + self._pause_s

    def abandoned(self) -> None:
        """A request was broken off by us; the next one may try."""
        self._probing = False

    def dead_for_s(self, now: float) -> float:
        """How long the server has answered nothing; 0 where the last answer is newer than any
        fault."""
        return 0.0 if self._first_fault_at is None else now - self._first_fault_at
