"""Signs of danger in what a client wrote: suicide, self-harm, abuse, violence.

Read with the same rules by the counsellors (which then ask about safety) and by the judge (which
then expects it). What counts is said in one place for the whole package, `risk/rules/*.yaml`; here
it is only put into four words. What a client says of somebody else's suicide is left to the
grief that it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from psychocounsel_data.records import RiskFlag
from psychocounsel_data.risk.flagging import OTHER, flags

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Risk = Literal["suicide", "self-harm", "abuse", "violence"]

_OF_ANOTHER: Final = ("suicide.of-another", "self-harm.of-another")


def risks(tokens: Sequence[str]) -> tuple[Risk, ...]:
    """The kinds of danger the words speak of, each once, in the order they come up."""
    return risks_in(" ".join(tokens))


def risks_in(text: str) -> tuple[Risk, ...]:
    """The same, of a text."""
    return tuple(dict.fromkeys(risk for flag in flags(text) for risk in _named(flag)))


def _named(flag: RiskFlag) -> Iterator[Risk]:
    if flag.kind == "crisis" and not flag.rule.endswith(OTHER) and flag.rule not in _OF_ANOTHER:
        yield "suicide" if flag.rule.startswith("suicide.") else "self-harm"
    elif flag.kind == "abuse":
        yield "abuse"
    elif flag.kind == "violence":
        yield "violence"
