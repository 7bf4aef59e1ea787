"""`pcdata generate`: speeches -> responses.jsonl."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from psychocounsel_data.cli.options import (
    Batch,
    Concurrency,
    DryRun,
    Json,
    Limit,
    LogFile,
    MaxCost,
    NoWait,
    RunDir,
)

if TYPE_CHECKING:
    from collections import Counter

    from psychocounsel_data.config import GenerateConfig
    from psychocounsel_data.generation import GenerationPlan


def generate(
    run: RunDir = Path(),
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model", metavar="M", help="Ask this model instead of run.yaml's (repeatable)."
        ),
    ] = None,
    per_speech: Annotated[
        int | None,
        typer.Option("--per-speech", min=1, metavar="N", help="Models that answer one speech."),
    ] = None,
    limit: Limit = None,
    concurrency: Concurrency = None,
    max_cost: MaxCost = None,
    batch: Batch = False,
    no_wait: NoWait = False,
    dry_run: DryRun = False,
    json: Json = False,
    log: LogFile = None,
) -> float:
    """Let models answer every speech as counsellors: speeches.jsonl -> responses.jsonl."""
    from psychocounsel_data.cli.asking import ask_plan
    from psychocounsel_data.generation import plan
    from psychocounsel_data.run import Run

    folder = Run(run)
    config = _overridden(folder.config.generate, model or [], per_speech)
    told: list[int] = []

    def make(most: int | None) -> GenerationPlan:
        planned = plan(folder, config, limit=most)
        if not told:  # with batches the plan is made more than once
            _say_what_is_left_out(planned.left_out)
            told.append(planned.left_out.total())
        return planned

    return ask_plan(
        folder,
        "generate",
        make,
        folder.responses,
        limit=limit,
        concurrency=concurrency,
        max_cost=max_cost,
        batch=batch,
        no_wait=no_wait,
        dry_run=dry_run,
        json=json,
        log=log,
    )


def _say_what_is_left_out(left_out: Counter[str]) -> None:
    from psychocounsel_data.cli.console import counted, note

    if left_out.total():
        note(f"speeches not asked about: {counted(left_out)}")


def _overridden(
    config: GenerateConfig, models: Sequence[str], per_speech: int | None
) -> GenerateConfig:
    """run.yaml's section with what the flags say; a model named there keeps its settings."""
    from psychocounsel_data.cli.overriding import overriding, reference

    known = {one.model: one for one in config.models}
    changes: dict[str, object] = {}
    if models:
        references = [reference(text, "--model") for text in models]
        changes["models"] = [
            known[one].model_dump() if one in known else {"model": one} for one in references
        ]
    if per_speech is not None:
        changes["per_speech"] = per_speech
    return overriding(config, changes, models="--model")
