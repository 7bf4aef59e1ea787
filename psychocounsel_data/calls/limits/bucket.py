"""So much a second, and so much at once: the measure behind every rate. Pure."""

from __future__ import annotations

_NOTHING = 1e-9


class Bucket:
    """Fills at a rate, holds so much, and is full at first. It is told the time.

    What is more than the bucket holds passes when it is full, and is paid back afterwards.

    Attributes:
        rate: what comes in a second.
        size: the most that it holds.
    """

    def __init__(self, rate: float, size: float, now: float) -> None:
        self.rate = rate
        self.size = size
        self._level = size
        self._at = now

    def wait_s(self, amount: float, now: float) -> float:
        """How long until so much is there."""
        lacking = min(amount, self.size) - self.level(now)
        return lacking / self.rate if lacking > _NOTHING else 0.0

    def level(self, now: float) -> float:
        """What is in it; below 0 while it is paid back."""
        if now > self._at:
            self._level = min(self.size, self._level + (now - self._at) * self.rate)
            self._at = now
        return self._level

    def take(self, amount: float, now: float) -> None:
        """Take what `wait_s` said is there."""
        self._level = self.level(now) - amount

    def give(self, amount: float) -> None:
        """Put back what was taken and not used; less than 0 takes what was used beyond it."""
        self._level = min(self.size, self._level + amount)

    def set(self, level: float, now: float) -> None:
        """Hold this much from now on."""
        self._level = min(self.size, level)
        self._at = now
