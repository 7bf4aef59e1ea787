"""Ratings from a table that exists already: csv, tsv, json, jsonl, parquet or xlsx.

Nothing is guessed: a cell that holds no score is missing, one that is no number or lies outside
the scale is left out and counted. What the columns mean is worked out in `layout`.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from psychocounsel_data.agreement.layout import Layout, Wanted, find_layout
from psychocounsel_data.agreement.ratings import Facet, Ratings, Repeats, Scale, SelfComparisons
from psychocounsel_data.agreement.result import LeftOut
from psychocounsel_data.errors import ConfigError, InputError
from psychocounsel_data.sources import local
from psychocounsel_data.sources.columns import missing

Cell = Mapping[str, object]


class Raters(NamedTuple):
    """Who is who among the raters; empty where the table should say."""

    judges: tuple[str, ...] = ()
    humans: tuple[str, ...] = ()


class Table(NamedTuple):
    """Ratings as they were read."""

    ratings: Ratings
    layout: Layout
    facet: Facet | None
    left_out: tuple[LeftOut, ...]
    repeats: SelfComparisons
    filtered: int
    """Rows left out because a flag said so, or because their rater is neither judge nor human."""


class _Score(NamedTuple):
    item: int
    rater: str
    attribute: str
    value: object


def read_table(
    path: Path,
    wanted: Wanted,
    raters: Raters,
    *,
    scale: Scale | None = None,
    leave_out: Mapping[str, str] | None = None,
) -> Table:
    """Read a table of ratings.

    Args:
        path: the file.
        wanted: what the user says of its columns.
        raters: which raters are judges and which are people. With judges named only, all others
            are people; with people named only, all others are judges; with both, other raters are
            left out; with neither, all are people.
        scale: the range a score has to lie in; None for no check.
        leave_out: column to value: such rows do not count.

    Raises:
        ConfigError: no such file, a column or rater that is not there or could be several.
        InputError: the file cannot be read, or nobody has scored what another has.
    """
    rows = [row.columns for row in local.rows(path)]
    if not rows:
        raise InputError(f"{path}: no rows")
    columns = list(dict.fromkeys(name for row in rows for name in row))
    layout = find_layout(columns, _numeric(columns, rows), wanted, str(path))
    kept = list(_kept(rows, columns, leave_out or {}, path))
    builder = _Builder(layout, path)
    for row in kept:
        builder.add(row)
    return builder.table(raters, scale, filtered=len(rows) - len(kept))


def _numeric(columns: Sequence[str], rows: Sequence[Cell]) -> set[str]:
    """The columns that hold a number or nothing in every row, and a number in one."""
    found: set[str] = set()
    for column in columns:
        values = [row.get(column) for row in rows]
        present = [value for value in values if not missing(value)]
        if present and all(number(value) is not None for value in present):
            found.add(column)
    return found


def number(value: object) -> float | None:
    """A cell as a number; None where it is none. True and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        parsed = float(value)
    except ValueError:
        return None
    return parsed if math.isfinite(parsed) else None


def _kept(
    rows: Iterable[Cell], columns: Sequence[str], leave_out: Mapping[str, str], path: Path
) -> Iterator[Cell]:
    for column in leave_out:
        if column not in columns:
            known = ", ".join(columns)
            raise ConfigError(f"{path}: --leave-out: no column '{column}'; there are: {known}")
    for row in rows:
        if not any(_text(row.get(column)) == value for column, value in leave_out.items()):
            yield row


def _text(value: object) -> str:
    if missing(value):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


