"""Reading run.yaml: every mistake in one line that names file, line, key and remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from psychocounsel_data.config.whole import RunConfig
from psychocounsel_data.errors import ConfigError


def load_config(path: Path) -> RunConfig:
    """Read and validate a run.yaml.

    Raises:
        ConfigError: one line for each mistake, with file, line, key and remedy.
    """
    try:
        text = path.read_text("utf-8-sig")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    except yaml.MarkedYAMLError as error:
        raise ConfigError(_yaml_mistake(path, error)) from error
    if not isinstance(root, yaml.MappingNode):
        raise ConfigError(f"{path}: is empty or not `key: value` lines; it needs `sources:`")
    _refuse_repeated_keys(path, root)
    try:
        return RunConfig.model_validate(yaml.safe_load(text))
    except ValidationError as error:
        lines = [_mistake(path, root, details) for details in _deepest(error.errors())]
        raise ConfigError("\n".join(lines)) from error


def _deepest(mistakes: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without those that only follow from a mistake further inside."""
    places = [mistake["loc"] for mistake in mistakes]
    return [
        mistake
        for mistake in mistakes
        if not any(_inside(place, mistake["loc"]) for place in places)
    ]


def _inside(place: tuple[int | str, ...], outer: tuple[int | str, ...]) -> bool:
    return len(place) > len(outer) > 0 and place[: len(outer)] == outer


def _yaml_mistake(path: Path, error: yaml.MarkedYAMLError) -> str:
    line = error.problem_mark.line + 1 if error.problem_mark else 1
    return f"{path}:{line}: not valid YAML: {error.problem}"


def _refuse_repeated_keys(path: Path, node: yaml.Node) -> None:
    """YAML takes the last of two equal keys without a word; a person means neither."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_repeated_keys(path, item)
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        if key.value in seen:
            line = key.start_mark.line + 1
            raise ConfigError(f"{path}:{line}: '{key.value}' stands here twice: remove one")
        seen.add(key.value)
        _refuse_repeated_keys(path, value)


def _mistake(path: Path, root: yaml.Node, details: ErrorDetails) -> str:
    """`run.yaml:7: generate.per_speach: unknown key; did you mean 'per_speech'?`"""
    loc = details["loc"]
    key = ".".join(str(part) for part in loc)
    where = f"{path}:{_line(root, loc)}: {key}" if key else f"{path}"
    if details["type"] == "extra_forbidden":
        return f"{where}: unknown key; {_nearest(loc)}"
    if details["type"] == "missing":
        return f"{where}: is missing"
    message = details["msg"].removeprefix("Value error, ")
    if details["type"] == "value_error":
        return f"{where}: {message}"
    return f"{where}: {message} (it is {details['input']!r})"


def _line(root: yaml.Node, loc: Sequence[int | str]) -> int:
    """The line of the deepest node that the location leads to, counted from 1."""
    line = root.start_mark.line
    node: yaml.Node | None = root
    for part in loc:
        found = _child(node, part)
        if found is None:
            break
        line, node = found
    return line + 1


def _child(node: yaml.Node | None, part: int | str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line, node.value[part]
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return key.start_mark.line, value
    return None


def _nearest(loc: Sequence[int | str]) -> str:
    known = sorted(_fields_at(loc[:-1]))
    close = difflib.get_close_matches(str(loc[-1]), known, n=1)
    return f"did you mean '{close[0]}'?" if close else f"known are {', '.join(known)}"


def _fields_at(loc: Sequence[int | str]) -> set[str]:
    """The keys that are valid at a place, through lists, mappings, unions and optional sections."""
    sections: list[type[BaseModel]] = [RunConfig]
    for part in loc:
        if isinstance(part, int):
            continue
        found = [
            section
            for parent in sections
            if part in parent.model_fields
            for section in _sections_in(parent.model_fields[part].annotation)
        ]
        sections = found or sections
    return {name for section in sections for name in section.model_fields}


def _sections_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _sections_in(argument)
