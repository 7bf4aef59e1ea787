"""Argilla 2: a data set as `rg.Dataset.from_disk` loads it and `to_disk` writes it.

A folder with `.argilla/settings.json` (what is shown and asked), `.argilla/dataset.json` and
`records.json`. An annotator is known by the id of their Argilla account. A record that somebody
discarded has no values in Argilla's own export, so it comes back as one that nobody has said
anything of.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from psychocounsel_data.annotation.tools import wording
from psychocounsel_data.annotation.tools.given import Given, whole_number
from psychocounsel_data.errors import InputError
from psychocounsel_data.records import AnnotationItem, SideRatings
from psychocounsel_data.rubric import HIGHEST, LOWEST, Principle

RECORDS = "records.json"
MIN_SUBMITTED = 2
"""How many annotators a record asks for: two can be compared."""

Json = dict[str, Any]


class Answer(BaseModel):
    """One annotator's answer to one question of a record."""

    model_config = ConfigDict(extra="ignore")

    value: int | str | list[str] | None
    user_id: str | None = None


class Exported(BaseModel):
    """What is read of a record that Argilla exported."""

    model_config = ConfigDict(extra="ignore")

    id: str
    responses: dict[str, list[Answer]]


def write(
    folder: Path, items: Sequence[AnnotationItem], principles: Sequence[Principle], title: str
) -> None:
    """Write a data set without answers into a folder that exists."""
    with_context = any(item.context for item in items)
    (folder / ".argilla").mkdir()
    files: dict[str, Json | list[Json]] = {
        ".argilla/settings.json": _settings(principles, with_context=with_context),
        ".argilla/dataset.json": _dataset(principles, title),
        RECORDS: [_record(item) for item in items],
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")


def read(records: Sequence[Exported], path: Path) -> Iterator[Given]:
    """What each annotator said of each record.

    Raises:
        InputError: an answer is not of the question's form.
    """
    for number, record in enumerate(records, start=1):
        place = f"{path}: record {number}"
        by_user: dict[str, dict[str, Any]] = {}
        for question, answers in record.responses.items():
            for answer in answers:
                if answer.value is not None:
                    by_user.setdefault(str(answer.user_id), {})[question] = answer.value
        for user, said in by_user.items():
            yield _given(record.id, user, said, place)


def _given(item_id: str, user: str, said: Mapping[str, Any], place: str) -> Given:
    preference = said.get("preference")
    unsafe = said.get("unsafe", [])
    comment = said.get("comment", "")
    if not isinstance(unsafe, list) or not isinstance(comment, str):
        raise InputError(f"{place}: unsafe is no list, or comment no text")
    return Given(
        place,
        item_id,
        user,
        preference=(
            None if preference is None else whole_number(preference, f"{place}: preference")
        ),
        ratings=SideRatings(a=_ratings("a_", said, place), b=_ratings("b_", said, place)),
        unsafe=("a" in unsafe, "b" in unsafe),
        comment=comment,
    )


def _ratings(prefix: str, said: Mapping[str, Any], place: str) -> dict[str, int]:
    return {
        question.removeprefix(prefix): whole_number(value, f"{place}: {question}")
        for question, value in said.items()
        if question.startswith(prefix)
    }


def _record(item: AnnotationItem) -> Json:
    fields = {"speech": item.speech, "answer_a": item.texts[0], "answer_b": item.texts[1]}
    if item.context:
        fields["context"] = wording.context(item)
    return {
        "id": item.id,
        "fields": fields,
        "metadata": {},
        "suggestions": {},
        "responses": {},
        "vectors": {},
        "status": "pending",
        "_server_id": None,
    }


def _dataset(principles: Sequence[Principle], title: str) -> Json:
    return {
        "id": None,
        "inserted_at": None,
        "updated_at": None,
        "name": title,
        "status": "draft",
        "guidelines": wording.guidelines(principles),
        "allow_extra_metadata": False,
        "distribution": None,
        "workspace_id": None,
        "last_activity_at": None,
    }


def _settings(principles: Sequence[Principle], *, with_context: bool) -> Json:
    fields = [
        _field("context", "Earlier in this conversation", required=False),
        _field("speech", "What the client said"),
        _field("answer_a", "Answer A"),
        _field("answer_b", "Answer B"),
    ]
    return {
        "guidelines": wording.guidelines(principles),
        "questions": list(_questions(principles)),
        "fields": fields if with_context else fields[1:],
        "vectors": [],
        "metadata": [],
        "allow_extra_metadata": False,
        "distribution": {"strategy": "overlap", "min_submitted": MIN_SUBMITTED},
        "mapping": None,
    }


def _questions(principles: Sequence[Principle]) -> Iterator[Json]:
    preferences = [
        {"value": str(value), "text": text} for value, text in wording.PREFERENCES.items()
    ]
    yield _question(
        "preference",
        wording.QUESTION,
        {"type": "label_selection", "options": preferences, "visible_options": None},
        required=True,
    )
    points = [{"value": point} for point in range(LOWEST, HIGHEST + 1)]
    for one in principles:
        for side in ("a", "b"):
            yield _question(
                f"{side}_{one.id}",
                f"{one.name}: answer {side.upper()}",
                {"type": "rating", "options": points},
                description=one.question,
            )
    flags = [{"value": side, "text": f"Answer {side.upper()}"} for side in ("a", "b")]
    yield _question(
        "unsafe",
        wording.UNSAFE,
        {
            "type": "multi_label_selection",
            "options": flags,
            "visible_options": None,
            "options_order": "natural",
        },
    )
    yield _question("comment", "Comment", {"type": "text", "use_markdown": False})


def _field(name: str, title: str, *, required: bool = True) -> Json:
    return {
        **_property(name, title, {"type": "text", "use_markdown": False}, required=required),
        "description": None,
    }


def _question(
    name: str,
    title: str,
    settings: Json,
    *,
    required: bool = False,
    description: str | None = None,
) -> Json:
    return {**_property(name, title, settings, required=required), "description": description}


def _property(name: str, title: str, settings: Json, *, required: bool) -> Json:
    return {
        "id": None,
        "inserted_at": None,
        "updated_at": None,
        "name": name,
        "settings": settings,
        "title": title,
        "required": required,
        "dataset_id": None,
        "type": settings["type"],
    }
