"""What asking has cost, by stage and model, at the prices known now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from psychocounsel_data.pricing.cost import NO_TOKENS, Bill, Tokens
from psychocounsel_data.pricing.ledger import read_ledger
from psychocounsel_data.pricing.table import PriceTable
from psychocounsel_data.records import Stage
from psychocounsel_data.report.section import Section
from psychocounsel_data.run import Run


class _Spent(NamedTuple):
    stage: Stage
    model: str
    answers: int
    """Those whose tokens the server counted."""
    tokens: Tokens
    bill: Bill


def cost(run: Run) -> tuple[Section, ...]:
    """What each model cost in each stage; empty where no model costs anything.

    Raises InputError where a journal is broken.
    """
    spent = list(_spent(run))
    total = sum((one.bill for one in spent), start=Bill())
    if total == Bill():
        return ()
    return (
        Section(
            "cost",
            "Cost",
            f"Spent in all: {total}, at the prices known when this page was written. Answers and "
            "failed calls that were counted are in it; a price that is not known is never taken "
            "for zero. Tokens are those of answers.",
            columns=("stage", "model", "counted answers", "input tokens", "output tokens", "spent"),
            rows=tuple(
                (
                    one.stage,
                    one.model,
                    f"{one.answers:,}",
                    f"{one.tokens.input:,.0f}",
                    f"{one.tokens.output:,.0f}",
                    str(one.bill),
                )
                for one in spent
            ),
        ),
    )


def _spent(run: Run) -> Iterator[_Spent]:
    journals: dict[Stage, Path] = {
        "risk": run.opinions,
        "topics": run.topics,
        "generate": run.responses,
        "judge": run.judgments,
        "compare": run.comparisons,
    }
    table = PriceTable(run.config.prices)
    for stage, answers in journals.items():
        ledger = read_ledger(stage, answers, run.failures)
        for model in ledger.models:
            mean = ledger.mean(model)
            count, tokens = (mean.answers, mean.tokens) if mean else (0, NO_TOKENS)
            bill = ledger.bill(model, table.of(model))
            yield _Spent(stage, model, count, tokens.times(count), bill)
