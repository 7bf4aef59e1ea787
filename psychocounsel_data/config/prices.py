"""`prices:` of run.yaml: what models cost where the shipped prices do not say or are not right."""

from __future__ import annotations

from pydantic import Field

from psychocounsel_data.config.section import Section


class TokenPrices(Section):
    """US dollars for a million tokens."""

    input: float = Field(ge=0)
    """A token of the request."""
    output: float = Field(ge=0)
    """A token of the answer."""
    cached_input: float | None = Field(default=None, ge=0)
    """One that came from the provider's prompt cache; as `input` where left out."""
    cache_write: float | None = Field(default=None, ge=0)
    """One that was put into that cache; as `input` where left out."""
    reasoning: float | None = Field(default=None, ge=0)
    """One that was thought and not said; as `output` where left out."""


class PriceConfig(TokenPrices):
    """What a model costs asked live, and in a provider batch."""

    batch: TokenPrices | None = None
    """The prices of what is asked in a provider batch; unknown where left out."""
