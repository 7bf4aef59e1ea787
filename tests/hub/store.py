"""What a repository holds: blobs, commits that are whole snapshots, and the names given to them.

Object ids are git's and git LFS's own, because the clients compare them with what they compute
from local files. Commit ids and dates are drawn from a counter, so that two runs agree. Nothing
here knows about HTTP or permissions; a name that does not exist is refused as the Hub refuses it.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from .answers import repo_not_found, revision_not_found
from .people import Account, People

SHORTEST_SHA = 7
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
ATTRIBUTES = b"*.parquet filter=lfs diff=lfs merge=lfs -text\n"

Tree = Mapping[str, "Blob"]


def git_oid(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def lfs_pointer(sha256: str, size: int) -> bytes:
    lines = ["version https://git-lfs.github.com/spec/v1", f"oid sha256:{sha256}", f"size {size}"]
    return "".join(f"{line}\n" for line in lines).encode()


@dataclass(frozen=True)
class Blob:
    """A file's bytes and the identity they had when they were committed."""

    content: bytes
    size: int
    sha256: str
    lfs: bool
    oid: str
    """Git's id: of the content, or of the pointer where the content is in LFS."""

    @classmethod
    def of(cls, content: bytes, *, lfs: bool) -> "Blob":
        sha256 = hashlib.sha256(content).hexdigest()
        oid = git_oid(lfs_pointer(sha256, len(content)) if lfs else content)
        return cls(content, len(content), sha256, lfs, oid)

    @property
    def etag(self) -> str:
        """What the clients recognise the content by."""
        return self.sha256 if self.lfs else self.oid

    @property
    def pointer_size(self) -> int:
        return len(lfs_pointer(self.sha256, self.size))


@dataclass(frozen=True)
class Commit:
    """One snapshot: every path of the repository with its blob."""

    sha: str
    parent: str | None
    title: str
    description: str
    author: str
    date: datetime
    tree: Tree


@dataclass
class Repo:
    """A data set repository."""

    repo_id: str
    private: bool
    created_by: str
    gated: str | bool = False
    commits: dict[str, Commit] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    """Full name (``refs/heads/main``, ``refs/tags/v1``, ``refs/pr/1``) to commit."""
    objects: dict[str, bytes] = field(default_factory=dict)
    """What was uploaded through LFS, by sha256, committed or not."""

    def __post_init__(self) -> None:
        tree = {".gitattributes": Blob.of(ATTRIBUTES, lfs=False)}
        first = self.add(None, tree, title="initial commit", author=self.created_by)
        self.refs["refs/heads/main"] = first.sha

    @property
    def namespace(self) -> str:
        return self.repo_id.split("/")[0]

    @property
    def branches(self) -> dict[str, str]:
        return self.named("refs/heads/")

    @property
    def tags(self) -> dict[str, str]:
        return self.named("refs/tags/")

    @property
    def pulls(self) -> dict[str, str]:
        """Pull request number to the commit it asks for."""
        return self.named("refs/pr/")

    def named(self, prefix: str) -> dict[str, str]:
        refs = [(ref, sha) for ref, sha in self.refs.items() if ref.startswith(prefix)]
        return {ref.removeprefix(prefix): sha for ref, sha in refs}

    def add(
        self, parent: Commit | None, tree: Tree, *, title: str, author: str, description: str = ""
    ) -> Commit:
        """Store a snapshot; naming it is left to the caller."""
        number = len(self.commits)
        above = parent.sha if parent else None
        listing = [f"{path} {blob.oid}" for path, blob in sorted(tree.items())]
        identity = "\n".join([self.repo_id, str(number), str(above), title, *listing])
        sha = hashlib.sha1(identity.encode(), usedforsecurity=False).hexdigest()
        date = FIRST_DAY + timedelta(minutes=number)
        commit = Commit(sha, above, title, description, author, date, dict(tree))
        self.commits[sha] = commit
        return commit

    def at(self, revision: str) -> Commit:
        """The commit behind a branch, a tag, ``refs/pr/N``, or a full or shortened commit id."""
        for ref in (f"refs/heads/{revision}", f"refs/tags/{revision}", revision):
            if ref in self.refs:
                return self.commits[self.refs[ref]]
        if len(revision) >= SHORTEST_SHA:
            for sha, commit in self.commits.items():
                if sha.startswith(revision):
                    return commit
        raise revision_not_found(revision)

    def ref_to_move(self, revision: str) -> str:
        """The full name of what a commit to ``revision`` moves: a branch or a pull request."""
        for ref in (f"refs/heads/{revision}", revision):
            if ref in self.refs and not ref.startswith("refs/tags/"):
                return ref
        raise revision_not_found(revision)

    def history(self, revision: str) -> Iterator[Commit]:
        """Commits, newest first."""
        commit: Commit | None = self.at(revision)
        while commit is not None:
            yield commit
            commit = self.commits[commit.parent] if commit.parent else None

    def tamper(self, revision: str, path: str, content: bytes) -> None:
        """Other bytes under the identity that was committed, as after a fault of the storage."""
        commit = self.at(revision)
        tree = {**commit.tree, path: replace(commit.tree[path], content=content)}
        self.commits[commit.sha] = replace(commit, tree=tree)


@dataclass
class World:
    """All repositories and all people of one Hub."""

    url: str = ""
    people: People = field(default_factory=People)
    repos: dict[str, Repo] = field(default_factory=dict)

    def seen_by(self, account: Account | None, repo_id: str) -> Repo:
        """A repository, if this account may know of it."""
        repo = self.repos.get(repo_id)
        if repo is None or not can_see(account, repo):
            raise repo_not_found(signed_in=account is not None)
        return repo


def can_see(account: Account | None, repo: Repo) -> bool:
    return not repo.private or (account is not None and account.belongs_to(repo.namespace))
