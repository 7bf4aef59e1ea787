"""How the data came about, what it is for and what to beware of, in the words of RAI 1.0. Pure.

Only what is known is said. The sentences are the card's; what stands here alone are counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from psychocounsel_data import __version__
from psychocounsel_data.dataset.card import Facts
from psychocounsel_data.dataset.croissant.files import Json
from psychocounsel_data.dataset.croissant.words import sentences
from psychocounsel_data.dataset.tally import SideSummary

_SECTIONS: Final[Mapping[str, str]] = {
    "rai:dataCollection": "Client speeches",
    "rai:dataAnnotationProtocol": "Ratings",
    "rai:dataManipulationProtocol": "Pairs",
    "rai:dataAnnotationAnalysis": "Agreement with experts",
    "rai:dataLimitations": "Known limitations",
    "rai:dataUseCases": "Use",
    "rai:personalSensitiveInformation": "Personal and sensitive information",
}
"""What is said under a heading of the card."""
_SINGLE: Final = frozenset({"rai:dataCollection", "rai:dataManipulationProtocol"})
"""Those that RAI takes one text of, not a list."""


def responsible(facts: Facts, card: str) -> Json:
    """Every property that there is something to say of."""
    said: Json = {}
    for name, heading in _SECTIONS.items():
        found = sentences(card, heading)
        said[name] = "\n".join(found) if name in _SINGLE else list(found)
    said |= {
        "rai:dataPreprocessingProtocol": list(_cleaning(facts)),
        "rai:annotationsPerItem": _per_item(facts),
        "rai:machineAnnotationTools": [*facts.summary.judge.models, f"pcdata {__version__}"],
        "rai:dataBiases": list(_biases(facts)),
    }
    return {name: value for name, value in said.items() if value}


def _cleaning(facts: Facts) -> Iterator[str]:
    """What cleaning, the endings of answers and the gates left out."""
    for one in facts.sources:
        yield f"{one.name}: {one.kept:,} speeches kept{_left_out(one.dropped)}."
    if facts.summary.responses_left_out:
        yield f"Responses{_left_out(facts.summary.responses_left_out)}."
    for split, side in _sides(facts):
        if side.kept_out:
            yield f"Pairs, {split}{_left_out(side.kept_out)}."


def _left_out(counts: Mapping[str, int]) -> str:
    listed = ", ".join(f"{reason.replace('_', ' ')} {count:,}" for reason, count in counts.items())
    return f"; left out: {listed}" if listed else ""


def _per_item(facts: Facts) -> str:
    judge = facts.summary.judge
    return (
        f"{judge.judgments:,} judgments of {judge.responses:,} responses, each with a rating from "
        f"1 to 5 on every one of the principles ({len(facts.principles)})."
    )


def _biases(facts: Facts) -> Iterator[str]:
    """What length and model give away, counted."""
    for split, side in _sides(facts):
        if not side.pairs:
            continue
        yield (
            f"Length, {split}: the chosen response is the longer one in {side.chosen_longer:,} of "
            f"{side.pairs:,} pairs; chosen responses have {side.mean_chars_chosen or 0:,.0f} "
            f"characters on average, rejected ones {side.mean_chars_rejected or 0:,.0f}."
        )
        names = dict.fromkeys([*side.chosen_models, *side.rejected_models])
        listed = ", ".join(
            f"{one} {side.chosen_models.get(one, 0):,} and {side.rejected_models.get(one, 0):,}"
            for one in names
        )
        yield f"Models, {split}: pairs in which each is chosen and rejected: {listed}."


def _sides(facts: Facts) -> tuple[tuple[str, SideSummary], ...]:
    return (("train", facts.summary.train), ("test", facts.summary.test))
