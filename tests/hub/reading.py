"""The endpoints that look: repository information, listings, references, and the files themselves.

Shapes are those that huggingface_hub 2 and datasets 5 parse. Pagination is left out: no test
repository comes near the thousand entries of a page.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from pathlib import PurePosixPath
from urllib.parse import parse_qs

from .answers import Answer, Json, Refusal, as_json, entry_not_found
from .people import Account, may_change, signed_in
from .store import Blob, Commit, Repo, World

RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True)
class Request:
    """A request after HTTP: who asks, and what the address and the body say."""

    account: Account | None
    parts: Mapping[str, str]
    """What the route's pattern named in the path."""
    query: Mapping[str, list[str]]
    headers: Message
    body: bytes

    def flag(self, name: str) -> bool:
        return self.query.get(name, [""])[0].lower() in {"1", "true"}


def whoami(world: World, request: Request) -> Answer:
    account = signed_in(request.account)
    token = {"displayName": "tests", "role": account.role}
    return as_json(
        {
            "type": "user",
            "id": account.name,
            "name": account.name,
            "fullname": account.name.title(),
            "orgs": [{"type": "org", "name": name} for name in account.organizations],
            "auth": {"type": "access_token", "accessToken": token},
        }
    )


def info(world: World, request: Request) -> Answer:
    repo = _repo(world, request)
    commit = repo.at(request.parts.get("revision", "main"))
    with_blobs = request.flag("blobs")
    return as_json(
        {
            "_id": repo.repo_id,
            "id": repo.repo_id,
            "author": repo.namespace,
            "sha": commit.sha,
            "createdAt": _date(list(repo.history("main"))[-1]),
            "lastModified": _date(commit),
            "private": repo.private,
            "gated": repo.gated,
            "disabled": False,
            "tags": [],
            "siblings": [
                _sibling(path, blob, with_blobs) for path, blob in sorted(commit.tree.items())
            ],
        }
    )


def _sibling(path: str, blob: Blob, with_blobs: bool) -> Json:
    if not with_blobs:
        return {"rfilename": path}
    lfs = {"sha256": blob.sha256, "size": blob.size, "pointerSize": blob.pointer_size}
    sibling = {"rfilename": path, "size": blob.size, "blobId": blob.oid}
    return {**sibling, "lfs": lfs} if blob.lfs else sibling


def auth_check(world: World, request: Request) -> Answer:
    repo = _repo(world, request)
    _let_through_the_gate(repo, request.account)
    if request.parts.get("write"):
        may_change(request.account, repo.namespace)
    return as_json({})


def refs(world: World, request: Request) -> Answer:
    repo = _repo(world, request)
    listing = {
        "branches": _refs(repo, "refs/heads/"),
        "tags": _refs(repo, "refs/tags/"),
        "converts": [],
    }
    if request.flag("include_prs"):
        listing["pullRequests"] = _refs(repo, "refs/pr/")
    return as_json(listing)


def _refs(repo: Repo, prefix: str) -> list[Json]:
    return [
        {"name": name, "ref": prefix + name, "targetCommit": sha}
        for name, sha in repo.named(prefix).items()
    ]


def commits(world: World, request: Request) -> Answer:
    repo = _repo(world, request)
    return as_json(
        [
            {
                "id": commit.sha,
                "title": commit.title,
                "message": commit.description,
                "authors": [{"user": commit.author}],
                "date": _date(commit),
            }
            for commit in repo.history(request.parts["revision"])
        ]
    )


def tree(world: World, request: Request) -> Answer:
    repo = _repo(world, request)
    commit = repo.at(request.parts["revision"])
    folder = request.parts.get("path", "").strip("/")
    below = [path for path in _all_paths(commit) if not folder or path.startswith(folder + "/")]
    if folder and not below:
        raise entry_not_found(f"{folder} does not exist on {commit.sha}", commit.sha)
    if not request.flag("recursive"):
        below = [path for path in below if _parent(path) == folder]
    return as_json([_entry(repo, commit, path, request.flag("expand")) for path in below])


