"""A CSV file: a row for each annotation, and an empty one for each item that has none.

It can be filled in with any spreadsheet program and read back. A text that such a program would
take for a formula gets an apostrophe in front, which reading takes off again: clients' words and
models' answers are not to be run.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from psychocounsel_data.annotation.sides import turned
from psychocounsel_data.annotation.tools import wording
from psychocounsel_data.annotation.tools.given import Given, whole_number
from psychocounsel_data.errors import InputError
from psychocounsel_data.records import Annotation, AnnotationItem, SideRatings
from psychocounsel_data.rubric import Principle

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_YES, _NO = frozenset({"yes", "true", "1", "x"}), frozenset({"no", "false", "0", ""})
_NEEDED = ("item_id", "annotator", "preference")
_LARGEST_CELL = 1 << 24


def write(
    path: Path,
    items: Sequence[AnnotationItem],
    annotations: Sequence[Annotation],
    principles: Sequence[Principle],
) -> None:
    """Write the table; annotations are turned so that A is the item's first answer throughout."""
    by_item: dict[str, list[Annotation]] = {}
    for one in annotations:
        by_item.setdefault(one.item_id, []).append(one)
    ids = [one.id for one in principles]
    # With a byte order mark, without which Excel takes UTF-8 for something else.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.DictWriter(file, _columns(ids))
        rows.writeheader()
        for item in items:
            for said in by_item.get(item.id, [None]):
                rows.writerow({**_texts(item), **_said(item, said, ids)})


def read(path: Path) -> Iterator[Given]:
    """What stands in the rows that are filled in.

    Raises:
        InputError: a column is missing, a cell is not of its form, or a row has no annotator.
    """
    csv.field_size_limit(_LARGEST_CELL)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = file.readline()
            file.seek(0)
            # Spreadsheet programs of many countries save with semicolons.
            delimiter = max(",;\t", key=header.count)
            rows = csv.DictReader(file, delimiter=delimiter)
            missing = [name for name in _NEEDED if name not in (rows.fieldnames or ())]
            if missing:
                raise InputError(f"{path}: has no column {missing[0]}")
            for number, row in enumerate(rows, start=2):
                given = _given(f"{path}: row {number}", row)
                if given is not None:
                    yield given
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error


def _columns(ids: Sequence[str]) -> list[str]:
    ratings = [f"{side}_{id_}" for side in ("a", "b") for id_ in ids]
    return [
        *("item_id", "context", "speech", "answer_a", "answer_b", "annotator", "preference"),
        *("skipped", "unsafe_a", "unsafe_b", *ratings, "comment", "seconds", "at"),
        *("response_a", "response_b"),
    ]


def _texts(item: AnnotationItem) -> dict[str, str]:
    return {
        "item_id": item.id,
        "context": _guarded(wording.context(item)),
        "speech": _guarded(item.speech),
        "answer_a": _guarded(item.texts[0]),
        "answer_b": _guarded(item.texts[1]),
        "response_a": item.responses[0],
        "response_b": item.responses[1],
    }


def _said(item: AnnotationItem, given: Annotation | None, ids: Sequence[str]) -> dict[str, object]:
    if given is None:
        return {}
    one = turned(given, item.responses[0])
    sides: Mapping[str, Mapping[str, int]] = {"a": one.ratings.a, "b": one.ratings.b}
    return {
        "annotator": _guarded(one.annotator),
        "preference": one.preference,
        "skipped": "yes" if one.skipped else "",
        "unsafe_a": "yes" if one.unsafe[0] else "",
        "unsafe_b": "yes" if one.unsafe[1] else "",
        **{f"{side}_{id_}": rated.get(id_) for side, rated in sides.items() for id_ in ids},
        "comment": _guarded(one.comment),
        "seconds": one.seconds,
        "at": one.at,
    }


def _given(place: str, row: Mapping[str, str | None]) -> Given | None:
    """A row's annotation; None where it is not filled in."""
    # Under the key None stands what a row has beyond the header.
    cells = {name: (value or "").strip() for name, value in row.items() if name is not None}
    said = Given(
        place,
        cells["item_id"],
        _unguarded(cells["annotator"]),
        preference=_number(cells, "preference", place),
        skipped=_flag(cells, "skipped", place),
        ratings=SideRatings(a=_ratings("a_", cells, place), b=_ratings("b_", cells, place)),
        unsafe=(_flag(cells, "unsafe_a", place), _flag(cells, "unsafe_b", place)),
        comment=_unguarded(cells.get("comment", "")),
        seconds=_seconds(cells, place),
        at=cells.get("at") or None,
        response_a=cells.get("response_a") or None,
    )
    if said.annotator:
        return said
    if said[3:8] == Given("", "", "")[3:8]:
        return None
    raise InputError(f"{place}: is filled in and says no annotator")


def _ratings(prefix: str, cells: Mapping[str, str], place: str) -> dict[str, int]:
    return {
        name.removeprefix(prefix): whole_number(value, f"{place}: {name}")
        for name, value in cells.items()
        if name.startswith(prefix) and value
    }


def _number(cells: Mapping[str, str], name: str, place: str) -> int | None:
    return whole_number(cells[name], f"{place}: {name}") if cells.get(name) else None


def _seconds(cells: Mapping[str, str], place: str) -> float:
    try:
        return float(cells.get("seconds") or 0)
    except ValueError:
        raise InputError(f"{place}: seconds: is not a number") from None


def _flag(cells: Mapping[str, str], name: str, place: str) -> bool:
    value = cells.get(name, "").casefold()
    if value not in _YES | _NO:
        raise InputError(f"{place}: {name}: write yes, or leave it empty")
    return value in _YES


def _guarded(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
