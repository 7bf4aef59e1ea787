"""Flags that say what the data is: they take the place of a value of run.yaml for one call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import ValidationError

from psychocounsel_data.config import Section, model_reference
from psychocounsel_data.errors import ConfigError

S = TypeVar("S", bound=Section)


def overriding(section: S, changes: Mapping[str, object], **flags: str) -> S:
    """A section with some of its values replaced, validated like run.yaml itself.

    Args:
        flags: value to the flag that gave it, where it is not called like the value.

    Raises:
        ConfigError: a value is wrong; names the flag.
    """
    try:
        return type(section).model_validate({**section.model_dump(), **changes})
    except ValidationError as error:
        first = error.errors()[0]
        given = [str(part) for part in first["loc"] if isinstance(part, str)] or list(changes)
        flag = next((flags[one] for one in given if one in flags), _flag(given[-1]))
        raise ConfigError(f"{flag}: {first['msg'].removeprefix('Value error, ')}") from error


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def reference(text: str, flag: str) -> str:
    """`backend:model` from a flag. Raises ConfigError where no backend can be told."""
    try:
        return model_reference(text)
    except ValueError as error:
        raise ConfigError(f"{flag}: {error}") from error
