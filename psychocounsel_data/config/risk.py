"""`risk:` of run.yaml: what becomes of speeches with signs of danger."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, field_validator

from psychocounsel_data.config.models import model_reference
from psychocounsel_data.config.section import Section
from psychocounsel_data.records import Sampling

Policy = Literal["keep", "veto", "hold", "drop"]
"""Take the speech; take it, with the safety veto on its pairs; wait for a person; leave it out."""


class CrisisPolicy(Section):
    """What becomes of a speech by the gravest tier that was flagged in it."""

    indicator: Policy = "veto"
    """Hopelessness, being a burden, a suicide in the family, thoughts that are denied by half."""
    ideation: Policy = "veto"
    """From a wish to be dead to a plan; an urge to injure oneself."""
    behaviour: Policy = "veto"
    """Self-harm; preparing, breaking off or being kept from an attempt."""
    attempt: Policy = "veto"
    """An attempt, present or past."""


def _same_for_all(value: object) -> object:
    """`crisis: hold` means it of every tier."""
    if isinstance(value, str):
        return dict.fromkeys(CrisisPolicy.model_fields, value)
    return value


class SecondOpinionConfig(Section):
    """Who reads every speech once more for signs of danger (`pcdata second-opinion`)."""

    model: str
    """`backend:model`."""
    prompt: str = "risk"
    """The template in prompts/ that is sent."""
    sampling: Sampling = Sampling(temperature=0.0, max_tokens=1024)
    """Its parameters."""

    @field_validator("model")
    @classmethod
    def _reference(cls, value: str) -> str:
        return model_reference(value)


class RiskConfig(Section):
    """What becomes of speeches with signs of danger, by kind. The strictest of a speech counts."""

    flag: bool = True
    """Look for signs of danger when speeches are loaded."""
    crisis: Annotated[CrisisPolicy, BeforeValidator(_same_for_all)] = CrisisPolicy()
    """Suicide and self-harm, by tier; one word for all tiers."""
    minor: Policy = "veto"
    """The client seems to be under 18."""
    abuse: Policy = "veto"
    """Harm done to the client, a child or somebody they speak of."""
    violence: Policy = "veto"
    """Harm that the client does, or thinks of doing, to others."""
    second_opinion: SecondOpinionConfig | None = None
    """A model that reads every speech once more; what it finds counts like what the rules find."""
