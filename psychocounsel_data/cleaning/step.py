"""What a cleaning step is, and the chain that runs speeches through them in order.

A step gets a speech and gives it back, as it was or changed, or says why it is not a speech of this
run. It opens no file. Some remember what they have seen (duplicates), so one chain serves one load.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from psychocounsel_data.records import ClientSpeech, Record


class Unfit(NamedTuple):
    """Why a text is not a speech of this run."""

    reason: str
    """A short stable word."""
    detail: str


class Step(Protocol):
    """One rule that a speech is put to."""

    @property
    def name(self) -> str:
        """The key under `clean:` that switches it; counts stand under this name."""

    def __call__(self, speech: ClientSpeech) -> ClientSpeech | Unfit:
        """The same object where nothing changes, a changed copy, or the reason to drop it."""


class TextStep(NamedTuple):
    """One rule that every text is put to before it becomes part of a speech.

    That is each column of a template, each turn of a dialogue and each existing answer.
    """

    name: str
    """The key under `clean:` that switches it."""
    apply: Callable[[str], str]


class StepCount(Record):
    """What one step did in a load."""

    step: str
    changed: int
    """Text steps: texts (columns, turns, answers) that were changed; others: speeches."""
    dropped: int


class Chain:
    """Every step of a run, in order, with what each of them did.

    Args:
        texts: what is done to every text.
        steps: what is done to every speech made of such texts.

    Attributes:
        steps: the latter.
    """

    def __init__(self, texts: Sequence[TextStep], steps: Sequence[Step]) -> None:
        self._texts = tuple(texts)
        self.steps = tuple(steps)
        names = [*(one.name for one in self._texts), *(one.name for one in self.steps)]
        self._changed = dict.fromkeys(names, 0)
        self._dropped = dict.fromkeys(self._changed, 0)

    def text(self, text: str) -> str:
        """A text after every text step."""
        for step in self._texts:
            cleaned = step.apply(text)
            if cleaned != text:
                self._changed[step.name] += 1
                text = cleaned
        return text

    def speech(self, speech: ClientSpeech) -> ClientSpeech | Unfit:
        """A speech after every step, or the first reason to drop it."""
        for step in self.steps:
            outcome = step(speech)
            if isinstance(outcome, Unfit):
                self._dropped[step.name] += 1
                return outcome
            if outcome is not speech:
                self._changed[step.name] += 1
                speech = outcome
        return speech

    def counts(self) -> tuple[StepCount, ...]:
        """What each step did so far, in order."""
        return tuple(
            StepCount(step=name, changed=changed, dropped=self._dropped[name])
            for name, changed in self._changed.items()
        )
