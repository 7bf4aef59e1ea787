"""How a judge is asked: the sheets of one rubric, and which of them a response gets.

A sheet is one set of words with one form of reply: all principles in one of the balanced orders,
or one principle by itself. Whatever the sheet, the judgments of one questionnaire are of one
rubric and carry its label.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from psychocounsel_data.config import JudgeConfig
from psychocounsel_data.errors import ConfigError
from psychocounsel_data.judging.ordering import balanced_orders, drawn_order
from psychocounsel_data.prompts import Prompt
from psychocounsel_data.resources import judge_prompt, load_prompt, load_rubric
from psychocounsel_data.rubric import Rubric

_FORMS = {None: True, "reasons_and_ratings": True, "ratings": False}
"""The word in a template's `reply` block to whether each rating comes after a reason."""


class Sheet(NamedTuple):
    """One way of asking."""

    rubric: Rubric
    """The principles asked, in the order they are shown."""
    prompt: Prompt


class Questionnaire:
    """Everything a judge may be asked about a response.

    Attributes:
        rubric: all principles, in the order of the released columns.
        label: `prompt@version`, as judgments keep it: the same for every order of the principles,
            another where each is asked by itself.
        sheets: the ways of asking.
    """

    def __init__(self, folder: Path, config: JudgeConfig) -> None:
        """Raises ConfigError where the principles or the prompt cannot be used."""
        self._config = config
        principles = load_rubric(folder, config.principles).principles
        self.rubric = Rubric(principles, reasons=_wants_reasons(folder, config.prompt))
        self.sheets = tuple(
            Sheet(rubric, judge_prompt(folder, config.prompt, rubric)) for rubric in self._rubrics()
        )
        self.label = self._label(judge_prompt(folder, config.prompt, self.rubric))

    def asked(self, response_id: str, repeat: int) -> Iterator[int]:
        """The sheets that one rating of one response takes, as indexes."""
        if self._config.per_principle:
            yield from range(len(self.sheets))
        else:
            count = len(self.sheets)
            yield drawn_order(response_id, repeat, count=count, seed=self._config.seed)

    def is_plain(self, sheet: Sheet) -> bool:
        """Whether a sheet asks all principles in the rubric's own order."""
        return sheet.rubric.ids == self.rubric.ids

    def _rubrics(self) -> Iterator[Rubric]:
        named = {principle.id: principle for principle in self.rubric.principles}
        orders: tuple[tuple[str, ...], ...]
        if self._config.per_principle:
            orders = tuple((one,) for one in self.rubric.ids)
        elif self._config.order == "permuted":
            orders = balanced_orders(self.rubric.ids, self._config.seed)
        else:
            orders = (self.rubric.ids,)
        for order in orders:
            yield Rubric([named[one] for one in order], reasons=self.rubric.reasons)

    def _label(self, plain: Prompt) -> str:
        if not self._config.per_principle:
            return plain.label
        versions = "\0".join(["per_principle", *(sheet.prompt.version for sheet in self.sheets)])
        return f"{plain.name}@{hashlib.sha256(versions.encode()).hexdigest()[:12]}"


def _wants_reasons(folder: Path, prompt: str) -> bool:
    """Whether a judge's template asks for a reason before each rating, which is the rule."""
    form = load_prompt(folder, prompt, {}).reply_form
    if form not in _FORMS:
        known = " or ".join(f"`{word}`" for word in _FORMS if word)
        raise ConfigError(f"prompt '{prompt}': its block reply says '{form}': write {known}")
    return _FORMS[form]
