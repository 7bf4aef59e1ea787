"""`judge:` of run.yaml: who rates, on what, how often, and what several ratings come to."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from pydantic import BeforeValidator, Field, field_validator, model_validator

from psychocounsel_data.config.models import model_reference
from psychocounsel_data.config.section import Section
from psychocounsel_data.records import Finish, Sampling

Aggregate = Literal["mean", "median", "trimmed_mean"]
PrincipleOrder = Literal["permuted", "fixed"]

DEFAULT_JUDGE = "openai:gpt-4o"


class Judge(NamedTuple):
    """One judge, with everything that `judge:` says of it."""

    model: str
    """`backend:model`."""
    repeats: int
    """How often it rates each response."""
    sampling: Sampling
    """Its parameters."""


class PanelConfig(Section):
    """One judge of several."""

    model: str
    """`backend:model`; `gpt-…` and `claude-…` alone mean `openai:` and `anthropic:`."""
    repeats: int | None = Field(default=None, ge=1)
    """How often it rates each response, instead of `judge.repeats`."""
    sampling: Sampling | None = None
    """Its own parameters instead of `judge.sampling`."""

    @field_validator("model")
    @classmethod
    def _reference(cls, value: str) -> str:
        return model_reference(value)


def _panel_entry(value: object) -> object:
    return {"model": value} if isinstance(value, str) else value


PanelEntry = Annotated[PanelConfig, BeforeValidator(_panel_entry)]


class JudgeConfig(Section):
    """Who rates, on what, how often, and what several ratings come to."""

    model: str | None = None
    """`backend:model` of the only judge; `openai:gpt-4o` where there is no `panel` either."""
    panel: tuple[PanelEntry, ...] = ()
    """Several judges, each of which rates every response."""
    prompt: str = "judge"
    """The template in prompts/ that is sent."""
    principles: tuple[str, ...] = ()
    """Ids of the principles to rate, all of principles/ where left out."""
    sampling: Sampling = Sampling(temperature=0.0, max_tokens=4096)
    """The parameters of every judge without its own."""
    accept: tuple[Finish, ...] = ("stop",)
    """Which responses are rated, by how they ended: empty, refused and cut-off ones are not."""
    repeats: int = Field(default=1, ge=1)
    """How often a judge rates each response."""
    aggregate: Aggregate = "mean"
    """What several ratings come to: first a judge's repeats, then the judges. `trimmed_mean`
    leaves out the highest and the lowest of three or more."""
    quorum: int | None = Field(default=None, ge=1)
    """The least number of judges whose ratings are complete; all of them where left out."""
    order: PrincipleOrder = "permuted"
    """Whether the order of the principles changes from response to response, or is the rubric's."""
    seed: int = 0
    """Changes which response gets which order."""
    per_principle: bool = False
    """Ask about one principle a call instead of all in one."""
    exclude_self: bool = False
    """A judge does not rate the answers of its own model."""
    expected_scores: bool = False
    """Ask for log-probabilities, and keep the expected score beside each rating."""
    review_spread: int | None = Field(default=2, ge=1, le=4)
    """Ratings of one principle this many points apart send a response to review; never where it
    is null."""

    @field_validator("model")
    @classmethod
    def _reference(cls, value: str | None) -> str | None:
        return None if value is None else model_reference(value)

    @field_validator("panel")
    @classmethod
    def _distinct(cls, panel: tuple[PanelConfig, ...]) -> tuple[PanelConfig, ...]:
        models = [one.model for one in panel]
        for model in models:
            if models.count(model) > 1:
                raise ValueError(f"'{model}' sits here twice: give it `repeats:` instead")
        return panel

    @model_validator(mode="after")
    def _one_or_several(self) -> JudgeConfig:
        if self.panel and self.model:
            raise ValueError("has both `model:` (one judge) and `panel:` (several): remove one")
        if self.quorum and self.quorum > len(self.judges):
            raise ValueError(f"quorum is {self.quorum}, and there are {len(self.judges)} judges")
        return self

    @property
    def judges(self) -> tuple[Judge, ...]:
        """Everyone who rates; one where there is no panel."""
        panel = self.panel or (PanelConfig(model=self.model or DEFAULT_JUDGE),)
        return tuple(
            Judge(one.model, one.repeats or self.repeats, one.sampling or self.sampling)
            for one in panel
        )
