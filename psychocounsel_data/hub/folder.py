"""dataset/ as it lies on this machine: which files go up, and what they are known by there.

Reads and never writes. What the columns mean is the business of `dataset.export`.
"""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath

from psychocounsel_data.dataset.export import FILES
from psychocounsel_data.errors import InputError, RunError
from psychocounsel_data.records import Record

CARD = "README.md"
FOLDERS = tuple(sorted({str(PurePosixPath(path).parent) for path in FILES.values()}))
CHUNK_BYTES = 1 << 20


class DatasetFile(Record):
    """A file of the data set, with the two names under which the Hub can hold it."""

    path: str
    """Below dataset/ and in the repository, with `/`."""
    size: int
    """Bytes."""
    sha256: str
    """Of its bytes: what large files are known by."""
    git_oid: str
    """git's own id: what small files are known by."""

    @classmethod
    def of(cls, path: str, content: bytes) -> DatasetFile:
        """A file whose bytes are at hand."""
        sha256 = hashlib.sha256(content).hexdigest()
        git = _git_hash(len(content))
        git.update(content)
        return cls(path=path, size=len(content), sha256=sha256, git_oid=git.hexdigest())


def plan(dataset: Path) -> tuple[DatasetFile, ...]:
    """What `push` would have on the Hub, sorted by path. Needs neither network nor token.

    That is every file in the folder but hidden ones (`.DS_Store`, `.ipynb_checkpoints/`).

    Raises:
        RunError: there is no data set, or a table or the card is missing.
        InputError: a file is a link, whose target would be released unseen, or cannot be read.
    """
    paths = _paths(dataset)
    _refuse_parts(dataset, paths)
    return tuple(_hashed(dataset, path) for path in paths)


def _paths(dataset: Path) -> list[str]:
    if not dataset.is_dir():
        place = dataset.parent.resolve()
        raise RunError(f"no {dataset.name}/ in {place}: run `pcdata build-pairs` first")
    below = {path.relative_to(dataset): path for path in dataset.rglob("*")}
    seen = {name: path for name, path in below.items() if not _hidden(name)}
    for path in sorted(seen.values()):
        if path.is_symlink():
            raise InputError(f"{path} is a link: put what it points to in its place")
    return sorted(name.as_posix() for name, path in seen.items() if path.is_file())


def _hidden(name: Path) -> bool:
    return any(part.startswith(".") for part in name.parts)


def _refuse_parts(dataset: Path, paths: list[str]) -> None:
    """Without `responses` nobody could tell what the data is made of; without a card, less so."""
    tables = {str(PurePosixPath(path).parent) for path in paths if path.endswith(".parquet")}
    missing = [f"{folder}/*.parquet" for folder in FOLDERS if folder not in tables]
    if CARD not in paths:
        missing.append(CARD)
    if missing:
        raise RunError(f"{dataset} has no {missing[0]}: run `pcdata build-pairs` again")


def _hashed(dataset: Path, name: str) -> DatasetFile:
    path = dataset / name
    try:
        size = path.stat().st_size
        sha256, git = hashlib.sha256(), _git_hash(size)
        with path.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                sha256.update(chunk)
                git.update(chunk)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    return DatasetFile(path=name, size=size, sha256=sha256.hexdigest(), git_oid=git.hexdigest())


def _git_hash(size: int) -> hashlib._Hash:
    """The beginning of the id that git gives to a file of this size."""
    return hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)


def made_offline(dataset: Path) -> tuple[str, ...]:
    """The `offline:` models that wrote or rated released responses, sorted; empty where none did.

    Raises:
        InputError: a table of responses cannot be read.
    """
    tables = sorted((dataset / "responses").glob("*.parquet"))
    models = {model for path in tables for model in _models(path)}
    return tuple(sorted(model for model in models if model.startswith("offline:")))


def _models(path: Path) -> set[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = ("model", "judge")
    try:
        with pq.ParquetFile(path) as file:
            table = file.read(columns=list(columns))
        names = [name for column in columns for name in table[column].unique().to_pylist()]
    except (pa.ArrowException, KeyError, OSError) as error:
        raise InputError(
            f"{path} does not say which models made it: run `pcdata build-pairs` again"
        ) from error
    return {name for name in names if name is not None}
