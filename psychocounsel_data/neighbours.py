"""Which of the kept speeches belong together: near-duplicates, and turns of one dialogue.

Decided when all sources have been read. A group is what the train/test split keeps on one side.
"""

from __future__ import annotations

from array import array
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from psychocounsel_data.cleaning.near import Clusters, Signatures
from psychocounsel_data.config import CleanConfig
from psychocounsel_data.records import ClientSpeech


class Like(NamedTuple):
    """The speech that is kept instead of a near-duplicate of it."""

    place: int
    likeness: float
    """Estimated; below the threshold where the two only hang together through others."""


class Belonging(NamedTuple):
    """Places are those of the order in which speeches were added."""

    dropped: dict[int, Like]
    """Near-duplicates that are to go."""
    groups: dict[int, int]
    """Place of each speech that has others with it, to that of the speech that names the group."""


class Neighbours:
    """Notes what is compared of each speech. Use it as a context manager.

    Args:
        rule: `clean:` of run.yaml.
        folder: where signatures are kept as long as they are needed.
    """

    def __init__(self, rule: CleanConfig, folder: Path) -> None:
        self._rule = rule
        self._signatures = Signatures(folder)
        self._lengths = array("L")
        self._dialogues = array("Q")
        """Number of the row that each speech is from."""
        self._row: tuple[str, int] | None = None
        self._rows = 0
        self._turns: dict[str, int] = {}
        """Id to place, of turns of dialogues."""
        self._echoed: list[int] = []
        """Turns that the present row has as well and that were not taken again."""
        self._echoes: list[tuple[int, int]] = []

    def __enter__(self) -> Neighbours:
        self._signatures.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._signatures.__exit__(kind, error, trace)

    def add(self, speech: ClientSpeech) -> None:
        """Take note of the next speech that is kept. Those of one row come one after another."""
        self._turn_to(speech)
        place = len(self._dialogues)
        self._dialogues.append(self._rows)
        self._lengths.append(len(speech.text))
        self._echoes += ((place, other) for other in self._echoed)
        self._echoed.clear()
        if _is_turn(speech):
            self._turns[speech.id] = place
        if self._rule.near_duplicates != "off":
            # With its history: "Yes." after two histories is not the same speech.
            self._signatures.add("\n".join((*(one.text for one in speech.context), speech.text)))

    def echo(self, speech: ClientSpeech, first: str) -> None:
        """Take note that a speech is not kept because it is equal to one that is.

        What follows it in its dialogue has that speech in its history, and belongs with it.
        """
        self._turn_to(speech)
        if _is_turn(speech) and first in self._turns:
            self._echoed.append(self._turns[first])

    def _turn_to(self, speech: ClientSpeech) -> None:
        row = (speech.source, speech.row)
        if row != self._row:
            self._row = row
            self._rows += 1
            self._echoed.clear()

    def settle(self) -> Belonging:
        """Who is dropped, and who belongs together."""
        together = Clusters(len(self._dialogues))
        dropped = self._near_duplicates(together)
        for place, other in self._echoes:
            together.join(place, other)
        for place in range(1, len(self._dialogues)):
            if self._dialogues[place] == self._dialogues[place - 1]:
                together.join(place - 1, place)
        groups: dict[int, int] = {}
        for first, members in together.members().items():
            kept = [place for place in members if place not in dropped]
            if len(kept) > 1:
                groups.update(dict.fromkeys(kept, self._end_of_dialogue(first)))
        return Belonging(dropped, groups)

    def _near_duplicates(self, together: Clusters) -> dict[int, Like]:
        """Join them, and say which go. Turns of one dialogue grow alike; they are not compared."""
        if self._rule.near_duplicates == "off":
            return {}
        near = Clusters(len(self._dialogues))
        for pair in self._signatures.pairs(self._rule.near_threshold):
            if self._dialogues[pair.first] != self._dialogues[pair.second]:
                near.join(pair.first, pair.second)
                together.join(pair.first, pair.second)
        if self._rule.near_duplicates == "group":
            return {}
        dropped: dict[int, Like] = {}
        for members in near.members().values():
            kept = self._preferred(members)
            for place in members:
                if place != kept:
                    dropped[place] = Like(kept, self._signatures.likeness(kept, place))
        return dropped

    def _preferred(self, members: list[int]) -> int:
        if self._rule.prefer == "longest":
            return max(members, key=lambda place: (self._lengths[place], -place))
        return members[0]

    def _end_of_dialogue(self, place: int) -> int:
        """The turn with all others before it: many dialogues open with the same "Hello"."""
        last = len(self._dialogues) - 1
        while place < last and self._dialogues[place + 1] == self._dialogues[place]:
            place += 1
        return place


def _is_turn(speech: ClientSpeech) -> bool:
    """Whether its row may have given other speeches too."""
    return speech.id != f"{speech.source}-{speech.row}"
