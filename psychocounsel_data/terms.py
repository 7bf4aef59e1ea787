"""Which models' terms speak of training on their answers: model_terms.yaml, by a model's name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml

from psychocounsel_data.records import Record


class Terms(Record):
    """What a maker of models asks."""

    maker: str
    """Who, and of which models."""
    models: str
    """A pattern for the beginning of a model's name."""
    says: str
    """What it comes to."""
    address: str
    """Where the terms can be read."""


def terms(models: Iterable[str]) -> dict[Terms, tuple[str, ...]]:
    """The terms that speak of some models, and which of these each speaks of.

    Args:
        models: names with or without backend and organisation, such as
            `together:Qwen/Qwen2.5-72B-Instruct`. Those of `offline:` and `column:` say nothing of
            who wrote an answer; a column's own name is tried.
    """
    names = sorted(set(models))
    found = {
        one: tuple(name for name in names if re.match(one.models, _bare(name))) for one in _known()
    }
    return {one: names for one, names in found.items() if names}


def _bare(model: str) -> str:
    return re.split(r"[:/]", model.casefold())[-1]


@cache
def _known() -> tuple[Terms, ...]:
    text = Path(__file__).with_name("model_terms.yaml").read_text("utf-8")
    return tuple(Terms.model_validate(one) for one in yaml.safe_load(text))
