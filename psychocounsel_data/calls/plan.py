"""A plan: every call that is still to be asked, sorted by model, without any text in memory.

A lane holds numbers only (where in a file the subject of a call stands), so that 200,000 calls
take a few megabytes and a slow model never holds up the others.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from psychocounsel_data.calls.call import Call
from psychocounsel_data.exchange import Reply
from psychocounsel_data.records import Record, Stage, Usage


class Ticket(NamedTuple):
    """A call that is still to be asked."""

    position: int
    """Where the line of its subject starts, in bytes."""
    sample: int
    """Which of several answers to the same question."""


@dataclass
class Lane:
    """The calls to one model that are still to be asked.

    Attributes:
        model: `backend:model`.
    """

    model: str
    _positions: array[int] = field(default_factory=lambda: array("Q"))
    _samples: array[int] = field(default_factory=lambda: array("L"))

    def add(self, ticket: Ticket) -> None:
        """Put a call at the end."""
        self._positions.append(ticket.position)
        self._samples.append(ticket.sample)

    def extend(self, lane: Lane) -> None:
        """Put another lane's calls to the same model at the end."""
        self._positions.extend(lane._positions)
        self._samples.extend(lane._samples)

    def leave_out(self, unwanted: Callable[[Ticket], bool]) -> int:
        """Take out the calls of which this is true; returns how many they were."""
        kept = [ticket for ticket in self if not unwanted(ticket)]
        left_out = len(self) - len(kept)
        if left_out:
            self._positions = array("Q", [ticket.position for ticket in kept])
            self._samples = array("L", [ticket.sample for ticket in kept])
        return left_out

    def __len__(self) -> int:
        return len(self._positions)

    def __iter__(self) -> Iterator[Ticket]:
        return map(Ticket, self._positions, self._samples)


class Answer(NamedTuple):
    """What came of asking."""

    reply: Reply
    usage: Usage
    """Tokens of all attempts."""
    attempts: int
    latency_s: float | None
    """Seconds the successful request took; None where it came in a batch."""
    at: str
    """When it arrived, UTC, ISO 8601."""
    batch: str | None = None
    """The provider batch it came in; None where it was asked live."""


class Plan(Protocol):
    """What a stage wants to be asked. Making it asks nothing."""

    @property
    def stage(self) -> Stage:
        """Whose plan it is."""

    @property
    def lanes(self) -> Mapping[str, Lane]:
        """Model to what is still to be asked of it."""

    @property
    def done(self) -> int:
        """How many of the planned calls have been answered by earlier runs."""

    def call(self, model: str, ticket: Ticket) -> Call:
        """The call behind a ticket, its texts read from the files."""

    def record(self, call: Call, answer: Answer) -> Record:
        """The line that is kept.

        Raises:
            UnreadableReplyError: the reply is not what was asked for.
        """

    def close(self) -> None:
        """Close the files that calls are read from."""
