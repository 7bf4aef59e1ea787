"""The whole act of a push: look, create, gate, upload, commit, read back, tag, publish.

What is done is decided from one look at the repository and made in one commit upon the head that
was seen then, so a change by somebody else in between is a conflict and never overwritten. Until
that commit nothing on the Hub is different; a repository or branch that was made for it is removed
again where it fails.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from psychocounsel_data import __version__
from psychocounsel_data.errors import ConfigError, HubError
from psychocounsel_data.hub.client import Change, Commit, Gate, Remote
from psychocounsel_data.hub.difference import Difference, compare
from psychocounsel_data.hub.folder import DatasetFile, made_offline, plan
from psychocounsel_data.hub.target import MAIN, PULL, Progress, Target, opened
from psychocounsel_data.records import Record

# What git and the Hub both take: no `..`, no `.lock`, no leading dash or dot in any part.
REF = re.compile(
    r"(?!.*(\.\.|\.lock(/|$)|\.(/|$)))[A-Za-z0-9_][\w.+-]*(/[A-Za-z0-9_][\w.+-]*)*", re.A
)
SHA = re.compile(r"[0-9a-f]{40}")


class PushResult(Record):
    """What a push found and did."""

    repo_id: str
    """`owner/name`."""
    url: str
    """The page of the data set."""
    private: bool
    """Whether the repository is; one that was private before stays so."""
    gate: Gate | None
    """How readers are let in, where they have to ask first."""
    commit: str
    """The commit that holds the data set; the head as it was where nothing had changed."""
    pr_url: str | None
    """The page of the pull request that was opened."""
    tag: str | None
    """The tag that names the commit."""
    uploaded: tuple[DatasetFile, ...]
    """Files that were new or changed, as they are on the Hub."""
    removed: tuple[str, ...]
    """Tables of an earlier push that dataset/ no longer has."""
    kept: tuple[str, ...]
    """Front-matter keys that were taken over from the card on the Hub."""
    unchanged: bool
    """Whether the Hub held all of it already, so that no commit was made."""
    verified: bool
    """The hash of every file was read back from the commit and is the local one. A push that
    finds another raises instead."""
    created: bool
    """Whether this call made the repository."""


class _Wish(NamedTuple):
    """What the caller asked for, checked."""

    private: bool
    gate: Gate | None
    create_pr: bool
    tag: str | None
    ref: str
    message: str


def push(
    dataset: Path,
    *,
    repo_id: str,
    private: bool,
    gate: Gate | None = None,
    create_pr: bool = False,
    tag: str | None = None,
    revision: str | None = None,
    message: str | None = None,
    allow_offline: bool = False,
    endpoint: str | None = None,
    token: str | None = None,
    progress: Progress | None = None,
) -> PushResult:
    """Make a repository on the Hub hold exactly dataset/, in one commit, and check that it does.

    A repository that does not exist is created. Where every hash is there already, nothing is
    committed and no pull request is opened. Tables of an earlier push that dataset/ no longer has
    are removed in the same commit; files of others stay, and so does what only the card on the Hub
    has in its front matter (see `card`). The rest of that card is replaced.

    Should creating succeed and uploading fail, the repository is deleted again: only one that this
    very call has made, and only while it has its initial commit and nothing else. A branch that
    this call has made goes likewise. A push that broke off can simply be repeated.

    Args:
        dataset: the folder that `build-pairs` wrote.
        private: whether a new repository stays private. It always begins so, and is made public
            once all is in it. An existing one is never switched; a public one is refused where
            private was asked for, and a private one stays private.
        gate: let only readers in who have asked. It is set before anything is uploaded; None leaves
            it as it is.
        create_pr: propose the commit as a pull request against `main` instead.
        tag: name the commit. A tag that names another commit is never moved.
        revision: the branch to push to, `main` where left out; created from `main` where it does
            not exist. `refs/pr/N` adds to an open pull request.
        message: of the commit.
        allow_offline: release data that `offline:` models had a part in, which is refused else.
        endpoint, token: the Hub and the key to it; huggingface_hub's own settings where left out.
        progress: told each step as it begins.

    Raises:
        RunError: dataset/ is missing or not whole.
        InputError: a file in it, or the front matter on the Hub, cannot be read as what it should.
        ConfigError: a name, a flag or the token is at fault.
        HubError: the Hub refused, was not reached, was changed in the meantime, or does not hold
            what was sent.
    """
    wish = _wish(private, gate, create_pr, tag, revision, message)
    files = plan(dataset)
    if not allow_offline:
        _refuse_offline(dataset)
    remote = Remote(repo_id, endpoint=endpoint, token=token)
    tell = progress or (lambda _: None)
    with opened(remote, ref=wish.ref, private=wish.private, gate=wish.gate, tell=tell) as target:
        difference = compare(remote, target.base, dataset, files)
        _refuse_tag(wish.tag, target, difference)
        commit = _committed(remote, wish, target, difference, tell)
        _tag(remote, wish.tag, commit, tell)
    published = _published(remote, wish, target, commit, tell)
    return PushResult(
        repo_id=repo_id,
        url=remote.url,
        private=target.private and not published,
        gate=target.gate,
        commit=commit.sha,
        pr_url=commit.pr_url,
        tag=wish.tag,
        uploaded=tuple(difference.wanted[path] for path in difference.add),
        removed=difference.remove,
        kept=difference.kept,
        unchanged=difference.empty,
        verified=True,
        created=target.created,
    )


def _wish(
    private: bool,
    gate: Gate | None,
    create_pr: bool,
    tag: str | None,
    revision: str | None,
    message: str | None,
) -> _Wish:
    if create_pr and revision is not None:
        raise ConfigError(
            "--create-pr opens a pull request against main: leave out it or --revision"
        )
    if create_pr and tag is not None:
        raise ConfigError("--tag names what is released: tag after the pull request is merged")
    if tag is not None and not REF.fullmatch(tag):
        raise ConfigError(f"--tag '{tag}' cannot be a tag: use letters, digits, `.`, `-` and `_`")
    ref = MAIN if revision is None else revision
    if SHA.fullmatch(ref) or not (PULL.fullmatch(ref) or _branch_name(ref)):
        raise ConfigError(f"--revision '{ref}' is neither a branch nor `refs/pr/N`: name one")
    return _Wish(private, gate, create_pr, tag, ref, message or f"Upload with pcdata {__version__}")


def _branch_name(ref: str) -> bool:
    return bool(REF.fullmatch(ref)) and not ref.startswith("refs/")


def _refuse_offline(dataset: Path) -> None:
    models = made_offline(dataset)
    if models:
        raise ConfigError(
            f"this data set was made with {', '.join(models)}, for demonstration and no real use: "
            "build one with language models, or release it knowingly with --allow-offline"
        )


def _refuse_tag(tag: str | None, target: Target, difference: Difference) -> None:
    """Before anything is uploaded: a tag that is there can only name what is there."""
    if tag is None or tag not in target.refs.tags:
        return
    if not difference.empty or target.refs.tags[tag] != target.base:
        raise ConfigError(
            f"the tag {tag} names another commit, and a release is never moved: choose a new tag"
        )


def _committed(
    remote: Remote, wish: _Wish, target: Target, difference: Difference, tell: Progress
) -> Commit:
    """The commit that holds the data set, read back."""
    if difference.empty:
        return Commit(target.base)
    change = Change(
        ref=target.ref,
        base=target.base,
        add=difference.add,
        remove=difference.remove,
        message=wish.message,
        create_pr=wish.create_pr,
    )
    tell("upload")
    additions = remote.upload(change, difference.wanted)
    tell("commit")
    commit = remote.commit(
        change, additions, landed=lambda: _landed(remote, wish, target, difference)
    )
    tell("verify")
    _read_back(remote, commit, difference)
    return commit


def _landed(remote: Remote, wish: _Wish, target: Target, difference: Difference) -> Commit | None:
    """The commit that holds all of it already, made since the repository was looked at."""
    refs = remote.refs()
    if wish.create_pr:
        new = {ref: sha for ref, sha in refs.pulls.items() if ref not in target.refs.pulls}
    else:
        heads = {**refs.branches, **refs.pulls}
        new = {target.ref: heads[target.ref]} if target.ref in heads else {}
    for ref, sha in sorted(new.items()):
        if sha != target.base and not difference.against(remote.tree(sha)):
            page = f"{remote.url}/discussions/{ref.rpartition('/')[2]}"
            return Commit(sha, page if wish.create_pr else None)
    return None


def _read_back(remote: Remote, commit: Commit, difference: Difference) -> None:
    wrong = difference.against(remote.tree(commit.sha))
    if wrong:
        raise HubError(
            f"{remote.repo_id} does not hold what was sent, in commit {commit.sha[:7]}: "
            f"{', '.join(wrong)}: run `pcdata push` again"
        )


def _tag(remote: Remote, tag: str | None, commit: Commit, tell: Progress) -> None:
    if tag is None:
        return
    tell("tag")
    try:
        remote.create_tag(tag, commit.sha)
    except HubError as error:
        raise HubError(
            f"the data set is there as commit {commit.sha[:7]}, without its tag: {error}"
        ) from error


def _published(remote: Remote, wish: _Wish, target: Target, commit: Commit, tell: Progress) -> bool:
    """Make a repository of this push public, if that is wanted; only now that all is in it."""
    if wish.private or not target.created:
        return False
    tell("publish")
    try:
        remote.publish()
    except HubError as error:
        raise HubError(
            f"the data set is there as commit {commit.sha[:7]}, still private: {error}: make it "
            f"public at {remote.url}/settings"
        ) from error
    return True
