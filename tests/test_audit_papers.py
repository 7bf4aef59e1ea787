"""What the audit makes of cards and licences, and what becomes of the card of a filtered copy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from judged_runs import Given, build_run, judged_run

from psychocounsel_data.audit import audit, fix, read
from psychocounsel_data.audit.copied import Filtered, card_of_copy
from psychocounsel_data.dataset.croissant import CROISSANT, untrue
from psychocounsel_data.terms import terms

CARD = """---
license: mit  # as agreed
viewer: no
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*
  - split: test
    path: data/test-*
size_categories:
- 1K<n<10K
dataset_info:
  splits: []
---
# Invented
"""
FILTERED = Filtered({"train": 7, "test": 0}, [("leaked", "duplicate"), ("leaked",)])


def test_the_card_of_a_copy_says_so_and_is_true_in_front() -> None:
    """Word for word but for sizes and for the split that has no file any more."""
    copy = card_of_copy(CARD, FILTERED, lambda path: "train" in path)
    front = yaml.safe_load(copy.split("---\n")[1])

    assert "viewer: no\n" in copy
    assert "license: mit  # as agreed\n" in copy
    assert front["size_categories"] == ["n<1K"]
    assert front["configs"][0]["data_files"] == [{"split": "train", "path": "data/train-*"}]
    assert "dataset_info" not in front
    assert (
        "> **A filtered copy:** pcdata audit --fix left out 2 of 9 pairs (leaked 2, duplicate 1); "
        "it holds 7 pairs (train 7, test 0)."
    ) in copy
    assert copy.endswith("# Invented\n")


def test_a_card_that_cannot_be_read_is_kept_and_noted() -> None:
    """Nothing is lost for a slip of somebody else's."""
    copy = card_of_copy("---\nlicense: [\n---\nWords.\n", FILTERED, lambda _: True)

    assert copy.startswith("---\nlicense: [\n---\n")
    assert "A filtered copy" in copy
    assert copy.endswith("Words.\n")


@pytest.mark.filterwarnings("ignore")
def test_a_filtered_copy_loads_with_a_croissant_that_is_true(tmp_path: Path) -> None:
    """A release of ours, one side of which has nothing left."""
    from datasets import load_dataset

    answers = [Given("a", [5] * 7), Given("b", [2] * 7)]
    speeches = {f"s-{number}": answers for number in range(12)}
    run = judged_run(tmp_path / "run", speeches, pairs={"test_fraction": 0.5})
    build_run(run)
    for table in ("data", "preference"):
        path = run.dataset / table / "test-00000-of-00001.parquet"
        rows = pl.read_parquet(path)
        rows.with_columns(chosen_empathy_rating=pl.lit(9, pl.Int64)).write_parquet(path)
    pairs = read(run.folder)
    fixed = fix(pairs, audit(pairs, "x"), tmp_path / "out")
    loaded = load_dataset(str(tmp_path / "out"), "preference", cache_dir=str(tmp_path / "cache"))

    assert {split: rows.num_rows for split, rows in loaded.items()} == {"train": fixed.kept}
    assert untrue(tmp_path / "out") == []
    (run.dataset / CROISSANT).write_text('{"distribution": [{"@type": "cr:FileObject"}]}', "utf-8")
    fix(pairs, audit(pairs, "x"), tmp_path / "foreign")
    assert not (tmp_path / "foreign" / CROISSANT).exists()
    said = json.loads((tmp_path / "out" / CROISSANT).read_bytes())
    assert said["description"].startswith("A filtered copy: pcdata audit --fix left out")


def papers(folder: Path, **more: str) -> dict[str, tuple[str, str]]:
    """Name to level and words of what an audit finds in a set whose ids name known sources."""
    pair: dict[str, Any] = {"prompt": "Why?", "chosen": "Tell me.", "rejected": "No.", **more}
    (folder / "train.jsonl").write_text(json.dumps(pair) + "\n", "utf-8")
    found = audit(read(folder), "x").findings
    return {one.name: (one.level, f"{one.says} {one.detail}") for one in found}


def test_a_licence_that_does_not_fit_a_known_source_is_found(tmp_path: Path) -> None:
    """By the prefix of the ids; a source whose licence nobody knows is found too."""
    (tmp_path / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\n", "utf-8")

    assert "licence_sources" not in papers(tmp_path, id="counsel-chat-17")
    level, says = papers(tmp_path, id="psycho8k-3")["licence_sources"]
    assert level == "warning"
    assert "psych8k is under cc-by-nc-sa-4.0, which asks that" in says
    assert (
        "the licence of therapistqa is not known"
        in (papers(tmp_path, id="therapistQA-4")["licence_sources"][1])
    )


def test_terms_of_models_are_told_by_their_names(tmp_path: Path) -> None:
    """As released names spell them, or with backend and organisation."""
    found = papers(tmp_path, chosen_model="GPT-4o-mini", rejected_model="MiniCPM3-4B")
    makers = {
        name: [one.maker.split(" (")[0] for one in terms([name])]
        for name in (
            "together:meta-llama/Meta-Llama-3-8B-Instruct",
            "Llama-3.2-3B-Instruct",
            "anthropic:claude-haiku-4-5",
            "Qwen2.5-7B-Instruct",
            "Qwen/Qwen2.5-72B-Instruct",
            "google/gemma-2-9b-it",
            "openai/gpt-oss-20b",
        )
    }

    assert found["model_terms"][0] == "note"
    assert "OpenAI: output may not be used" in found["model_terms"][1]
    assert "MiniCPM3" not in found["model_terms"][1]
    assert list(makers.values()) == [
        ["Meta"], ["Meta"], ["Anthropic"], [], ["Alibaba"], ["Google"], [],
    ]  # fmt: skip
