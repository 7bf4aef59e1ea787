"""`pairs:` of run.yaml: how judged responses become chosen and rejected."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from psychocounsel_data.config.gates import PairGates
from psychocounsel_data.config.section import Section

Strategy = Literal["all_pairs", "best_vs_worst", "best_vs_rest", "best_vs_random"]


class PairRule(Section):
    """How pairs are made on one side of the split."""

    strategy: Strategy
    """Which two responses of a speech meet."""
    min_margin: float = Field(ge=0)
    """The least difference of mean ratings, inclusive; equal scores never pair."""


class PairsConfig(Section):
    """How judged responses become chosen and rejected.

    The defaults are the paper's rule, and the gates that a careful release has.
    """

    test_fraction: float = Field(default=0.1, ge=0, le=1)
    """The share of speeches on the test side."""
    seed: int = 0
    """Changes which speeches are on the test side, and the draws of `best_vs_random`."""
    train: PairRule = PairRule(strategy="all_pairs", min_margin=1.0)
    """The rule for training pairs."""
    test: PairRule = PairRule(strategy="best_vs_worst", min_margin=0.0)
    """The rule for test pairs."""
    weights: dict[str, float] = Field(default_factory=dict)
    """Principle id to its weight in the mean; 1 where left out."""
    exclude_models: tuple[str, ...] = ()
    """Models whose responses stay out of pairs, by `backend:model` or released name."""

    gates: PairGates = PairGates()
    """Which pairs are kept out although their scores differ enough."""

    @field_validator("train", "test", mode="before")
    @classmethod
    def _fill(cls, value: object, info: Any) -> object:
        """A rule that names only one of its two keys keeps the other's default."""
        if isinstance(value, dict):
            return {**cls.model_fields[info.field_name].default.model_dump(), **value}
        return value

    @field_validator("weights")
    @classmethod
    def _positive(cls, weights: dict[str, float]) -> dict[str, float]:
        if any(weight < 0 for weight in weights.values()):
            raise ValueError("a weight is 0 or more")
        return weights
