"""Any preference data set as one frame: where its tables are, and what its columns mean.

The frame has a row a pair: `file`, `line`, `split`, `row`, `id`, `question`, `chosen`, `rejected`,
and, where the set has them, `pref_id`, `chosen_model`, `rejected_model`, `score_chosen`,
`score_rejected`, and `chosen_<principle>_rating`, `rejected_<principle>_rating`. Texts that are
missing are empty; numbers that are missing or no numbers are null.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from psychocounsel_data.errors import ConfigError, InputError

if TYPE_CHECKING:
    import polars as pl

ENDINGS: Final = (".parquet", ".jsonl")
CARD: Final = "README.md"
REMOVED: Final = "removed.jsonl"
"""What a filtered copy says of the pairs that are not in it; no table of pairs."""
_SHARD = re.compile(r"-\d{5}-of-\d{5}$")
_RATING = re.compile(r"chosen_(?P<principle>\w+)_rating")
_USUAL: Final[Mapping[str, tuple[str, ...]]] = {
    "question": ("question", "prompt", "instruction", "input", "query"),
    "chosen": ("chosen", "chosen_response"),
    "rejected": ("rejected", "rejected_response"),
    "id": ("ID", "id", "prompt_id", "question_id"),
    "pref_id": ("prefID",),
    "chosen_model": ("chosen_model", "model_chosen", "chosen_model_name"),
    "rejected_model": ("rejected_model", "model_rejected", "rejected_model_name"),
    "score_chosen": ("score_chosen", "chosen_score", "chosen_rating", "chosen-rating"),
    "score_rejected": ("score_rejected", "rejected_score", "rejected_rating", "rejected-rating"),
}
"""What a column is called in the published layout, TRL's, and others; the first there counts."""
_MUST: Final = ("chosen", "rejected")
_TEXTS: Final = ("id", "chosen_model", "rejected_model")


class Named(NamedTuple):
    """Columns that a person named; None is looked for."""

    prompt: str | None = None
    chosen: str | None = None
    rejected: str | None = None
    id: str | None = None


class Source(NamedTuple):
    """One file of the data set."""

    path: Path
    name: str
    """Relative to the data set's folder."""
    split: str


class Pairs(NamedTuple):
    """A preference data set."""

    frame: pl.DataFrame
    principles: tuple[str, ...]
    """What both answers have a rating on."""
    columns: dict[str, str]
    """Column in the frame to column in the file."""
    sources: tuple[Source, ...]
    folder: Path | None
    """The data set's folder; None where a single file was named."""

    @property
    def card(self) -> str | None:
        """The text of its data card, if it has one."""
        path = self.folder / CARD if self.folder else None
        return path.read_text("utf-8", errors="replace") if path and path.is_file() else None


def read(dataset: Path, named: Named | None = None, *, table: str | None = None) -> Pairs:
    """Read a data set.

    Args:
        dataset: a run folder, a folder with tables, or one parquet or jsonl file.
        named: columns whose names are unusual.
        table: the folder inside the data set whose tables are meant, where it has several.

    Raises:
        ConfigError: there is nothing there, or it has no column that was named.
        InputError: a table cannot be read, or it is not clear what is what in it.
    """
    import polars as pl

    folder, sources = _sources(dataset, table)
    frames: list[pl.DataFrame] = []
    first = _frame(sources[0].path)
    columns, principles = _columns(sources[0], first, named or Named())
    for number, source in enumerate(sources):
        raw = _frame(source.path) if number else first
        _same_columns(source, raw, columns)
        frames.append(_pairs(source, raw, columns).with_columns(file=pl.lit(number, pl.Int64)))
    whole = pl.concat(frames).with_columns(row=pl.int_range(pl.len()).over("split"))
    if not whole.height:
        raise InputError(f"{dataset}: not a single pair in it")
    return Pairs(whole, principles, columns, sources, folder)


def _sources(dataset: Path, table: str | None) -> tuple[Path | None, tuple[Source, ...]]:
    """The folder and the files in it that hold the pairs."""
    if dataset.is_file():
        if dataset.suffix not in ENDINGS:
            raise ConfigError(f"{dataset}: only {' and '.join(ENDINGS)} files can be audited")
        return None, (Source(dataset, dataset.name, split_of(dataset)),)
    if not dataset.is_dir():
        raise ConfigError(f"no {dataset}: name a run folder, a folder with tables, or a file")
    folder = dataset / "dataset" if (dataset / "dataset").is_dir() else dataset
    if folder == dataset and (dataset / "run.yaml").is_file():
        raise ConfigError(f"no data set in {dataset} yet: run `pcdata build-pairs` first")
    places: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        place = path.parent.relative_to(folder)
        hidden = any(part.startswith(".") for part in place.parts)
        if path.suffix in ENDINGS and not hidden and path != folder / REMOVED:
            places.setdefault(place.as_posix(), []).append(path)
    files = places[_place(folder, places, table)]
    return folder, tuple(
        Source(path, path.relative_to(folder).as_posix(), split_of(path))
        for path in sorted(files, key=lambda path: (rank(split_of(path)), path.name))
    )


def _place(folder: Path, places: Mapping[str, object], table: str | None) -> str:
    """The folder whose tables are meant: as named, `data`, or the only one there is."""
    if table is not None and table not in places:
        raise ConfigError(f"--table: no tables in {folder / table}: there are {_listed(places)}")
    if table is not None:
        return table
    if "data" in places:
        return "data"
    if len(places) == 1:
        return next(iter(places))
    if not places:
        raise ConfigError(f"no {' or '.join(ENDINGS)} files in {folder}")
    raise ConfigError(f"{folder} has several tables: name one by --table: {_listed(places)}")


