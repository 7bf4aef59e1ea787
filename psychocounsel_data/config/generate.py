"""`generate:` of run.yaml: who answers, how often, and with which words."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator

from psychocounsel_data.config.models import COLUMN, model_reference
from psychocounsel_data.config.section import Section
from psychocounsel_data.records import Sampling


class ModelConfig(Section):
    """A counsellor in the pool."""

    model: str
    """`backend:model`; `gpt-…` and `claude-…` alone mean `openai:` and `anthropic:`."""
    name: str = ""
    """Its name in the released columns; the model's name without organisation where left out."""
    sampling: Sampling | None = None
    """Its own parameters instead of `generate.sampling`."""

    @field_validator("model")
    @classmethod
    def _reference(cls, value: str) -> str:
        return model_reference(value)

    @property
    def label(self) -> str:
        """The released name: as given, else what follows the last `/` or `:` of the model."""
        return self.name or self.model.partition(":")[2].rsplit("/", 1)[-1]


def _model_entry(value: object) -> object:
    return {"model": value} if isinstance(value, str) else value


ModelEntry = Annotated[ModelConfig, BeforeValidator(_model_entry)]


class GenerateConfig(Section):
    """Who answers, how often, and with which words."""

    models: tuple[ModelEntry, ...] = Field(
        default=(
            ModelConfig(model="openai:gpt-5.4-mini"),
            ModelConfig(model="openai:gpt-5.4-nano"),
            ModelConfig(model="anthropic:claude-sonnet-4-6"),
            ModelConfig(model="anthropic:claude-haiku-4-5"),
        ),
        min_length=1,
    )
    """The pool of counsellors."""
    per_speech: int = Field(default=4, ge=1)
    """How many of the pool answer one speech; all of them where the pool is smaller."""
    prompt: str = "counselor"
    """The template in prompts/ that is sent."""
    sampling: Sampling = Sampling(temperature=1.0, max_tokens=1024)
    """Parameters for every model without its own."""
    seed: int = 0
    """Changes which models are drawn for which speech."""

    @cached_property
    def writing(self) -> tuple[ModelConfig, ...]:
        """The pool without the columns of sources: those that can answer any speech."""
        return tuple(one for one in self.models if not one.model.startswith(COLUMN))

    @field_validator("models")
    @classmethod
    def _distinct(cls, models: tuple[ModelConfig, ...]) -> tuple[ModelConfig, ...]:
        for field in ("model", "label"):
            values = [getattr(model, field) for model in models]
            for value in values:
                if values.count(value) > 1:
                    what = "model" if field == "model" else "released name"
                    raise ValueError(f"two entries have the {what} '{value}': rename or remove one")
        return models
