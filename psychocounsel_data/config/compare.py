"""`compare:` of run.yaml: which responses are compared two by two, and by whom."""

from __future__ import annotations

from pydantic import Field, field_validator

from psychocounsel_data.config.models import model_reference
from psychocounsel_data.config.section import Section
from psychocounsel_data.records import Sampling


class CompareConfig(Section):
    """Which responses are compared two by two, and by whom."""

    model: str | None = None
    """`backend:model` that compares; the first of `judge:` where left out."""
    prompt: str = "judge_pairwise"
    """The template in prompts/ that is sent."""
    sampling: Sampling = Sampling(temperature=0.0, max_tokens=1024)
    """The parameters that are sent."""
    pairs_per_speech: int = Field(default=1, ge=1)
    """How many of a speech's pairs are drawn; all of them where there are fewer."""
    against: str | None = None
    """Only pairs with this model, by `backend:model` or released name: win rates against it."""
    seed: int = 0
    """Changes which pairs are drawn."""

    @field_validator("model")
    @classmethod
    def _reference(cls, value: str | None) -> str | None:
        return None if value is None else model_reference(value)
