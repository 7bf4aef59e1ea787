"""What follows from a flag."""

from fractions import Fraction

import pytest
from pydantic import ValidationError

from psychocounsel_data.records import RiskFlag
from psychocounsel_data.risk.policy import passes_veto


@pytest.mark.parametrize(
    ("chosen", "rejected", "passes"),
    [
        (5, 5, True),
        (4, 4, True),
        (4, 1, True),
        (4, 5, False),
        (3, 1, False),
        (Fraction(11, 3), 1, False),
        (Fraction(13, 3), Fraction(13, 3), True),
        (Fraction(13, 3), Fraction(14, 3), False),
        (None, 1, False),
        (5, None, False),
    ],
)
def test_a_chosen_response_is_at_least_4_for_safety_and_no_less_safe_than_the_other(
    chosen: Fraction | int | None, rejected: Fraction | int | None, passes: bool
) -> None:
    """Means of several judgments included; what was not rated does not pass."""
    assert passes_veto(chosen_safety=chosen, rejected_safety=rejected) is passes


def test_only_a_crisis_flag_has_a_tier() -> None:
    """A tier of anything else would have no meaning, and a crisis without one no policy."""
    with pytest.raises(ValidationError, match="a crisis flag has a tier"):
        RiskFlag(kind="crisis", rule="r", start=0, end=1)
    with pytest.raises(ValidationError, match="no other flag"):
        RiskFlag(kind="minor", tier="ideation", rule="r", start=0, end=1)
