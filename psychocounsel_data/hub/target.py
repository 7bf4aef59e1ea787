"""Where a push commits to: the repository and the branch, made where they are missing.

What was made for a push goes again where it fails, unless something has been committed to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Literal, NamedTuple

from psychocounsel_data.errors import ConfigError, HubError, PcdataError
from psychocounsel_data.hub.client import Gate, Refs, Remote, Standing

Step = Literal["look", "create", "gate", "upload", "commit", "verify", "tag", "publish"]
Progress = Callable[[Step], None]

MAIN = "main"
PULL = re.compile(r"refs/pr/[0-9]+")


class Target(NamedTuple):
    """Where to commit, as it was seen at one moment."""

    ref: str
    """The branch, or `refs/pr/N`."""
    base: str
    """Its head."""
    refs: Refs
    """All that had a name."""
    private: bool
    """Whether the repository is."""
    gate: Gate | None
    """How readers are let in."""
    created: bool
    """Whether it was made here."""


@contextmanager
def opened(
    remote: Remote, *, ref: str, private: bool, gate: Gate | None, tell: Progress
) -> Iterator[Target]:
    """The place to commit to, for the length of a block.

    A new repository is private until the caller publishes it, and its gate is closed before
    anything is in it: at no moment can anyone read what they should have asked for.

    Should the block fail, a repository that was made for it is deleted again: only one that the
    Hub said this very call has made, and only while it has its initial commit and nothing else.
    A branch that was made for it goes if it is still where it began. The error says what became
    of either.

    Args:
        ref: a branch, made from `main` where it does not exist, or an open `refs/pr/N`.
        private: whether the data is meant to be. A public repository is refused where this is true.
        gate: how readers are to be let in; None leaves that as it is.

    Raises:
        ConfigError: the repository is public or has another name now, or `ref` is no branch.
        HubError: the name is taken, or the Hub refused or was not reached.
    """
    tell("look")
    found = remote.look()
    created = False
    if found is None:
        tell("create")
        created = remote.create(private=True)
    undo = remote.delete_if_empty if created else None
    with _undone(undo, f"{remote.repo_id}, made for this push,"):
        standing = _checked(remote, found or remote.look(), private)
        if gate not in {None, standing.gate}:
            tell("gate")
            remote.close_gate(gate)
        refs = remote.refs()
        base, new = _base(remote.repo_id, ref, refs)
        if new:
            remote.create_branch(ref, base)
        undo = _branch_removal(remote, ref, base) if new and not created else None
        with _undone(undo, f"the branch {ref}, made for this push,"):
            yield Target(ref, base, refs, standing.private, gate or standing.gate, created)


def _checked(remote: Remote, found: Standing | None, private: bool) -> Standing:
    """The repository, if it is what its name and the wish for privacy say."""
    if found is None:
        raise HubError(
            f"the name {remote.repo_id} is taken by a data set that this token may not see: "
            "choose another"
        )
    if found.name.lower() != remote.repo_id.lower():
        raise ConfigError(f"{remote.repo_id} is called {found.name} now: push to that name")
    if private and not found.private:
        raise ConfigError(
            f"{remote.repo_id} is public, and private was asked for: make it private at "
            f"{remote.url}/settings, or set `private: false` under `push:` if all may read it"
        )
    return found


def _base(repo_id: str, ref: str, refs: Refs) -> tuple[str, bool]:
    """The commit to build upon, and whether the branch is yet to be made there."""
    if PULL.fullmatch(ref):
        if ref not in refs.pulls:
            raise ConfigError(f"{repo_id} has no pull request {ref}: name one that is open")
        return refs.pulls[ref], False
    if ref in refs.branches:
        return refs.branches[ref], False
    if ref in refs.tags:
        raise ConfigError(f"{ref} is a tag of {repo_id}: name a branch, and tag it with --tag")
    if MAIN not in refs.branches:
        raise HubError(f"{repo_id} has no branch main: make one there")
    return refs.branches[MAIN], True


def _branch_removal(remote: Remote, branch: str, base: str) -> Callable[[], bool]:
    def undo() -> bool:
        if remote.refs().branches.get(branch) != base:
            return False
        remote.delete_branch(branch)
        return True

    return undo


@contextmanager
def _undone(undo: Callable[[], bool] | None, what: str) -> Iterator[None]:
    """Undo something if the block fails, and say in its error what became of it.

    `undo` says whether there was anything that could go; what has been committed to stays.
    """
    if undo is None:
        yield
        return
    try:
        yield
    except KeyboardInterrupt:
        with suppress(PcdataError):
            undo()
        raise
    except PcdataError as error:
        raise type(error)(f"{error}{_outcome(undo, what)}") from error


def _outcome(undo: Callable[[], bool], what: str) -> str:
    try:
        return f" ({what} was removed again)" if undo() else ""
    except PcdataError:
        return f" ({what} is still there: look at it before you push again)"
