"""Test questions of a benchmark must not end in training data.

A speech is contaminated where it is the same text as a question, nearly the same, or shares 13
words in a row with one (the rule of Brown et al., 2020, appendix C).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from psychocounsel_data.cleaning.duplicates import same_text_key
from psychocounsel_data.cleaning.near import HASHES, band_width, signature
from psychocounsel_data.cleaning.step import Unfit
from psychocounsel_data.cleaning.words import words
from psychocounsel_data.records import ClientSpeech

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RUN = 13


class Contamination:
    """Drops speeches that stand in a benchmark.

    Args:
        questions: name of a question, such as `test.jsonl row 17`, and its text, cleaned.
        threshold: likeness from which on two texts are nearly the same; see `near`.
    """

    name = "decontaminate_against"

    def __init__(self, questions: Iterable[tuple[str, str]], threshold: float) -> None:
        self._threshold = threshold
        self._width = band_width(threshold)
        self._names: list[str] = []
        self._same: dict[bytes, int] = {}
        self._runs: dict[int, int] = {}
        """Hash of 13 words to a question that has them."""
        self._rows: list[NDArray[np.uint32]] = []
        self._bands: dict[bytes, list[int]] = defaultdict(list)
        self._learn(questions)

    def __call__(self, speech: ClientSpeech) -> ClientSpeech | Unfit:
        """The speech itself, or which question it meets and how."""
        found = self._same.get(same_text_key(speech.text))
        if found is not None:
            return Unfit("contaminated", f"same text as {self._names[found]}")
        said = words(speech.text)
        for turn in (said, *(words(turn.text) for turn in speech.context)):
            for run in _runs(turn):
                if run in self._runs:
                    name = self._names[self._runs[run]]
                    return Unfit("contaminated", f"{RUN} words in a row with {name}")
        return self._near(said) or speech

    def _near(self, said: list[str]) -> Unfit | None:
        if not said or not self._rows:
            return None
        mine = signature(" ".join(said))
        for place in dict.fromkeys(
            place for band in self._keys(mine) for place in self._bands.get(band, ())
        ):
            likeness = float((mine == self._rows[place]).mean())
            if likeness >= self._threshold:
                return Unfit("contaminated", f"{likeness:.2f} alike to {self._names[place]}")
        return None

    def _learn(self, questions: Iterable[tuple[str, str]]) -> None:
        for name, text in questions:
            said = words(text)
            if not said:
                continue
            place = len(self._names)
            self._names.append(name)
            self._same.setdefault(same_text_key(text), place)
            for run in _runs(said):
                self._runs.setdefault(run, place)
            row = signature(" ".join(said))
            for band in self._keys(row):
                self._bands[band].append(place)
            self._rows.append(row)

    def _keys(self, row: NDArray[np.uint32]) -> Iterator[bytes]:
        """A row's bands, each with its number before it."""
        for start in range(0, HASHES - self._width + 1, self._width):
            yield bytes([start]) + row[start : start + self._width].tobytes()


def _runs(said: list[str]) -> Iterator[int]:
    """Every 13 words in a row, hashed (64 bits, in this process only)."""
    return (hash(tuple(said[at : at + RUN])) for at in range(len(said) - RUN + 1))
