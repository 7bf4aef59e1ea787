"""Flags that say what the data is: they take the place of a value of run.yaml for one call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import ValidationError

from psychocounsel_data.config import Section, model_reference
from psychocounsel_data.errors import ConfigError

S = TypeVar("S", bound=Section)


def overriding(section: S, changes: Mapping[str, object]) -> S:
    """A section with some of its values replaced, validated like run.yaml itself.

    Raises:
        ConfigError: a value is wrong.
    """
    try:
        return type(section).model_validate({**section.model_dump(), **changes})
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(first["msg"].removeprefix("Value error, ")) from error


def reference(text: str) -> str:
    """`backend:model` from a flag. Raises ConfigError where no backend can be told."""
    try:
        return model_reference(text)
    except ValueError as error:
        raise ConfigError(str(error)) from error
