"""The small Hub of the tests, judged by the real clients: huggingface_hub and datasets.

Whatever other tests conclude from it rests on these round trips, and on the exceptions named here:
they are what huggingface_hub raises, and what our own code translates.
"""

import hashlib
import http.client
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hub import TestHub
from huggingface_hub import HfApi, HfFileSystem
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import RepoFile

# huggingface_hub hands a file to httpx2 in a way that httpx2 no longer likes.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

REPO = "maria/speeches"
TRAIN = "data/train-00000-of-00001.parquet"
CARD = """---
license: mit
configs:
- config_name: default
  default: true
  data_files:
  - {split: train, path: data/train-*}
- config_name: preference
  data_files:
  - {split: train, path: preference/train-*}
---
# Invented speeches
"""
PUBLISHED = pa.table({"question": ["I cannot sleep.", "I miss my sister."], "rating": [4.5, 2.0]})
MESSAGE = pa.struct([("role", pa.string()), ("content", pa.string())])
PREFERENCE = pa.table(
    {"prompt": [[{"role": "user", "content": "I cannot sleep."}]], "score_margin": [1.5]},
    schema=pa.schema([("prompt", pa.list_(MESSAGE)), ("score_margin", pa.float64())]),
)

LOAD = """
import json, sys
from datasets import Dataset, load_dataset
from datasets.exceptions import DatasetNotFoundError

def described(data):
    return {"rows": list(data), "schema": data.features.arrow_schema.remove_metadata().to_string()}

stranger = sys.argv[1]
results = {}
# The refusals first: a data set that was cached once is served from the cache to anybody.
for name, repo, token in [
    ("stranger", "maria/hidden", stranger),
    ("nobody", "maria/hidden", False),
    ("outsider", "maria/gated", stranger),
]:
    try:
        results[name] = described(load_dataset(repo, split="train", token=token))
    except DatasetNotFoundError as error:
        results[name] = str(error)
results |= {
    "whole": described(load_dataset("maria/speeches", split="train")),
    "streamed": described(load_dataset("maria/speeches", split="train", streaming=True)),
    "config": described(load_dataset("maria/speeches", "preference", split="train")),
    "tag": described(load_dataset("maria/speeches", split="train", revision="v1")),
    "pull": described(load_dataset("maria/speeches", split="train", revision="refs/pr/1")),
    "private": described(load_dataset("maria/hidden", split="train")),
}
Dataset.from_dict({"question": ["I am tired."]}).push_to_hub("maria/pushed", private=True)
results |= {
    "pushed": described(load_dataset("maria/pushed", split="train")),
}
print(json.dumps(results))
"""


def write_folder(folder: Path, published: pa.Table = PUBLISHED) -> Path:
    for path, table in {TRAIN: published, TRAIN.replace("data", "preference"): PREFERENCE}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, folder / path)
    (folder / "README.md").write_text(CARD, encoding="utf-8")
    return folder


def upload(api: HfApi, folder: Path, repo_id: str = REPO, **options: Any) -> Any:
    return api.upload_folder(
        repo_id=repo_id, repo_type="dataset", folder_path=folder, commit_message="add", **options
    )


def sha256_on(api: HfApi, path: str) -> str:
    """The hash that the Hub claims for an LFS file."""
    entry = api.get_paths_info(REPO, path, repo_type="dataset")[0]
    assert isinstance(entry, RepoFile)
    assert entry.lfs is not None
    return entry.lfs.sha256


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestHub]:
    with TestHub() as hub:
        hub.point_clients(monkeypatch, tmp_path / "home")
        yield hub


