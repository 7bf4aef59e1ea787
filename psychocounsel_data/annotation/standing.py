"""Which lines of annotations.jsonl stand. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from psychocounsel_data.records import Annotation, SideRatings

_NO_RATINGS = SideRatings()


def standing(lines: Iterable[Annotation]) -> list[Annotation]:
    """The newest line of each annotator and item that says something, in the order first said.

    An annotation that was undone altogether is not among them. One that was begun and not decided
    is, with neither a preference nor `skipped`.
    """
    newest: dict[tuple[str, str], Annotation] = {}
    for line in lines:
        newest[line.annotator, line.item_id] = line
    return [line for line in newest.values() if not blank(line)]


def blank(annotation: Annotation) -> bool:
    """Whether it says nothing: no preference, no skip, no rating, no flag, no comment."""
    return (
        annotation.preference is None
        and not annotation.skipped
        and annotation.ratings == _NO_RATINGS
        and not any(annotation.unsafe)
        and not annotation.comment
    )
