"""What a commit on the Hub does not hold yet: compared by hash, without downloading any data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from psychocounsel_data.dataset.export import FILES
from psychocounsel_data.errors import InputError
from psychocounsel_data.hub.card import merged
from psychocounsel_data.hub.client import Remote, RemoteFile
from psychocounsel_data.hub.folder import CARD, DatasetFile

SHARDS = tuple(
    f"{PurePosixPath(path).parent}/{split}-" for (_, split), path in sorted(FILES.items())
)
"""How the paths begin that the card counts to a split. A parquet file with such a name that
dataset/ no longer has would be loaded as a part of the data, so a push removes it."""


class Difference(NamedTuple):
    """What the Hub does not hold yet."""

    wanted: Mapping[str, DatasetFile]
    """Everything that the commit has to hold of ours, by path."""
    add: Mapping[str, Path | bytes]
    remove: tuple[str, ...]
    kept: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to commit."""
        return not self.add and not self.remove

    def against(self, tree: Mapping[str, RemoteFile]) -> list[str]:
        """Paths where a commit is not as it should be, sorted."""
        wrong = [path for path, file in self.wanted.items() if not _holds(tree, file)]
        return sorted({*wrong, *(path for path in self.remove if path in tree)})


def compare(remote: Remote, commit: str, dataset: Path, files: Sequence[DatasetFile]) -> Difference:
    """What a commit upon `commit` has to add and remove, so that it holds exactly these files.

    The card is wanted with what only the card on the Hub has in its front matter.

    Raises:
        InputError: the front matter there or here cannot be read.
        HubError: the Hub refused or was not reached.
    """
    tree = remote.tree(commit)
    wanted = {file.path: file for file in files}
    content: dict[str, Path | bytes] = {path: dataset / path for path in wanted}
    kept: tuple[str, ...] = ()
    if CARD in tree and not tree[CARD].holds(wanted[CARD]):
        card = merged(_text(dataset / CARD), remote.read(commit, CARD))
        kept, text = card.kept, card.text.encode()
        wanted[CARD], content[CARD] = DatasetFile.of(CARD, text), text
    add = {path: content[path] for path, file in wanted.items() if not _holds(tree, file)}
    return Difference(wanted, add, tuple(sorted(_stale(tree, wanted))), kept)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8: run `pcdata build-pairs` again") from error


def _holds(tree: Mapping[str, RemoteFile], file: DatasetFile) -> bool:
    return file.path in tree and tree[file.path].holds(file)


def _stale(tree: Mapping[str, RemoteFile], wanted: Mapping[str, DatasetFile]) -> Iterator[str]:
    for path in tree.keys() - wanted.keys():
        if path.startswith(SHARDS) and path.endswith(".parquet"):
            yield path
