"""Tokens times prices. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from psychocounsel_data.config import TokenPrices
from psychocounsel_data.records import Usage

MILLION: Final = 1_000_000


class Tokens(NamedTuple):
    """Tokens by what they cost. A mean of several calls need not be whole."""

    input: float = 0
    """All of the request, the two below included."""
    output: float = 0
    """All of the answer, reasoning included."""
    cached: float = 0
    """The part of the input that came from the provider's cache."""
    written: float = 0
    """The part of the input that was put into it."""
    reasoning: float = 0
    """The part of the output that was thought and not said."""

    def __add__(self, other: object) -> Tokens:
        """Field by field."""
        if not isinstance(other, Tokens):
            return NotImplemented
        return Tokens(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def times(self, factor: float) -> Tokens:
        """Field by field."""
        return Tokens(*(one * factor for one in self))


NO_TOKENS: Final = Tokens()


def counted(usage: Usage) -> Tokens | None:
    """The tokens of a usage; None where the server did not count both input and output."""
    if usage.input_tokens is None or usage.output_tokens is None:
        return None
    return Tokens(
        usage.input_tokens,
        usage.output_tokens,
        usage.cached_tokens or 0,
        usage.cache_write_tokens or 0,
        usage.reasoning_tokens or 0,
    )


def cost(tokens: Tokens, prices: TokenPrices) -> float:
    """What tokens cost, in US dollars.

    Every token is paid for once: cached and written ones are taken out of the input, reasoning
    out of the output, before the rest is charged. As this is linear, the cost of many calls is
    that of their summed tokens.
    """
    fresh = max(0, tokens.input - tokens.cached - tokens.written)
    said = max(0, tokens.output - tokens.reasoning)
    millionths = (
        fresh * prices.input
        + tokens.cached * _else(prices.cached_input, prices.input)
        + tokens.written * _else(prices.cache_write, prices.input)
        + said * prices.output
        + tokens.reasoning * _else(prices.reasoning, prices.output)
    )
    return millionths / MILLION


def _else(price: float | None, otherwise: float) -> float:
    return otherwise if price is None else price


@dataclass(frozen=True)
class Bill:
    """An amount, and what could not be counted into it.

    Attributes:
        usd: US dollars of all that has a known cost.
        unknown: calls whose cost is not known: no price, or the server counted no tokens.
    """

    usd: float = 0.0
    unknown: int = 0

    @classmethod
    def of(cls, usd: float | None, calls: int) -> Bill:
        """What some calls cost together; None where that is not known."""
        return cls(unknown=calls) if usd is None else cls(usd)

    def __add__(self, other: Bill) -> Bill:
        """Both together."""
        return Bill(self.usd + other.usd, self.unknown + other.unknown)

    def __str__(self) -> str:
        """`$1.20`, `unknown`, or `$1.20 + 3 calls of unknown cost`."""
        if not self.unknown:
            return dollars(self.usd)
        if not self.usd:
            return "unknown"
        plural = "s" if self.unknown > 1 else ""
        return f"{dollars(self.usd)} + {self.unknown:,} call{plural} of unknown cost"


def dollars(usd: float) -> str:
    """`$12.30`; small amounts keep two digits that say something: `$0.0042`."""
    if usd == 0 or usd >= 0.1:
        return f"${usd:,.2f}"
    return f"${usd:.4f}" if usd >= 0.0001 else "<$0.0001"
