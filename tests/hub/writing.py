"""The endpoints that change something: repositories, uploads, commits, tags, branches, settings.

An upload is asked about first (`preupload`: plain or LFS, ignored, unchanged?), large files go
through LFS (`lfs_batch`, `lfs_put`, `lfs_verify`), and one commit names them all. A commit that
changes nothing is made like any other, as the Hub makes it: it is the client that leaves out files
whose ``oid`` it recognises, and then does not commit at all.
"""

import base64
import hashlib
import json
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from .answers import Answer, Json, Refusal, as_json, entry_not_found, revision_not_found
from .people import may_change, may_create_in, may_suggest
from .reading import Request
from .store import Blob, Commit, Repo, World

LFS_SUFFIXES = (".parquet", ".arrow", ".gz", ".zip", ".zst", ".bin", ".npz", ".safetensors")
LFS_FROM = 10 * 1024 * 1024
"""Bytes from which a file goes to LFS whatever its name."""


def create_repo(world: World, request: Request) -> Answer:
    asked = _json(request)
    _only_datasets(asked)
    namespace = asked.get("organization") or (request.account.name if request.account else "")
    account = may_create_in(request.account, namespace)
    repo_id = f"{namespace}/{asked['name']}"
    address = {"url": f"{world.url}/datasets/{repo_id}", "name": repo_id, "id": repo_id}
    if repo_id in world.repos:
        raise Refusal(409, f"You already created this dataset repo: {repo_id}", fields=address)
    private = asked.get("visibility") == "private" or bool(asked.get("private"))
    world.repos[repo_id] = Repo(repo_id, private, account.name)
    return as_json(address)


def delete_repo(world: World, request: Request) -> Answer:
    asked = _json(request)
    _only_datasets(asked)
    namespace = asked.get("organization") or (request.account.name if request.account else "")
    repo = world.seen_by(request.account, f"{namespace}/{asked['name']}")
    may_change(request.account, repo.namespace)
    del world.repos[repo.repo_id]
    return as_json({})


def _only_datasets(asked: Json) -> None:
    if asked.get("type") != "dataset":
        raise Refusal(400, f"this Hub keeps data sets, not a {asked.get('type', 'model')}")


def settings(world: World, request: Request) -> Answer:
    repo = _repo_to_change(world, request)
    asked = _json(request)
    repo.gated = asked.get("gated", repo.gated)
    if "visibility" in asked:
        repo.private = asked["visibility"] == "private"
    return as_json({"gated": repo.gated, "private": repo.private})


def validate_yaml(world: World, request: Request) -> Answer:
    """Look for a closed block of metadata; what it says is not judged here."""
    lines = _json(request)["content"].splitlines()
    if lines[:1] != ["---"]:
        warning = "empty or missing yaml metadata in repo card"
        return as_json({"errors": [], "warnings": [{"message": warning}]})
    if "---" not in lines[1:]:
        return as_json({"errors": [{"message": "the metadata block is not closed"}]}, 400)
    return as_json({"errors": [], "warnings": []})


def preupload(world: World, request: Request) -> Answer:
    repo = _repo_to_commit_to(world, request)
    asked = _json(request)
    tree = repo.at(request.parts["revision"]).tree
    rules = asked.get("gitIgnore")
    if rules is None:
        rules = tree[".gitignore"].content.decode() if ".gitignore" in tree else ""
    files = [_upload_advice(file, tree.get(file["path"]), rules) for file in asked["files"]]
    return as_json({"files": files})


def _upload_advice(file: Json, present: Blob | None, rules: str) -> Json:
    path = file["path"]
    is_large = path.endswith(LFS_SUFFIXES) or file["size"] >= LFS_FROM
    advice = {
        "path": path,
        "uploadMode": "lfs" if is_large else "regular",
        "shouldIgnore": _ignored(path, rules),
    }
    return advice if present is None else {**advice, "oid": present.etag}


def _ignored(path: str, rules: str) -> bool:
    """Whether the rules of a ``.gitignore`` leave the path out; negated ones are not known."""
    pure = PurePosixPath(path)
    names = [path, *pure.parts, *map(str, pure.parents)]
    patterns = [line.strip("/ ") for line in rules.splitlines() if line and line[0] != "#"]
    return any(fnmatchcase(name, pattern) for pattern in patterns for name in names)


def lfs_batch(world: World, request: Request) -> Answer:
    repo = world.seen_by(request.account, request.parts["repo"])
    asked = _json(request)
    # The client names the branch only where the files are for the branch itself: those of a pull
    # request may come from somebody who cannot write to it.
    if "ref" in asked:
        may_change(request.account, repo.namespace)
    else:
        may_suggest(request.account)
    objects = [_upload_actions(world, repo, item) for item in asked["objects"]]
    return as_json({"transfer": "basic", "objects": objects})


def _upload_actions(world: World, repo: Repo, item: Json) -> Json:
    known = {"oid": item["oid"], "size": item["size"]}
    if item["oid"] in repo.objects:
        return known
    upload = {"href": f"{world.url}/storage/{repo.repo_id}/{item['oid']}"}
    verify = {"href": f"{world.url}/datasets/{repo.repo_id}.git/info/lfs/objects/verify"}
    return {**known, "actions": {"upload": upload, "verify": verify}}


