"""Cleaning: ordered, named, switchable steps between a source's rows and speeches.jsonl. Pure.

Every step is in a file of its own and is switched by the key under `clean:` that has its name. To
add one, write it and put it where it belongs in `chain`.
"""

from __future__ import annotations

from collections.abc import Iterable

from psychocounsel_data.cleaning.contamination import Contamination
from psychocounsel_data.cleaning.duplicates import Duplicates
from psychocounsel_data.cleaning.language import Language
from psychocounsel_data.cleaning.length import Length
from psychocounsel_data.cleaning.markup import read, unmarked
from psychocounsel_data.cleaning.step import Chain, Step, StepCount, TextStep, Unfit
from psychocounsel_data.cleaning.words import composed, normalise, spaced, unglued, visible, words
from psychocounsel_data.config import CleanConfig

__all__ = [
    "Chain",
    "Step",
    "StepCount",
    "TextStep",
    "Unfit",
    "chain",
    "normalise",
    "text_steps",
    "words",
]


def chain(
    config: CleanConfig, duplicates: Duplicates, questions: Iterable[tuple[str, str]] = ()
) -> Chain:
    """The steps that run.yaml asks for, in order.

    Args:
        config: `clean:` of run.yaml.
        duplicates: what recognises texts that are in twice; the loader asks it about them too.
        questions: name and text of every question of `decontaminate_against:`.
    """
    return Chain(text_steps(config), _speech_steps(config, duplicates, questions))


def text_steps(config: CleanConfig) -> list[TextStep]:
    """What is done to every text: columns, turns of a dialogue, existing answers."""
    steps: list[TextStep] = []
    if config.unicode:
        steps.append(TextStep("unicode", composed))
    if config.html != "off":
        steps.append(TextStep("html", read if config.html == "always" else unmarked))
    if config.invisible:
        steps.append(TextStep("invisible", visible))
    if config.white_space:
        steps.append(TextStep("white_space", spaced))
    if config.unglue:
        steps.append(TextStep("unglue", unglued))
    return steps


def _speech_steps(
    config: CleanConfig, duplicates: Duplicates, questions: Iterable[tuple[str, str]]
) -> list[Step]:
    """What is done to every speech. A step that changes the text comes after these."""
    steps: list[Step] = [Length(config), duplicates]
    if config.language != "off":
        steps.append(Language(() if config.language == "flag" else config.language))
    if config.decontaminate_against:
        steps.append(Contamination(questions, config.near_threshold))
    return steps
