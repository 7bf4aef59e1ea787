"""What `push` shows: the list beforehand, the steps, and what is on the Hub afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from psychocounsel_data.cli.console import note, result, table
from psychocounsel_data.config import GateConfig
from psychocounsel_data.dataset.croissant import CROISSANT, lacking
from psychocounsel_data.errors import ConfigError
from psychocounsel_data.hub import DatasetFile, PushResult, Step, made_offline, plan, push
from psychocounsel_data.records import Record
from psychocounsel_data.run import Run

STEPS: Mapping[Step, str] = {
    "look": "looking at the Hub",
    "create": "making the data set, private for now",
    "gate": "letting only readers in who ask",
    "upload": "uploading",
    "commit": "committing",
    "verify": "reading back every hash",
    "tag": "setting the tag",
    "publish": "making it public",
}


class PlannedPush(Record):
    """What a dry run says."""

    repo_id: str | None
    """`owner/name`; None where neither a flag nor run.yaml says."""
    private: bool
    """Whether a new repository would be private."""
    gate: str | None
    """How readers would be let in, where they have to ask first."""
    files: tuple[DatasetFile, ...]
    """What the Hub would hold of ours afterwards."""
    made_offline: tuple[str, ...]
    """`offline:` models that had a part in it, for which a push needs --allow-offline."""


def announce(
    run: Run, *, repo_id: str | None, private: bool, gate: GateConfig | None, json: bool
) -> None:
    """Say what a push would have on the Hub; asks nobody and needs no token.

    Raises:
        RunError: dataset/ is missing or not whole.
        InputError: a file in it cannot be read.
    """
    planned = PlannedPush(
        repo_id=repo_id,
        private=private,
        gate=gate.approval if gate else None,
        files=plan(run.dataset),
        made_offline=made_offline(run.dataset),
    )
    if json:
        result(planned)
        return
    _files(f"would go up to {repo_id or 'the Hub'}", planned.files)
    if repo_id is None:
        note("no name for it yet: give --repo-id, or `repo_id:` under `push:` in run.yaml")
    if planned.made_offline:
        note(f"made with {', '.join(planned.made_offline)}: a push needs --allow-offline")
    lacks = lacking(run.dataset)
    if lacks:
        note(f"{CROISSANT} is not complete: set {', '.join(lacks)} under `push:`, and build again")
    kept = "private" if private else "public"
    if gate:
        note(f"readers would have to ask first ({gate.approval} approval)")
    note(f"a new data set would be {kept}; what is there already stays; nothing was uploaded")


def release(
    run: Run,
    *,
    repo_id: str | None,
    private: bool,
    gate: GateConfig | None,
    create_pr: bool,
    tag: str | None,
    revision: str | None,
    message: str | None,
    allow_offline: bool,
    verify: bool,
    json: bool,
) -> None:
    """Push, and say what was done. Raises what `hub.push` raises."""
    if repo_id is None:
        raise ConfigError(
            "no name for the data set: give --repo-id owner/name, or write `repo_id:` under "
            "`push:` in run.yaml"
        )
    done = push(
        run.dataset,
        repo_id=repo_id,
        private=private,
        gate=gate.approval if gate else None,
        create_pr=create_pr,
        tag=tag,
        revision=revision,
        message=message,
        allow_offline=allow_offline,
        progress=lambda step: note(f"{STEPS[step]} ..."),
    )
    _report(done, wanted_private=private)
    if verify:
        _verified(run, done)
    if json:
        result(done)


def _report(done: PushResult, *, wanted_private: bool) -> None:
    if done.uploaded:
        _files(f"push: {done.repo_id}", done.uploaded)
    for path in done.removed:
        note(f"removed {path}, which is no longer in dataset/")
    if done.kept:
        note(f"kept from the card on the Hub: {', '.join(done.kept)}")
    if done.gate:
        note(f"readers have to ask first ({done.gate} approval)")
    if done.private and not wanted_private:
        note(f"it is private and stays so: make it public at {done.url}/settings")
    note(_outcome(done))
    if done.tag:
        note(f"tag {done.tag}: commit {done.commit[:7]}")
    note(f"pull request: {done.pr_url}" if done.pr_url else f"data set: {done.url}")


def _verified(run: Run, done: PushResult) -> None:
    """Raises HubError where a stranger would load something else than is here."""
    from psychocounsel_data.hub.verifying import verify

    note("loading it again into an empty cache ...")
    tables = verify(run.dataset, done.repo_id, done.commit)
    listed = ", ".join(f"{one.table} {one.split} {one.rows:,}" for one in tables)
    note(f"verified row by row: {listed}")


def _outcome(done: PushResult) -> str:
    if done.unchanged:
        return f"nothing has changed since commit {done.commit[:7]}: no commit was made"
    made = "made the data set; " if done.created else ""
    return f"{made}commit {done.commit[:7]}: the hash of every file there is the one here"


def _files(title: str, files: Sequence[DatasetFile]) -> None:
    rows = [(file.path, f"{file.size:,}", file.sha256[:12]) for file in files]
    table(title, ("file", "bytes", "sha256"), rows)
    note(f"{len(files):,} files, {sum(file.size for file in files):,} bytes")
