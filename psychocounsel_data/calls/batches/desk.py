"""Where answers, failures and batches are written down, and what is settled already."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from psychocounsel_data import journal
from psychocounsel_data.calls.batches.book import Book, now
from psychocounsel_data.calls.call import Call
from psychocounsel_data.calls.holding import HELD, is_held, newest
from psychocounsel_data.calls.meter import LaneMeter, Meter
from psychocounsel_data.errors import CallError
from psychocounsel_data.journal import Writer
from psychocounsel_data.records import Failure, Record, Stage, Usage

NOTHING_KNOWN: Final = Usage()


class Unclaimed(Record):
    """A result that was paid for, of a call that is not planned any more.

    It is taken in when the call is planned again, as when run.yaml is set back.
    """

    id: str
    """The call's id."""
    stage: Stage
    """The stage that asked."""
    model: str
    """`backend:model` that was asked."""
    batch: str
    """The provider's id of the batch."""
    body: dict[str, Any]
    """The result as the provider wrote it."""


def lane(meter: Meter, model: str) -> LaneMeter:
    """A model's figures, which begin with the first that is heard of it."""
    return meter.lanes.setdefault(model, LaneMeter(model, 0))


@dataclass
class Desk:
    """A stage's journals, opened for writing by this process alone.

    Attributes:
        settled: ids of all calls that are answered.
        failed: call and batch of every failure on record, so that none is recorded twice.
        held: ids of calls that are not asked again by themselves, see `calls.holding`.
        set_aside: ids in unclaimed.jsonl.
    """

    stage: Stage
    answers: Writer
    failures: Writer
    unclaimed: Writer
    book: Book
    settled: set[bytes]
    failed: set[tuple[str, str]]
    held: set[str]
    set_aside: dict[str, Unclaimed]

    def fail(
        self,
        meter: Meter,
        call: Call,
        error: CallError,
        *,
        batch: str | None = None,
        usage: Usage = NOTHING_KNOWN,
        reply: str | None = None,
    ) -> None:
        """Record a failure, once. A call that the user cancelled has not failed."""
        if error.kind == "cancelled" or (batch is not None and (call.id, batch) in self.failed):
            return
        if batch is not None:
            self.failed.add((call.id, batch))
        if error.kind in HELD:
            self.held.add(call.id)
        lane(meter, call.model).failed[error.kind] += 1
        self.failures.append(
            Failure(
                id=call.id,
                stage=self.stage,
                subject=call.subject,
                model=call.model,
                kind=error.kind,
                message=str(error),
                reply=reply,
                usage=usage,
                attempts=1 if batch else 0,
                batch=batch,
                at=now(),
            )
        )

    def sync(self) -> None:
        """Force everything to the disk."""
        for writer in (self.answers, self.failures, self.unclaimed):
            writer.sync(at_once=True)


@dataclass(frozen=True)
class Paths:
    """Where a stage's journals are."""

    answers: Path
    failures: Path
    unclaimed: Path
    batches: Path


@contextlib.contextmanager
def open_desk(stage: Stage, paths: Paths, answers: Writer, failures: Writer) -> Iterator[Desk]:
    """A stage's desk.

    Args:
        answers: opened on `paths.answers`.
        failures: opened on `paths.failures`.

    Raises:
        RunLockedError: another process has to do with batches of this run.
        InputError: a line of a journal is broken.
    """
    with Writer(paths.unclaimed) as unclaimed, Writer(paths.batches) as batches:
        yield Desk(
            stage,
            answers,
            failures,
            unclaimed,
            Book(paths.batches, batches),
            settled=journal.ids(paths.answers),
            failed={
                (one.id, one.batch)
                for one in journal.read(paths.failures, Failure)
                if one.batch is not None
            },
            held={
                one.id
                for one in newest(paths.failures).values()
                if one.stage == stage and is_held(one)
            },
            set_aside={
                one.id: one
                for one in journal.read(paths.unclaimed, Unclaimed)
                if one.stage == stage
            },
        )
