"""What a plan is going to cost, and how long it takes at the known limits. Asks nothing.

An answer's length is not known before it is there. It is taken from the answers that the run has
already: the same model's, else the other models'. Without any it is a guess, and said to be one.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Final, NamedTuple

from psychocounsel_data.calls.plan import Lane, Plan
from psychocounsel_data.config import BackendConfig
from psychocounsel_data.exchange import Request
from psychocounsel_data.pricing.cost import Bill, Tokens, cost
from psychocounsel_data.pricing.ledger import Ledger
from psychocounsel_data.pricing.table import Price, PriceTable
from psychocounsel_data.pricing.tokens import measure_for, most_output_tokens, request_tokens
from psychocounsel_data.records import Record, Stage

SAMPLE: Final = 50
"""Requests of a lane that are measured; they are taken at equal distances."""
GUESSED_ANSWER: Final = 350
"""Tokens of a counsellor's answer, where there is none yet to measure."""
GUESSED_PROPERTY: Final = 70
"""Tokens of one rating with its reason, likewise."""


class LaneEstimate(Record):
    """What is left to ask of one model."""

    calls: int
    input_tokens: int
    """Of all calls together, as expected."""
    output_tokens: int
    """Likewise."""
    usd: float | None
    """Expected cost, asked live; None where the price is not known."""
    batch_usd: float | None
    """Expected cost in provider batches; None where there is no such price."""
    most_usd: float | None
    """Cost asked live if every answer were as long as it may be."""
    price_as_of: str | None
    """The month of the price; None where run.yaml says it, or there is none."""
    seconds: float | None
    """Time at the limits in run.yaml, or at the latency measured so far; None without either."""
    input_basis: str
    """Where the input tokens come from."""
    output_basis: str
    """Where the output tokens come from."""


class PlanEstimate(Record):
    """What a dry run says."""

    stage: Stage
    answered_before: int
    """Planned calls that are answered already."""
    models: dict[str, LaneEstimate]
    calls: int
    """Of all models, like the sums below."""
    usd: Bill
    batch_usd: Bill
    """All calls in provider batches; those of models without batches are of unknown cost."""
    most_usd: Bill
    seconds: float | None
    """Models are asked beside each other: the slowest one's time; None where one is unknown."""


def estimate(
    plan: Plan, ledger: Ledger, table: PriceTable, settings: Mapping[str, BackendConfig]
) -> PlanEstimate:
    """What a plan is going to cost.

    Args:
        ledger: what the stage has on record, to learn from.
        settings: model to how it is reached, for every lane.
    """
    models = {
        model: _lane(plan, lane, ledger, table.of(model), settings[model])
        for model, lane in sorted(plan.lanes.items())
        if len(lane)
    }
    times = [one.seconds for one in models.values()]
    return PlanEstimate(
        stage=plan.stage,
        answered_before=plan.done,
        models=models,
        calls=sum(one.calls for one in models.values()),
        usd=sum((Bill.of(one.usd, one.calls) for one in models.values()), Bill()),
        batch_usd=sum((Bill.of(one.batch_usd, one.calls) for one in models.values()), Bill()),
        most_usd=sum((Bill.of(one.most_usd, one.calls) for one in models.values()), Bill()),
        seconds=None if None in times else max((one or 0 for one in times), default=0),
    )


class _Basis(NamedTuple):
    """What one call is expected to take, and where that comes from."""

    tokens: Tokens
    input_basis: str
    output_basis: str


def _lane(
    plan: Plan, lane: Lane, ledger: Ledger, price: Price | None, settings: BackendConfig
) -> LaneEstimate:
    requests = _sample(plan, lane)
    basis = _basis(lane.model, requests, ledger)
    whole = basis.tokens.times(len(lane))
    longest = sum(most_output_tokens(one) for one in requests) / len(requests)
    most = basis.tokens._replace(output=longest, reasoning=0).times(len(lane))
    return LaneEstimate(
        calls=len(lane),
        input_tokens=round(whole.input),
        output_tokens=round(whole.output),
        usd=None if price is None else cost(whole, price.live),
        batch_usd=None if price is None or price.batch is None else cost(whole, price.batch),
        most_usd=None if price is None else cost(most, price.live),
        price_as_of=price.as_of if price else None,
        seconds=_seconds(len(lane), whole, settings, ledger.latency_s(lane.model)),
        input_basis=basis.input_basis,
        output_basis=basis.output_basis,
    )


def _sample(plan: Plan, lane: Lane) -> list[Request]:
    step = max(1, len(lane) // SAMPLE)
    tickets = islice(lane, 0, step * SAMPLE, step)
    return [plan.call(lane.model, ticket).request() for ticket in tickets]


def _basis(model: str, requests: list[Request], ledger: Ledger) -> _Basis:
    own = ledger.mean(model)
    if own is not None:
        words = f"the mean of {own.answers:,} answers of this model"
        return _Basis(own.tokens, words, words)
    measure = measure_for(model)
    asked = sum(request_tokens(one, measure) for one in requests) / len(requests)
    others = ledger.mean_of_all
    if others is not None:
        words = f"the mean of {others.answers:,} answers of other models"
        return _Basis(Tokens(asked, others.tokens.output), measure.name, words)
    guess = sum(_guessed_answer(one) for one in requests) / len(requests)
    return _Basis(Tokens(asked, guess), measure.name, f"a guess of {guess:.0f} tokens an answer")


def _guessed_answer(request: Request) -> int:
    if request.schema is None:
        guess = GUESSED_ANSWER
    else:
        guess = GUESSED_PROPERTY * len(request.schema.json_schema["properties"])
    return min(guess, most_output_tokens(request))


def _seconds(
    calls: int, tokens: Tokens, settings: BackendConfig, latency_s: float | None
) -> float | None:
    """Whichever of the known limits takes longest."""
    times = []
    if settings.rpm:
        times.append(calls / settings.rpm * 60)
    if settings.tpm:
        times.append((tokens.input + tokens.output) / settings.tpm * 60)
    if latency_s is not None:
        times.append(calls * latency_s / min(settings.concurrency, calls))
    return max(times, default=None)