def _listed(names: Mapping[str, object]) -> str:
    return ", ".join(sorted(names))


def split_of(path: Path) -> str:
    """The split a file belongs to, by its name without the number of its shard."""
    return _SHARD.sub("", path.stem)


def rank(split: str) -> int:
    """Training is before validation, that before everything else: test, by whatever name."""
    return 0 if split.startswith("train") else 1 if split.startswith(("val", "dev", "eval")) else 2


def _frame(path: Path) -> pl.DataFrame:
    """A file's columns as they are."""
    import polars as pl

    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path, glob=False)
        lines = b"\n".join(line for line in path.read_bytes().splitlines() if line.strip())
        return pl.read_ndjson(lines, infer_schema_length=None) if lines else pl.DataFrame()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{path} cannot be read as a table") from error


def _columns(
    source: Source, raw: pl.DataFrame, named: Named
) -> tuple[dict[str, str], tuple[str, ...]]:
    """What each column of the file is in ours, and the principles that are rated."""
    given = {
        key: name
        for key, name in {**named._asdict(), "question": named.prompt}.items()
        if name is not None and key != "prompt"
    }
    for name in given.values():
        if name not in raw.columns:
            raise ConfigError(
                f"{source.path}: no column '{name}': there are {', '.join(raw.columns)}"
            )
    usual = {
        key: next(name for name in names if name in raw.columns)
        for key, names in _USUAL.items()
        if any(name in raw.columns for name in names)
    }
    columns = {**usual, **given}
    for key in _MUST:
        if key not in columns:
            raise InputError(
                f"{source.path}: which column has the {key} answers? Name it by --{key}: "
                f"there are {', '.join(raw.columns)}"
            )
    if "question" not in columns and not _messages(raw.schema[columns["chosen"]]):
        raise InputError(
            f"{source.path}: which column has the client's words? Name it by --prompt: "
            f"there are {', '.join(raw.columns)}"
        )
    principles = tuple(
        found["principle"]
        for name in raw.columns
        if (found := _RATING.fullmatch(name)) and name.replace("chosen", "rejected", 1) in raw
    )
    ratings = [f"{side}_{one}_rating" for side in _MUST for one in principles]
    return {**columns, **dict(zip(ratings, ratings, strict=True))}, principles


def _same_columns(source: Source, raw: pl.DataFrame, columns: Mapping[str, str]) -> None:
    missing = [name for name in columns.values() if name not in raw.columns]
    if missing:
        raise InputError(
            f"{source.path}: no column {', '.join(missing)}, which other files of the set have"
        )


def _pairs(source: Source, raw: pl.DataFrame, columns: Mapping[str, str]) -> pl.DataFrame:
    """A file's rows in our columns."""
    import polars as pl

    found: dict[str, pl.Expr] = {}
    for key, name in columns.items():
        kind = raw.schema[name]
        if key == "question":
            found[key] = _said(source, name, kind)
        elif key in _MUST:
            found[key] = _answer(source, name, kind)
        elif key in _TEXTS:
            found[key] = pl.col(name).cast(pl.String, strict=False)
        elif key == "pref_id":
            found[key] = pl.col(name).cast(pl.Int64, strict=False)
        else:
            found[key] = pl.col(name).cast(pl.Float64, strict=False).fill_nan(None)
    if "question" not in columns:
        found["question"] = _said(source, columns["chosen"], raw.schema[columns["chosen"]], 1)
    if "id" not in columns:
        found["id"] = pl.lit(None, pl.String)
    texts = ("question", *_MUST)
    return raw.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("line"),
        pl.lit(source.split).alias("split"),
        *(
            (value.fill_null("") if key in texts else value).alias(key)
            for key, value in found.items()
        ),
    )


def _messages(kind: pl.DataType) -> Sequence[str]:
    """The names of a message's role and of its words; nothing where it is no list of messages."""
    import polars as pl

    if not isinstance(kind, pl.List) or not isinstance(kind.inner, pl.Struct):
        return ()
    fields = {field.name: field.dtype for field in kind.inner.fields}
    for role, words in (("role", "content"), ("from", "value")):
        if fields.get(role) == pl.String and fields.get(words) == pl.String:
            return role, words
    return ()


def _said(source: Source, name: str, kind: pl.DataType, without_last: int = 0) -> pl.Expr:
    """All that was said before the answer, without what the system was told."""
    import polars as pl

    if kind in (pl.String, pl.Null):
        return pl.col(name).cast(pl.String)
    role, words = _needed(source, name, kind)
    said = pl.element().filter(pl.element().struct.field(role) != "system").struct.field(words)
    turns = pl.col(name).list.head(pl.col(name).list.len().cast(pl.Int64) - without_last)
    return turns.list.eval(said).list.join("\n", ignore_nulls=True)


def _answer(source: Source, name: str, kind: pl.DataType) -> pl.Expr:
    """The words of the last message, where they are the model's."""
    import polars as pl

    if kind in (pl.String, pl.Null):
        return pl.col(name).cast(pl.String)
    role, words = _needed(source, name, kind)
    last = pl.col(name).list.last()
    asked = last.struct.field(role).is_in(["user", "system", "human"])
    return pl.when(~asked.fill_null(value=True)).then(last.struct.field(words))


def _needed(source: Source, name: str, kind: pl.DataType) -> Sequence[str]:
    found = _messages(kind)
    if not found:
        raise InputError(
            f"{source.path}: column '{name}' holds neither texts nor lists of messages"
        )
    return found