@pytest.fixture
def api(hub: TestHub) -> HfApi:
    """Maria's client, and her empty repository."""
    api = HfApi(endpoint=hub.url, token=hub.token)
    api.create_repo(REPO, repo_type="dataset")
    return api


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "dataset")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What `load_dataset` makes of four repositories, in one process with an empty cache."""
    home = tmp_path_factory.mktemp("home")
    first = write_folder(tmp_path_factory.mktemp("first"), PUBLISHED.slice(0, 1))
    second = write_folder(tmp_path_factory.mktemp("second"))
    with TestHub() as hub, pytest.MonkeyPatch.context() as patch:
        hub.point_clients(patch, home)
        _publish(HfApi(endpoint=hub.url, token=hub.token), first, second)
        yield _load(hub, home)


def _publish(api: HfApi, first: Path, second: Path) -> None:
    for name, private in [("speeches", False), ("hidden", True), ("gated", False)]:
        api.create_repo(f"maria/{name}", repo_type="dataset", private=private)
        upload(api, first, f"maria/{name}")
    api.update_repo_settings("maria/gated", repo_type="dataset", gated="auto")
    api.create_tag(REPO, repo_type="dataset", tag="v1")
    upload(api, second)
    upload(api, first, create_pr=True)


def _load(hub: TestHub, home: Path) -> dict[str, Any]:
    child = subprocess.run(
        [sys.executable, "-c", LOAD, hub.add_user("jo")],
        env={**os.environ, **hub.environment(home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    results: dict[str, Any] = json.loads(child.stdout.splitlines()[-1])
    return results


def described(table: pa.Table) -> dict[str, Any]:
    return {"rows": table.to_pylist(), "schema": table.schema.to_string()}


@pytest.mark.parametrize("way", ["whole", "streamed"])
def test_load_dataset_gives_the_rows_and_features_that_were_uploaded(
    loaded: dict[str, Any], way: str
) -> None:
    """The promise of a push: what others load is what we built, downloaded or streamed."""
    assert loaded[way] == described(PUBLISHED)


def test_load_dataset_finds_a_named_config(loaded: dict[str, Any]) -> None:
    """The card's ``configs`` are read from the Hub, and nested message lists survive."""
    assert loaded["config"] == described(PREFERENCE)


@pytest.mark.parametrize("revision", ["tag", "pull"])
def test_load_dataset_goes_back_to_a_named_revision(loaded: dict[str, Any], revision: str) -> None:
    """A tag keeps its snapshot though main has moved on, and a pull request has its own."""
    assert loaded[revision] == described(PUBLISHED.slice(0, 1))


def test_a_private_data_set_loads_for_its_owner_alone(loaded: dict[str, Any]) -> None:
    """A stranger must not even learn that it exists."""
    assert loaded["private"] == described(PUBLISHED.slice(0, 1))
    assert "doesn't exist on the Hub or cannot be accessed" in loaded["stranger"]
    assert "doesn't exist on the Hub or cannot be accessed" in loaded["nobody"]


def test_what_datasets_pushes_it_loads_again(loaded: dict[str, Any]) -> None:
    """Its own `push_to_hub` takes another way than `upload_folder`: branches, cards, deletions."""
    assert loaded["pushed"] == described(pa.table({"question": ["I am tired."]}))


def test_a_gated_data_set_tells_an_outsider_that_it_is_gated(loaded: dict[str, Any]) -> None:
    """Its existence is public, its files are not."""
    assert "is a gated dataset" in loaded["outsider"]


def test_an_uploaded_folder_is_kept_byte_for_byte(hub: TestHub, api: HfApi, folder: Path) -> None:
    """Plain files and LFS files alike, with the sha256 that the clients can compare."""
    made = upload(api, folder)

    files = hub.files(REPO)
    assert sorted(files) == [
        ".gitattributes",
        "README.md",
        TRAIN,
        TRAIN.replace("data", "preference"),
    ]
    assert files["README.md"] == (folder / "README.md").read_bytes()
    assert files[TRAIN] == (folder / TRAIN).read_bytes()
    assert sha256_on(api, TRAIN) == hashlib.sha256(files[TRAIN]).hexdigest()
    assert [commit.title for commit in hub.commits(REPO)] == ["add", "initial commit"]
    assert made.oid == hub.commits(REPO)[0].sha == api.dataset_info(REPO).sha


def test_the_same_folder_again_makes_no_commit(hub: TestHub, api: HfApi, folder: Path) -> None:
    """The client recognises the ``oid`` of every file; nothing is sent, nothing is committed."""
    first = upload(api, folder)
    again = upload(api, folder)

    assert again.oid == first.oid
    assert len(hub.commits(REPO)) == 2
    assert len(hub.called("PUT", "/storage/")) == 2
    assert len(hub.called("POST", "/commit/")) == 1


def test_a_changed_file_alone_is_sent(hub: TestHub, api: HfApi, folder: Path) -> None:
    """What is in LFS already is neither uploaded nor committed again."""
    upload(api, folder)
    (folder / "README.md").write_text(CARD + "More.\n", encoding="utf-8")
    upload(api, folder)

    assert hub.files(REPO)["README.md"].endswith(b"More.\n")
    assert len(hub.commits(REPO)) == 3
    assert len(hub.called("PUT", "/storage/")) == 2


