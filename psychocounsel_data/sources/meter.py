"""How far the reading of a source is, for those who watch from another thread."""

from __future__ import annotations

from collections.abc import Callable


class ReadMeter:
    """Counts that a reader keeps and a display looks at."""

    def __init__(self) -> None:
        self._total = 0
        self._before = 0
        self._here: Callable[[], int] = int

    @property
    def share(self) -> float | None:
        """How much has been read, 0 to 1; None where nobody knows how much there is."""
        if not self._total:
            return None
        try:
            return min(1.0, (self._before + self._here()) / self._total)
        except ValueError:  # the file was closed this moment
            return min(1.0, self._before / self._total)

    def begin(self, total: int) -> None:
        """A source begins; its size in whatever is counted, 0 where not known."""
        self._total, self._before, self._here = total, 0, int

    def follow(self, here: Callable[[], int]) -> None:
        """The part that is being read, and how far it is."""
        self._here = here

    def end(self, size: int) -> None:
        """A part has been read whole."""
        self._here = int
        self._before += size