def lfs_put(world: World, request: Request) -> Answer:
    """Take an object; the address is the permission, as with the Hub's signed addresses."""
    oid = request.parts["oid"]
    if hashlib.sha256(request.body).hexdigest() != oid:
        raise Refusal(400, "the content does not have the promised sha256")
    world.repos[request.parts["repo"]].objects[oid] = request.body
    return Answer()


def lfs_verify(world: World, request: Request) -> Answer:
    repo = world.seen_by(request.account, request.parts["repo"])
    asked = _json(request)
    if len(repo.objects.get(asked["oid"], b"")) != asked["size"]:
        raise Refusal(404, "the object was not uploaded, or not whole")
    return as_json({})


def commit(world: World, request: Request) -> Answer:
    repo = _repo_to_commit_to(world, request)
    account = may_suggest(request.account)
    header, operations = _operations(request.body)
    ref = repo.ref_to_move(request.parts["revision"])
    as_pull = request.flag("create_pr")
    base = _base(repo, repo.refs[ref], header.get("parentCommit"), as_pull=as_pull)
    made = repo.add(
        base,
        _applied(repo, base, operations),
        title=header["summary"],
        description=header.get("description", ""),
        author=account.name,
    )
    number = len(repo.pulls) + 1
    repo.refs[f"refs/pr/{number}" if as_pull else ref] = made.sha
    page = f"{world.url}/datasets/{repo.repo_id}"
    answer = {"success": True, "commitOid": made.sha, "commitUrl": f"{page}/commit/{made.sha}"}
    if as_pull:
        answer["pullRequestUrl"] = f"{page}/discussions/{number}"
    return as_json(answer)


def _operations(body: bytes) -> tuple[Json, list[Json]]:
    lines: list[Json] = [json.loads(line) for line in body.splitlines() if line.strip()]
    return lines[0]["value"], lines[1:]


def _base(repo: Repo, head: str, parent: str | None, *, as_pull: bool) -> Commit:
    if parent is None:
        return repo.commits[head]
    if as_pull:
        return repo.at(parent)
    if not head.startswith(parent):
        raise Refusal(412, "A commit has happened since. Please refresh and try again.")
    return repo.commits[head]


def _applied(repo: Repo, base: Commit, operations: list[Json]) -> dict[str, Blob]:
    tree = dict(base.tree)
    for operation in operations:
        kind, value = operation["key"], operation["value"]
        if kind == "file":
            tree[value["path"]] = Blob.of(base64.b64decode(value["content"]), lfs=False)
        elif kind == "lfsFile":
            tree[value["path"]] = _from_lfs(repo, value["oid"])
        else:
            _delete(tree, base, value["path"], whole_folder=kind == "deletedFolder")
    return tree


def _from_lfs(repo: Repo, oid: str) -> Blob:
    if oid not in repo.objects:
        raise Refusal(400, f"LFS pointer pointed to a file that does not exist: {oid}")
    return Blob.of(repo.objects[oid], lfs=True)


def _delete(tree: dict[str, Blob], base: Commit, path: str, *, whole_folder: bool) -> None:
    folder = path.rstrip("/") + "/"
    gone = [name for name in tree if name.startswith(folder)] if whole_folder else [path]
    if not gone or gone[0] not in tree:
        raise entry_not_found(f"A file with this name doesn't exist: {path}", base.sha)
    for name in gone:
        del tree[name]


def create_tag(world: World, request: Request) -> Answer:
    repo = _repo_to_change(world, request)
    return _name(repo, f"refs/tags/{_json(request)['tag']}", request.parts["revision"])


def create_branch(world: World, request: Request) -> Answer:
    repo = _repo_to_change(world, request)
    name = request.parts["name"]
    if name.startswith("refs/"):
        raise Refusal(400, f"Invalid reference for a branch: {name}")
    return _name(repo, f"refs/heads/{name}", _json(request).get("startingPoint", "main"))


def _name(repo: Repo, ref: str, revision: str) -> Answer:
    target = repo.at(revision).sha
    if ref in repo.refs:
        raise Refusal(409, f"Reference already exists: {ref}")
    repo.refs[ref] = target
    return as_json({})


def delete_tag(world: World, request: Request) -> Answer:
    return _forget(_repo_to_change(world, request), "refs/tags/", request.parts["name"])


def delete_branch(world: World, request: Request) -> Answer:
    if request.parts["name"] == "main":
        raise Refusal(403, "Cannot delete the branch main")
    return _forget(_repo_to_change(world, request), "refs/heads/", request.parts["name"])


def _forget(repo: Repo, prefix: str, name: str) -> Answer:
    if prefix + name not in repo.refs:
        raise revision_not_found(name)
    del repo.refs[prefix + name]
    return as_json({})


def _repo_to_change(world: World, request: Request) -> Repo:
    repo = world.seen_by(request.account, request.parts["repo"])
    may_change(request.account, repo.namespace)
    return repo


def _repo_to_commit_to(world: World, request: Request) -> Repo:
    repo = world.seen_by(request.account, request.parts["repo"])
    if request.flag("create_pr"):
        may_suggest(request.account)
    else:
        may_change(request.account, repo.namespace)
    return repo


def _json(request: Request) -> Json:
    value: Json = json.loads(request.body)
    return value