def test_a_pull_request_leaves_main_alone(hub: TestHub, api: HfApi, folder: Path) -> None:
    """Anybody who sees the repository may open one, and its files are under its own revision."""
    stranger = HfApi(endpoint=hub.url, token=hub.add_user("jo"))
    mine = upload(api, folder, create_pr=True)
    theirs = upload(stranger, folder, create_pr=True)
    refs = api.list_repo_refs(REPO, repo_type="dataset", include_pull_requests=True)

    assert (mine.pr_revision, theirs.pr_num) == ("refs/pr/1", 2)
    assert list(hub.files(REPO)) == [".gitattributes"]
    assert TRAIN in hub.files(REPO, "refs/pr/1")
    assert hub.commits(REPO, "refs/pr/2")[0].author == "jo"
    assert [ref.target_commit for ref in refs.pull_requests or []] == [mine.oid, theirs.oid]


def test_a_pull_request_without_changes_is_not_opened(
    hub: TestHub, api: HfApi, folder: Path
) -> None:
    """The client then has no address to give, which a caller must expect."""
    upload(api, folder)
    made = upload(api, folder, create_pr=True)

    assert made.pr_url is None
    assert hub.repo(REPO).pulls == {}


def test_tags_and_branches_name_a_snapshot(hub: TestHub, api: HfApi, folder: Path) -> None:
    """A tag stays, a branch takes commits of its own, and a second use of a name is a conflict."""
    upload(api, folder)
    api.create_tag(REPO, repo_type="dataset", tag="v1")
    api.create_branch(REPO, repo_type="dataset", branch="draft/2", revision="v1")
    api.delete_file("README.md", REPO, repo_type="dataset", revision="draft/2")
    api.create_tag(REPO, repo_type="dataset", tag="v1", exist_ok=True)
    with pytest.raises(HfHubHTTPError) as raised:
        api.create_tag(REPO, repo_type="dataset", tag="v1")

    assert raised.value.response.status_code == 409
    assert "README.md" in hub.files(REPO, "v1")
    assert "README.md" not in hub.files(REPO, "draft/2")
    assert set(hub.repo(REPO).branches) == {"main", "draft/2"}


def test_a_listing_names_files_and_folders(api: HfApi, folder: Path) -> None:
    """Both clients walk a repository this way, and ``expand`` says what changed a path last."""
    made = upload(api, folder)
    upload(api, write_folder(folder, PUBLISHED.slice(0, 1)))
    flat = [entry.path for entry in api.list_repo_tree(REPO, repo_type="dataset")]
    below = list(api.list_repo_tree(REPO, "preference", repo_type="dataset", expand=True))

    assert flat == [".gitattributes", "README.md", "data", "preference"]
    assert [entry.path for entry in below] == [TRAIN.replace("data", "preference")]
    assert below[0].last_commit is not None
    assert below[0].last_commit.oid == made.oid


def test_ignored_files_stay_behind(hub: TestHub, api: HfApi, folder: Path) -> None:
    """A ``.gitignore`` in the upload is obeyed by the Hub, not by the client."""
    (folder / ".gitignore").write_text("# scratch\npreference/\n*.tmp\n", encoding="utf-8")
    (folder / "data" / "left.tmp").write_bytes(b"scratch")
    upload(api, folder)

    assert sorted(hub.files(REPO)) == [".gitattributes", ".gitignore", "README.md", TRAIN]


@pytest.mark.parametrize(
    ("card", "outcome"),
    [
        ("---\nlicense: mit\n", pytest.raises(ValueError, match="not closed")),
        ("No metadata.\n", pytest.warns(UserWarning, match="missing yaml metadata")),
    ],
)
def test_a_card_with_bad_metadata_is_noticed(
    api: HfApi, tmp_path: Path, card: str, outcome: Any
) -> None:
    """The client asks before it uploads."""
    (tmp_path / "README.md").write_text(card, encoding="utf-8")

    with outcome:
        api.upload_file(
            path_or_fileobj=tmp_path / "README.md",
            path_in_repo="README.md",
            repo_id=REPO,
            repo_type="dataset",
        )


