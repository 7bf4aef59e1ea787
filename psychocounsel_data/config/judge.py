"""`judge:` of run.yaml: who rates, on what."""

from __future__ import annotations

from pydantic import field_validator

from psychocounsel_data.config.models import model_reference
from psychocounsel_data.config.section import Section
from psychocounsel_data.records import Finish, Sampling


class JudgeConfig(Section):
    """Who rates, on what."""

    model: str = "openai:gpt-4o"
    """`backend:model` of the judge."""
    prompt: str = "judge"
    """The template in prompts/ that is sent."""
    principles: tuple[str, ...] = ()
    """Ids of the principles to rate, all of principles/ where left out."""
    sampling: Sampling = Sampling(temperature=0.0, max_tokens=4096)
    """The judge's parameters."""
    accept: tuple[Finish, ...] = ("stop",)
    """Which responses are rated, by how they ended: empty, refused and cut-off ones are not."""

    @field_validator("model")
    @classmethod
    def _reference(cls, value: str) -> str:
        return model_reference(value)
