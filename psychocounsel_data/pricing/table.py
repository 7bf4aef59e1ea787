"""The price of a model: run.yaml's own, else the shipped one, else unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Final, Literal, NamedTuple

import yaml
from pydantic import TypeAdapter

from psychocounsel_data import backends
from psychocounsel_data.config import PriceConfig, TokenPrices
from psychocounsel_data.config.section import Section

_FILE: Final = Path(__file__).with_name("prices.yaml")


class Price(NamedTuple):
    """What a model costs."""

    live: TokenPrices
    batch: TokenPrices | None
    """None where the provider has no batches, or their price is not known."""
    as_of: str | None = None
    """The month of the page it was read from; None where run.yaml says it, or it is nothing."""
    free: bool = False
    """Whether it runs on one's own machine, where a token has no price."""


class _Listed(PriceConfig):
    also: tuple[str, ...] = ()


class _Provider(Section):
    """One provider's prices, as its page said on a day."""

    backend: str
    source: str
    as_of: str
    currency: Literal["USD"]
    models: dict[str, _Listed]


FREE: Final = Price(TokenPrices(input=0, output=0), None, free=True)


class PriceTable:
    """Prices by model.

    Args:
        own: `prices:` of run.yaml, which goes before everything else.
    """

    def __init__(self, own: Mapping[str, PriceConfig]) -> None:
        self._own = own

    @property
    def names(self) -> tuple[str, ...]:
        """`backend:model` of all that have a price of their own, sorted."""
        return tuple(sorted({*self._own, *self._shipped}))

    def of(self, model: str) -> Price | None:
        """The price of `backend:model`; None where it is not known.

        The shipped price goes by the name, whatever address the backend has.
        """
        if model in self._own:
            return Price(self._own[model], self._own[model].batch)
        if backends.costs_nothing(model):
            return FREE
        return self._shipped.get(model)

    @cached_property
    def _shipped(self) -> Mapping[str, Price]:
        return dict(_shipped())


def _shipped() -> Iterator[tuple[str, Price]]:
    root = yaml.safe_load(_FILE.read_text("utf-8"))
    for provider in TypeAdapter(list[_Provider]).validate_python(root):
        for name, listed in provider.models.items():
            price = Price(listed, listed.batch, provider.as_of)
            for one in (name, *listed.also):
                yield f"{provider.backend}:{one}", price
