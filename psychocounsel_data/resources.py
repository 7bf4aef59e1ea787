"""Find and read what psychologists write: principles/, prompts/, and the examples beside them.

A run folder that has its own `principles/` uses those and no others; one that has its own
`prompts/<name>.md.j2` uses that. All else comes with the package: from the top of the repository
in a checkout, from inside the package once installed.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from psychocounsel_data.errors import ConfigError
from psychocounsel_data.prompts import Prompt
from psychocounsel_data.rubric import Principle, Rubric

_PACKAGE = Path(__file__).parent


def shipped(folder: str) -> Path:
    """A folder that comes with the package: `principles`, `prompts` or `examples`."""
    installed = _PACKAGE / folder
    return installed if installed.is_dir() else _PACKAGE.parent / folder


def load_rubric(folder: Path, only: Sequence[str] = ()) -> Rubric:
    """The principles of a run, in the order of the released columns.

    Args:
        folder: the run folder, whose own `principles/` is used where there is one.
        only: ids to keep; all where empty.

    Raises:
        ConfigError: a file is not a principle, two have one id, or an id in `only` is unknown.
    """
    own = folder / "principles"
    files = sorted((own if own.is_dir() else shipped("principles")).glob("*.yaml"))
    if not files:
        raise ConfigError(f"{own}: has no principle in it: add <id>.yaml or remove the folder")
    principles = [_principle(file) for file in files]
    _check_only(only, [principle.id for principle in principles])
    chosen = [one for one in principles if not only or one.id in only]
    return Rubric(sorted(chosen, key=lambda one: (one.order, one.id)))


def load_prompt(folder: Path, name: str, constants: Mapping[str, Any]) -> Prompt:
    """A prompt template with the variables that are the same for every call.

    Raises:
        ConfigError: there is no such template, or it cannot be read.
    """
    places = [folder / "prompts", shipped("prompts")]
    for place in places:
        file = place / f"{name}.md.j2"
        if file.is_file():
            return Prompt(name, _text(file), constants)
    known = sorted({file.name.removesuffix(".md.j2") for p in places for file in p.glob("*.md.j2")})
    raise ConfigError(
        f"no prompt '{name}': {_nearest(name, known)}; or write {places[0]}/{name}.md.j2"
    )


def judge_prompt(folder: Path, name: str, rubric: Rubric) -> Prompt:
    """The judge's template with its principles and the form of the reply. Raises ConfigError."""
    constants = {"principles": rubric.principles, "schema": rubric.skeleton}
    return load_prompt(folder, name, constants)


def _principle(file: Path) -> Principle:
    try:
        principle = Principle.model_validate(yaml.safe_load(_text(file)))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{file}:{line}: not valid YAML: {error.problem}") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ConfigError(f"{file}: {key}: {first['msg']}") from error
    if principle.id != file.stem:
        raise ConfigError(f"{file}: its id is '{principle.id}': name the file {principle.id}.yaml")
    return principle


def _check_only(only: Sequence[str], known: Sequence[str]) -> None:
    for wanted in only:
        if wanted not in known:
            raise ConfigError(
                f"judge.principles: no principle '{wanted}': {_nearest(wanted, known)}"
            )


def _nearest(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean '{close[0]}'?" if close else f"there are {', '.join(known)}"


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read: {error}") from error
