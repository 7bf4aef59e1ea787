"""croissant.json: what readers of Croissant make of it, and whether it stays true."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest
from judged_runs import Given, build_run, judged_run

from psychocounsel_data.dataset.card import escaped
from psychocounsel_data.dataset.croissant import CROISSANT, lacking, refreshed, untrue
from psychocounsel_data.dataset.croissant.words import sentences
from psychocounsel_data.dataset.export import FILES
from psychocounsel_data.licences import address
from psychocounsel_data.run import Run

PUSH = {
    "repo_id": "maria/demo",
    "license": "cc-by-4.0",
    "creators": {"Maria Example": "person", "Example Clinic": "organization"},
    "version": "1.0.0",
    "published": "2026-12-01",
    "languages": ["en"],
}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both splits, with all that a release can say of itself."""
    answers = [Given("a", [5] * 7), Given("b", [2] * 7)]
    run = judged_run(
        tmp_path_factory.mktemp("run"),
        {f"s-{number}": answers for number in range(12)},
        pairs={"test_fraction": 0.5},
    )
    path = run.folder / "run.yaml"
    path.write_bytes(orjson.dumps({**orjson.loads(path.read_bytes()), "push": PUSH}))
    build_run(Run(run.folder))
    return run.dataset


@pytest.mark.filterwarnings("ignore")
def test_a_reader_of_croissant_finds_no_fault_and_loads_every_table(dataset: Path) -> None:
    """The reference implementation: no error, no warning, and the rows that are in the files."""
    import mlcroissant

    read = mlcroissant.Dataset(str(dataset / CROISSANT))
    issues = read.metadata.ctx.issues

    assert (issues.errors, issues.warnings) == (set(), set())
    for (table, split), path in FILES.items():
        rows = pq.read_table(dataset / path).to_pylist()
        loaded = [_plain(one, f"{table}/{split}/") for one in read.records(f"{table}/{split}")]
        assert loaded == rows


def _plain(value: Any, prefix: str) -> Any:
    """What a reader gives, without the places in its names."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, list):
        return [_plain(one, prefix) for one in value]
    if isinstance(value, dict):
        return {key.rpartition("/")[2]: _plain(one, prefix) for key, one in value.items()}
    return value


def test_it_says_in_the_cards_words_what_to_beware_of(dataset: Path) -> None:
    """And who made it, under what licence."""
    said = json.loads((dataset / CROISSANT).read_bytes())
    card = " ".join((dataset / "README.md").read_text("utf-8").split())

    assert said["license"] == "https://spdx.org/licenses/CC-BY-4.0"
    assert lacking(dataset) == []
    assert said["creator"][0] == {"@type": "sc:Person", "name": "Maria Example"}
    assert "Made by Maria Example, Example Clinic." in card
    for name in ("dataLimitations", "dataUseCases", "personalSensitiveInformation"):
        assert said[f"rai:{name}"]
        assert all(escaped(one) in card or one in card for one in said[f"rai:{name}"])


def test_sentences_are_the_paragraphs_and_items_of_their_section() -> None:
    """What was escaped for Markdown is plain again; tables and what is folded away are left out."""
    card = "## A\n\n| a |\n\nOne\ntwo \\[EMAIL\\].\n\n- **x**: y\n- z\n  w\n\n## B\n\nnot this"

    assert sentences(card, "A") == ("One two [EMAIL].", "x: y", "z w")
    assert sentences(card, "C") == ()


def test_a_changed_table_makes_it_untrue_until_it_is_refreshed(
    dataset: Path, tmp_path: Path
) -> None:
    """A table that is gone goes with its records."""
    path, gone = FILES["default", "train"], FILES["default", "test"]
    for name in FILES.values():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((dataset / name).read_bytes())
    (tmp_path / CROISSANT).write_bytes((dataset / CROISSANT).read_bytes())
    assert untrue(tmp_path) == []

    pq.write_table(pq.read_table(tmp_path / path).slice(1), tmp_path / path)
    (tmp_path / gone).unlink()
    assert untrue(tmp_path) == [path, gone]

    fresh = refreshed(tmp_path / CROISSANT, tmp_path, "Filtered.")
    (tmp_path / CROISSANT).write_text(fresh, "utf-8")
    said = json.loads(fresh)
    assert untrue(tmp_path) == []
    assert said["description"].startswith("Filtered. ")
    assert "default/test" not in [one["@id"] for one in said["recordSet"]]


def test_a_licence_has_its_page() -> None:
    """In SPDX's spelling; one that is not known is said as it was written."""
    assert address("Apache-2.0") == "https://spdx.org/licenses/Apache-2.0"
    assert address("cc-by-nc-4.0") == "https://spdx.org/licenses/CC-BY-NC-4.0"
    assert address("other") == "other"
