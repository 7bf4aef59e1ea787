"""Text from a row: a column, or a template over columns such as `{title}\\n\\n{body}`.

Inside the braces stands a column's name, and after it, where the column holds lists or objects,
the way in: `{turns[0]}`, `{choices[0][turns][0]}`. Nothing is evaluated.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from psychocounsel_data.cleaning import normalise
from psychocounsel_data.errors import ConfigError

_FIELD = re.compile(r"\{([^{}\[\]]+)((?:\[[^\[\]{}]*\])*)\}")
_STEP = re.compile(r"\[([^\[\]]*)\]")
_MISSING = frozenset({"", "n/a", "na", "nan", "null", "none"})


class Row(NamedTuple):
    """A row of a source."""

    number: int
    """Counted from 0, a header not counted."""
    columns: Mapping[str, object]


class _Field(NamedTuple):
    column: str
    steps: tuple[str, ...]


class Template:
    """What `text:` in run.yaml says, ready to be applied to rows.

    Args:
        text: a column's name, or a template with columns in braces.
        place: where it stands, for messages.
    """

    def __init__(self, text: str, place: str) -> None:
        self._place = place
        parts = _split(text)
        self._parts: tuple[str | _Field, ...] = parts or (_Field(text, ()),)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it needs."""
        return tuple(part.column for part in self._parts if isinstance(part, _Field))

    def check(self, columns: Sequence[str]) -> None:
        """Raises ConfigError where a source has no such column; names the nearest."""
        for wanted in self.columns:
            if wanted not in columns:
                close = difflib.get_close_matches(wanted, columns, n=1)
                hint = f"did you mean '{close[0]}'? " if close else ""
                known = ", ".join(columns)
                raise ConfigError(f"{self._place}: no column '{wanted}'; {hint}there are: {known}")

    def text(self, row: Row, clean: Callable[[str], str] = normalise) -> str:
        """The text of a row; empty where every value in it is missing.

        A value that another one contains is left out with the white space before it, so that a
        title which the body begins with is not said twice.

        Args:
            row: a row of the source.
            clean: what is done to each value before they are put together.
        """
        values = [
            clean(self._value(part, row)) if isinstance(part, _Field) else None
            for part in self._parts
        ]
        said = _without_repeats(values)
        words: list[str] = []
        for part, value in zip(self._parts, said, strict=True):
            if isinstance(part, str):
                words.append(part)
            elif value:
                words.append(value)
        return "".join(words).strip() if any(said) else ""

    def _value(self, field: _Field, row: Row) -> str:
        value: object = row.columns.get(field.column)
        for step in field.steps:
            value = _inside(value, step)
        return "" if missing(value) else str(value)


def missing(value: object) -> bool:
    """Whether a cell says that there is nothing: None, NaN, empty, `n/a`, `null`."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return True
    return isinstance(value, str) and value.strip().casefold() in _MISSING


def _split(text: str) -> tuple[str | _Field, ...]:
    parts: list[str | _Field] = []
    end = 0
    for match in _FIELD.finditer(text):
        if match.start() > end:
            parts.append(text[end : match.start()])
        parts.append(_Field(match[1], tuple(_STEP.findall(match[2]))))
        end = match.end()
    if parts and end < len(text):
        parts.append(text[end:])
    return tuple(parts)


def _inside(value: object, step: str) -> object:
    """One step into a list or an object; None where there is nothing."""
    if isinstance(value, Mapping):
        return value.get(step)
    if isinstance(value, Sequence) and not isinstance(value, str) and step.lstrip("-").isdigit():
        index = int(step)
        return value[index] if -len(value) <= index < len(value) else None
    return None


def _without_repeats(values: Sequence[str | None]) -> list[str | None]:
    """Values that stand inside another one are emptied; of equal ones the last stays."""
    if len(values) == 1:
        return list(values)
    folded = [normalise(value).casefold() if value else "" for value in values]

    def repeated(index: int) -> bool:
        mine = folded[index]
        return bool(mine) and any(
            mine in other and (len(mine) < len(other) or index < place)
            for place, other in enumerate(folded)
            if place != index
        )

    return ["" if value and repeated(index) else value for index, value in enumerate(values)]