def paths_info(world: World, request: Request) -> Answer:
    repo = _repo(world, request)
    commit = repo.at(request.parts["revision"])
    form = parse_qs(request.body.decode())
    expand = form.get("expand", [""])[0].lower() == "true"
    asked = [path.strip("/") for path in form.get("paths", [])]
    known = set(_all_paths(commit))
    return as_json([_entry(repo, commit, path, expand) for path in asked if path in known])


def _all_paths(commit: Commit) -> list[str]:
    """Files and the folders above them, sorted."""
    folders = {str(above) for path in commit.tree for above in PurePosixPath(path).parents}
    return sorted({*commit.tree, *folders} - {"."})


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _entry(repo: Repo, commit: Commit, path: str, expand: bool) -> Json:
    entry = _file(path, commit.tree[path]) if path in commit.tree else _folder(commit, path)
    if expand:
        entry["lastCommit"] = _last_change(repo, commit, path)
    return entry


def _file(path: str, blob: Blob) -> Json:
    entry: Json = {"type": "file", "path": path, "size": blob.size, "oid": blob.oid}
    if blob.lfs:
        pointer = {"oid": blob.sha256, "size": blob.size, "pointerSize": blob.pointer_size}
        entry["lfs"] = pointer
    return entry


def _folder(commit: Commit, path: str) -> Json:
    return {"type": "directory", "path": path, "size": 0, "oid": _fingerprint(commit, path)}


def _fingerprint(commit: Commit, path: str) -> str:
    """The state of a file, or of everything in a folder."""
    lines = [
        f"{name} {blob.oid}"
        for name, blob in sorted(commit.tree.items())
        if name == path or name.startswith(path + "/")
    ]
    return hashlib.sha1("\n".join(lines).encode(), usedforsecurity=False).hexdigest()


def _last_change(repo: Repo, commit: Commit, path: str) -> Json:
    state = _fingerprint(commit, path)
    for earlier in repo.history(commit.sha):
        if _fingerprint(earlier, path) != state:
            break
        commit = earlier
    return {"id": commit.sha, "title": commit.title, "date": _date(commit)}


def _date(commit: Commit) -> str:
    return commit.date.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def resolve(world: World, request: Request) -> Answer:
    """A file's bytes, whole or a range; for HEAD the server leaves the body out."""
    repo = _repo(world, request)
    _let_through_the_gate(repo, request.account)
    commit = repo.at(request.parts["revision"])
    blob = commit.tree.get(request.parts["path"])
    if blob is None:
        raise entry_not_found("Entry not found", commit.sha)
    headers = {
        "Content-Type": "application/octet-stream",
        "Accept-Ranges": "bytes",
        "ETag": f'"{blob.etag}"',
        "X-Repo-Commit": commit.sha,
    }
    if blob.lfs:
        headers |= {"X-Linked-Size": str(blob.size), "X-Linked-Etag": f'"{blob.sha256}"'}
    return _part_of(Answer(200, blob.content, headers), request.headers.get("Range"))


def _part_of(whole: Answer, asked: str | None) -> Answer:
    match = RANGE.fullmatch(asked or "")
    if match is None or not any(match.groups()):
        return whole
    size = len(whole.body)
    first, last = match.groups()
    start = int(first) if first else max(size - int(last), 0)
    stop = min(int(last) + 1, size) if first and last else size
    if start >= size or stop <= start:
        message = "Requested range not satisfiable"
        raise Refusal(416, message, headers={"Content-Range": f"bytes */{size}"})
    span = {"Content-Range": f"bytes {start}-{stop - 1}/{size}"}
    return Answer(206, whole.body[start:stop], {**whole.headers, **span})


def _let_through_the_gate(repo: Repo, account: Account | None) -> None:
    if not repo.gated or (account is not None and account.belongs_to(repo.namespace)):
        return
    status, remedy = (401, "sign in") if account is None else (403, "ask its authors for access")
    raise Refusal(
        status, f"Access to dataset {repo.repo_id} is restricted: {remedy}", code="GatedRepo"
    )


def _repo(world: World, request: Request) -> Repo:
    return world.seen_by(request.account, request.parts["repo"])
