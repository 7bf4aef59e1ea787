"""Label Studio: `tasks.json` and `labelling.xml` to import, and its JSON export to read.

The export is that of the button *Export*, format *JSON* (not JSON-MIN, which leaves out who
skipped). An annotator is known by their e-mail address where the export has it, else by the number
of their account.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree as Xml

from pydantic import BaseModel, ConfigDict

from psychocounsel_data.annotation.tools import wording
from psychocounsel_data.annotation.tools.given import Given, whole_number
from psychocounsel_data.records import AnnotationItem, SideRatings
from psychocounsel_data.rubric import HIGHEST, LOWEST, Principle

TASKS, CONFIGURATION = "tasks.json", "labelling.xml"
_VALUES = {text: value for value, text in wording.PREFERENCES.items()}


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Person(_Part):
    """Who annotated, where the export says more than a number."""

    id: int | None = None
    email: str | None = None


class Value(_Part):
    """What was chosen or written."""

    choices: list[str] = []
    text: list[str] | str = []


class Result(_Part):
    """One control's value."""

    from_name: str
    value: Value


class Annotated(_Part):
    """One person's annotation of a task."""

    result: list[Result]
    completed_by: int | Person | None = None
    was_cancelled: bool = False
    lead_time: float | None = None
    created_at: str | None = None
    updated_at: str | None = None


class Data(_Part):
    """What is read of the data that we sent."""

    item_id: str


class Exported(_Part):
    """What is read of a task that Label Studio exported."""

    data: Data
    annotations: list[Annotated]


def write(folder: Path, items: Sequence[AnnotationItem], principles: Sequence[Principle]) -> None:
    """Write tasks and labelling configuration into a folder that exists."""
    with_context = any(item.context for item in items)
    tasks = [{"data": _data(item, with_context=with_context)} for item in items]
    (folder / TASKS).write_text(json.dumps(tasks, ensure_ascii=False, indent=1), "utf-8")
    view = _view(principles, with_context=with_context)
    Xml.indent(view)
    (folder / CONFIGURATION).write_text(Xml.tostring(view, "unicode") + "\n", "utf-8")


def read(tasks: Sequence[Exported], path: Path) -> Iterator[Given]:
    """What each annotator said of each task, older annotations of the same person first.

    Raises:
        InputError: a value is not of the control's form.
    """
    for number, task in enumerate(tasks, start=1):
        for one in sorted(task.annotations, key=_when):
            yield _given(task.data.item_id, one, f"{path}: task {number}")


def _given(item_id: str, one: Annotated, place: str) -> Given:
    said = {result.from_name: result.value for result in one.result}
    chosen = {name: value.choices[0] for name, value in said.items() if value.choices}
    written = said["comment"].text if "comment" in said else ""
    unsafe = said["unsafe"].choices if "unsafe" in said else []
    preference = chosen.get("preference")
    return Given(
        place,
        item_id,
        _person(one.completed_by),
        preference=(
            None
            if preference is None or one.was_cancelled
            # The alias, or the words where somebody took the aliases out of the configuration.
            else whole_number(_VALUES.get(preference, preference), f"{place}: preference")
        ),
        skipped=one.was_cancelled,
        ratings=SideRatings(a=_ratings("a_", chosen, place), b=_ratings("b_", chosen, place)),
        unsafe=("Answer A" in unsafe, "Answer B" in unsafe),
        comment=written if isinstance(written, str) else "\n".join(written),
        seconds=max(0.0, one.lead_time or 0.0),
        at=_when(one) or None,
    )


def _ratings(prefix: str, chosen: Mapping[str, str], place: str) -> dict[str, int]:
    return {
        name.removeprefix(prefix): whole_number(value, f"{place}: {name}")
        for name, value in chosen.items()
        if name.startswith(prefix)
    }


def _person(who: int | Person | None) -> str:
    if isinstance(who, Person):
        return who.email or f"label-studio {who.id}"
    return f"label-studio {who}"


def _when(one: Annotated) -> str:
    return one.updated_at or one.created_at or ""


def _data(item: AnnotationItem, *, with_context: bool) -> dict[str, str]:
    before = {"context": wording.context(item) or "(nothing)"} if with_context else {}
    return {
        "item_id": item.id,
        **before,
        "speech": item.speech,
        "answer_a": item.texts[0],
        "answer_b": item.texts[1],
    }


def _view(principles: Sequence[Principle], *, with_context: bool) -> Xml.Element:
    view = Xml.Element("View")
    _tag(view, "Style").text = ".htx-text { white-space: pre-wrap; }"
    if with_context:
        _text(view, "context", "Earlier in this conversation")
    _text(view, "speech", "What the client said")
    sides = _tag(view, "View", style="display: grid; grid-template-columns: 1fr 1fr; gap: 2em")
    for side in ("a", "b"):
        _text(_tag(sides, "View"), f"answer_{side}", f"Answer {side.upper()}")
    _tag(view, "Header", value=wording.QUESTION)
    preference = _choices(view, "preference", "speech", required="true", showInline="true")
    for value, text in wording.PREFERENCES.items():
        _tag(preference, "Choice", value=text, alias=str(value))
    _tag(view, "Header", value=wording.UNSAFE)
    unsafe = _choices(view, "unsafe", "speech", choice="multiple", showInline="true")
    for side in ("A", "B"):
        _tag(unsafe, "Choice", value=f"Answer {side}")
    for principle in principles:
        _rated(view, principle)
    _tag(view, "Header", value="Comment")
    _tag(view, "TextArea", name="comment", toName="speech", rows="3", maxSubmissions="1")
    return view


def _rated(view: Xml.Element, principle: Principle) -> None:
    """Both answers' scales for a principle, with its anchors folded below."""
    _tag(view, "Header", size="4", value=f"{principle.name}: {principle.question}")
    for side in ("a", "b"):
        _tag(view, "Header", size="5", value=f"Answer {side.upper()}")
        scale = _choices(view, f"{side}_{principle.id}", f"answer_{side}", showInline="true")
        for point in range(LOWEST, HIGHEST + 1):
            _tag(scale, "Choice", value=str(point))
    folded = _tag(_tag(view, "Collapse"), "Panel", value="What 1 to 5 look like")
    for line in wording.anchors(principle):
        _tag(folded, "Header", size="6", value=line)


def _text(parent: Xml.Element, name: str, title: str) -> None:
    _tag(parent, "Header", value=title)
    # Said in so many words, because a text that begins with an address would be fetched.
    _tag(parent, "Text", name=name, value=f"${name}", valueType="text")


def _choices(parent: Xml.Element, name: str, of: str, **attributes: str) -> Xml.Element:
    return _tag(parent, "Choices", name=name, toName=of, **{"choice": "single", **attributes})


def _tag(parent: Xml.Element, tag: str, **attributes: str) -> Xml.Element:
    return Xml.SubElement(parent, tag, attributes)
