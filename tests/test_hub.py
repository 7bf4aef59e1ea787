"""Pushing dataset/ to the Hub: what arrives, what stays, and what is said when it cannot.

Everything goes through huggingface_hub to the small Hub of these tests.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hub import TestHub
from hub.store import Blob
from huggingface_hub import CommitOperationAdd, HfApi

from psychocounsel_data.errors import ConfigError, HubError, InputError, PcdataError, RunError
from psychocounsel_data.hub import PushResult, Step, made_offline, plan, push
from psychocounsel_data.hub.card import merged

REPO = "maria/preferences"
TRAIN = "data/train-00000-of-00001.parquet"
TEST = "data/test-00000-of-00001.parquet"
PREFERENCE = "preference/train-00000-of-00001.parquet"
RESPONSES = "responses/train-00000-of-00001.parquet"
CARD = """---
pretty_name: invented
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*
  - split: test
    path: data/test-*
- config_name: preference
  data_files:
  - split: train
    path: preference/train-*
- config_name: responses
  data_files:
  - split: train
    path: responses/train-*
---

# Invented preferences
"""
Send = Callable[..., PushResult]

COMMIT = r"/commit/"
SENT = r"/preupload/|/commit/|/storage/|/branch/|/tag/|/repos/create"

LOAD = """
import json, sys
from datasets import load_dataset
tables = {}
for config in ("default", "preference", "responses"):
    loaded = load_dataset(sys.argv[1], config)
    tables[config] = {split: list(rows) for split, rows in loaded.items()}
print(json.dumps(tables))
"""


def write_table(path: Path, **columns: list[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)


def write_dataset(folder: Path, *, judge: str = "openai:gpt-4o") -> Path:
    write_table(folder / TRAIN, question=["I cannot sleep."], chosen=["That wears you out."])
    write_table(folder / TEST, question=["I miss my sister."], chosen=["You were close."])
    write_table(folder / PREFERENCE, prompt=["I cannot sleep."], score_margin=[1.5])
    models = ["openai:gpt-4o-mini", "column:counsellor"]
    write_table(folder / RESPONSES, model=models, judge=[judge, judge], score=[4.0, 2.5])
    (folder / "README.md").write_text(CARD, encoding="utf-8")
    return folder


def local(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def ours(hub: TestHub, revision: str = "main", repo_id: str = REPO) -> dict[str, bytes]:
    files = hub.files(repo_id, revision)
    return {path: content for path, content in files.items() if path != ".gitattributes"}


def titles(hub: TestHub, revision: str = "main") -> list[str]:
    return [commit.title for commit in hub.commits(REPO, revision)]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestHub]:
    """The Hub, with clients that have no token of their own."""
    with TestHub() as hub:
        hub.point_clients(monkeypatch, tmp_path / "home", token="")
        yield hub


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that would have been waited before asking again."""
    waits: list[float] = []
    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=waits.append))
    return waits


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "dataset")


@pytest.fixture
def send(hub: TestHub, dataset: Path) -> Send:
    """A push of the data set by its owner, private."""

    def send(**options: Any) -> PushResult:
        given = {"repo_id": REPO, "private": True, "endpoint": hub.url, "token": hub.token}
        return push(dataset, **{**given, **options})

    return send


@pytest.fixture
def api(hub: TestHub) -> HfApi:
    """Somebody else who works on the same repositories."""
    return HfApi(endpoint=hub.url, token=hub.token)


def commit_by_hand(api: HfApi, files: dict[str, bytes], revision: str = "main") -> str:
    operations = [CommitOperationAdd(path, content) for path, content in files.items()]
    made = api.create_commit(
        REPO, operations, commit_message="by hand", repo_type="dataset", revision=revision
    )
    return str(made.oid)


