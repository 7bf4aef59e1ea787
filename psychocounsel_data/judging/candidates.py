"""Which responses may be rated: the newest of each speech, model and sample, by how it ended.

No text stays in memory: a response is remembered by the byte at which its line starts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from sys import intern
from typing import NamedTuple

from psychocounsel_data import bulk
from psychocounsel_data.records import Finish, Response


class _Answer(NamedTuple):
    """A response without its text."""

    id: str
    speech_id: str
    model: str
    name: str
    finish: Finish
    text_key: int
    """Equal for equal texts."""
    position: int


def newest_responses(path: Path, speeches: Container[str], left_out: Counter[str]) -> list[_Answer]:
    """The newest response of each speech, model and sample."""
    newest: dict[tuple[str, str, int], _Answer] = {}
    for position, response in bulk.positioned(path, Response):
        if response.speech_id not in speeches:
            left_out["unknown_speech"] += 1
            continue
        answer = _answer(response, position)
        key = (answer.speech_id, answer.model, response.sample)
        left_out["superseded"] += key in newest
        newest[key] = answer
    return list(newest.values())


def _answer(response: Response, position: int) -> _Answer:
    return _Answer(
        response.id,
        intern(response.speech_id),
        intern(response.model),
        intern(response.name),
        response.finish,
        hash(response.text),
        position,
    )


def accepted(
    newest: Sequence[_Answer],
    accept: Container[Finish],
    exclude_models: Container[str],
    left_out: Counter[str],
) -> Iterator[_Answer]:
    for answer in newest:
        if answer.model in exclude_models or answer.name in exclude_models:
            left_out["excluded_model"] += 1
        elif answer.finish not in accept:
            left_out[f"finish_{answer.finish}"] += 1
        else:
            yield answer
