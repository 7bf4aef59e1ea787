"""What a dry run shows: calls, tokens, cost and time by model, and what the figures stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psychocounsel_data.cli.console import note, table
from psychocounsel_data.cli.progress import duration
from psychocounsel_data.pricing.cost import Bill, dollars

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psychocounsel_data.pricing.estimate import LaneEstimate, PlanEstimate

_COLUMNS = ("model", "calls", "input", "output", "cost", "in a batch", "at most", "time")


def show_estimate(found: PlanEstimate) -> None:
    """The table, and under it what it is worth."""
    rows = [_row(model, one) for model, one in found.models.items()]
    if len(rows) > 1:
        rows.append(_total(found))
    table(f"{found.stage}: would be asked", _COLUMNS, rows)
    for line in _reasons(found):
        note(line)


def _row(model: str, one: LaneEstimate) -> tuple[str, ...]:
    return (
        model,
        f"{one.calls:,}",
        f"{one.input_tokens:,}",
        f"{one.output_tokens:,}",
        _money(one.usd),
        "-" if one.batch_usd is None else dollars(one.batch_usd),
        _money(one.most_usd),
        _time(one.seconds),
    )


def _total(found: PlanEstimate) -> tuple[str, ...]:
    return (
        "all",
        f"{found.calls:,}",
        f"{sum(one.input_tokens for one in found.models.values()):,}",
        f"{sum(one.output_tokens for one in found.models.values()):,}",
        _known(found.usd),
        _known(found.batch_usd),
        _known(found.most_usd),
        _time(found.seconds),
    )


def _money(usd: float | None) -> str:
    return "unknown" if usd is None else dollars(usd)


def _known(bill: Bill) -> str:
    """A sum; one that lacks a part says so."""
    if not bill.unknown:
        return dollars(bill.usd)
    return f"{dollars(bill.usd)} + ?" if bill.usd else "unknown"


def _time(seconds: float | None) -> str:
    return "unknown" if seconds is None else duration(seconds)


def _reasons(found: PlanEstimate) -> Iterable[str]:
    models = found.models.values()
    yield f"input tokens: {_joined(one.input_basis for one in models)}"
    yield f"output tokens: {_joined(one.output_basis for one in models)}"
    yield "at most: every answer as long as max_tokens lets it be, asked live"
    dates = sorted({one.price_as_of for one in models if one.price_as_of})
    if dates:
        yield f"prices: from the providers' pages as of {', '.join(dates)}; see docs/cost.md"
    unknown = [model for model, one in found.models.items() if one.usd is None]
    if unknown:
        yield f"no price is known for {', '.join(unknown)}: add it under `prices:` in run.yaml"
    if any(one.seconds is None for one in models):
        yield "time: known once there are answers, or with `rpm` and `tpm` under `backends:`"


def _joined(words: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(words))
