"""Whether croissant.json is true of the folder it lies in, and making it so for a filtered copy."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

from psychocounsel_data.errors import InputError

CROISSANT: Final = "croissant.json"
_ASKED: Final = {
    "license": "license",
    "url": "repo_id",
    "creator": "creators",
    "version": "version",
    "datePublished": "published",
}
"""What the specification asks for and only a person knows, to where run.yaml says it."""


def sha256(path: Path) -> str:
    """The hash of a file's bytes, in hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def untrue(folder: Path) -> list[str]:
    """The files of a folder that are not what its croissant.json says; none without one.

    Raises:
        InputError: it cannot be read.
    """
    path = folder / CROISSANT
    if not path.is_file():
        return []
    return [
        one["contentUrl"]
        for one in _files(_read(path))
        if not (folder / one["contentUrl"]).is_file()
        or sha256(folder / one["contentUrl"]) != one["sha256"]
    ]


def lacking(folder: Path) -> list[str]:
    """Keys under `push:` that croissant.json lacks; none without one. Raises InputError."""
    path = folder / CROISSANT
    said = _read(path) if path.is_file() else _ASKED
    return [key for name, key in _ASKED.items() if name not in said]


def refreshed(path: Path, folder: Path, note: str) -> str:
    """A croissant.json with the hashes of the files that lie in a folder.

    Args:
        path: the file as it was for other tables of the same names.
        folder: where the tables are now; what is not among them is left out.
        note: is put before the description.

    Raises:
        InputError: it cannot be read.
    """
    whole = _read(path)
    local = {one["@id"] for one in _files(whole)}
    here = {one["@id"] for one in _files(whole) if (folder / one["contentUrl"]).is_file()}
    for one in _files(whole):
        if one["@id"] in here:
            table = folder / one["contentUrl"]
            one |= {"contentSize": f"{table.stat().st_size} B", "sha256": sha256(table)}
    gone = local - here
    whole["distribution"] = [one for one in whole["distribution"] if one["@id"] not in gone]
    whole["recordSet"] = [one for one in whole.get("recordSet", []) if not _reads(one, gone)]
    whole["description"] = f"{note} {whole.get('description', '')}".strip()
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def _read(path: Path) -> dict[str, Any]:
    try:
        whole = json.loads(path.read_bytes())
        _files(whole)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is no Croissant of files that lie beside it") from error
    return dict(whole)


def _files(whole: dict[str, Any]) -> list[dict[str, Any]]:
    """The files that lie beside it, each with its place and its hash."""
    files = [one for one in whole["distribution"] if one["@type"] == "cr:FileObject"]
    return [one for one in files if one["@id"] and one["sha256"] and "://" not in one["contentUrl"]]


def _reads(record_set: object, files: set[str]) -> bool:
    """Whether anything of a set of records comes from one of these files."""
    if isinstance(record_set, dict):
        return record_set.get("@id") in files or any(
            _reads(one, files) for one in record_set.values()
        )
    return isinstance(record_set, list) and any(_reads(one, files) for one in record_set)
