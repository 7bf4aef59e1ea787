"""`balance:` of run.yaml: how many speeches the set is built from, and how they are spread."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from psychocounsel_data.config.section import Section

By = Literal["topic", "fine_topic", "source", "risk"]


class BalanceConfig(Section):
    """A sample of the speeches, spread evenly. Without this section every speech takes part."""

    n: int = Field(ge=1)
    """How many speeches take part; all where there are fewer."""
    by: By = "topic"
    """What they are spread over: coarse `topic`, `fine_topic`, `source`, or `risk` (the gravest
    crisis tier, other flags, none)."""
    seed: int = 0
    """Changes which speeches are drawn."""