class TestArrival:
    """What a push puts on the Hub."""

    def test_makes_a_private_repository_that_holds_exactly_the_folder(
        self, hub: TestHub, dataset: Path, send: Send
    ) -> None:
        steps: list[Step] = []

        result = send(progress=steps.append)

        assert ours(hub) == local(dataset)
        assert hub.repo(REPO).private
        assert len(titles(hub)) == 2
        assert result == PushResult(
            repo_id=REPO,
            url=f"{hub.url}/datasets/{REPO}",
            private=True,
            gate=None,
            commit=hub.commits(REPO)[0].sha,
            pr_url=None,
            tag=None,
            uploaded=plan(dataset),
            removed=(),
            kept=(),
            unchanged=False,
            verified=True,
            created=True,
        )
        assert steps == ["look", "create", "upload", "commit", "verify"]

    def test_makes_a_public_repository_only_where_that_is_asked_for(
        self, hub: TestHub, send: Send
    ) -> None:
        result = send(private=False)

        assert not result.private
        assert not hub.repo(REPO).private

    def test_finds_hub_and_token_in_the_settings_of_huggingface_hub(
        self, hub: TestHub, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hub.point_clients(monkeypatch, tmp_path / "home")

        push(dataset, repo_id="clinic/preferences", private=True)

        assert ours(hub, repo_id="clinic/preferences") == local(dataset)

    def test_what_was_pushed_loads_in_every_configuration(
        self, hub: TestHub, dataset: Path, tmp_path: Path, send: Send
    ) -> None:
        """What the Hub is for: `load_dataset` in another process gives the rows back."""
        send()

        environment = {**os.environ, **hub.environment(tmp_path / "reader")}
        done = subprocess.run(
            [sys.executable, "-c", LOAD, REPO],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == {
            "default": {
                "train": pq.read_table(dataset / TRAIN).to_pylist(),
                "test": pq.read_table(dataset / TEST).to_pylist(),
            },
            "preference": {"train": pq.read_table(dataset / PREFERENCE).to_pylist()},
            "responses": {"train": pq.read_table(dataset / RESPONSES).to_pylist()},
        }

    def test_a_message_of_ones_own_heads_the_commit(self, hub: TestHub, send: Send) -> None:
        send(message="First release")

        assert titles(hub)[0] == "First release"

    def test_a_gitignore_on_the_hub_hides_nothing(
        self, hub: TestHub, dataset: Path, api: HfApi, send: Send
    ) -> None:
        """The Hub leaves out what a .gitignore there names, without an error."""
        api.create_repo(REPO, repo_type="dataset", private=True)
        commit_by_hand(api, {".gitignore": b"*.parquet\n"})

        send()

        assert local(dataset).items() <= ours(hub).items()


class TestAgain:
    """The second push, and those after it."""

    def test_an_unchanged_data_set_is_not_committed_again(self, hub: TestHub, send: Send) -> None:
        first = send()
        before = len(hub.called("POST", SENT))

        again = send()

        assert again.unchanged
        assert again.verified
        assert not again.created
        assert again.uploaded == ()
        assert again.commit == first.commit
        assert len(hub.called("POST", SENT)) == before

    def test_only_what_changed_is_sent_and_in_one_commit(
        self, hub: TestHub, dataset: Path, send: Send
    ) -> None:
        send()
        write_table(dataset / TEST, question=["I feel stuck."], chosen=["Where do you feel it?"])
        before = len(hub.called("PUT", "/storage/"))

        result = send()

        assert [file.path for file in result.uploaded] == [TEST]
        assert len(hub.called("PUT", "/storage/")) == before + 1
        assert len(titles(hub)) == 3
        assert ours(hub) == local(dataset)

    def test_a_table_that_is_no_longer_in_the_folder_is_removed_in_the_same_commit(
        self, hub: TestHub, dataset: Path, api: HfApi, send: Send
    ) -> None:
        """The card takes every `train-*` for a part of the data, old ones and new ones."""
        send()
        old = "data/train-00001-of-00002.parquet"
        commit_by_hand(api, {old: b"PAR1 of an earlier push"})
        (dataset / TEST).unlink()

        result = send()

        assert result.removed == (TEST, old)
        assert result.uploaded == ()
        assert len(titles(hub)) == 4
        assert ours(hub) == local(dataset)

    def test_files_of_others_stay(self, hub: TestHub, api: HfApi, send: Send) -> None:
        send()
        others = {
            "LICENSE": b"as agreed",
            "images/flow.png": b"\x89PNG",
            "data/codebook.csv": b"id,meaning\n",
            "data/train-notes.txt": b"read by hand",
            "extra/train-00000-of-00001.parquet": b"PAR1",
        }
        commit_by_hand(api, others)
        attributes = hub.files(REPO)[".gitattributes"]

        result = send()

        assert result.unchanged
        assert others.items() <= ours(hub).items()
        assert hub.files(REPO)[".gitattributes"] == attributes


class TestCard:
    """Whose words the card on the Hub has after a push."""

    GATING = (
        "extra_gated_prompt: >\n  You agree not to treat anybody with this.\n"
        "extra_gated_fields:\n  Country: country\n  I agree: checkbox\n"
    )

    def test_what_was_set_on_the_hub_survives_and_is_named(
        self, hub: TestHub, dataset: Path, api: HfApi, send: Send
    ) -> None:
        """A gate that goes missing opens data to everybody, and nobody would notice."""
        send()
        by_hand = CARD.replace("---\n\n#", f"{self.GATING}viewer: false\n---\n\n#")
        commit_by_hand(api, {"README.md": by_hand.encode()})
        card = CARD.replace("pretty_name: invented", "pretty_name: anew")
        (dataset / "README.md").write_text(card, encoding="utf-8")

        result = send()

        expected = card.replace("---\n\n#", f"{self.GATING}viewer: false\n---\n\n#")
        assert ours(hub)["README.md"].decode() == expected
        assert result.kept == ("extra_gated_prompt", "extra_gated_fields", "viewer")
        assert [file.path for file in result.uploaded] == ["README.md"]

    def test_a_card_that_was_merged_once_is_unchanged(
        self, hub: TestHub, api: HfApi, send: Send
    ) -> None:
        send()
        commit_by_hand(api, {"README.md": f"---\n{self.GATING}---\nTo be replaced.\n".encode()})
        send()

        again = send()

        assert again.unchanged
        assert again.kept == ("extra_gated_prompt", "extra_gated_fields")

    def test_front_matter_that_cannot_be_read_there_stops_the_push(
        self, hub: TestHub, api: HfApi, send: Send
    ) -> None:
        send()
        commit_by_hand(api, {"LICENSE": b"as agreed"})
        broken = Blob.of(b"---\nextra_gated_prompt: [\n---\n", lfs=False)
        head = hub.commits(REPO)[0]
        tree = {**head.tree, "README.md": broken}
        hub.repo(REPO).commits[head.sha] = replace(head, tree=tree)

        with pytest.raises(InputError, match=r"README\.md on the Hub.*not valid YAML"):
            send()

        assert len(titles(hub)) == 3

    @pytest.mark.parametrize(
        ("mine", "theirs", "expected"),
        [
            ("a: 1\n", "a: 2\n", "a: 1\n"),
            ("a: 1\n", "answer: no\n", "a: 1\nanswer: no\n"),
            ("a: 1\n", "  b: 'x'\n  c:\n  - y\n", "a: 1\nb: 'x'\nc:\n  - y\n"),
            ("a: 1\n", "license: other\nlicense_name: own\n", None),
            ("license: mit\n", "license: other\nlicense_name: own\n", "license: mit\n"),
            ("a: 1\n", "# nothing yet\n", "a: 1\n"),
        ],
        ids=["ours wins", "word for word", "indented", "licence there", "licence here", "empty"],
    )
    def test_keys_only_the_hub_has_are_taken_over(
        self, mine: str, theirs: str, expected: str | None
    ) -> None:
        card = merged(f"---\n{mine}---\n\nOurs.\n", f"---\n{theirs}---\n\nTheirs.\n")

        assert card.text == f"---\n{mine + theirs if expected is None else expected}---\n\nOurs.\n"
        assert merged(f"---\n{mine}---\n\nOurs.\n", card.text) == card

    def test_line_ends_of_another_system_and_a_card_without_front_matter_are_read(self) -> None:
        theirs = "\ufeff---\r\nviewer: false\r\n---\r\nTheirs.\r\n"

        assert merged("Ours.\n", theirs).text == "---\nviewer: false\n---\nOurs.\n"
        assert merged("Ours.\n", "Theirs.\n").text == "Ours.\n"

    @pytest.mark.parametrize(
        "theirs", ["{viewer: false}\n", "- viewer\n", "x: &a 1\na: 2\nb: *a\n", "? viewer\n: no\n"]
    )
    def test_what_would_mean_something_else_is_not_guessed_at(self, theirs: str) -> None:
        with pytest.raises(InputError, match=r"README\.md on the Hub"):
            merged("---\na: 1\nx: 2\n---\n", f"---\n{theirs}---\n")


class TestPullRequest:
    def test_proposes_the_change_and_leaves_main_alone(
        self, hub: TestHub, dataset: Path, send: Send
    ) -> None:
        first = send()
        write_table(dataset / TEST, question=["I feel stuck."], chosen=["Since when?"])

        result = send(create_pr=True)

        assert result.pr_url == f"{hub.url}/datasets/{REPO}/discussions/1"
        assert hub.repo(REPO).pulls == {"1": result.commit}
        assert ours(hub, result.commit) == local(dataset)
        assert hub.commits(REPO)[0].sha == first.commit

    def test_is_not_opened_for_nothing(self, hub: TestHub, send: Send) -> None:
        send()

        result = send(create_pr=True)

        assert result.unchanged
        assert result.pr_url is None
        assert hub.repo(REPO).pulls == {}

    def test_can_be_added_to(self, hub: TestHub, dataset: Path, send: Send) -> None:
        send()
        write_table(dataset / TEST, question=["I feel stuck."], chosen=["Since when?"])
        send(create_pr=True)
        write_table(dataset / TEST, question=["I feel stuck."], chosen=["Where?"])

        result = send(revision="refs/pr/1")

        assert hub.repo(REPO).pulls == {"1": result.commit}
        assert ours(hub, "refs/pr/1") == local(dataset)

    def test_may_come_from_somebody_who_cannot_write_there(
        self, hub: TestHub, dataset: Path, send: Send
    ) -> None:
        send(private=False)
        write_table(dataset / TEST, question=["I feel stuck."], chosen=["Since when?"])

        result = send(private=False, create_pr=True, token=hub.add_user("tom"))

        assert result.pr_url is not None
        assert hub.commits(REPO, result.commit)[0].author == "tom"

    @pytest.mark.parametrize("options", [{"revision": "main"}, {"tag": "v1"}])
    def test_excludes_what_names_another_place(
        self, hub: TestHub, send: Send, options: dict[str, str]
    ) -> None:
        with pytest.raises(ConfigError, match=f"--{next(iter(options))}"):
            send(create_pr=True, **options)

        assert hub.requests == []


class TestTag:
    def test_names_the_commit(self, hub: TestHub, send: Send) -> None:
        result = send(tag="v1.0")

        assert result.tag == "v1.0"
        assert hub.repo(REPO).tags == {"v1.0": result.commit}

    def test_names_what_is_there_already(self, hub: TestHub, send: Send) -> None:
        first = send()

        result = send(tag="v1")

        assert result.unchanged
        assert hub.repo(REPO).tags == {"v1": first.commit}

    def test_that_is_there_and_right_is_fine(self, hub: TestHub, send: Send) -> None:
        send(tag="v1")

        assert send(tag="v1").unchanged

    def test_is_never_moved(self, hub: TestHub, dataset: Path, send: Send) -> None:
        """Found out before anything is uploaded."""
        first = send(tag="v1")
        write_table(dataset / TEST, question=["I feel stuck."], chosen=["Since when?"])
        before = len(hub.called("POST", SENT))

        with pytest.raises(ConfigError, match="the tag v1 names another commit"):
            send(tag="v1")

        assert hub.repo(REPO).tags == {"v1": first.commit}
        assert len(hub.called("POST", SENT)) == before

    def test_of_an_earlier_head_is_not_moved_either(
        self, hub: TestHub, api: HfApi, send: Send
    ) -> None:
        send(tag="v1")
        commit_by_hand(api, {"LICENSE": b"as agreed"})

        with pytest.raises(ConfigError, match="the tag v1 names another commit"):
            send(tag="v1")

    def test_that_cannot_be_made_is_said_beside_what_was_done(
        self, hub: TestHub, dataset: Path, send: Send
    ) -> None:
        hub.fail_next("POST", "/tag/", 500, times=9)

        with pytest.raises(HubError, match=r"is there as commit [0-9a-f]{7}, without its tag"):
            send(tag="v1")

        assert ours(hub) == local(dataset)

    def test_whose_answer_was_lost_is_there(self, hub: TestHub, send: Send) -> None:
        hub.fail_next("POST", "/tag/", 502, applied=True)

        result = send(tag="v1")

        assert hub.repo(REPO).tags == {"v1": result.commit}

    @pytest.mark.parametrize("tag", ["", "two words", "a..b", "-x", "x.lock", "a//b", "v1."])
    def test_must_be_a_name_that_git_takes(self, hub: TestHub, send: Send, tag: str) -> None:
        with pytest.raises(ConfigError, match="cannot be a tag"):
            send(tag=tag)

        assert hub.requests == []


class TestRevision:
    def test_begins_a_branch_at_main(self, hub: TestHub, dataset: Path, send: Send) -> None:
        first = send()
        write_table(dataset / TEST, question=["I feel stuck."], chosen=["Since when?"])

        result = send(revision="drafts/spring")

        assert hub.repo(REPO).branches == {"main": first.commit, "drafts/spring": result.commit}
        assert ours(hub, "drafts/spring") == local(dataset)

    def test_goes_on_with_a_branch(self, hub: TestHub, dataset: Path, send: Send) -> None:
        send(revision="drafts")
        write_table(dataset / TEST, question=["I feel stuck."], chosen=["Since when?"])

        send(revision="drafts")

        assert len(titles(hub, "drafts")) == 3
        assert len(titles(hub)) == 1

    def test_a_branch_made_for_a_push_that_fails_goes_again(
        self, hub: TestHub, dataset: Path, send: Send
    ) -> None:
        send()
        write_table(dataset / TEST, question=["I feel stuck."], chosen=["Since when?"])
        hub.fail_next("POST", COMMIT, 400)

        with pytest.raises(HubError, match=r"the branch drafts.*was removed again"):
            send(revision="drafts")

        assert list(hub.repo(REPO).branches) == ["main"]

    def test_of_a_tag_a_commit_or_nothing_is_refused(self, hub: TestHub, send: Send) -> None:
        commit = send(tag="v1").commit

        for revision, said in [
            ("v1", "v1 is a tag"),
            (commit, "neither a branch"),
            ("refs/pr/7", "no pull request refs/pr/7"),
            ("refs/heads/main", "neither a branch"),
            ("a b", "neither a branch"),
        ]:
            with pytest.raises(ConfigError, match=said):
                send(revision=revision)

        assert list(hub.repo(REPO).branches) == ["main"]


class TestWhoMay:
    """Keys, rights and names: one clear line each, and nothing left behind."""

    def test_without_a_token_says_how_to_get_one(self, hub: TestHub, send: Send) -> None:
        with pytest.raises(ConfigError, match="HF_TOKEN or run `hf auth login`"):
            send(token=None)

        assert hub.requests == []

    def test_a_token_that_cannot_be_one_is_never_sent_nor_shown(
        self, hub: TestHub, send: Send
    ) -> None:
        with pytest.raises(ConfigError) as caught:
            send(token="Token: hf_geheimnisvoll ü")

        assert "geheimnisvoll" not in str(caught.value)
        assert hub.requests == []

    def test_an_unknown_token_is_refused_and_not_shown(self, hub: TestHub, send: Send) -> None:
        with pytest.raises(ConfigError, match="does not accept the token") as caught:
            send(token="hf_unknown")

        assert "hf_unknown" not in str(caught.value)
        assert hub.called("POST", "") == []

    def test_a_token_that_only_reads_is_told_from_other_refusals(
        self, hub: TestHub, dataset: Path, send: Send
    ) -> None:
        reader = hub.add_user("maria", "read")

        with pytest.raises(ConfigError, match="the token can only read"):
            send(token=reader)

        send()
        write_table(dataset / TEST, question=["I feel stuck."], chosen=["Since when?"])
        with pytest.raises(ConfigError, match="the token can only read"):
            send(token=reader)

        assert len(titles(hub)) == 2

    def test_a_namespace_of_others_is_named_with_ones_own(self, hub: TestHub, send: Send) -> None:
        with pytest.raises(HubError, match=r"maria may not write to 'tom': .* maria or clinic"):
            send(repo_id="tom/preferences")

        assert not hub.called("POST", "/preupload/")

    def test_a_public_data_set_of_others_is_left_alone(self, hub: TestHub, send: Send) -> None:
        tom = hub.add_user("tom")
        HfApi(endpoint=hub.url, token=tom).create_repo("tom/open", repo_type="dataset")

        with pytest.raises(HubError, match="may not write to 'tom'"):
            send(repo_id="tom/open", private=False)

        assert ours(hub, repo_id="tom/open") == {}
        assert hub.called("PUT", "/storage/") == []

    def test_what_the_hub_says_is_passed_on_without_the_token(
        self, hub: TestHub, send: Send
    ) -> None:
        message = f"storage limit reached for {hub.token}"
        hub.fail_next("POST", "/create", 403, headers={"X-Error-Message": message})

        with pytest.raises(
            HubError, match=r"HTTP 403: storage limit reached for <token>"
        ) as caught:
            send()

        assert hub.token not in str(caught.value)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("name", ["preferences", "a/b/c", "maria/two words", "maria/x..y"])
    def test_a_name_that_cannot_be_is_refused_at_once(
        self, hub: TestHub, send: Send, name: str
    ) -> None:
        with pytest.raises(ConfigError, match="write `owner/"):
            send(repo_id=name)

        assert hub.requests == []

    def test_a_name_that_is_taken_out_of_sight_is_told(self, hub: TestHub, send: Send) -> None:
        hub.fail_next("POST", "/repos/create", 409)

        with pytest.raises(HubError, match="is taken by a data set that this token may not see"):
            send()

    def test_a_renamed_repository_is_not_followed(self, hub: TestHub, send: Send) -> None:
        send()
        hub.repo(REPO).repo_id = "maria/released"

        with pytest.raises(ConfigError, match="is called maria/released now"):
            send()

    def test_private_data_never_goes_to_a_public_repository(
        self, hub: TestHub, api: HfApi, send: Send
    ) -> None:
        api.create_repo(REPO, repo_type="dataset", private=False)

        for options in ({}, {"create_pr": True}):
            with pytest.raises(ConfigError, match="is public, and private was asked for"):
                send(**options)

        assert ours(hub) == {}
        assert hub.called("PUT", "/storage/") == []

    def test_a_private_repository_stays_private(self, hub: TestHub, send: Send) -> None:
        send()

        result = send(private=False)

        assert result.private
        assert hub.repo(REPO).private


class TestGate:
    """Readers who have to ask: at no moment can the data be read by one who has not."""

    def test_is_closed_before_anything_is_uploaded_and_opened_to_nobody_else(
        self, hub: TestHub, send: Send
    ) -> None:
        steps: list[Step] = []
        result = send(private=False, gate="manual", progress=steps.append)

        assert steps == ["look", "create", "gate", "upload", "commit", "verify", "publish"]
        assert result.gate == hub.repo(REPO).gated == "manual"
        assert not hub.repo(REPO).private
        settings = [number for number, call in enumerate(hub.requests) if "/settings" in call.path]
        sent = [number for number, call in enumerate(hub.requests) if "/commit/" in call.path]
        assert settings[0] < sent[0] < settings[1]

    def test_that_cannot_be_closed_uploads_nothing(self, hub: TestHub, send: Send) -> None:
        hub.fail_next("PUT", r"/settings", 403)

        with pytest.raises(HubError, match=r"set the gate of .*removed again"):
            send(private=False, gate="manual")

        assert hub.called("PUT", "/storage/") == []

    def test_is_closed_on_a_repository_that_was_open(
        self, hub: TestHub, api: HfApi, send: Send
    ) -> None:
        api.create_repo(REPO, repo_type="dataset", private=False)
        send(private=False, gate="auto")

        assert hub.repo(REPO).gated == "auto"

    def test_stays_as_it_is_where_nothing_is_asked(self, hub: TestHub, send: Send) -> None:
        send(gate="manual")
        result = send()

        assert result.gate == hub.repo(REPO).gated == "manual"

    def test_a_set_that_could_not_be_published_is_there_and_private(
        self, hub: TestHub, send: Send
    ) -> None:
        hub.fail_next("PUT", r"/settings", 403)

        with pytest.raises(HubError, match=r"still private.*make it public at"):
            send(private=False)

        assert hub.repo(REPO).private
        assert TRAIN in ours(hub)


class TestTrouble:
    """Faults on the way."""

    def test_a_change_by_somebody_else_is_a_conflict_and_stays(
        self, hub: TestHub, dataset: Path, api: HfApi, send: Send
    ) -> None:
        send()
        write_table(dataset / TEST, question=["I feel stuck."], chosen=["Since when?"])

        def interfere(step: Step) -> None:
            if step == "commit":
                commit_by_hand(api, {"LICENSE": b"as agreed"})

        with pytest.raises(HubError, match="changed on the Hub in the meantime"):
            send(progress=interfere)

        assert titles(hub)[0] == "by hand"
        assert ours(hub)[TEST] != (dataset / TEST).read_bytes()

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", f"/api/datasets/{REPO}$"),
            ("POST", "/repos/create"),
            ("GET", "/refs"),
            ("GET", "/tree/"),
            ("POST", "/preupload/"),
            ("POST", "/objects/batch"),
            ("PUT", "/storage/"),
            ("POST", "/validate-yaml"),
            ("POST", COMMIT),
            ("POST", "/branch/"),
            ("POST", "/tag/"),
        ],
    )
    @pytest.mark.parametrize("status", [503, None], ids=["busy", "cut"])
    def test_a_passing_fault_is_waited_out(
        self,
        hub: TestHub,
        dataset: Path,
        send: Send,
        method: str,
        path: str,
        status: int | None,
    ) -> None:
        hub.fail_next(method, path, status, times=2)

        result = send(revision="drafts", tag="v1")

        assert result.verified
        assert ours(hub, "drafts") == local(dataset)
        assert len(titles(hub, "drafts")) == 2

    def test_the_hubs_own_wait_is_kept(self, hub: TestHub, send: Send, waits: list[float]) -> None:
        hub.fail_next("POST", COMMIT, 429, headers={"Retry-After": "7"})
        hub.fail_next("GET", "/refs", 429, headers={"RateLimit": '"api";r=0;t=11'})

        send()

        assert waits == [11.0, 7.0]

    def test_a_wait_that_is_too_long_is_left_to_the_user(
        self, hub: TestHub, send: Send, waits: list[float]
    ) -> None:
        hub.fail_next("GET", REPO, 429, headers={"Retry-After": "900"}, times=9)

        with pytest.raises(HubError, match="fewer requests: run `pcdata push` again in 900 s"):
            send()

        assert waits == []
        assert len(hub.requests) == 1

    def test_requests_that_are_asked_again_are_few(self, hub: TestHub, send: Send) -> None:
        """Our waiting and the library's are never multiplied."""
        send()
        for method, path in [("GET", f"/api/datasets/{REPO}$"), ("GET", "/tree/")]:
            before = len(hub.called(method, path))
            hub.fail_next(method, path, 503, times=6)
            with pytest.raises(HubError, match="out of order"):
                send()
            assert len(hub.called(method, path)) - before <= 6
            send()

    @pytest.mark.parametrize("status", [504, None], ids=["timeout", "cut"])
    def test_a_commit_whose_answer_was_lost_is_recognised(
        self, hub: TestHub, dataset: Path, send: Send, status: int | None
    ) -> None:
        """Sent once more it would be refused as a conflict with itself."""
        hub.fail_next("POST", COMMIT, status, applied=True)

        result = send()

        assert result.commit == hub.commits(REPO)[0].sha
        assert len(titles(hub)) == 2
        assert ours(hub) == local(dataset)

    def test_a_repository_whose_making_was_not_confirmed_is_used_but_never_deleted(
        self, hub: TestHub, send: Send
    ) -> None:
        """It may be somebody else's, made in the same moment."""
        hub.fail_next("POST", "/repos/create", 502, applied=True)
        hub.fail_next("POST", COMMIT, 400)

        with pytest.raises(HubError, match="HTTP 400"):
            send()

        assert titles(hub) == ["initial commit"]
        assert not send().created

    def test_a_pull_request_whose_answer_was_lost_is_not_opened_twice(
        self, hub: TestHub, dataset: Path, send: Send
    ) -> None:
        send()
        write_table(dataset / TEST, question=["I feel stuck."], chosen=["Since when?"])
        hub.fail_next("POST", COMMIT, 502, applied=True)

        result = send(create_pr=True)

        assert hub.repo(REPO).pulls == {"1": result.commit}
        assert result.pr_url == f"{hub.url}/datasets/{REPO}/discussions/1"

    def test_a_commit_that_overtakes_its_own_repetition_is_recognised(
        self, hub: TestHub, dataset: Path, api: HfApi, send: Send
    ) -> None:
        """A gateway may give up on a commit that is made a moment later."""

        def overtake(step: Step) -> None:
            if step == "commit":
                api.upload_folder(
                    repo_id=REPO, repo_type="dataset", folder_path=dataset, commit_message="same"
                )

        result = send(progress=overtake)

        assert titles(hub) == ["same", "initial commit"]
        assert result.commit == hub.commits(REPO)[0].sha

    def test_a_hub_that_is_not_there_is_named(
        self, dataset: Path, send: Send, waits: list[float]
    ) -> None:
        with TestHub() as gone:
            pass

        with pytest.raises(HubError, match=f"{gone.url} was not reached") as caught:
            send(endpoint=gone.url)

        assert "\n" not in str(caught.value)
        assert waits == [1, 2, 4, 8]

    def test_a_page_instead_of_an_answer_is_not_taken_for_one(self, send: Send) -> None:
        with portal() as url, pytest.raises(HubError, match="does not answer as the Hub does"):
            send(endpoint=url)

    def test_offline_mode_is_named(self, send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)

        with pytest.raises(ConfigError, match="HF_HUB_OFFLINE is set"):
            send()

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("POST", "/preupload/", 400),
            ("PUT", "/storage/", 400),
            ("POST", "/objects/batch", 503),
            ("POST", COMMIT, 400),
            ("POST", COMMIT, None),
            ("POST", "/validate-yaml", 400),
            ("GET", "/refs", 400),
        ],
    )
    def test_a_repository_made_for_a_push_that_fails_goes_again(
        self,
        hub: TestHub,
        send: Send,
        method: str,
        path: str,
        status: int | None,
    ) -> None:
        hub.fail_next(method, path, status, times=1 if status == 400 else 6)

        with pytest.raises(HubError, match=f"{REPO}, made for this push, was removed again") as one:
            send()

        assert "\n" not in str(one.value)
        with pytest.raises(KeyError):
            hub.repo(REPO)

    def test_a_repository_that_cannot_be_removed_again_is_mentioned(
        self, hub: TestHub, send: Send
    ) -> None:
        hub.fail_next("POST", COMMIT, 400)
        hub.fail_next("DELETE", "", 500, times=9)

        with pytest.raises(HubError, match="made for this push, is still there"):
            send()

        assert len(titles(hub)) == 1

    def test_a_repository_that_somebody_uses_by_now_is_not_deleted(
        self, hub: TestHub, api: HfApi, send: Send
    ) -> None:
        def interfere(step: Step) -> None:
            if step == "commit":
                commit_by_hand(api, {"LICENSE": b"as agreed"})

        with pytest.raises(HubError, match="changed on the Hub") as caught:
            send(progress=interfere)

        assert "removed" not in str(caught.value)
        assert ours(hub) == {"LICENSE": b"as agreed"}

    def test_a_repository_that_was_there_before_is_not_deleted(
        self, hub: TestHub, api: HfApi, send: Send
    ) -> None:
        api.create_repo(REPO, repo_type="dataset", private=True)
        hub.fail_next("POST", COMMIT, 400)

        with pytest.raises(HubError, match="HTTP 400"):
            send()

        assert titles(hub) == ["initial commit"]

    def test_an_interrupted_push_leaves_no_empty_repository(self, hub: TestHub, send: Send) -> None:
        def interrupt(step: Step) -> None:
            if step == "commit":
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            send(progress=interrupt)

        with pytest.raises(KeyError):
            hub.repo(REPO)

    def test_other_bytes_on_the_hub_are_found_when_read_back(
        self, hub: TestHub, send: Send
    ) -> None:
        def alter(step: Step) -> None:
            if step == "verify":
                head = hub.commits(REPO)[0]
                other = {TEST: Blob.of(b"other", lfs=True), TRAIN: Blob.of(b"more", lfs=False)}
                hub.repo(REPO).commits[head.sha] = replace(head, tree={**head.tree, **other})

        with pytest.raises(HubError, match=f"does not hold what was sent.*: {TEST}, {TRAIN}:"):
            send(progress=alter)

        assert send().verified

    def test_a_file_that_is_rewritten_meanwhile_is_not_released_unseen(
        self, hub: TestHub, dataset: Path, send: Send
    ) -> None:
        def rewrite(step: Step) -> None:
            if step == "upload":
                write_table(dataset / TEST, question=["I feel stuck."], chosen=["Since when?"])

        with pytest.raises(HubError, match=f"{TEST} was changed while it was uploaded"):
            send(progress=rewrite)

        assert not hub.called("POST", COMMIT)