def test_an_existing_name_is_a_conflict_unless_that_is_said_to_be_fine(
    hub: TestHub, api: HfApi
) -> None:
    """`exist_ok` is silent, keeps what is there, and does not change its visibility."""
    with pytest.raises(HfHubHTTPError) as raised:
        api.create_repo(REPO, repo_type="dataset")
    url = api.create_repo(REPO, repo_type="dataset", private=True, exist_ok=True)

    assert raised.value.response.status_code == 409
    assert url.repo_id == REPO
    assert not hub.repo(REPO).private


def test_members_write_in_the_name_of_their_organisation(hub: TestHub, api: HfApi) -> None:
    """And every member sees what is written there, private as it is, with a reading token too."""
    api.create_repo("clinic/notes", repo_type="dataset", private=True)
    reading = hub.add_user("lee", "read", organizations=["clinic"])
    seen = HfApi(endpoint=hub.url, token=reading).dataset_info("clinic/notes")

    assert seen.private
    assert [org["name"] for org in api.whoami()["orgs"]] == ["clinic"]


def test_settings_gate_and_hide_a_repository(hub: TestHub, api: HfApi, folder: Path) -> None:
    """Files stop at the gate, information does not; hiding it takes both away."""
    upload(api, folder)
    stranger = HfApi(endpoint=hub.url, token=hub.add_user("jo"))
    api.update_repo_settings(REPO, repo_type="dataset", gated="manual")
    with pytest.raises(GatedRepoError):
        stranger.hf_hub_download(REPO, "README.md", repo_type="dataset")
    gated = stranger.dataset_info(REPO).gated
    api.update_repo_settings(REPO, repo_type="dataset", gated=False, private=True)
    with pytest.raises(RepositoryNotFoundError):
        stranger.dataset_info(REPO)

    assert gated == "manual"
    assert (hub.repo(REPO).gated, hub.repo(REPO).private) == (False, True)


def test_a_deleted_repository_is_gone(hub: TestHub, api: HfApi) -> None:
    """And its name is free again."""
    api.delete_repo(REPO, repo_type="dataset")
    with pytest.raises(RepositoryNotFoundError):
        api.dataset_info(REPO)
    api.create_repo(REPO, repo_type="dataset")

    assert len(hub.commits(REPO)) == 1


class Refused(NamedTuple):
    """A request that must fail, and how huggingface_hub says so."""

    token: str
    action: Callable[[HfApi, Path], object]
    error: type[HfHubHTTPError]
    status: int


def _create(api: HfApi, folder: Path) -> object:
    return api.create_repo("maria/new", repo_type="dataset", private=True)


def _create_elsewhere(api: HfApi, folder: Path) -> object:
    return api.create_repo("others/new", repo_type="dataset", exist_ok=True)


def _upload(api: HfApi, folder: Path) -> object:
    return upload(api, folder)


REFUSALS = {
    "create without a token": Refused("none", _create, HfHubHTTPError, 401),
    "create with an invalid token": Refused("invalid", _create, HfHubHTTPError, 401),
    "create with a read-only token": Refused("reader", _create, HfHubHTTPError, 403),
    "create in another namespace": Refused("owner", _create_elsewhere, HfHubHTTPError, 403),
    "upload without a token": Refused("none", _upload, RepositoryNotFoundError, 401),
    "upload with an invalid token": Refused("invalid", _upload, HfHubHTTPError, 401),
    "upload with a read-only token": Refused("reader", _upload, HfHubHTTPError, 403),
    "upload by a stranger": Refused("stranger", _upload, HfHubHTTPError, 403),
    "upload to a missing repository": Refused(
        "owner", lambda api, folder: upload(api, folder, "maria/no"), RepositoryNotFoundError, 404
    ),
    "upload to a missing branch": Refused(
        "owner", lambda api, folder: upload(api, folder, revision="no"), RevisionNotFoundError, 404
    ),
    "tag a missing revision": Refused(
        "owner",
        lambda api, folder: api.create_tag(REPO, repo_type="dataset", tag="v1", revision="no"),
        RevisionNotFoundError,
        404,
    ),
    "download a missing file": Refused(
        "owner",
        lambda api, folder: api.hf_hub_download(REPO, "no", repo_type="dataset"),
        RemoteEntryNotFoundError,
        404,
    ),
    "who am I with an invalid token": Refused(
        "invalid", lambda api, folder: api.whoami(), HfHubHTTPError, 401
    ),
}


