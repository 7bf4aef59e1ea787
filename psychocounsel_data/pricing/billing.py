"""What asking one model has cost so far."""

from __future__ import annotations

from psychocounsel_data.calls.meter import LaneMeter
from psychocounsel_data.pricing.cost import Bill, Tokens, cost
from psychocounsel_data.pricing.table import Price


def bill(lane: LaneMeter, price: Price | None, *, batch: bool = False) -> Bill:
    """The cost of all tokens that a lane has counted, failed calls included.

    Args:
        lane: the model's figures.
        price: None where it is not known.
        batch: whether the model was asked through its provider's batches.
    """
    if price is not None and price.free:
        return Bill()
    prices = price and (price.batch if batch else price.live)
    if prices is None:
        return Bill(unknown=lane.done)
    tokens = Tokens(
        lane.input_tokens,
        lane.output_tokens,
        lane.cached_tokens,
        lane.cache_write_tokens,
        lane.reasoning_tokens,
    )
    return Bill(cost(tokens, prices), unknown=lane.uncounted)
