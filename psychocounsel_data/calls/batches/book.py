"""batches.jsonl: which batches there are, and how they stand.

A batch is written down before it is handed in, with the ids of all its calls, and once more with
the provider's id as soon as that is known. Whatever ends the program in between, the batch is
found again. The last line of a batch says how it stands.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from psychocounsel_data import journal
from psychocounsel_data.journal import Writer
from psychocounsel_data.records import Record, Stage

Standing = Literal[
    "intended", "handed_in", "cancelling", "taken", "refused", "never_arrived", "forgotten"
]
"""Written down, known to the provider, asked to end early; and four ways of being over: its results
are taken in, the provider refused it as a whole, it never reached the provider, the user gave it
up."""

OPEN: Final = frozenset({"intended", "handed_in", "cancelling"})


class BatchNote(Record):
    """A line of batches.jsonl: how a batch stands from now on."""

    id: str
    """Our own key for it, 32 hex digits."""
    stage: Stage
    """The stage whose calls are in it."""
    model: str
    """`backend:model`; one for each batch."""
    standing: Standing
    provider_id: str | None = None
    """What the provider calls it."""
    unsure: bool = False
    """Whether it was found by its age and size only; its results tell whether it is ours."""
    calls: tuple[str, ...] = ()
    """Ids of the calls in it; only in a batch's first line."""
    detail: str | None = None
    """Why it was refused, or how many of its calls came to what."""
    at: str
    """UTC, ISO 8601."""


@dataclass
class Batch:
    """A batch as its lines tell it."""

    key: str
    stage: Stage
    model: str
    calls: tuple[str, ...]
    made_at: datetime
    standing: Standing
    provider_id: str | None
    unsure: bool
    detail: str | None

    @property
    def open(self) -> bool:
        """Whether its calls are still the provider's business, and so must not be asked live."""
        return self.standing in OPEN

    @property
    def name(self) -> str:
        """For people: the provider's id, else ours."""
        return self.provider_id or self.key


def read_book(path: Path) -> dict[str, Batch]:
    """All batches of a run by our key, oldest first.

    Raises:
        InputError: a line is broken.
    """
    batches: dict[str, Batch] = {}
    for note in journal.read(path, BatchNote):
        if note.id not in batches:
            made_at = datetime.fromisoformat(note.at)
            batches[note.id] = Batch(
                note.id, note.stage, note.model, note.calls, made_at, "intended", None, False, None
            )
        batch = batches[note.id]
        batch.standing = note.standing
        batch.provider_id = note.provider_id
        batch.unsure = note.unsure
        batch.detail = note.detail
    return batches


def open_calls(batches: Mapping[str, Batch], stage: Stage) -> frozenset[str]:
    """Ids of a stage's calls that are in open batches."""
    return frozenset(
        call
        for batch in batches.values()
        if batch.open and batch.stage == stage
        for call in batch.calls
    )


def now() -> str:
    """The time as records keep it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Book:
    """The batches of a run, while one process writes them down.

    Args:
        path: batches.jsonl.
        writer: opened on it.
    """

    def __init__(self, path: Path, writer: Writer) -> None:
        self.batches = read_book(path)
        self._writer = writer

    def open(self, stage: Stage) -> Iterator[Batch]:
        """A stage's batches that are not over, oldest first."""
        return (
            batch for batch in list(self.batches.values()) if batch.open and batch.stage == stage
        )

    @property
    def provider_ids(self) -> frozenset[str]:
        """Every id that a provider has given to a batch of this run."""
        return frozenset(one.provider_id for one in self.batches.values() if one.provider_id)

    def intend(self, stage: Stage, model: str, calls: Sequence[str]) -> Batch:
        """Write down a batch that is going to be handed in.

        Raises:
            RunError: it cannot be written down; nothing may be handed in then.
        """
        key, made_at = secrets.token_hex(16), datetime.now(UTC)
        batch = Batch(key, stage, model, tuple(calls), made_at, "intended", None, False, None)
        self._append(batch, calls=batch.calls)
        self.batches[key] = batch
        return batch

    def note(
        self,
        batch: Batch,
        standing: Standing,
        *,
        provider_id: str | None = None,
        unsure: bool = False,
        detail: str | None = None,
    ) -> None:
        """Write down how a batch stands now; when this returns, no power cut loses it."""
        batch.standing = standing
        batch.provider_id = provider_id or batch.provider_id
        batch.unsure = unsure
        batch.detail = detail
        self._append(batch)

    def _append(self, batch: Batch, calls: tuple[str, ...] = ()) -> None:
        self._writer.append(
            BatchNote(
                id=batch.key,
                stage=batch.stage,
                model=batch.model,
                standing=batch.standing,
                provider_id=batch.provider_id,
                unsure=batch.unsure,
                calls=calls,
                detail=batch.detail,
                at=now(),
            )
        )
        self._writer.sync(at_once=True)
