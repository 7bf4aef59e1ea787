"""What `batches` does: list what was handed in to providers, have some end early, give some up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from psychocounsel_data.backends import connect_batches
from psychocounsel_data.calls.batches.book import Batch, Book, read_book
from psychocounsel_data.cli.console import note, result, table
from psychocounsel_data.errors import CallError, RunError
from psychocounsel_data.journal import Writer
from psychocounsel_data.records import Record
from psychocounsel_data.run import Run

_Change = Callable[[Run, Book, Batch], None]


class ListedBatch(Record):
    """A batch as a list shows it."""

    id: str
    """The provider's id, else our key."""
    stage: str
    model: str
    calls: int
    standing: str
    """How it stands by what is written down here."""
    detail: str | None
    made_at: str


class Batches(Record):
    """All batches of a run, oldest first."""

    batches: tuple[ListedBatch, ...]


def show(run: Run, *, json: bool) -> None:
    """List a run's batches."""
    found = [_listed(one) for one in read_book(run.batches).values()]
    if json:
        result(Batches(batches=tuple(found)))
    else:
        _show(found)


def cancel(run: Run, names: Sequence[str]) -> None:
    """Ask the providers to end these batches early. Raises RunError where one is not open."""
    if names:
        _change(run, names, _cancel)


def forget(run: Run, names: Sequence[str]) -> None:
    """Give these batches up. Raises RunError where one is not open."""
    if names:
        _change(run, names, _forget)


def _listed(batch: Batch) -> ListedBatch:
    return ListedBatch(
        id=batch.name,
        stage=batch.stage,
        model=batch.model,
        calls=len(batch.calls),
        standing=batch.standing.replace("_", " "),
        detail=batch.detail,
        made_at=batch.made_at.isoformat(timespec="seconds"),
    )


def _show(found: Sequence[ListedBatch]) -> None:

    if not found:
        note("no batches: `pcdata generate --batch` or `pcdata judge --batch` hands some in")
        return
    columns = ("batch", "stage", "model", "calls", "standing", "made", "detail")
    rows = [
        (
            one.id,
            one.stage,
            one.model,
            f"{one.calls:,}",
            one.standing,
            one.made_at[:16],
            one.detail or "",
        )
        for one in found
    ]
    table("batches", columns, rows)


def _change(run: Run, names: Sequence[str], change: _Change) -> None:
    """Change open batches while nobody else writes about them.

    Raises:
        RunError: there is no such open batch, or another process is writing.
    """
    with Writer(run.batches) as writer:
        book = Book(run.batches, writer)
        for batch in _named(book, names):
            change(run, book, batch)


def _named(book: Book, names: Sequence[str]) -> list[Batch]:

    open_ones = [one for one in book.batches.values() if one.open]
    if "all" in names:
        return open_ones
    by_name = {name: one for one in open_ones for name in (one.key, one.name)}
    for name in names:
        if name not in by_name:
            known = ", ".join(one.name for one in open_ones) or "none"
            raise RunError(f"no open batch '{name}' in this run; open are: {known}")
    return [by_name[name] for name in names]


def _cancel(run: Run, book: Book, batch: Batch) -> None:
    """Ask the provider to end a batch.

    Raises:
        RunError: the provider does not.
    """
    if batch.provider_id is None:
        raise RunError(
            f"batch {batch.key} was cut off while it was handed in: run `pcdata {batch.stage} "
            "--batch` first, which finds out whether it arrived"
        )
    try:
        asyncio.run(_ask_to_end(run, batch))
    except CallError as error:
        raise RunError(f"batch {batch.name} cannot be cancelled: {error}") from error
    book.note(batch, "cancelling")
    note(
        f"batch {batch.name} is being cancelled; `pcdata {batch.stage}` fetches what is answered "
        "and asks the rest live"
    )


async def _ask_to_end(run: Run, batch: Batch) -> None:

    service = connect_batches(batch.model, run.config.backend(batch.model))
    if service is None:
        raise RunError(f"{batch.model} has no batches: has `backends:` in run.yaml changed?")
    try:
        await service.cancel(batch.provider_id or "")
    finally:
        await service.close()


def _forget(run: Run, book: Book, batch: Batch) -> None:  # noqa: ARG001  # as `_cancel`

    book.note(batch, "forgotten")
    note(f"batch {batch.name} is forgotten: {len(batch.calls):,} calls are free to be asked again")
