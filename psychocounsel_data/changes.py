"""What has changed between two releases of a data set, pair by pair.

A pair is known by its words: the question and the two answers, whichever of them is chosen. So a
release can be compared with one that has other ids, and with any set in the published columns.
Reading the releases is the business of the caller's paths; `hub.fetching` brings them here.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Literal, NamedTuple

from psychocounsel_data.errors import InputError, RunError
from psychocounsel_data.records import Record

Kind = Literal["added", "removed", "turned", "moved", "rated", "renamed"]
"""In the new release only; in the old one only; the other answer is chosen; on the other side of
the split; the same pair with other ratings; the same pair under another id."""

EXAMPLES = 5
_ENDING = "_rating"
_NEEDED = ("ID", "question", "chosen", "rejected")


class Change(Record):
    """A pair that is not the same in both releases."""

    kind: Kind
    split: str
    """In the new release; in the old one where it is gone."""
    id: str
    """The speech's id there."""
    pref_id: int | None
    """The pair's number there."""
    detail: str
    """What is different, without any text."""


class Comparison(Record):
    """Two releases beside each other."""

    old: str
    new: str
    old_pairs: dict[str, int]
    """Split to number of pairs."""
    new_pairs: dict[str, int]
    same: int
    """Pairs that are equal in everything but their number."""
    counts: dict[str, int]
    """Kind of change to number of pairs; a pair can count under several."""
    repeated: int
    """Rows of either release whose words another row has; only the first is compared."""
    changes: tuple[Change, ...]

    @property
    def differ(self) -> bool:
        """Whether anything has changed."""
        return bool(self.counts)


class _Pair(NamedTuple):
    split: str
    id: str
    pref_id: int | None
    chosen: bytes
    """Of the chosen answer's words."""
    ratings: Mapping[bytes, tuple[float | None, ...]]
    """Each answer's ratings, by its words."""


class _Release(NamedTuple):
    pairs: Mapping[bytes, _Pair]
    sizes: dict[str, int]
    principles: tuple[str, ...]
    repeated: int


def compare(old: Path, new: Path, *, names: tuple[str, str] = ("old", "new")) -> Comparison:
    """Every pair that is not the same.

    Args:
        old, new: folders with `data/<split>-*.parquet` in the published columns; `dataset/` of a
            run is one.
        names: what the releases are called in the result.

    Raises:
        RunError: a folder has no such tables.
        InputError: a table cannot be read or lacks a column.
    """
    before, after = _read(old), _read(new)
    found = [
        tuple(_changes(before.pairs.get(key), pair, before, after))
        for key, pair in after.pairs.items()
    ]
    gone = [
        _change("removed", pair) for key, pair in before.pairs.items() if key not in after.pairs
    ]
    changes = (*chain.from_iterable(found), *gone)
    return Comparison(
        old=names[0],
        new=names[1],
        old_pairs=before.sizes,
        new_pairs=after.sizes,
        same=found.count(()),
        counts=dict(sorted(Counter(one.kind for one in changes).items())),
        repeated=before.repeated + after.repeated,
        changes=changes,
    )


def _changes(old: _Pair | None, new: _Pair, before: _Release, after: _Release) -> Iterator[Change]:
    """What is different about a pair of the new release; nothing where all is as it was."""
    if old is None:
        yield _change("added", new)
        return
    if old.chosen != new.chosen:
        yield _change("turned", new, "chosen and rejected have changed places")
    if old.split != new.split:
        yield _change("moved", new, f"from {old.split} to {new.split}")
    rated = [one for one in after.principles if _rated_otherwise(one, old, new, before, after)]
    if rated:
        yield _change("rated", new, f"other ratings on {', '.join(rated)}")
    if old.id != new.id:
        yield _change("renamed", new, f"was {old.id}")


def _rated_otherwise(
    principle: str, old: _Pair, new: _Pair, before: _Release, after: _Release
) -> bool:
    """Only a principle that both releases have can have been rated otherwise."""
    if principle not in before.principles:
        return False
    was, now = before.principles.index(principle), after.principles.index(principle)
    return any(old.ratings[answer][was] != one[now] for answer, one in new.ratings.items())


def _change(kind: Kind, pair: _Pair, detail: str = "") -> Change:
    return Change(kind=kind, split=pair.split, id=pair.id, pref_id=pair.pref_id, detail=detail)


def _read(folder: Path) -> _Release:
    files = sorted((folder / "data").glob("*.parquet"))
    if not files:
        raise RunError(f"no data/*.parquet in {folder}: name a run, a dataset/ or a Hub data set")
    pairs: dict[bytes, _Pair] = {}
    sizes: Counter[str] = Counter()
    principles: tuple[str, ...] = ()
    repeated = 0
    for path in files:
        split = path.name.partition("-")[0]
        for row in _rows(path):
            principles = principles or _principles(row)
            key, pair = _pair(row, split, principles)
            sizes[split] += 1
            repeated += key in pairs
            pairs.setdefault(key, pair)
    return _Release(pairs, dict(sizes), principles, repeated)


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            _check(path, file.schema_arrow.names)
            for batch in file.iter_batches():
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: not a readable parquet file") from error


def _check(path: Path, names: Sequence[str]) -> None:
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise InputError(
            f"{path}: no column {', '.join(missing)}: only sets in the published columns compare"
        )


def _principles(row: Mapping[str, Any]) -> tuple[str, ...]:
    stems = [name.removesuffix(_ENDING) for name in row if name.endswith(_ENDING)]
    return tuple(one.removeprefix("chosen_") for one in stems if one.startswith("chosen_"))


def _pair(row: Mapping[str, Any], split: str, principles: tuple[str, ...]) -> tuple[bytes, _Pair]:
    sides = {side: _hash(row[side]) for side in ("chosen", "rejected")}
    key = _hash(row["question"]) + b"".join(sorted(sides.values()))
    ratings = {
        answer: tuple(row.get(f"{side}_{one}{_ENDING}") for one in principles)
        for side, answer in sides.items()
    }
    return key, _Pair(split, str(row["ID"]), row.get("prefID"), sides["chosen"], ratings)


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