class _Builder:
    """Takes rows and makes ratings of them."""

    def __init__(self, layout: Layout, path: Path) -> None:
        self._layout = layout
        self._path = path
        self._items: dict[str, int] = {}
        self._groups: list[str] = []
        self._facets: list[str] = []
        self._scores: list[_Score] = []
        self._filtered = 0

    def add(self, row: Cell) -> None:
        """Take in the scores of a row."""
        item = self._item(row)
        rater = self._named(row, self._layout.rater)
        attribute = self._named(row, self._layout.attribute)
        for one in self._layout.scores:
            about = attribute or one.attribute or "score"
            self._scores.append(_Score(item, rater or one.rater or "", about, row.get(one.column)))

    def _named(self, row: Cell, column: str | None) -> str | None:
        """Whom or what a row says it is about; None where no column says."""
        if column is None:
            return None
        name = _text(row.get(column))
        if not name:
            raise InputError(
                f"{self._path}: a row without a name under '{column}': fill it in or remove the row"
            )
        return name

    def _item(self, row: Cell) -> int:
        names = [_text(row.get(column)) for column in self._layout.item]
        key = " / ".join(names) if names else f"row {len(self._items) + 1}"
        if key not in self._items:
            self._items[key] = len(self._items)
            group, by = self._layout.group, self._layout.by
            self._groups.append(_text(row.get(group)) if group else key)
            self._facets.append(_text(row.get(by)) if by else "")
        return self._items[key]

    def table(self, raters: Raters, scale: Scale | None, *, filtered: int) -> Table:
        """Everything that was taken in."""
        present = list(dict.fromkeys(one.rater for one in self._scores))
        judges, humans = self._who(raters, present)
        chosen = [one for one in self._scores if one.rater in {*judges, *humans}]
        labels = _labels(chosen)
        sheets = _Sheets(list(self._items), chosen, (*judges, *humans), scale, labels)
        ratings = Ratings(
            items=tuple(self._items),
            groups=np.unique(np.array(self._groups), return_inverse=True)[1].astype(np.int64),
            attributes=sheets.attributes,
            raters=(*judges, *humans),
            judges=judges,
            scores=sheets.scores,
            scale=scale,
            labels=labels,
        )
        self._check_shared(ratings)
        dropped = len(self._scores) - len(chosen)
        rows = dropped // max(1, len(self._layout.scores)) if self._layout.rater else 0
        facet = self._facet()
        return Table(
            ratings, self._layout, facet, sheets.left_out(), sheets.repeats(), filtered + rows
        )

    def _who(
        self, raters: Raters, present: Sequence[str]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        for flag, names in (("--judge", raters.judges), ("--human", raters.humans)):
            for name in names:
                if name not in present:
                    known = ", ".join(present)
                    raise ConfigError(f"{self._path}: {flag}: no rater '{name}'; there are {known}")
        judges, humans = raters
        if judges and not humans:
            humans = tuple(one for one in present if one not in judges)
        elif not judges:
            judges = tuple(one for one in present if one not in humans) if humans else ()
            humans = humans or tuple(present)
        if not humans:
            raise ConfigError(
                f"{self._path}: every rater is a judge: nobody is left to compare them with"
            )
        return judges, humans

    def _facet(self) -> Facet | None:
        if self._layout.by is None:
            return None
        values, of_item = np.unique(np.array(self._facets), return_inverse=True)
        names = tuple(str(value) for value in values)
        return Facet(self._layout.by, names, of_item.astype(np.int64))

    def _check_shared(self, ratings: Ratings) -> None:
        """Refuse a table in which nobody has scored what another has: its columns are not ours."""
        if (np.isfinite(ratings.scores).sum(axis=2) >= 2).any():
            return
        known = ", ".join(self._layout.item) or "the row's number"
        raise InputError(
            f"{self._path}: no item was scored by two raters; an item is told by {known}: "
            "name the right columns with --item"
        )


def _labels(scores: Sequence[_Score]) -> tuple[str, ...]:
    """The names that occur, where not one score is a number; none otherwise."""
    present = [one.value for one in scores if not missing(one.value)]
    if any(number(value) is not None for value in present):
        return ()
    return tuple(sorted({_text(value) for value in present}))


class _Sheets:
    """Scores by attribute, item and rater, and what was left out of them."""

    def __init__(
        self,
        items: Sequence[str],
        scores: Sequence[_Score],
        raters: Sequence[str],
        scale: Scale | None,
        labels: Sequence[str],
    ) -> None:
        self.attributes = tuple(dict.fromkeys(one.attribute for one in scores))
        self.scores = np.full((len(self.attributes), len(items), len(raters)), np.nan)
        self._raters = tuple(raters)
        self._out_of_range: Counter[str] = Counter()
        self._unreadable: Counter[str] = Counter()
        self._first: defaultdict[str, list[float]] = defaultdict(list)
        self._again: defaultdict[str, list[float]] = defaultdict(list)
        codes = {label: float(code) for code, label in enumerate(labels)}
        rater_at = {rater: column for column, rater in enumerate(raters)}
        attribute_at = {name: row for row, name in enumerate(self.attributes)}
        for one in scores:
            value = self._value(one, scale, codes)
            if value is not None:
                place = attribute_at[one.attribute], one.item, rater_at[one.rater]
                self._put(place, one.rater, value)

    def _value(self, one: _Score, scale: Scale | None, codes: Mapping[str, float]) -> float | None:
        if missing(one.value):
            return None
        if codes:
            return codes[_text(one.value)]
        value = number(one.value)
        if value is None:
            self._unreadable[one.rater] += 1
            return None
        if scale is not None and not scale.holds(value):
            self._out_of_range[one.rater] += 1
            return None
        return value

    def _put(self, place: tuple[int, int, int], rater: str, value: float) -> None:
        if np.isnan(self.scores[place]):
            self.scores[place] = value
        else:
            self._first[rater].append(float(self.scores[place]))
            self._again[rater].append(value)

    def repeats(self) -> SelfComparisons:
        return {
            rater: Repeats(tuple(first), tuple(self._again[rater]))
            for rater, first in self._first.items()
        }

    def left_out(self) -> tuple[LeftOut, ...]:
        everything = self.scores.shape[0] * self.scores.shape[1]
        counted = np.isfinite(self.scores).sum(axis=(0, 1))
        return tuple(
            LeftOut(
                rater=rater,
                scores=int(counted[column]),
                missing=everything
                - int(counted[column])
                - self._out_of_range[rater]
                - self._unreadable[rater],
                out_of_range=self._out_of_range[rater],
                unreadable=self._unreadable[rater],
                repeated=len(self._first[rater]),
            )
            for column, rater in enumerate(self._raters)
        )
