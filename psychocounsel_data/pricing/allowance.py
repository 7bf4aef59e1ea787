"""`--max-cost`: a limit on what one command spends, held before each question and not after.

Before a question goes out the most that it can cost is set aside; when its answer is there, what
it did cost takes that place. So the limit is not passed, whatever is in flight, as long as a
service keeps to the length that it was told.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from psychocounsel_data.calls.call import Call
from psychocounsel_data.config import TokenPrices
from psychocounsel_data.errors import ConfigError
from psychocounsel_data.pricing.cost import MILLION, cost, counted
from psychocounsel_data.pricing.table import PriceTable
from psychocounsel_data.pricing.tokens import most_input_tokens, most_output_tokens
from psychocounsel_data.records import Usage

REPAIR_TOKENS = 1_000
"""More than the words have that ask for a reply once more, beside that reply itself."""


class Allowance:
    """What a command may spend; see `calls.budget.Budget`.

    Attributes:
        limit_usd: the most that is spent, inclusive.
        spent_usd: what answers have cost so far. Where a server did not count the tokens of one,
            the most that it can have cost.
        held_usd: set aside for what is on its way.
    """

    def __init__(
        self, limit_usd: float, table: PriceTable, models: Iterable[str], *, batch: bool = False
    ) -> None:
        """Raises ConfigError where a model has no price to count with; names all and the remedy."""
        self.limit_usd = limit_usd
        self.spent_usd = 0.0
        self.held_usd = 0.0
        self._prices = _known_prices(table, models, batch=batch)
        self._held: defaultdict[str, list[float]] = defaultdict(list)
        self._asked: Counter[str] = Counter()

    def reserve(self, call: Call) -> bool:
        """Set aside what the call may cost at most, if it is there."""
        most = self._most(call)
        if self.spent_usd + self.held_usd + most > self.limit_usd:
            return False
        self._asked[call.id] += 1
        self._held[call.id].append(most)
        self.held_usd += most
        return True

    def settle(self, call: Call, usage: Usage, *, lost: int = 0) -> None:
        """Replace what was set aside for the call by what was used.

        Args:
            usage: of the answer; zero tokens where there is none, unknown ones where the server
                did not count.
            lost: requests that broke off unanswered. They may have been charged and nobody says
                so: each counts as the most that it can have cost.
        """
        most = self._held[call.id].pop()
        tokens = counted(usage)
        spent = most if tokens is None else cost(tokens, self._prices[call.model])
        self.held_usd -= most
        self.spent_usd += spent + lost * most

    def _most(self, call: Call) -> float:
        """The most that a call can cost. The second time it is asked its first reply goes along."""
        prices = self._prices[call.model]
        request = call.request()
        answer = most_output_tokens(request)
        again = answer + REPAIR_TOKENS if self._asked[call.id] else 0
        asked = most_input_tokens(request) + again
        return (asked * _dearest_input(prices) + answer * _dearest_output(prices)) / MILLION


def _known_prices(
    table: PriceTable, models: Iterable[str], *, batch: bool
) -> dict[str, TokenPrices]:
    found = {}
    for model in models:
        price = table.of(model)
        found[model] = price and (price.batch if batch else price.live)
    unknown = [model for model, prices in found.items() if prices is None]
    if unknown:
        own = (
            "{batch: {input: 1, output: 2}, input: 2, output: 4}"
            if batch
            else "{input: 1, output: 2}"
        )
        raise ConfigError(
            f"--max-cost: no {'batch ' if batch else ''}price is known for {', '.join(unknown)}: "
            "write it into run.yaml, in US dollars for a million tokens, such as "
            f'`prices: {{"{unknown[0]}": {own}}}`'
        )
    return {model: prices for model, prices in found.items() if prices is not None}


def _dearest_input(prices: TokenPrices) -> float:
    return max(prices.input, prices.cached_input or 0, prices.cache_write or 0)


def _dearest_output(prices: TokenPrices) -> float:
    return max(prices.output, prices.reasoning or 0)
