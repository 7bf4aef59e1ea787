"""`pcdata push` as a person types it, against the small Hub.

What a push does to a repository is tested with `hub.push` itself; here it is the flags, what
run.yaml says without them, the words, and the exit codes.
"""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hub import TestHub

from psychocounsel_data.cli import main
from psychocounsel_data.dataset.export import FILES

REPO = "maria/speeches"
RUN = f"""
sources: [{{path: speeches.csv}}]
push: {{repo_id: {REPO}}}
"""
CARD = "---\npretty_name: speeches\n---\n# Invented\n"


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Pcdata = Callable[..., Ended]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestHub]:
    with TestHub() as hub:
        hub.point_clients(monkeypatch, tmp_path / "home")
        yield hub


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    write_run(folder)
    return folder


@pytest.fixture
def pcdata(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Pcdata:
    """`pcdata push` with these flags, in this process."""

    def push(*flags: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["pcdata", "push", "--run", str(run), *flags])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        return Ended(int(end.value.code or 0), out, err)

    return push


def write_run(folder: Path, model: str = "openai:gpt-4o-mini") -> None:
    for path in FILES.values():
        (folder / "dataset" / path).parent.mkdir(parents=True, exist_ok=True)
        rows = {"response": ["I hear you."], "model": [model], "judge": ["openai:gpt-4o"]}
        pq.write_table(pa.table(rows), folder / "dataset" / path)
    (folder / "dataset" / "README.md").write_text(CARD, "utf-8")
    (folder / "run.yaml").write_text(RUN, "utf-8")


def test_run_yaml_names_a_private_data_set(hub: TestHub, pcdata: Pcdata) -> None:
    """Without flags: its `repo_id`, and nobody else may read what was not said to be public."""
    ended = pcdata()

    assert ended.code == 0, ended.err
    assert hub.repo(REPO).private
    assert f"data set: {hub.url}/datasets/{REPO}" in ended.err
    assert set(hub.files(REPO)) == {".gitattributes", "README.md", *FILES.values()}


def test_flags_take_the_place_of_run_yaml(hub: TestHub, pcdata: Pcdata) -> None:
    """For this call only, as with every flag."""
    ended = pcdata(
        *("--repo-id", "clinic/other", "--public", "--tag", "v1", "--message", "First release")
    )

    assert ended.code == 0, ended.err
    repo = hub.repo("clinic/other")
    assert not repo.private
    assert list(repo.tags) == ["v1"]
    assert hub.commits("clinic/other")[0].title == "First release"


def test_a_second_push_says_that_nothing_has_changed(hub: TestHub, pcdata: Pcdata) -> None:
    """Every command can be run again."""
    pcdata()
    before = hub.commits(REPO)
    again = pcdata()

    assert again.code == 0
    assert "no commit was made" in again.err
    assert hub.commits(REPO) == before


def test_json_is_the_whole_result(hub: TestHub, pcdata: Pcdata) -> None:
    """What a release script reads: the commit to cite, and that it was checked."""
    ended = pcdata("--json")
    done = json.loads(ended.out)

    assert done["commit"] == hub.commits(REPO)[0].sha
    assert done["verified"] is True
    assert [one["path"] for one in done["uploaded"]] == sorted(["README.md", *FILES.values()])


def test_a_pull_request_is_shown_by_its_page(hub: TestHub, pcdata: Pcdata, run: Path) -> None:
    """The next thing to do is to read it there; `main` waits for that."""
    pcdata()
    before = hub.commits(REPO)
    write_run(run, model="anthropic:claude-haiku-4-5")
    ended = pcdata("--create-pr")

    assert ended.code == 0, ended.err
    assert f"pull request: {hub.url}/datasets/{REPO}/discussions/1" in ended.err
    assert hub.commits(REPO) == before


def test_another_branch_is_left_to_the_flag(hub: TestHub, pcdata: Pcdata) -> None:
    """`main`, what everybody loads, stays as it was."""
    pcdata("--revision", "draft")

    assert sorted(hub.repo(REPO).branches) == ["draft", "main"]
    assert list(hub.files(REPO)) == [".gitattributes"]
    assert "README.md" in hub.files(REPO, "draft")


def test_a_dry_run_lists_and_asks_nobody(
    hub: TestHub, pcdata: Pcdata, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has to work in a train, and before there is a token."""
    monkeypatch.delenv("HF_TOKEN")
    shown = pcdata("--dry-run")
    listed = json.loads(pcdata("--dry-run", "--json").out)

    assert shown.code == 0
    assert "README.md" in shown.err
    assert "nothing was uploaded" in shown.err
    assert [one["path"] for one in listed["files"]] == sorted(["README.md", *FILES.values()])
    assert hub.requests == []


def test_offline_data_is_released_knowingly_or_not_at_all(
    hub: TestHub, pcdata: Pcdata, run: Path
) -> None:
    """What rules wrote looks like data; a dry run says beforehand that it will be refused."""
    write_run(run, model="offline:eliza")
    announced, refused, allowed = pcdata("--dry-run"), pcdata(), pcdata("--allow-offline")

    assert "offline:eliza" in announced.err
    assert refused.code == 2
    assert "--allow-offline" in refused.err
    assert allowed.code == 0
    assert len(hub.commits(REPO)) == 2


def test_without_a_name_it_says_where_to_write_one(hub: TestHub, pcdata: Pcdata, run: Path) -> None:
    """The quickstart's run.yaml names none, on purpose."""
    (run / "run.yaml").write_text("sources: [{path: speeches.csv}]\n", "utf-8")
    ended = pcdata()

    assert ended.code == 2
    assert ended.err.startswith("pcdata: no name for the data set")
    assert hub.requests == []


def test_without_a_token_it_says_how_to_sign_in(
    hub: TestHub, pcdata: Pcdata, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line, and nothing asked of the Hub."""
    monkeypatch.delenv("HF_TOKEN")
    ended = pcdata()

    assert ended.code == 2
    assert "HF_TOKEN" in ended.err
    assert "hf auth login" in ended.err
    assert hub.requests == []


def test_a_private_data_set_that_stays_private_is_not_called_public(
    hub: TestHub, pcdata: Pcdata
) -> None:
    """Visibility is switched by a person on the Hub, never by a push."""
    pcdata()
    ended = pcdata("--public")

    assert ended.code == 0
    assert f"make it public at {hub.url}/datasets/{REPO}/settings" in ended.err
    assert hub.repo(REPO).private
