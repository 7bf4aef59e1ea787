"""`pcdata run`: every stage that has work left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from psychocounsel_data.cli.build_pairs import build_pairs
from psychocounsel_data.cli.generate import generate
from psychocounsel_data.cli.judge import judge
from psychocounsel_data.cli.load import load
from psychocounsel_data.cli.options import Concurrency, DryRun, LogFile, MaxCost, RunDir
from psychocounsel_data.cli.report import report
from psychocounsel_data.cli.second_opinion import second_opinion
from psychocounsel_data.cli.topics import topics

if TYPE_CHECKING:
    from psychocounsel_data.config import RunConfig


def run(
    run: RunDir = Path(),
    concurrency: Concurrency = None,
    max_cost: MaxCost = None,
    dry_run: DryRun = False,
    log: LogFile = None,
) -> None:
    """Do everything that is left: load, generate, judge, build-pairs and report. Pushes nothing."""
    from psychocounsel_data.run import Run

    load(run)
    config = Run(run).config
    if max_cost is not None:
        _check_prices(config, max_cost)
    complete, left = True, max_cost
    for stage in _stages(config, dry_run=dry_run):
        asked = _asked(
            partial(stage, run, concurrency=concurrency, max_cost=left, dry_run=dry_run, log=log)
        )
        complete &= asked.complete
        left = None if left is None else max(0.0, left - asked.charged_usd)
    if dry_run:
        return
    build_pairs(run)
    report(run)
    if not complete:
        raise typer.Exit(1)


def _stages(config: RunConfig, *, dry_run: bool) -> Iterator[Callable[..., float]]:
    """What asks models, in order: what run.yaml wants to be known of speeches comes first."""
    if config.risk.second_opinion is not None:
        yield second_opinion
    if _topics_first(config):
        yield topics
    yield generate
    if not dry_run:  # which responses there will be to rate is not known yet
        yield judge


def _check_prices(config: RunConfig, max_cost: float) -> None:
    """Raises ConfigError where a model that is going to be asked has no price to count with."""
    from psychocounsel_data.pricing.allowance import Allowance
    from psychocounsel_data.pricing.table import PriceTable

    Allowance(max_cost, PriceTable(config.prices), dict.fromkeys(_models(config)))


def _models(config: RunConfig) -> Iterator[str]:
    """Every model that some stage of this command asks, in order."""
    from psychocounsel_data.config import KEYWORDS

    if config.risk.second_opinion is not None:
        yield config.risk.second_opinion.model
    if _topics_first(config) and config.topics.model != KEYWORDS:
        yield config.topics.model
    yield from (one.model for one in config.generate.models)
    yield from (one.model for one in config.judge.judges)


def _topics_first(config: RunConfig) -> bool:
    return config.balance is not None and "topic" in config.balance.by


class _Asked(NamedTuple):
    complete: bool
    """Whether every call succeeded; calls that failed do not keep the next stage from its work."""
    charged_usd: float


def _asked(stage: Callable[[], float]) -> _Asked:
    from psychocounsel_data.cli.asking import Unfinished

    try:
        return _Asked(True, stage())
    except Unfinished as end:
        return _Asked(False, end.charged_usd)
