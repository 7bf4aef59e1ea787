"""`pcdata batches`: what was handed in to providers, and how it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from psychocounsel_data.cli.options import Json, RunDir
from psychocounsel_data.records import Record

if TYPE_CHECKING:
    from psychocounsel_data.calls.batches.book import Batch, Book
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


def batches(
    run: RunDir = Path(),
    cancel: Annotated[
        list[str] | None,
        typer.Option(
            "--cancel",
            metavar="ID",
            help="Ask the provider to end this batch early (repeatable; `all`). What is answered "
            "by then is paid for, and fetched by the next command that asks.",
        ),
    ] = None,
    forget: Annotated[
        list[str] | None,
        typer.Option(
            "--forget",
            metavar="ID",
            help="Give up a batch that cannot be fetched any more (repeatable): its calls are "
            "asked, and paid for, again.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """List the batches that were handed in to providers; cancel or forget some."""
    from psychocounsel_data.calls.batches.book import read_book
    from psychocounsel_data.cli.console import result
    from psychocounsel_data.run import Run

    folder = Run(run)
    if cancel:
        _change(folder, cancel, _cancel)
    if forget:
        _change(folder, forget, _forget)
    found = [_listed(one) for one in read_book(folder.batches).values()]
    if json:
        result(Batches(batches=tuple(found)))
    else:
        _show(found)


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
    from psychocounsel_data.cli.console import note, table

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
    from psychocounsel_data.calls.batches.book import Book
    from psychocounsel_data.journal import Writer

    with Writer(run.batches) as writer:
        book = Book(run.batches, writer)
        for batch in _named(book, names):
            change(run, book, batch)


def _named(book: Book, names: Sequence[str]) -> list[Batch]:
    from psychocounsel_data.errors import RunError

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
    import asyncio

    from psychocounsel_data.cli.console import note
    from psychocounsel_data.errors import CallError, RunError

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
    from psychocounsel_data.backends import connect_batches
    from psychocounsel_data.errors import RunError

    service = connect_batches(batch.model, run.config.backend(batch.model))
    if service is None:
        raise RunError(f"{batch.model} has no batches: has `backends:` in run.yaml changed?")
    try:
        await service.cancel(batch.provider_id or "")
    finally:
        await service.close()


def _forget(run: Run, book: Book, batch: Batch) -> None:  # noqa: ARG001  # as `_cancel`
    from psychocounsel_data.cli.console import note

    book.note(batch, "forgotten")
    note(f"batch {batch.name} is forgotten: {len(batch.calls):,} calls are free to be asked again")
