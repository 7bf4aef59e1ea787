"""A copy of a data set without the pairs that are wrong: same layout, same file names."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence, Set
from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from psychocounsel_data.audit.copied import Filtered, card_of_copy
from psychocounsel_data.audit.finding import Audit, Place
from psychocounsel_data.audit.reading import CARD, ENDINGS, REMOVED, Pairs, split_of
from psychocounsel_data.dataset.croissant import CROISSANT, refreshed
from psychocounsel_data.errors import InputError
from psychocounsel_data.folders import replaced
from psychocounsel_data.records import Record

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl


class Removed(Record):
    """A pair that is not in the copy."""

    split: str
    """The split it was in."""
    row: int
    """Its row there, counted from 0."""
    id: str | None
    """What the set calls it."""
    reasons: tuple[str, ...]
    """The names of all findings that are true of it."""


class Fixed(Record):
    """What was written."""

    folder: str
    """Where."""
    kept: int
    """Pairs in the copy."""
    removed: tuple[Removed, ...]
    """Pairs that are not, in the order of the set."""


class _Name(NamedTuple):
    """What a pair is called in every table of a data set."""

    split: str
    id: str
    pref_id: int


def fix(pairs: Pairs, audit: Audit, out: Path) -> Fixed:
    """Write a copy without the pairs of every finding that can be mended so.

    The lines of a jsonl file stay as they are, byte by byte; a parquet file keeps its columns. Of a
    folder everything else comes along: other tables of the same pairs (by `ID` and `prefID`)
    without those too, and card and croissant.json as they are true of the copy (`copied`,
    `dataset.croissant`). A file that would have no pair left is not written.

    Args:
        pairs: the data set.
        audit: what was found in it.
        out: the folder to write.

    Raises:
        InputError: the folder is the data set's own, or has other files in it.
        RunError: it cannot be written.
    """
    import polars as pl

    _refuse(pairs, out)
    reasons = _reasons(audit)
    places = list(starmap(Place, pairs.frame.select("split", "row", "id").iter_rows()))
    removed = tuple(
        Removed(split=one.split, row=one.row, id=one.id, reasons=tuple(reasons[one]))
        for one in places
        if one in reasons
    )
    keep = pl.Series([one not in reasons for one in places], dtype=pl.Boolean)
    with replaced(out) as folder:
        for number, source in enumerate(pairs.sources):
            mine = keep.filter(pairs.frame["file"] == number).to_numpy()
            _filtered(source.path, folder / source.name, mine)
        _rest(pairs, removed, folder)
        _papers(Filtered(_left(pairs, keep), [one.reasons for one in removed]), folder)
        lines = "".join(f"{one.model_dump_json()}\n" for one in removed)
        (folder / REMOVED).write_text(lines, "utf-8")
    return Fixed(folder=str(out), kept=int(keep.sum()), removed=removed)


def _reasons(audit: Audit) -> dict[Place, list[str]]:
    """Why each pair goes that goes."""
    reasons: dict[Place, list[str]] = {}
    for finding in audit.findings:
        if finding.fixable:
            for place in finding.rows:
                reasons.setdefault(place, []).append(finding.name)
    return reasons


def _refuse(pairs: Pairs, out: Path) -> None:
    """The folder is replaced as a whole, so only an earlier copy may stand in it."""
    here, there = out.resolve(), (pairs.folder or pairs.sources[0].path.parent).resolve()
    if here.is_relative_to(there) if pairs.folder else here == there:
        raise InputError(f"--fix: {out} is the data set itself or in it: name another folder")
    if there.is_relative_to(here):
        raise InputError(f"--fix: {out} holds the data set: name another folder")
    if out.exists() and not out.is_dir():
        raise InputError(f"--fix: {out} is a file: name a folder")
    ours = {REMOVED, *(source.name for source in pairs.sources), *map(str, _others(pairs))}
    found = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if not path.is_dir())
    others = [name for name in found if name not in ours]
    if others or (found and REMOVED not in found):
        raise InputError(
            f"--fix: {out} has other files in it ({(others or found)[0]}): name a folder of its own"
        )


def _others(pairs: Pairs) -> Iterator[Path]:
    """What else is in the data set's folder, hidden files left out."""
    audited = {source.name for source in pairs.sources}
    for path in sorted(pairs.folder.rglob("*")) if pairs.folder else ():
        name = path.relative_to(pairs.folder or path)
        hidden = any(part.startswith(".") for part in name.parts)
        if path.is_file() and not hidden and name.as_posix() not in {*audited, REMOVED}:
            yield name


