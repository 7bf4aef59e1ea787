"""`topics:` of run.yaml: who says what speeches are about."""

from __future__ import annotations

from pydantic import field_validator

from psychocounsel_data.config.models import model_reference
from psychocounsel_data.config.section import Section
from psychocounsel_data.records import Sampling

KEYWORDS = "keywords"


class TopicsConfig(Section):
    """Who says what speeches are about."""

    model: str = KEYWORDS
    """`keywords`, which needs no model and knows English only, or `backend:model`."""
    prompt: str = "topic"
    """The template in prompts/ that is sent to a model."""
    sampling: Sampling = Sampling(temperature=0.0, max_tokens=512)
    """The model's parameters."""

    @field_validator("model")
    @classmethod
    def _reference(cls, value: str) -> str:
        return value if value == KEYWORDS else model_reference(value)
