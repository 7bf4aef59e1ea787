"""The README's commands, as a person types them."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

PCDATA = [sys.executable, "-c", "from psychocounsel_data.cli import main; main()"]


def pcdata(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PCDATA, *arguments], cwd=cwd, capture_output=True, text=True, check=False, timeout=300
    )


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "quickstart"
    pcdata("init", str(folder), cwd=folder.parent)
    first = pcdata("run", cwd=folder)
    assert first.returncode == 0, first.stderr
    return folder


def test_one_command_makes_a_data_set_without_network_or_key(finished: Path) -> None:
    """The four offline counsellors, the offline judge, pairs, and a card."""
    names = set(digests(finished / "dataset"))

    assert {
        "README.md",
        "data/train-00000-of-00001.parquet",
        "data/test-00000-of-00001.parquet",
        "preference/train-00000-of-00001.parquet",
        "responses/train-00000-of-00001.parquet",
    } <= names


def test_a_second_run_asks_for_nothing_and_changes_no_byte(finished: Path) -> None:
    """Nothing that was paid for is asked twice."""
    before = digests(finished)
    again = pcdata("run", cwd=finished)

    assert again.returncode == 0, again.stderr
    assert again.stderr.count("nothing to ask") == 2
    assert digests(finished) == before


def test_status_counts_what_is_done(finished: Path) -> None:
    """`--json` is what a script reads."""
    status = json.loads(pcdata("status", "--json", cwd=finished).stdout)

    assert status["speeches"] == 24
    assert [(one["stage"], one["done"], one["left"]) for one in status["stages"]] == [
        ("generate", 96, 0),
        ("judge", 96, 0),
    ]


def test_a_folder_without_run_yaml_names_the_remedy(tmp_path: Path) -> None:
    """The commonest first mistake."""
    result = pcdata("generate", cwd=tmp_path)

    assert result.returncode == 2
    assert result.stderr.startswith("pcdata: no run.yaml in ")
    assert "pcdata init" in result.stderr
