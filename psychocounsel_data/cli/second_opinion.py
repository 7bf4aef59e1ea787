"""`pcdata second-opinion`: a model reads every speech once more for signs of danger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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


def second_opinion(
    run: RunDir = Path(),
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="M", help="Ask this model instead of run.yaml's."),
    ] = None,
    limit: Limit = None,
    concurrency: Concurrency = None,
    max_cost: MaxCost = None,
    dry_run: DryRun = False,
    json: Json = False,
    log: LogFile = None,
) -> float:
    """Let a model look for signs of danger beside the rules: speeches -> risk_opinions.jsonl.

    What it finds counts like what the rules find, where run.yaml names it under
    `risk.second_opinion`; it adds flags and removes none.
    """
    from psychocounsel_data.cli.asking import ask_plan
    from psychocounsel_data.cli.overriding import overriding, reference
    from psychocounsel_data.config import SecondOpinionConfig
    from psychocounsel_data.errors import ConfigError
    from psychocounsel_data.risk.asking import plan
    from psychocounsel_data.run import Run

    folder = Run(run)
    config = folder.config.risk.second_opinion
    if model is not None:
        named = {"model": reference(model, "--model")}
        config = overriding(config, named) if config else SecondOpinionConfig(model=named["model"])
    if config is None:
        raise ConfigError("name a model under `risk.second_opinion` in run.yaml, or give --model")
    asked = config
    return ask_plan(
        folder,
        "risk",
        lambda most: plan(folder, asked, limit=most),
        folder.opinions,
        limit=limit,
        concurrency=concurrency,
        max_cost=max_cost,
        dry_run=dry_run,
        json=json,
        log=log,
    )
