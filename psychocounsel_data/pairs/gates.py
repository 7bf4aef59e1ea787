"""The gates: what keeps a pair out although its scores differ enough. Pure.

They are asked in the order of `GATES`. A pair is kept out for the first that speaks against it; the
others that do are noted beside it. A fault of an answer is known before it meets another; what is
wrong with two together is asked of every two that have the margin.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Final, NamedTuple

from psychocounsel_data.checks import BOILERPLATE, PERSONA_LEAK, REFUSAL, Phrases, likeness
from psychocounsel_data.config import PairGates
from psychocounsel_data.pairs.scale import exactly, known_principles
from psychocounsel_data.risk.policy import LEAST_SAFE, SAFETY

if TYPE_CHECKING:
    import polars as pl

GATES: Final[Mapping[str, str]] = {
    "same_text": "both have the same words",
    "near_identical": "the two say nearly the same",
    "safety_floor": "the chosen answer's safety is rated below the floor",
    "safety_veto": "the rejected answer is rated safer",
    "risk_veto": "the speech shows signs of danger, and the chosen answer is not rated safe enough",
    "principle_floor": "the chosen answer is rated below the floor of a principle",
    "principle_margin": "on a principle, the chosen answer is not better enough",
    "refusal": "an answer declines to answer",
    "boilerplate": "in an answer, a model speaks of itself or announces an answer",
    "persona_leak": "an answer speaks its part aloud, as in “As a therapist, I”",
    "other_language": "an answer is in another language or script than the speech",
    "too_long": "speech and answer have too many tokens",
    "length_ratio": "one answer is too much longer than the other",
    "speech_cap": "the speech has enough pairs",
    "repeated_chosen": "the answer is chosen often enough",
    "model_cap": "the model is chosen often enough",
    "model_share": "the model is chosen in too large a share of the pairs",
    "length_match": "its answers differ most in length, and on average they would differ too much",
}
"""Gate to what it means, in the order they are asked; those after `length_ratio` hold for a whole
split and are asked of the pairs that are left."""

_BITS: Final = {name: 1 << number for number, name in enumerate(GATES)}
PHRASES: Final[Mapping[str, Phrases]] = {
    "refusal": REFUSAL,
    "boilerplate": BOILERPLATE,
    "persona_leak": PERSONA_LEAK,
}


def bit(name: str) -> int:
    """The gate's place in a mask; the lowest is asked first."""
    return _BITS[name]


def reasons(mask: int) -> tuple[str, ...]:
    """The gates in a mask, in their order."""
    return tuple(name for name, place in _BITS.items() if mask & place)


def first_reason(mask: pl.Expr) -> pl.Expr:
    """The first gate of each mask; null where there is none."""
    return mask.bitwise_trailing_zeros().replace_strict(
        dict(enumerate(GATES)), default=None, return_dtype=_enum()
    )


def _enum() -> pl.Enum:
    import polars as pl

    return pl.Enum(list(GATES))


def flag(name: str, condition: pl.Expr) -> pl.Expr:
    """The gate's bit where a condition holds, else 0."""
    import polars as pl

    return pl.when(condition.fill_null(value=False)).then(bit(name)).otherwise(0).cast(pl.UInt32)


def together(flags: Sequence[pl.Expr]) -> pl.Expr:
    """Several flags as one mask."""
    import polars as pl

    return reduce(or_, flags, pl.lit(0, pl.UInt32))


class Faults(NamedTuple):
    """The faults of answers that may be on neither side, and of those that may not be chosen."""

    either: pl.Expr
    chosen: pl.Expr


def text_faults(gates: PairGates, text: pl.Expr) -> Faults:
    """Faults that show in an answer's words, as masks."""
    either: list[pl.Expr] = []
    chosen: list[pl.Expr] = []
    for name, phrases in PHRASES.items():
        side = getattr(gates, name)
        if side is not None:
            (either if side == "either" else chosen).append(flag(name, phrases.found(text)))
    return Faults(together(either), together(chosen))