def _rest(pairs: Pairs, removed: Sequence[Removed], folder: Path) -> None:
    """Everything else of the data set, as far as it has the pairs in it without those removed."""
    gone = _names(pairs, removed)
    for name in _others(pairs):
        source, target = (pairs.folder or Path()) / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        mine = _twin_rows(source, gone)
        if mine is not None:
            _filtered(source, target, mine)
        else:
            shutil.copyfile(source, target)


def _papers(filtered: Filtered, folder: Path) -> None:
    """Card and croissant.json, made true of the copy that lies in the folder."""
    card, croissant = folder / CARD, folder / CROISSANT
    if card.is_file():
        text = card.read_bytes().decode("utf-8", errors="surrogateescape")
        ours = card_of_copy(text, filtered, lambda path: any(folder.glob(path)))
        card.write_bytes(ours.encode("utf-8", errors="surrogateescape"))
    if croissant.is_file():
        try:
            croissant.write_text(refreshed(croissant, folder, filtered.sentence()), "utf-8")
        except InputError:
            croissant.unlink()  # of other files, or of none with a hash: it would not be true here


def _left(pairs: Pairs, keep: pl.Series) -> dict[str, int]:
    """Split to number of pairs that stay."""
    import polars as pl

    frame = pairs.frame.select("split").with_columns(keep.alias("keep"))
    sums = frame.group_by("split", maintain_order=True).agg(pl.col("keep").sum())
    return dict(sums.iter_rows())


def _names(pairs: Pairs, removed: Sequence[Removed]) -> set[_Name]:
    """The pairs that go, as other tables know them; none where the set has no such names."""
    if pairs.columns.get("id") != "ID" or "pref_id" not in pairs.frame.columns:
        return set()
    places = {(one.split, one.row) for one in removed}
    rows = pairs.frame.select("split", "row", "id", "pref_id").iter_rows()
    return {_Name(split, id_, number) for split, row, id_, number in rows if (split, row) in places}


def _twin_rows(path: Path, gone: Set[_Name]) -> npt.NDArray[np.bool_] | None:
    """Which rows of another table of the same pairs stay; None where it is no such table."""
    import numpy as np
    import polars as pl

    if path.suffix != ENDINGS[0] or not gone:
        return None
    table = pl.scan_parquet(path, glob=False)
    if not {"ID", "prefID", "chosen", "rejected"} <= set(table.collect_schema()):
        return None
    names = table.select(pl.col("ID").cast(pl.String), "prefID").collect().iter_rows()
    split = split_of(path)
    return np.array([_Name(split, *one) not in gone for one in names], dtype=np.bool_)


def _filtered(source: Path, target: Path, keep: npt.NDArray[np.bool_]) -> None:
    """A table's rows that stay."""
    if not keep.any():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix == ENDINGS[0]:
        _parquet(source, target, keep)
    else:
        lines = [line for line in source.read_bytes().splitlines() if line.strip()]
        stay = (line + b"\n" for line, one in zip(lines, keep, strict=True) if one)
        target.write_bytes(b"".join(stay))


def _parquet(source: Path, target: Path, keep: npt.NDArray[np.bool_]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    start = 0
    with (
        pq.ParquetFile(source) as file,
        pq.ParquetWriter(target, file.schema_arrow, compression="zstd") as writer,
    ):
        for batch in file.iter_batches():
            writer.write_batch(batch.filter(pa.array(keep[start : start + batch.num_rows])))
            start += batch.num_rows
