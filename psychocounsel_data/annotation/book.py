"""What every annotator has said so far, kept in annotations.jsonl at every click.

The file is all there is: whatever the pages show is worked out from its lines, so that a server
that was killed goes on where it was. Undo writes what stood before as a new line; nothing is taken
out of the file.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from pydantic import Field

from psychocounsel_data.annotation.sampling import lot
from psychocounsel_data.annotation.sides import shown, turned
from psychocounsel_data.annotation.standing import blank
from psychocounsel_data.errors import ChangedElsewhereError
from psychocounsel_data.journal import Writer
from psychocounsel_data.records import Annotation, AnnotationItem, Record, SideRatings

LONGEST_NAME = 60
LONGEST_COMMENT = 20_000


class Said(Record):
    """All that an annotator has said of one item, as their page sends it."""

    preference: int | None = Field(default=None, ge=-2, le=2)
    skipped: bool = False
    ratings: SideRatings = SideRatings()
    unsafe: tuple[bool, bool] = (False, False)
    comment: str = Field(default="", max_length=LONGEST_COMMENT)
    seconds: float = Field(default=0.0, ge=0, allow_inf_nan=False)


class Sheet(NamedTuple):
    """One item as one annotator sees it."""

    number: int
    """Its place, counted from 1."""
    item: AnnotationItem
    text_a: str
    text_b: str
    said: Said
    revision: int
    """How often it has been saved; whoever saves next has to know the last one."""


class Progress(NamedTuple):
    """How far one annotator is."""

    total: int
    decided: int
    skipped: int

    @property
    def left(self) -> int:
        """Items that are neither decided nor skipped."""
        return self.total - self.decided - self.skipped


class _Change(NamedTuple):
    """What a line changed: enough to take it back."""

    item_id: str
    before: Annotation | None


@dataclass
class _Desk:
    """What one annotator has said."""

    newest: dict[str, Annotation] = field(default_factory=dict)
    revisions: Counter[str] = field(default_factory=Counter)
    history: list[_Change] = field(default_factory=list)
    """Changes that can be taken back, the last one last."""

    def take(self, line: Annotation) -> None:
        """Take in one line of the journal."""
        before = self.newest.get(line.item_id)
        if line.undo:
            if self.history:
                self.history.pop()
        elif not self._goes_on(line, before):
            self.history.append(_Change(line.item_id, before))
        self.newest[line.item_id] = line
        self.revisions[line.item_id] += 1

    def _goes_on(self, line: Annotation, before: Annotation | None) -> bool:
        """Whether a line only goes on with the comment of the line before: one thing to undo."""
        if not self.history or self.history[-1].item_id != line.item_id or before is None:
            return False
        earlier = self.history[-1].before
        started = Said() if earlier is None else _said(turned(earlier, line.response_a))
        written = _said(turned(before, line.response_a))
        return _but_comment(started, written) and _but_comment(written, _said(line))


class Book:
    """The annotations of a sample.

    Args:
        items: the sample, in the order shown.
        lines: what annotations.jsonl holds.
        writer: appends to annotations.jsonl.

    Attributes:
        items: the sample, in the order shown.
        other_items: how many of the lines are of items that are not in it, and count for nothing.
    """

    def __init__(
        self, items: Sequence[AnnotationItem], lines: Iterable[Annotation], writer: Writer
    ) -> None:
        self.items = tuple(items)
        self._numbers = {item.id: number for number, item in enumerate(items, start=1)}
        self._writer = writer
        self._desks: dict[str, _Desk] = {}
        self.other_items = 0
        for line in lines:
            if line.item_id in self._numbers:
                self._desk(line.annotator).take(line)
            else:
                self.other_items += 1

    @property
    def annotators(self) -> tuple[str, ...]:
        """Everyone who has said something, in alphabetical order."""
        named = [
            name
            for name, desk in self._desks.items()
            if any(not blank(line) for line in desk.newest.values())
        ]
        return tuple(sorted(named, key=str.casefold))

    def name(self, typed: str) -> str | None:
        """The annotator that a typed name stands for: one who is known, however it is capitalised.

        Returns:
            None where it is no name: empty, too long, with characters that cannot be seen, or one
            that cannot stand in an address.
        """
        tidy = " ".join(unicodedata.normalize("NFC", typed).split())
        if not tidy.strip(".") or len(tidy) > LONGEST_NAME or not tidy.isprintable():
            return None  # a path of dots would lead somewhere else
        if "/" in tidy:
            return None
        known = {one.casefold(): one for one in self._desks}
        return known.get(tidy.casefold(), tidy)

    def progress(self, annotator: str) -> Progress:
        """How far an annotator is."""
        lines = self._said_by(annotator).newest.values()
        decided = sum(line.preference is not None for line in lines)
        return Progress(len(self.items), decided, sum(line.skipped for line in lines))

    def states(self, annotator: str) -> list[str]:
        """For each item in order: `decided`, `skipped`, or `open`."""
        return [_state(self._said_by(annotator).newest.get(item.id)) for item in self.items]

    def next_open(self, annotator: str) -> int | None:
        """The first item that is neither decided nor skipped; None where there is none."""
        states = self.states(annotator)
        return states.index("open") + 1 if "open" in states else None

    def sheet(self, annotator: str, number: int) -> Sheet:
        """An item as this annotator sees it. Raises IndexError where there is no such number."""
        item = self._item(number)
        desk = self._said_by(annotator)
        left, right = shown(item, annotator)
        line = desk.newest.get(item.id)
        said = Said() if line is None else _said(turned(line, item.responses[left]))
        texts = item.texts
        return Sheet(number, item, texts[left], texts[right], said, desk.revisions[item.id])

    def save(self, annotator: str, number: int, said: Said, revision: int) -> int:
        """Keep what an annotator says of an item.

        Saving the same again is no change, so that a page may repeat what it got no answer to.

        Returns:
            The new revision.

        Raises:
            IndexError: there is no such number.
            ChangedElsewhereError: `revision` is not the last one, and what stands differs.
            RunError: the file cannot be written.
        """
        sheet = self.sheet(annotator, number)
        if _same(sheet.said, said):
            return sheet.revision
        if sheet.revision != revision:
            raise ChangedElsewhereError(
                "This comparison was changed in another window. Reload the page to see it."
            )
        return self._append(self._line(annotator, sheet.item, said))

    def undo(self, annotator: str) -> int | None:
        """Take back the annotator's last change.

        Returns:
            The number of the item it was made on; None where there is nothing to take back.

        Raises:
            RunError: the file cannot be written.
        """
        desk = self._said_by(annotator)
        if not desk.history:
            return None
        item_id, before = desk.history[-1]
        number = self._numbers[item_id]
        item = self._item(number)
        left, _ = shown(item, annotator)
        said = Said() if before is None else _said(turned(before, item.responses[left]))
        spent = said.model_copy(update={"seconds": desk.newest[item_id].seconds})
        self._append(self._line(annotator, item, spent, undo=True))
        return number

    def add(self, line: Annotation) -> bool:
        """Take in an annotation that was made elsewhere.

        Returns:
            Whether it says anything new of its item.

        Raises:
            RunError: the file cannot be written.
        """
        there = self._said_by(line.annotator).newest.get(line.item_id)
        if there is None:
            known = blank(line)
        else:
            known = _same(_said(turned(there, line.response_a)), _said(line))
        if not known:
            self._append(line)
        return not known

    def _append(self, line: Annotation) -> int:
        self._writer.append(line)
        self._writer.sync(at_once=True)
        desk = self._desk(line.annotator)
        desk.take(line)
        return desk.revisions[line.item_id]

    def _line(
        self, annotator: str, item: AnnotationItem, said: Said, *, undo: bool = False
    ) -> Annotation:
        left, right = shown(item, annotator)
        return Annotation(
            id=annotation_id(item.id, annotator),
            item_id=item.id,
            speech_id=item.speech_id,
            response_a=item.responses[left],
            response_b=item.responses[right],
            annotator=annotator,
            preference=said.preference,
            skipped=said.skipped,
            ratings=said.ratings,
            unsafe=said.unsafe,
            comment=said.comment,
            repeat_of=item.repeat_of,
            seconds=round(said.seconds, 1),
            undo=undo,
            at=now(),
        )

    def _item(self, number: int) -> AnnotationItem:
        if not 1 <= number <= len(self.items):
            raise IndexError(number)
        return self.items[number - 1]

    def _desk(self, annotator: str) -> _Desk:
        return self._desks.setdefault(annotator, _Desk())

    def _said_by(self, annotator: str) -> _Desk:
        """What an annotator has said, without making one up who has said nothing."""
        return self._desks.get(annotator) or _Desk()


def annotation_id(item_id: str, annotator: str) -> str:
    """The id that all lines of one annotator on one item share."""
    return lot(item_id, annotator).hex()[:32]


def now() -> str:
    """This moment as records have it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _state(line: Annotation | None) -> str:
    if line is None:
        return "open"
    if line.skipped:
        return "skipped"
    return "open" if line.preference is None else "decided"


def _said(line: Annotation) -> Said:
    return Said(
        preference=line.preference,
        skipped=line.skipped,
        ratings=line.ratings,
        unsafe=line.unsafe,
        comment=line.comment,
        seconds=line.seconds,
    )


def _same(one: Said, other: Said) -> bool:
    """Whether two say the same, whatever time they took."""
    return one.model_copy(update={"seconds": other.seconds}) == other


def _but_comment(one: Said, other: Said) -> bool:
    """Whether two differ in nothing but the comment."""
    return _same(one.model_copy(update={"comment": other.comment}), other)
