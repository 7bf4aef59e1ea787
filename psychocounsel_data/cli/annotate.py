"""`pcdata annotate`: experts compare pairs in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from psychocounsel_data.cli.options import RunDir
from psychocounsel_data.errors import ConfigError

if TYPE_CHECKING:
    from psychocounsel_data.annotation.book import Book
    from psychocounsel_data.records import AnnotationItem
    from psychocounsel_data.run import Run

PORT = 8432


def annotate(
    run: RunDir = Path(),
    items: Annotated[
        int | None,
        typer.Option("--items", min=1, metavar="N", help="Pairs in the sample, when it is drawn."),
    ] = None,
    source: Annotated[
        Literal["candidates", "pairs"] | None,
        typer.Option(
            "--from",
            metavar="WHAT",
            help="candidates: any two judged answers; pairs: only those in the data set.",
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="Another seed, another sample.")
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            "--host",
            metavar="ADDRESS",
            help="Where to listen. Any but 127.0.0.1 lets other machines in, with a secret link.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, metavar="N", help="0 takes a free one.")
    ] = PORT,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address; open nothing.")
    ] = False,
    export: Annotated[
        tuple[str, Path] | None,
        typer.Option(
            "--export",
            metavar="FORMAT OUT",
            help="Write for another tool instead: argilla, label-studio (folders) or csv (a file).",
        ),
    ] = None,
    import_: Annotated[
        Path | None,
        typer.Option(
            "--import",
            metavar="FILE",
            help="Take in what was annotated elsewhere: JSON of Argilla or Label Studio, or CSV.",
        ),
    ] = None,
) -> None:
    """Let experts compare answers, blind, on a page that this machine serves.

    The first call draws the sample; every later one shows the same. Each click is saved in
    annotations.jsonl. Ctrl-C ends it.
    """
    from psychocounsel_data.annotation.drawing import sample
    from psychocounsel_data.cli.overriding import overriding
    from psychocounsel_data.run import Run

    folder = Run(run)
    given = {"items": items, "source": source, "seed": seed}
    changes = {key: value for key, value in given.items() if value is not None}
    config = overriding(folder.config.annotate, changes, source="--from")
    drawn = sample(folder, config, anew=bool(changes))
    if export is not None and import_ is not None:
        raise ConfigError("--export and --import: one at a time")
    if export is not None:
        _export(folder, drawn, *export)
    elif import_ is not None:
        _import(folder, drawn, import_)
    else:
        _serve(folder, drawn, host=host, port=port, browser=not no_browser)


def _serve(
    run: Run, items: tuple[AnnotationItem, ...], *, host: str, port: int, browser: bool
) -> None:
    import webbrowser

    from psychocounsel_data.annotation.book import Book
    from psychocounsel_data.annotation.site import site
    from psychocounsel_data.cli.console import note
    from psychocounsel_data.journal import Writer, read
    from psychocounsel_data.records import Annotation
    from psychocounsel_data.resources import load_rubric
    from psychocounsel_data.web import open_door, serve

    rubric = load_rubric(run.folder, run.config.judge.principles)
    with Writer(run.annotations) as writer:
        if writer.mended_bytes:
            note(f"{run.annotations.name}: cut off a half-written last line")
        book = Book(items, read(run.annotations, Annotation), writer)
        if book.other_items:
            note(
                f"{book.other_items:,} lines of {run.annotations.name} are of items that are not "
                "in this sample: they count for nothing here"
            )
        door = open_door(host, port)
        app = site(book, rubric.principles, title=run.config.name, access=door.access)
        repeats = sum(item.repeat_of is not None for item in items)
        note(f"{len(items):,} comparisons, {repeats:,} of them hidden repeats; Ctrl-C ends it")
        for link in door.links:
            note(link)
        if door.access.token:
            note(
                "Whoever has the whole link can read and annotate, and others on the network can "
                "listen in: use it in one that you trust."
            )
        if browser:
            webbrowser.open(door.links[0])
        serve(app, door)
        _report(run, book)


def _report(run: Run, book: Book) -> None:
    from psychocounsel_data.cli.console import note, table

    rows = [
        (name, f"{done.decided:,}", f"{done.skipped:,}", f"{done.left:,}")
        for name, done in ((name, book.progress(name)) for name in book.annotators)
    ]
    if not rows:
        note("nobody has annotated anything yet")
        return
    table(f"annotate: {run.annotations}", ("annotator", "decided", "skipped", "left"), rows)
    note("what it is worth: pcdata agreement")


def _export(run: Run, items: tuple[AnnotationItem, ...], format_: str, out: Path) -> None:
    from psychocounsel_data.annotation import standing
    from psychocounsel_data.annotation.tools import export
    from psychocounsel_data.cli.console import note
    from psychocounsel_data.journal import read
    from psychocounsel_data.records import Annotation
    from psychocounsel_data.resources import load_rubric

    principles = load_rubric(run.folder, run.config.judge.principles).principles
    said = standing(read(run.annotations, Annotation))
    export(format_, out, items, said, principles, run.config.name)
    note(f"{len(items):,} comparisons written to {out}; bring back what comes of it with --import")


def _import(run: Run, items: tuple[AnnotationItem, ...], path: Path) -> None:
    from psychocounsel_data.annotation.book import Book
    from psychocounsel_data.annotation.tools import import_annotations
    from psychocounsel_data.cli.console import note
    from psychocounsel_data.journal import Writer, read
    from psychocounsel_data.records import Annotation
    from psychocounsel_data.resources import load_rubric

    principles = load_rubric(run.folder, run.config.judge.principles).ids
    with Writer(run.annotations) as writer:
        book = Book(items, read(run.annotations, Annotation), writer)
        done = import_annotations(path, book, principles)
        note(
            f"{path}: {done.added:,} annotations by {', '.join(done.annotators)} taken in, "
            f"{done.known:,} stood here already"
        )
        if done.other_items:
            note(f"{done.other_items:,} are of items that are not in this sample: left out")
        _report(run, book)
