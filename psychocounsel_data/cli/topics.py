"""`pcdata topics`: speeches -> topics.jsonl, and how they are spread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from psychocounsel_data.cli.options import (
    Concurrency,
    DryRun,
    Json,
    Limit,
    LogFile,
    MaxCost,
    RunDir,
)

if TYPE_CHECKING:
    from psychocounsel_data.config import TopicsConfig
    from psychocounsel_data.run import Run


def topics(
    run: RunDir = Path(),
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="M", help="Ask this model, or `keywords`, instead."),
    ] = None,
    show: Annotated[
        bool, typer.Option("--show", help="Label nothing; show how speeches are spread.")
    ] = False,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="HTML", help="Write the spread as a page with a picture."),
    ] = None,
    taxonomy: Annotated[
        bool, typer.Option("--taxonomy", help="Print the topics with their definitions.")
    ] = False,
    limit: Limit = None,
    concurrency: Concurrency = None,
    max_cost: MaxCost = None,
    dry_run: DryRun = False,
    json: Json = False,
    log: LogFile = None,
) -> float:
    """Say what every speech is about: 8 coarse and 42 fine topics, in topics.jsonl."""
    if taxonomy:
        _print_taxonomy()
        return 0.0
    from psychocounsel_data.run import Run

    folder = Run(run)
    config = _overridden(folder.config.topics, model)
    charged = 0.0
    if not show:
        charged = _label(folder, config, limit, concurrency, max_cost, log, dry_run=dry_run)
    if not dry_run:
        _report(folder, config, plot, json=json)
    return charged


def _overridden(config: TopicsConfig, model: str | None) -> TopicsConfig:
    from psychocounsel_data.cli.overriding import overriding

    return overriding(config, {"model": model} if model else {})


def _label(
    run: Run,
    config: TopicsConfig,
    limit: int | None,
    concurrency: int | None,
    max_cost: float | None,
    log: Path | None,
    *,
    dry_run: bool,
) -> float:
    from psychocounsel_data.cli.console import note
    from psychocounsel_data.config import KEYWORDS

    if config.model != KEYWORDS:
        return _ask(run, config, limit, concurrency, max_cost, log, dry_run=dry_run)
    if dry_run:
        note("keywords ask no model")
    else:
        from psychocounsel_data.topics.labels import label_by_keywords

        note(f"{label_by_keywords(run, limit):,} speeches labelled by keywords in {run.topics}")
    return 0.0


def _ask(
    run: Run,
    config: TopicsConfig,
    limit: int | None,
    concurrency: int | None,
    max_cost: float | None,
    log: Path | None,
    *,
    dry_run: bool,
) -> float:
    from psychocounsel_data.cli.asking import ask_plan
    from psychocounsel_data.topics.asking import plan

    return ask_plan(
        run,
        "topics",
        lambda most: plan(run, config, limit=most),
        run.topics,
        limit=limit,
        concurrency=concurrency,
        max_cost=max_cost,
        dry_run=dry_run,
        json=False,
        log=log,
    )


def _report(run: Run, config: TopicsConfig, plot: Path | None, *, json: bool) -> None:
    from psychocounsel_data.cli.console import note, result, table
    from psychocounsel_data.topics.labels import coverage, named, sources

    found = coverage(run, config)
    names = sources(found)
    rows = [
        (family or f"  {topic}", *(f"{counts.get(name, 0):,}" for name in names))
        for family, topic, counts in named(found)
        if family or counts
    ]
    table("topics", ("topic", *names), rows)
    empty = [name for name, counts in found.fine.items() if not counts and name != "unclear"]
    if empty:
        note(f"{len(empty)} topics without a speech: {', '.join(empty)}")
    if found.unlabelled:
        note(f"{found.unlabelled:,} speeches without a label")
    if plot is not None:
        from psychocounsel_data.topics.plot import write

        write(found, plot)
        note(f"picture: {plot}")
    if json:
        result(found)


def _print_taxonomy() -> None:
    from psychocounsel_data.topics.taxonomy import taxonomy

    for family in taxonomy().coarse:
        typer.echo(f"{family.name} ({family.id}): {family.definition}")
        for topic in family.fine:
            typer.echo(f"  {topic.name} ({topic.id}): {topic.definition}")
        typer.echo("")
    typer.echo("Sources:\n" + "\n".join(f"  - {source}" for source in taxonomy().sources))