@pytest.mark.parametrize("refused", REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_the_exception_that_the_real_hub_causes(
    hub: TestHub, api: HfApi, folder: Path, refused: Refused
) -> None:
    """Our translation of errors is tested against these; the class must be exactly this one."""
    tokens: dict[str, str | bool] = {
        "none": False,
        "invalid": "hf_of_nobody",
        "reader": hub.add_user("maria", "read"),
        "stranger": hub.add_user("jo"),
        "owner": hub.token,
    }
    client = HfApi(endpoint=hub.url, token=tokens[refused.token])
    with pytest.raises(HfHubHTTPError) as raised:
        refused.action(client, folder)

    assert type(raised.value) is refused.error
    assert raised.value.response.status_code == refused.status
    assert len(hub.commits(REPO)) == 1


def test_a_stale_parent_is_refused(hub: TestHub, api: HfApi, folder: Path) -> None:
    """Two writers, and the second has not seen the first: nothing may be overwritten."""
    seen = hub.commits(REPO)[0].sha
    upload(api, folder, parent_commit=seen)
    (folder / "README.md").write_text(CARD + "Mine.\n", encoding="utf-8")
    with pytest.raises(HfHubHTTPError) as raised:
        upload(api, folder, parent_commit=seen)

    assert raised.value.response.status_code == 412
    assert len(hub.commits(REPO)) == 2


RETRIED = ["/preupload/", "/objects/batch", "/storage/", "/objects/verify"]
NOT_RETRIED = ["/validate-yaml", "/commit/"]


@pytest.mark.parametrize("status", [429, 500, 503, 504, None])
@pytest.mark.parametrize("path", RETRIED)
def test_the_client_tries_the_steps_of_an_upload_again(
    hub: TestHub, api: HfApi, folder: Path, path: str, status: int | None
) -> None:
    """One failure of these is no failure of a push."""
    hub.fail_next("PUT" if path == "/storage/" else "POST", path, status)
    upload(api, folder)

    assert TRAIN in hub.files(REPO)


@pytest.mark.parametrize("path", NOT_RETRIED)
def test_the_client_gives_up_at_once_on_a_check_or_a_commit(
    hub: TestHub, api: HfApi, folder: Path, path: str
) -> None:
    """So that trying these again is up to us."""
    hub.fail_next("POST", path, 503)
    with pytest.raises(HfHubHTTPError) as raised:
        upload(api, folder)

    assert raised.value.response.status_code == 503
    assert len(hub.called("POST", path)) == 1
    assert len(hub.commits(REPO)) == 1


@pytest.mark.parametrize(
    ("method", "path", "error"),
    [("POST", "/preupload/", HfHubHTTPError), ("PUT", "/storage/", RuntimeError)],
)
def test_a_failure_that_lasts_ends_an_upload(
    hub: TestHub, api: HfApi, folder: Path, method: str, path: str, error: type[Exception]
) -> None:
    """Five further tries; that of a large file is wrapped, its cause says what happened."""
    (folder / TRAIN.replace("data", "preference")).unlink()
    hub.fail_next(method, path, 503, times=6)
    with pytest.raises(error) as raised:
        upload(api, folder)

    cause = raised.value if error is HfHubHTTPError else raised.value.__cause__
    assert isinstance(cause, HfHubHTTPError)
    assert cause.response.status_code == 503
    assert len(hub.called(method, path)) == 6


def test_a_commit_may_be_made_though_its_answer_is_lost(
    hub: TestHub, api: HfApi, folder: Path
) -> None:
    """The worst case of a network: the next attempt then finds nothing left to do."""
    hub.fail_next("POST", "/commit/", None, applied=True)
    with pytest.raises(httpx2.RemoteProtocolError):
        upload(api, folder)
    upload(api, folder)

    assert TRAIN in hub.files(REPO)
    assert len(hub.commits(REPO)) == 2


def test_an_injected_fault_carries_its_headers(hub: TestHub, api: HfApi) -> None:
    """The clients read them: what to raise, when to try again."""
    hub.fail_next("GET", "/api/datasets/", 404, headers={"X-Error-Code": "RevisionNotFound"})
    with pytest.raises(RevisionNotFoundError):
        api.dataset_info(REPO)

    assert api.dataset_info(REPO).id == REPO


def test_a_hub_that_is_down_refuses_connections(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even those that a client kept open; downloads name the cache instead."""
    with TestHub() as hub:
        hub.point_clients(monkeypatch, tmp_path / "home")
        api = HfApi(endpoint=hub.url, token=hub.token)
        api.create_repo(REPO, repo_type="dataset")

    with pytest.raises(httpx2.ConnectError):
        api.create_repo("maria/other", repo_type="dataset")
    with pytest.raises(httpx2.ConnectError):
        upload(api, folder)
    with pytest.raises(LocalEntryNotFoundError):
        api.hf_hub_download(REPO, "README.md", repo_type="dataset")


def test_tampered_bytes_are_what_a_download_brings(hub: TestHub, api: HfApi, folder: Path) -> None:
    """The client compares sizes, not contents: a check of the sha256 is left to us."""
    upload(api, folder)
    good = hub.files(REPO)[TRAIN]
    hub.tamper(REPO, "main", TRAIN, bytes(len(good)))
    path = api.hf_hub_download(REPO, TRAIN, repo_type="dataset")

    assert Path(path).read_bytes() == bytes(len(good))
    assert sha256_on(api, TRAIN) == hashlib.sha256(good).hexdigest()


def test_a_file_cut_short_is_noticed_by_the_client(hub: TestHub, api: HfApi, folder: Path) -> None:
    """The promised size stays the one that was committed."""
    upload(api, folder)
    hub.tamper(REPO, "main", TRAIN, b"PAR1")

    with pytest.raises(OSError, match="Consistency check failed"):
        api.hf_hub_download(REPO, TRAIN, repo_type="dataset")


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-3", 206, slice(0, 4)),
        ("bytes=10-", 206, slice(10, None)),
        ("bytes=-4", 206, slice(-4, None)),
        ("bytes=10-9999999", 206, slice(10, None)),
        ("bytes=9999999-", 416, slice(0, 0)),
    ],
)
def test_a_range_of_a_file_can_be_asked_for(
    hub: TestHub, api: HfApi, folder: Path, asked: str, status: int, part: slice
) -> None:
    """Streaming reads the footer of a parquet file first, and resumed downloads their rest."""
    upload(api, folder)
    connection = http.client.HTTPConnection(urlsplit(hub.url).netloc, timeout=10)
    connection.request("GET", f"/datasets/{REPO}/resolve/main/{TRAIN}", headers={"Range": asked})
    response = connection.getresponse()
    body = response.read()
    connection.close()

    whole = (folder / TRAIN).read_bytes()
    assert response.status == status
    assert (response.headers["Content-Range"] or "").endswith(f"/{len(whole)}")
    if status == 206:
        assert body == whole[part]


def test_a_head_request_describes_the_file(hub: TestHub, api: HfApi, folder: Path) -> None:
    """Names, sizes and hashes come from headers: the clients' caches live by them."""
    made = upload(api, folder)
    connection = http.client.HTTPConnection(urlsplit(hub.url).netloc, timeout=10)
    connection.request("HEAD", f"/datasets/{REPO}/resolve/main/{TRAIN}")
    response = connection.getresponse()
    body = response.read()
    connection.close()

    blob = hub.repo(REPO).at("main").tree[TRAIN]
    assert (response.status, body) == (200, b"")
    assert response.headers["X-Repo-Commit"] == made.oid
    assert response.headers["ETag"] == response.headers["X-Linked-Etag"] == f'"{blob.sha256}"'
    assert response.headers["Content-Length"] == response.headers["X-Linked-Size"] == str(blob.size)


def test_the_file_system_client_reads_a_part(hub: TestHub, api: HfApi, folder: Path) -> None:
    """The same ranges through the client that polars, pandas and datasets read with."""
    upload(api, folder)
    files = HfFileSystem(endpoint=hub.url, token=hub.token, skip_instance_cache=True)
    path = f"datasets/{REPO}/{TRAIN}"

    assert files.cat_file(path, start=0, end=4) == b"PAR1"
    assert pq.read_table(path, filesystem=files).equals(PUBLISHED)


def test_requests_are_logged_in_order(hub: TestHub, api: HfApi) -> None:
    """A test can say what was asked, and what was not."""
    api.dataset_info(REPO)

    assert [tuple(call) for call in hub.requests] == [
        ("POST", "/api/repos/create"),
        ("GET", f"/api/datasets/{REPO}"),
    ]
