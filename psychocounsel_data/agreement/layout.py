"""Which column of a table says what: found where its name leaves no doubt, else asked for. Pure.

A table is *long* where a column names the rater, and *wide* where every rater has a column. Either
may have one column an attribute. A pattern such as `{rater}_{attribute}` reads names of columns.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from psychocounsel_data.errors import ConfigError

NAMES: dict[str, frozenset[str]] = {
    "item": frozenset({"item", "item_id", "response_id", "pair_id", "instance", "unit", "target"}),
    "group": frozenset(
        "speech speech_id group conv conversation conversation_id context context_id question_id "
        "prompt_id dialogue dialogue_id dialog_id post_id client_id".split()
    ),
    "rater": frozenset(
        "rater rater_id annotator annotator_id coder coder_id judge evaluator expert worker "
        "worker_id".split()
    ),
    "attribute": frozenset({"attribute", "principle", "dimension", "criterion", "aspect"}),
    "score": frozenset({"score", "rating", "label", "preference", "verdict"}),
}
"""Names that say what a column is, whatever their case."""


class Wanted(NamedTuple):
    """What the user says of the columns; empty where the names should speak."""

    item: tuple[str, ...] = ()
    group: str | None = None
    rater: str | None = None
    attribute: str | None = None
    score: tuple[str, ...] = ()
    by: str | None = None


class ScoreColumn(NamedTuple):
    """A column of scores."""

    column: str
    rater: str | None
    """Whose scores they are; None where another column says."""
    attribute: str | None
    """What they are about; None where another column says."""


class Layout(NamedTuple):
    """What each column is."""

    item: tuple[str, ...]
    """Columns that together name what was scored; none where every row is another item."""
    group: str | None
    rater: str | None
    attribute: str | None
    scores: tuple[ScoreColumn, ...]
    by: str | None


def find_layout(
    columns: Sequence[str], numeric: Collection[str], wanted: Wanted, place: str
) -> Layout:
    """Work out what each column is.

    Args:
        columns: their names, in order.
        numeric: those that hold numbers and nothing else.
        wanted: what the user says.
        place: the file, for messages.

    Raises:
        ConfigError: a column that is not there, one too many that could be meant, or none; names
            the columns there are.
    """
    table = _Table(columns, place)
    for flag, names in (("--item", wanted.item), ("--group", _listed(wanted.group))):
        table.check(flag, names)
    for flag, name in (("--rater", wanted.rater), ("--attribute", wanted.attribute)):
        table.check(flag, _listed(name))
    table.check("--by", _listed(wanted.by))
    taken = {*wanted.item, wanted.group, wanted.rater, wanted.attribute, wanted.by, *wanted.score}
    group = wanted.group or table.named("group", taken)
    rater = wanted.rater or (None if _tells_raters(wanted) else table.named("rater", taken))
    attribute = wanted.attribute or table.named("attribute", taken)
    item = wanted.item or _listed(table.named("item", taken))
    roles = {*item, group, rater, attribute, wanted.by}
    found = _scores(table, [one for one in columns if one in numeric], roles, wanted)
    scores = tuple(_meaning(table, one, rater, attribute) for one in found)
    if not item:
        left = [one for one in columns if one not in {*found, group, rater, attribute}]
        item = tuple(one for one in left if one not in numeric or one == wanted.by)
        item = (*_listed(group), *item) if item else ()
    if not item and rater is not None:
        raise ConfigError(
            f"{place}: no column says what was scored: name it with --item (several may be "
            f"needed); {table.there}"
        )
    return Layout(item, group, rater, attribute, scores, wanted.by)


def _listed(name: str | None) -> tuple[str, ...]:
    return () if name is None else (name,)


def _tells_raters(wanted: Wanted) -> bool:
    return any("{rater}" in one for one in wanted.score)


class _Table:
    def __init__(self, columns: Sequence[str], place: str) -> None:
        self.columns = columns
        self.place = place
        self.there = f"there are: {', '.join(columns)}"
        self.patterns: tuple[str, ...] = ()

    def check(self, flag: str, names: Sequence[str]) -> None:
        for name in names:
            if name not in self.columns:
                close = difflib.get_close_matches(name, self.columns, n=1)
                hint = f"did you mean '{close[0]}'? " if close else ""
                raise ConfigError(f"{self.place}: {flag}: no column '{name}'; {hint}{self.there}")

    def named(self, role: str, taken: Collection[str | None]) -> str | None:
        """The column whose name says that it has this role."""
        found = [
            one
            for one in self.columns
            if one not in taken and re.sub(r"[\s-]+", "_", one.casefold()) in NAMES[role]
        ]
        if len(found) > 1:
            raise ConfigError(
                f"{self.place}: {' and '.join(found)} could both be the {role}: "
                f"say which with --{role}"
            )
        return found[0] if found else None


def _scores(
    table: _Table, numeric: Sequence[str], roles: Collection[str | None], wanted: Wanted
) -> tuple[str, ...]:
    """The columns that hold scores."""
    if wanted.score:
        return _chosen(table, wanted.score, roles)
    named = table.named("score", roles)
    if named is not None:
        return (named,)
    free = tuple(one for one in numeric if one not in roles)
    if not free:
        raise ConfigError(
            f"{table.place}: no column holds scores: name it with --score; {table.there}"
        )
    return free


def _chosen(table: _Table, wanted: Sequence[str], roles: Collection[str | None]) -> tuple[str, ...]:
    """Columns named, or matched by a pattern."""
    found: list[str] = []
    for one in wanted:
        if "{" not in one:
            table.check("--score", (one,))
            found.append(one)
            continue
        fits = _pattern(table, one)
        matching = [name for name in table.columns if name not in roles and fits(name)]
        if not matching:
            raise ConfigError(
                f"{table.place}: --score: no column is named like '{one}'; {table.there}"
            )
        found += [column for column in matching if column not in found]
    table.patterns = tuple(one for one in wanted if "{" in one)
    return tuple(found)


def _pattern(table: _Table, pattern: str) -> Callable[[str], re.Match[str] | None]:
    parts = re.split(r"\{(rater|attribute)\}", pattern)
    if len(parts) == 1 or parts[1::2] not in (["rater"], ["attribute"], *_BOTH):
        raise ConfigError(
            f"{table.place}: --score '{pattern}': a pattern holds {{rater}}, {{attribute}} or both"
        )
    text = "".join(
        f"(?P<{part}>.+?)" if index % 2 else re.escape(part) for index, part in enumerate(parts)
    )
    return re.compile(text).fullmatch


_BOTH = (["rater", "attribute"], ["attribute", "rater"])


def _meaning(table: _Table, column: str, rater: str | None, attribute: str | None) -> ScoreColumn:
    """Whose scores on what a column holds."""
    for pattern in table.patterns:
        match = _pattern(table, pattern)(column)
        if match:
            names = match.groupdict()
            return ScoreColumn(column, names.get("rater"), names.get("attribute"))
    if rater is None:
        return ScoreColumn(column, column, None)
    return ScoreColumn(column, None, None if attribute else column)
