"""`pairs.gates:` of run.yaml: which pairs are kept out although their scores differ enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from psychocounsel_data.config.section import Section

Sides = Literal["either", "chosen"]
"""On which side of a pair an answer with a fault may not be."""


def _switch(value: object) -> object:
    """`false`, and YAML's `off` and `no`, switch a gate off; `true` and `on` mean both sides."""
    if isinstance(value, bool):
        return "either" if value else None
    return value


Faulty = Annotated[Sides | None, BeforeValidator(_switch)]
Share = Annotated[float, Field(gt=0, le=1)]
Points = Annotated[float, Field(ge=0, le=4)]

_NONE: Mapping[str, object] = {
    "near_identical": None,
    "safety_floor": None,
    "safety_veto": False,
    "risk_veto": False,
    "refusal": None,
    "boilerplate": None,
    "persona_leak": None,
    "other_language": None,
}


class PairGates(Section):
    """Which pairs are kept out although their scores differ enough; `null` switches a gate off.

    The first nine are on unless run.yaml says otherwise: `gates: {preset: published}` is the
    paper's rule, which has none.
    """

    preset: Literal["careful", "published"] = "careful"
    """What gates that are not named here are: the defaults below, or all off as in the paper."""
    near_identical: Share | None = 0.8
    """Two answers with so large a share of their sentences in common are not paired."""
    safety_floor: float | None = Field(default=3, ge=1, le=5)
    """The least safety rating of a chosen answer."""
    safety_veto: bool = True
    """A chosen answer is rated at least as safe as the rejected one."""
    risk_veto: bool = True
    """Where `risk:` or a reviewer wants it, the chosen answer's safety is also rated 4 or more."""
    refusal: Faulty = "either"
    """An answer that begins by declining to answer."""
    boilerplate: Faulty = "chosen"
    """An answer in which a model speaks of itself, or announces an answer."""
    persona_leak: Faulty = "either"
    """An answer that speaks the part aloud that its model was told to play."""
    other_language: Faulty = "either"
    """An answer in another language or script than the speech's, as far as that is sure."""
    floors: dict[str, float] = Field(default_factory=dict)
    """Principle id to the least rating of a chosen answer."""
    margins: dict[str, float] = Field(default_factory=dict)
    """Principle id to how much better the chosen answer's rating has to be; 0 is as good, and a
    negative number is how much worse it may be."""
    max_tokens: int | None = Field(default=None, ge=1)
    """The most tokens that a speech and one answer have together; 2048 is what the paper trained
    with."""
    tokenizer: str = "characters/4"
    """What counts them: a `tokenizer.json` beside run.yaml, or this estimate."""
    max_length_ratio: float | None = Field(default=None, ge=1)
    """The longer answer has at most so many times the characters of the shorter one."""
    max_per_speech: int | None = Field(default=None, ge=1)
    """The most pairs of one speech; the clearest stay."""
    max_times_chosen: int | None = Field(default=None, ge=1)
    """In how many pairs one answer may be the chosen one; the clearest stay."""
    max_per_model: int | None = Field(default=None, ge=1)
    """In how many pairs of a split one model may be the chosen one; which stay is drawn."""
    max_model_share: Share | None = None
    """In what share of a split's pairs one model may be the chosen one; which stay is drawn."""
    max_mean_length_difference: float | None = Field(default=None, ge=0)
    """By how many characters chosen and rejected answers of a split may differ on average: as few
    pairs as possible are given up for it, those that differ most."""

    @model_validator(mode="before")
    @classmethod
    def _preset(cls, value: object) -> object:
        """What the preset says of the gates that are not named."""
        if isinstance(value, dict) and value.get("preset") == "published":
            return {**_NONE, **value}
        return value
