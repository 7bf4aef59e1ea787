"""Under which licence a set is, and whether that fits what it is made from, as far as is known."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import yaml
from pydantic import ValidationError

from psychocounsel_data import licences
from psychocounsel_data.audit.reading import Pairs
from psychocounsel_data.dataset.front_matter import BLOCK
from psychocounsel_data.errors import InputError
from psychocounsel_data.provenance import Provenance
from psychocounsel_data.sources.catalogue import KnownSource, catalogue
from psychocounsel_data.terms import terms

_UNSAID: Final = ("", "unknown", "other")
_NO_CARD: Final = (
    "there is no data card (README.md), so nobody knows under which licence the set is"
)
_NO_YAML: Final = "the data card's front matter is not valid YAML, so that no licence can be read"
_NONE: Final = "the data card names no licence: write `license:` in its front matter"


def stated_fault(card: str | None) -> str | None:
    """What is wrong with what the data card says of the licence; None where it names one."""
    if card is None:
        return _NO_CARD
    front = _front(card)
    if front is None:
        return _NO_YAML
    return None if _stated(front) or front.get("license_name") else _NONE


def misfits(pairs: Pairs) -> tuple[str, ...] | None:
    """Why the stated licence does not fit the sources', and which of these are not known.

    Sources are those of a run's sources.json; of other sets those that the card or the pairs' ids
    name, where they are known here. None where no source is known.
    """
    sources = _of_run(pairs.folder) or _of_names(pairs)
    if not sources:
        return None
    stated = _stated(_front(pairs.card or "") or {})
    conflict = licences.conflict(sources, stated) if stated else None
    return (*((conflict,) if conflict else ()), *licences.derive(sources).blocked)


def model_terms(pairs: Pairs) -> tuple[str, ...]:
    """What makers of models ask of those who train on these answers, each with its models."""
    sides = [one for one in ("chosen_model", "rejected_model") if one in pairs.frame.columns]
    models = {name for one in sides for name in pairs.frame[one].drop_nulls().unique()}
    return tuple(
        f"{one.maker}: {one.says} ({', '.join(names)}; {one.address})"
        for one, names in terms(models).items()
    )


def _front(card: str) -> dict[str, object] | None:
    """The front matter; empty without any, None where it cannot be read."""
    found = BLOCK.match(card)
    try:
        front = yaml.safe_load(found["front"]) if found else None
    except yaml.YAMLError:
        return None
    return front if isinstance(front, dict) else {}


def _stated(front: dict[str, object]) -> str:
    licence = front.get("license")
    stated = licence[0] if isinstance(licence, list) and len(licence) == 1 else licence
    return "" if str(stated or "").lower() in _UNSAID else str(stated)


def _of_run(folder: Path | None) -> list[licences.Source]:
    """The sources of the run whose dataset/ this is. Raises InputError."""
    path = folder.parent / "sources.json" if folder else None
    if path is None or not (path.is_file() and (path.parent / "run.yaml").is_file()):
        return []
    try:
        found = Provenance.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise InputError(f"{path}: cannot be read: run `pcdata load` again") from error
    return [licences.Source(one.name, one.license) for one in found.sources if one.kept]


def _of_names(pairs: Pairs) -> list[licences.Source]:
    """The known sources that the card or the ids name."""
    front = _front(pairs.card or "") or {}
    listed = front.get("source_datasets")
    named = {str(one).casefold() for one in listed} if isinstance(listed, list) else set()
    prefixes = pairs.frame["id"].drop_nulls().str.replace(r"(-\d+)+$", "").unique()
    named |= {one.casefold() for one in prefixes}
    return [licences.Source(one.name, one.license) for one in catalogue() if _called(one) & named]


def _called(source: KnownSource) -> set[str]:
    return {one.casefold() for one in (source.name, source.hub, *source.also_called) if one}