class TestFolder:
    """dataset/ itself, without any Hub."""

    def test_a_plan_lists_what_would_go_up_and_asks_nobody(
        self, hub: TestHub, dataset: Path
    ) -> None:
        (dataset / ".DS_Store").write_bytes(b"\0")
        (dataset / ".cache").mkdir()
        (dataset / ".cache" / "x").write_bytes(b"\0")
        before = local(dataset)

        files = plan(dataset)

        assert [file.path for file in files] == ["README.md", TEST, TRAIN, PREFERENCE, RESPONSES]
        assert [file.size for file in files] == [len(before[file.path]) for file in files]
        for file in files:
            blob = Blob.of(before[file.path], lfs=False)
            assert (file.sha256, file.git_oid) == (blob.sha256, blob.oid)
        assert local(dataset) == before
        assert hub.requests == []

    def test_without_a_data_set_the_way_to_one_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(RunError, match="run `pcdata build-pairs` first"):
            plan(tmp_path / "dataset")

    @pytest.mark.parametrize("missing", ["README.md", RESPONSES, PREFERENCE])
    def test_half_a_data_set_is_not_released(self, dataset: Path, missing: str) -> None:
        (dataset / missing).unlink()

        with pytest.raises(RunError, match=f"has no {missing.split('/')[0]}"):
            plan(dataset)

    def test_a_link_is_refused(self, dataset: Path, tmp_path: Path) -> None:
        """It could bring out a file that nobody meant to release."""
        (tmp_path / "notes.txt").write_text("private", encoding="utf-8")
        (dataset / "notes.txt").symlink_to(tmp_path / "notes.txt")

        with pytest.raises(InputError, match="is a link"):
            plan(dataset)

    def test_offline_models_are_found_among_writers_and_judges(self, dataset: Path) -> None:
        assert made_offline(dataset) == ()

        models = ["offline:brisk", "openai:gpt-4o"]
        write_table(dataset / RESPONSES, model=models, judge=["offline:rules", None])

        assert made_offline(dataset) == ("offline:brisk", "offline:rules")

    def test_offline_data_is_released_only_on_purpose(
        self, hub: TestHub, dataset: Path, send: Send
    ) -> None:
        write_dataset(dataset, judge="offline:rules")

        with pytest.raises(ConfigError, match=r"made with offline:rules.*--allow-offline"):
            send()

        assert hub.requests == []
        assert send(allow_offline=True).verified

    @pytest.mark.parametrize("content", [b"not a table", None], ids=["no table", "no columns"])
    def test_responses_that_name_no_model_are_refused(
        self, hub: TestHub, dataset: Path, send: Send, content: bytes | None
    ) -> None:
        """What cannot be told to be real may be for demonstration."""
        write_table(dataset / RESPONSES, model=["openai:gpt-4o"])
        if content:
            (dataset / RESPONSES).write_bytes(content)

        with pytest.raises(InputError, match="does not say which models made it"):
            send()

        assert hub.requests == []


def test_no_message_shows_the_token(hub: TestHub, send: Send) -> None:
    """Whatever the Hub answers, to whatever request."""
    said = {"X-Error-Message": f"your token {hub.token} is not good"}
    requests = [("GET", "/api/"), ("POST", "/create"), ("POST", "/preupload"), ("POST", COMMIT)]
    messages = []
    for number, (method, path) in enumerate(requests):
        for status in (400, 401, 402, 403, 412, 418):
            hub.fail_next(method, path, status, headers=said)
            with pytest.raises(PcdataError) as caught:
                send(repo_id=f"maria/of-{number}-{status}")
            messages.append(str(caught.value))

    assert not [message for message in messages if hub.token in message or "\n" in message]


class portal:  # noqa: N801  # used as a function
    """A server that answers everything with a page to sign in."""

    def __enter__(self) -> str:
        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # as http.server asks
                body = b"<html>Please accept our terms.</html>"
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        self._server = HTTPServer(("127.0.0.1", 0), Page)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
