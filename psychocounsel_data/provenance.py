"""Where a run's speeches are from: sources.json, written by `pcdata load`, read for card and push.

The row of each speech stands in the speech itself.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import ValidationError

from psychocounsel_data import licences
from psychocounsel_data.config import SourceConfig
from psychocounsel_data.errors import ConfigError, InputError
from psychocounsel_data.licences import Derived
from psychocounsel_data.records import Record
from psychocounsel_data.run import Run


class SourceFile(Record):
    """A file that was read."""

    name: str
    """Its name, without the folder."""
    size: int
    """Bytes."""
    sha256: str


class SourceProvenance(Record):
    """Where one source's speeches are from, and on what terms."""

    name: str
    """Its name in run.yaml, and the prefix of its speeches' ids."""
    source: str | None = None
    """The known source it is."""
    address: str | None = None
    """Where it can be had."""
    hub: str | None = None
    """`org/name` of the Hub data set."""
    config: str | None = None
    """The Hub data set's configuration."""
    split: str | None = None
    """The Hub data set's split."""
    revision: str | None = None
    """The Hub data set's commit."""
    files: tuple[SourceFile, ...] = ()
    """The files it was, where it was files."""
    license: str | None = None
    """A Hub licence id; None where it is not known."""
    consent: str | None = None
    """On what basis clients' words are used; None where run.yaml does not say."""
    collection: str | None = None
    """How it was collected; None where run.yaml does not say."""
    uses: str | None = None
    """What its licence and makers allow; None where run.yaml does not say."""
    rows: int
    """Rows that were read."""
    kept: int
    """Speeches of it in speeches.jsonl."""
    dropped: dict[str, int]
    """Reason to number of speeches that cleaning left out."""


class Provenance(Record):
    """Where all speeches are from, and what a release of them may be under."""

    sources: tuple[SourceProvenance, ...]
    license: str | None
    """The least restrictive licence that keeps every source's conditions; None where none does."""
    license_reasons: tuple[str, ...]
    """Which source asks for it."""
    blocked: tuple[str, ...]
    """Why nothing made from these sources may be published; empty where something may."""


def of(sources: tuple[SourceProvenance, ...]) -> Provenance:
    """The whole, with the licence that follows. Sources that gave nothing ask for nothing."""
    derived = _derived(sources)
    return Provenance(
        sources=sources,
        license=derived.license,
        license_reasons=derived.reasons,
        blocked=derived.blocked,
    )


def write(run: Run, provenance: Provenance) -> None:
    """Put sources.json in place of the old one."""
    part = run.provenance.with_name(f".{run.provenance.name}.part")
    part.write_text(provenance.model_dump_json(indent=2) + "\n", "utf-8")
    part.replace(run.provenance)


def read(run: Run) -> Provenance | None:
    """What `pcdata load` wrote; None for a run that was loaded before it did.

    Raises:
        InputError: the file is not what it should be.
    """
    if not run.provenance.exists():
        return None
    try:
        return Provenance.model_validate_json(run.provenance.read_bytes())
    except ValidationError as error:
        raise InputError(f"{run.provenance}: cannot be read: run `pcdata load` again") from error


def check_release(run: Run, *, public: bool) -> None:
    """Refuse a release that its sources do not allow.

    Args:
        run: its push.license, where there is one, is held against the sources' licences.
        public: whether everybody will see it, which unknown licences and such that allow nothing
            to be made from them forbid.

    Raises:
        ConfigError: with the source that stands against it.
    """
    found = read(run)
    if found is None:
        return
    if run.config.push.license is not None:
        check_licence(found, run.config.push.license)
    if public:
        check_public(found)


def check_licence(provenance: Provenance, wanted: str) -> None:
    """Raises ConfigError where a release may not be under the licence that run.yaml names."""
    reason = licences.conflict(_licensed(provenance.sources), wanted)
    if reason:
        remedy = f": write {provenance.license} or a stricter one" if provenance.license else ""
        raise ConfigError(f"push.license: {wanted}: {reason}{remedy}")


def check_public(provenance: Provenance) -> None:
    """Raises ConfigError where nothing made from these sources may be published."""
    if provenance.blocked:
        raise ConfigError(f"this data set may not be public: {'; '.join(provenance.blocked)}")


def file_facts(path: Path) -> SourceFile:
    """Name, size and hash of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return SourceFile(name=path.name, size=path.stat().st_size, sha256=digest)


def source_facts(
    source: SourceConfig,
    *,
    revision: str | None,
    files: tuple[SourceFile, ...],
    rows: int,
    kept: int,
    dropped: dict[str, int],
) -> SourceProvenance:
    """What is recorded of a source, completed with what is known of it."""
    return SourceProvenance(
        name=source.label,
        source=source.source,
        address=source.address,
        hub=source.hub,
        config=source.config if source.hub else None,
        split=source.split if source.hub else None,
        revision=revision,
        files=files,
        license=source.license,
        consent=source.consent,
        collection=source.collection,
        uses=source.uses,
        rows=rows,
        kept=kept,
        dropped=dropped,
    )


def _derived(sources: tuple[SourceProvenance, ...]) -> Derived:
    return licences.derive(_licensed(sources))


def _licensed(sources: tuple[SourceProvenance, ...]) -> list[licences.Source]:
    return [licences.Source(one.name, one.license) for one in sources if one.kept]
