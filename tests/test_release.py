"""A release from end to end: pushed, loaded by strangers, verified, tampered with, compared.

`datasets` reads its settings when it is imported, so every step is a process of its own, against
the small Hub.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hub import TestHub

from psychocounsel_data.dataset.export import FILES

Run = Callable[..., subprocess.CompletedProcess[str]]
PCDATA = "from psychocounsel_data.cli import main; main()"
LOAD = """
import json
from datasets import load_dataset
print(json.dumps({
    name: {split: rows.num_rows for split, rows in load_dataset("maria/demo", name).items()}
    for name in ("default", "preference", "responses")
}))
"""
VERIFY = """
import sys
from pathlib import Path
from psychocounsel_data.errors import HubError
from psychocounsel_data.hub.verifying import verify
try:
    verify(Path(sys.argv[1]), "maria/demo", "main")
except HubError as error:
    print(error)
"""
PUSH = "push --run demo --repo-id maria/demo --allow-offline".split()


@pytest.fixture(scope="module")
def hub() -> Iterator[TestHub]:
    with TestHub() as hub:
        yield hub


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("release")


@pytest.fixture(scope="module")
def python(hub: TestHub, folder: Path) -> Run:
    """Python code with arguments, in a process that knows this Hub only."""
    environment = {**os.environ, **hub.environment(folder / "home")}

    def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    return run


@pytest.fixture(scope="module")
def released(python: Run, folder: Path) -> Path:
    """The quickstart as release v1, and with a greater margin as v2."""
    for arguments in (
        ("init", "demo"),
        ("run", "--run", "demo"),
        (*PUSH, "--tag", "v1"),
        ("build-pairs", "--run", "demo", "--min-margin", "2"),
        (*PUSH, "--tag", "v2", "--verify"),
    ):
        done = python(PCDATA, *arguments)
        assert done.returncode == 0, done.stderr
    assert "verified row by row: default train" in done.stderr
    return folder / "demo" / "dataset"


def test_datasets_finds_all_three_tables_by_the_card(
    released: Path, hub: TestHub, python: Run
) -> None:
    """From a card that `build-pairs` wrote, by whoever knows the name."""
    rows = json.loads(python(LOAD).stdout)

    assert rows["default"] == rows["preference"]
    assert rows["responses"]["train"] == 96
    assert b"Demonstration only" in hub.files("maria/demo")["README.md"]


def test_another_cell_is_named_by_its_place(released: Path, folder: Path, python: Run) -> None:
    """Table, split, row and column, and no word of any text."""
    other = folder / "other"
    path = other / FILES["preference", "train"]
    for name in FILES.values():
        (other / name).parent.mkdir(parents=True, exist_ok=True)
        (other / name).write_bytes((released / name).read_bytes())
    table = pq.read_table(path)
    rows = table.to_pylist()
    rows[3]["rejected"][0]["content"] += " "
    pq.write_table(pa.Table.from_pylist(rows, table.schema), path)

    assert python(VERIFY, str(other)).stdout == (
        "maria/demo in commit main, preference, train, row 3: rejected differs on the Hub: "
        "run `pcdata push` again\n"
    )


def test_two_releases_are_compared_by_their_tags(released: Path, python: Run) -> None:
    """The same words for a folder here and a revision there; differing is exit code 1."""
    same = python(PCDATA, "diff", "demo", "maria/demo@v2")
    other = python(PCDATA, "diff", "maria/demo@v1", "maria/demo@v2", "--json")
    unknown = python(PCDATA, "diff", "maria/demo@v3", "demo")

    assert (same.returncode, other.returncode, unknown.returncode) == (0, 1, 2)
    assert list(json.loads(other.stdout)["counts"]) == ["removed"]
    assert "has no revision 'v3'" in unknown.stderr


def test_a_release_is_audited_by_its_tag(released: Path, python: Run) -> None:
    """What is on the Hub is read as what stands here is; only here run.yaml names sources."""
    here = python(PCDATA, "audit", "demo", "--json")
    there = python(PCDATA, "audit", "maria/demo@v2", "--json")
    found = [json.loads(one.stdout) for one in (here, there)]
    with_sources, without = (one.pop("passed") for one in found)

    assert (here.returncode, there.returncode) == (0, 0), there.stderr
    assert [one.pop("not_checked") for one in found] == [
        {},
        {"licence_sources": "a source whose licence is known"},
    ]
    assert [one for one in with_sources if one != "licence_sources"] == without
    assert found[0] | {"dataset": ""} == found[1] | {"dataset": ""}


def test_a_tampered_byte_on_the_hub_is_found(released: Path, hub: TestHub, python: Run) -> None:
    """The hashes that the Hub lists are as they were; what it gives out is not."""
    path = FILES["default", "train"]
    content = bytearray((released / path).read_bytes())
    content[200] ^= 1
    hub.tamper("maria/demo", "main", path, bytes(content))
    found = python(PCDATA, *PUSH, "--verify")

    assert found.returncode == 2
    assert "in commit" in found.stderr
    assert "default" in found.stderr
