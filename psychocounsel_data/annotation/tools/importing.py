"""What was annotated elsewhere -> annotations.jsonl, all of a file or nothing of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from psychocounsel_data.annotation.book import LONGEST_COMMENT, Book, annotation_id, now
from psychocounsel_data.annotation.tools import argilla, label_studio, table
from psychocounsel_data.annotation.tools.given import Given
from psychocounsel_data.errors import InputError
from psychocounsel_data.records import Annotation, AnnotationItem, Record
from psychocounsel_data.rubric import HIGHEST, LOWEST

_Json = TypeAdapter(list[label_studio.Exported] | list[argilla.Exported])


class Imported(Record):
    """What came of a file."""

    added: int
    """Annotations that say something new."""
    known: int
    """Those that stood in annotations.jsonl already."""
    other_items: int
    """Those of items that are not in this sample."""
    annotators: tuple[str, ...]
    """Whose they are, in alphabetical order."""


def import_annotations(path: Path, book: Book, principles: Sequence[str]) -> Imported:
    """Take in a file; a second time nothing is new.

    Args:
        path: a CSV file; the JSON of Label Studio or Argilla; or the folder that Argilla wrote.
        principles: ids of those that may be rated.

    Raises:
        InputError: it cannot be read, is of no known form, has a value out of range, or is all
            about other items.
        RunError: annotations.jsonl cannot be written.
    """
    items = {item.id: item for item in book.items}
    given = list(_read(path))
    ours = [one for one in given if one.item_id in items]
    if not ours:
        raise InputError(
            f"{path}: has {len(given)} annotations, and none is of an item of this run's sample"
        )
    lines = [_annotation(one, items, principles, book) for one in ours]
    added = sum(book.add(line) for line in lines)
    return Imported(
        added=added,
        known=len(lines) - added,
        other_items=len(given) - len(ours),
        annotators=tuple(sorted({line.annotator for line in lines}, key=str.casefold)),
    )


def _read(path: Path) -> Iterator[Given]:
    if path.is_dir():
        path = path / argilla.RECORDS
    if path.suffix.lower() == ".csv":
        yield from table.read(path)
        return
    try:
        exported = _Json.validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except ValidationError:
        raise InputError(
            f"{path}: is neither Label Studio's export in the format JSON, nor the records.json "
            "of Argilla's `Dataset.to_disk`, nor does it end in .csv"
        ) from None
    yield from _of_tool(exported, path)


def _of_tool(
    exported: Sequence[label_studio.Exported] | Sequence[argilla.Exported], path: Path
) -> Iterable[Given]:
    tasks = [one for one in exported if isinstance(one, label_studio.Exported)]
    records = [one for one in exported if isinstance(one, argilla.Exported)]
    return label_studio.read(tasks, path) if tasks else argilla.read(records, path)


def _annotation(
    one: Given, items: Mapping[str, AnnotationItem], principles: Sequence[str], book: Book
) -> Annotation:
    """An annotation as our own page would have written it. Raises InputError."""
    item = items[one.item_id]
    annotator = book.name(one.annotator)
    if annotator is None:
        raise InputError(f"{one.place}: the annotator's name is empty, too long or has odd signs")
    response_a = one.response_a or item.responses[0]
    if response_a not in item.responses:
        raise InputError(f"{one.place}: response_a: is not one of this item's two answers")
    _check(one, principles)
    return Annotation(
        id=annotation_id(item.id, annotator),
        item_id=item.id,
        speech_id=item.speech_id,
        response_a=response_a,
        response_b=item.responses[1 - item.responses.index(response_a)],
        annotator=annotator,
        preference=one.preference,
        skipped=one.skipped,
        ratings=one.ratings,
        unsafe=one.unsafe,
        comment=one.comment,
        repeat_of=item.repeat_of,
        seconds=round(one.seconds, 1),
        at=one.at or now(),
    )


def _check(one: Given, principles: Sequence[str]) -> None:
    """Raises InputError where a value is out of range; nothing is clamped."""
    if one.preference is not None and not -2 <= one.preference <= 2:
        raise InputError(f"{one.place}: preference: {one.preference} is not one of -2 to 2")
    if one.preference is not None and one.skipped:
        raise InputError(f"{one.place}: is skipped and has a preference: one of them is a mistake")
    for side, ratings in (("a", one.ratings.a), ("b", one.ratings.b)):
        for principle, rating in ratings.items():
            if principle not in principles:
                raise InputError(f"{one.place}: {side}_{principle}: no such principle in this run")
            if not LOWEST <= rating <= HIGHEST:
                raise InputError(
                    f"{one.place}: {side}_{principle}: {rating} is not one of {LOWEST} to {HIGHEST}"
                )
    if len(one.comment) > LONGEST_COMMENT:
        raise InputError(f"{one.place}: the comment is longer than {LONGEST_COMMENT:,} characters")
    if not 0 <= one.seconds < float("inf"):
        raise InputError(f"{one.place}: seconds: {one.seconds} is no time")
