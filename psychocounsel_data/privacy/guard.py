"""What is done to every speech and answer while they are loaded, as `privacy:` says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from psychocounsel_data.config import PrivacyConfig
from psychocounsel_data.privacy import presidio
from psychocounsel_data.privacy.scrubbing import find, scrub, spans
from psychocounsel_data.privacy.sheet import Sheet
from psychocounsel_data.privacy.spans import Found, standing
from psychocounsel_data.records import ClientSpeech, ExistingAnswer, PiiSpan, Record


class PrivacySummary(Record):
    """What was found in a load, and what was done with it. Counts of finds, not of people."""

    pii: str
    """`flag`, `scrub` or `drop`, as run.yaml says."""
    texts: int
    """Speeches and answers that were looked at."""
    speeches: int
    """Speeches in which something was found."""
    answers: int
    """Existing answers likewise."""
    found: dict[str, int]
    """Kind to number of places."""
    sample: int
    """Lines of pii_sample.csv."""


class _Treated(NamedTuple):
    text: str
    spans: tuple[PiiSpan, ...]


class Guard:
    """One load's guard.

    Args:
        config: `privacy:` of run.yaml.

    Raises:
        ConfigError: Presidio is asked for and not installed.
    """

    def __init__(self, config: PrivacyConfig) -> None:
        self._config = config
        self._more = presidio.finder(config.spacy_model) if config.engine == "presidio" else None
        self._texts = self._speeches = self._answers = 0
        self._found: Counter[str] = Counter()
        self._sheet = Sheet(config.sample)

    def speech(self, speech: ClientSpeech, names: Sequence[str]) -> ClientSpeech | str:
        """A speech with what was found recorded or scrubbed; where it is to be dropped, what it
        holds, such as `email 1, phone 2`. What was said before it is treated likewise, but for the
        places, which are recorded of the speech alone.

        Args:
            speech: as it was cleaned.
            names: what stands in the row's columns of names.
        """
        if self._config.pii == "off":
            return speech
        found = self._look(speech.id, "speech", speech.text, names)
        before = [self._look(speech.id, "context", turn.text, names) for turn in speech.context]
        everything = [*found, *chain.from_iterable(before)]
        self._speeches += bool(everything)
        if not everything:
            return speech
        if self._config.pii == "drop":
            counts = Counter(one.kind for one in everything)
            return ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items()))
        treated = self._treat(speech.text, found)
        context = [
            turn.model_copy(update={"text": self._treat(turn.text, places).text})
            for turn, places in zip(speech.context, before, strict=True)
        ]
        changes = {"text": treated.text, "pii": treated.spans, "context": tuple(context)}
        return speech.model_copy(update=changes)

    def answers(
        self, speech_id: str, answers: Sequence[ExistingAnswer], names: Sequence[str]
    ) -> tuple[ExistingAnswer, ...]:
        """The answers of a row, treated likewise; those that are to be dropped are left out."""
        if self._config.pii == "off":
            return tuple(answers)
        return tuple(self._each(speech_id, answers, names))

    def summary(self, sheet: Path) -> PrivacySummary | None:
        """What was found; None where nothing was looked for.

        Args:
            sheet: where the sheet for a human check is written.

        Raises:
            RunError: it cannot be written.
        """
        if self._config.pii == "off":
            return None
        return PrivacySummary(
            pii=self._config.pii,
            texts=self._texts,
            speeches=self._speeches,
            answers=self._answers,
            found=dict(sorted(self._found.items())),
            sample=self._sheet.write(sheet),
        )

    def _each(
        self, speech_id: str, answers: Sequence[ExistingAnswer], names: Sequence[str]
    ) -> Iterator[ExistingAnswer]:
        for answer in answers:
            found = self._look(speech_id, answer.name, answer.text, names)
            self._answers += bool(found)
            if not found:
                yield answer
            elif self._config.pii != "drop":
                treated = self._treat(answer.text, found)
                yield answer.model_copy(update={"text": treated.text, "pii": treated.spans})

    def _look(self, speech_id: str, where: str, text: str, names: Sequence[str]) -> list[Found]:
        kinds = self._config.kinds
        found = find(text, kinds=kinds, known_names=names)
        if self._more is not None:
            found = standing([*found, *(one for one in self._more(text) if one.kind in kinds)])
        self._texts += 1
        self._found.update(one.kind for one in found)
        self._sheet.note(speech_id, where, text, found)
        return found

    def _treat(self, text: str, found: Sequence[Found]) -> _Treated:
        if self._config.pii == "scrub":
            return _Treated(*scrub(text, found))
        return _Treated(text, spans(found))
