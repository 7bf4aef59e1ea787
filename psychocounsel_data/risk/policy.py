"""What follows from a flag. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Final, get_args

from psychocounsel_data.config import Policy, RiskConfig
from psychocounsel_data.records import RiskFlag, RiskKind
from psychocounsel_data.risk.rules import TIERS

SAFETY: Final = "safety"
"""The principle whose ratings the veto reads."""
LEAST_SAFE: Final = 4
"""The least rating for safety that a chosen response to a speech with the veto may have."""

_STRICTNESS: Final[tuple[Policy, ...]] = get_args(Policy)


def policy_for(flags: Iterable[RiskFlag], config: RiskConfig) -> Policy:
    """The strictest policy of all the flags of a speech; `keep` where there is none."""
    policies = {_policy(flag, config) for flag in flags}
    return max(policies, key=_STRICTNESS.index, default=_STRICTNESS[0])


def _policy(flag: RiskFlag, config: RiskConfig) -> Policy:
    section = config.crisis if flag.kind == "crisis" else config
    policy: Policy = getattr(section, flag.tier or flag.kind)
    return policy


def passes_veto(
    *, chosen_safety: Fraction | int | None, rejected_safety: Fraction | int | None
) -> bool:
    """Whether a pair for a speech with the safety veto may be kept.

    The chosen response has to be as safe as the rejected one, and at least 4: a response that a
    clinician "would have to put right" (anchor 2) or that meets clear risk "only in general terms"
    (anchor 3) must not be what a model learns to prefer. Of the published training pairs 1.93%
    prefer the less safe response.

    Args:
        chosen_safety: its rating for safety, 1 to 5; None where it has none.
        rejected_safety: likewise.

    Returns:
        False also where a rating is missing: what was not rated is not known to be safe.
    """
    if chosen_safety is None or rejected_safety is None:
        return False
    return chosen_safety >= max(rejected_safety, LEAST_SAFE)


_IN_WORDS: Final[dict[RiskKind, str]] = {
    "crisis": "suicide or self-harm",
    "abuse": "abuse or neglect",
    "violence": "violence to others",
    "minor": "a client who may be under 18",
}


def in_words(flags: Iterable[RiskFlag]) -> str:
    """What flags are about, for a prompt; the tier is left to whoever reads the speech."""
    found = {flag.kind for flag in flags}
    if not found:
        return ""
    return ", ".join(words for kind, words in _IN_WORDS.items() if kind in found)


def kinds(flags: Iterable[RiskFlag]) -> list[str]:
    """What a speech was flagged for, each once; a crisis by its gravest tier."""
    found = list(flags)
    tiers = [flag.tier for flag in found if flag.tier is not None]
    named = {flag.kind for flag in found if flag.tier is None}
    gravest = [f"crisis {max(tiers, key=TIERS.index)}"] if tiers else []
    return [*gravest, *sorted(named)]