class RatingGates:
    """The gates that read ratings, for the principles and the unit of a rubric's whole numbers."""

    def __init__(self, gates: PairGates, principles: Sequence[str], unit: int) -> None:
        """Raises ConfigError: a floor or margin for an unknown principle, or no finite number."""
        known_principles(gates.floors, principles, "pairs.gates.floors")
        known_principles(gates.margins, principles, "pairs.gates.margins")
        self._gates = gates
        self._unit = unit
        self._rates_safety = SAFETY in principles

    def faults_of_chosen(self) -> pl.Expr:
        """Why an answer may not be chosen, over its columns of ratings."""
        import polars as pl

        flags = []
        if self._gates.safety_floor is not None and self._rates_safety:
            below = self._below(pl.col(SAFETY), self._gates.safety_floor, "safety_floor")
            flags.append(flag("safety_floor", below))
        for name, floor in self._gates.floors.items():
            flags.append(
                flag("principle_floor", self._below(pl.col(name), floor, f"floors.{name}"))
            )
        return together(flags)

    def faults_of_two(self) -> pl.Expr:
        """What is wrong with two together, over `chosen_*`, `rejected_*` and `veto`."""
        import polars as pl

        chosen, rejected = pl.col(f"chosen_{SAFETY}"), pl.col(f"rejected_{SAFETY}")
        flags = []
        if self._gates.safety_veto and self._rates_safety:
            flags.append(flag("safety_veto", chosen < rejected))
        if self._gates.risk_veto:
            # As `risk.policy.passes_veto`: what was not rated is not known to be safe.
            unsafe = (
                (chosen < rejected) | (chosen < LEAST_SAFE * self._unit)
                if self._rates_safety
                else pl.lit(value=True)
            )
            flags.append(flag("risk_veto", pl.col("veto") & unsafe))
        for name, margin in self._gates.margins.items():
            better = pl.col(f"chosen_{name}") - pl.col(f"rejected_{name}")
            flags.append(flag("principle_margin", self._below(better, margin, f"margins.{name}")))
        return together(flags)

    @property
    def reads(self) -> tuple[str, ...]:
        """The principles whose ratings `faults_of_two` reads."""
        safety = {SAFETY} if self._rates_safety else set()
        return tuple(sorted(safety | set(self._gates.margins)))

    def _below(self, value: pl.Expr, bound: float, key: str) -> pl.Expr:
        """Whether a whole number stands for less than the bound, exactly."""
        exact = exactly(bound, f"pairs.gates.{key}") * self._unit
        return value * exact.denominator < exact.numerator


def faults_of_words(gates: PairGates) -> pl.Expr:
    """What is wrong with the words of two together, over `chosen_*` and `rejected_*`."""
    import polars as pl

    flags = [flag("same_text", pl.col("chosen_text") == pl.col("rejected_text"))]
    if gates.near_identical is not None:
        alike = likeness(pl.col("chosen_sentences"), pl.col("rejected_sentences"))
        flags.append(flag("near_identical", alike >= gates.near_identical))
    if gates.max_length_ratio is not None:
        lengths = pl.col("chosen_chars"), pl.col("rejected_chars")
        ratio = pl.max_horizontal(*lengths) / pl.min_horizontal(*lengths)
        flags.append(flag("length_ratio", ratio > gates.max_length_ratio))
    return together(flags)


def in_use(gates: PairGates) -> Iterator[str]:
    """The gates that are on, in their order; `same_text` always is."""
    on = {
        "same_text": True,
        "principle_floor": bool(gates.floors),
        "principle_margin": bool(gates.margins),
        "too_long": gates.max_tokens,
        "length_ratio": gates.max_length_ratio,
        "speech_cap": gates.max_per_speech,
        "repeated_chosen": gates.max_times_chosen,
        "model_cap": gates.max_per_model,
        "model_share": gates.max_model_share,
        "length_match": gates.max_mean_length_difference is not None,
    }
    for name in GATES:
        if on[name] if name in on else getattr(gates, name):
            yield name
