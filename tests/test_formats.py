"""Exported layouts: what each consumer reads, from one data set, nothing lost on the way."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import load_dataset

from psychocounsel_data.errors import ConfigError, InputError, RunError
from psychocounsel_data.exchange import Message
from psychocounsel_data.formats import LAYOUTS, export
from psychocounsel_data.formats.layouts import trl, trl_conversational
from psychocounsel_data.formats.rows import PairRow

PAIR = {
    "ID": "invented-3",
    "prefID": 7,
    "prompt": [
        {"role": "user", "content": "I can't sleep, and I \"can't\" say why.\nIt is 3 a.m."}
    ],
    "chosen": [{"role": "assistant", "content": "What is it like, awake at three? 🌙"}],
    "rejected": [{"role": "assistant", "content": "Just relax, and sleep."}],
    "score_chosen": 4.5,
    "score_rejected": 2.0,
    "score_margin": 2.5,
    "chosen_model": "careful",
    "rejected_model": "curt",
    "chosen_response_id": "c" * 32,
    "rejected_response_id": "r" * 32,
    "chosen_empathy_rating": 5,
    "rejected_empathy_rating": 2,
}
SPEECH = PAIR["prompt"][0]["content"]
CHOSEN = PAIR["chosen"][0]["content"]
REJECTED = PAIR["rejected"][0]["content"]


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "dataset"
    (folder / "preference").mkdir(parents=True)
    rows = [{**PAIR, "prefID": number} for number in range(3)]
    table = pa.Table.from_pylist(rows)
    pq.write_table(table, folder / "preference" / "train-00000-of-00001.parquet")
    pq.write_table(table.slice(2), folder / "preference" / "test-00000-of-00001.parquet")
    return folder


def read(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_trl_reads_its_strings_and_its_message_lists(dataset: Path, tmp_path: Path) -> None:
    """Through the reader of its users, `datasets`, with the types TRL looks at."""
    export(dataset, "trl", tmp_path / "a")
    export(dataset, "trl-conversational", tmp_path / "b")
    plain = load_dataset("json", data_dir=str(tmp_path / "a"))
    lists = load_dataset("json", data_dir=str(tmp_path / "b"))

    assert {split: rows.num_rows for split, rows in plain.items()} == {"train": 3, "test": 1}
    assert plain["train"][0]["prompt"] == SPEECH
    assert plain["train"][0]["rejected"] == REJECTED
    assert lists["test"][0]["chosen"] == [{"role": "assistant", "content": CHOSEN}]
    assert "margin" not in {*plain["train"].column_names, *lists["train"].column_names}


def test_openai_takes_no_further_keys(dataset: Path, tmp_path: Path) -> None:
    """A preference file with another key is refused when it is uploaded."""
    export(dataset, "openai-dpo", tmp_path / "out")

    assert read(tmp_path / "out" / "test.jsonl") == [
        {
            "input": {"messages": [{"role": "user", "content": SPEECH}]},
            "preferred_output": [{"role": "assistant", "content": CHOSEN}],
            "non_preferred_output": [{"role": "assistant", "content": REJECTED}],
        }
    ]


def test_axolotl_has_one_message_a_side(dataset: Path, tmp_path: Path) -> None:
    """`chat_template.default` looks for `messages`, and for a message under either side."""
    export(dataset, "axolotl", tmp_path / "out")

    row = read(tmp_path / "out" / "train.jsonl")[0]
    assert row["messages"] == [{"role": "user", "content": SPEECH}]
    assert row["chosen"] == {"role": "assistant", "content": CHOSEN}


def test_llama_factory_finds_every_file_by_its_description(dataset: Path, tmp_path: Path) -> None:
    """dataset_info.json names files, layout and columns that are there."""
    out = tmp_path / "out"
    export(dataset, "llama-factory", out)
    info = json.loads((out / "dataset_info.json").read_text())

    assert set(info) == {"pcdata_train", "pcdata_test"}
    for one in info.values():
        first = read(out / one["file_name"])[0]
        assert one["ranking"]
        assert set(one["columns"].values()) <= set(first)
        assert first["conversations"] == [{"from": "human", "value": SPEECH}]


def test_whole_conversations_for_reward_models(dataset: Path, tmp_path: Path) -> None:
    """OpenRLHF and implicit-prompt readers take the common beginning for the prompt."""
    export(dataset, "openrlhf", tmp_path / "a")
    export(dataset, "reward-modeling", tmp_path / "b")

    bare, scored = read(tmp_path / "a" / "test.jsonl")[0], read(tmp_path / "b" / "test.jsonl")[0]
    assert [one["content"] for one in bare["chosen"]] == [SPEECH, CHOSEN]
    assert [one["content"] for one in bare["rejected"]] == [SPEECH, REJECTED]
    assert (scored["score_chosen"], scored["rejected_model"]) == (4.5, "curt")


def test_ultrafeedback_splits_and_columns(dataset: Path, tmp_path: Path) -> None:
    """Readers of the binarised set ask for `train_prefs` and `test_prefs`."""
    export(dataset, "ultrafeedback", tmp_path / "out")

    table = pq.read_table(tmp_path / "out" / "train_prefs.parquet")
    assert table.num_rows == 3
    row = table.to_pylist()[0]
    assert row["prompt"] == SPEECH
    assert len(row["prompt_id"]) == 64
    assert row["messages"] == row["chosen"]


def test_a_table_keeps_quotes_line_ends_and_every_rating(dataset: Path, tmp_path: Path) -> None:
    """What a spreadsheet shows is what was judged."""
    export(dataset, "csv", tmp_path / "out")

    with (tmp_path / "out" / "train.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["prefID"] for row in rows] == ["0", "1", "2"]
    assert rows[0]["question"] == SPEECH
    assert rows[0]["chosen_empathy_rating"] == "5"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_same_data_set_gives_the_same_bytes(layout: str, dataset: Path, tmp_path: Path) -> None:
    """And a second export takes the place of the first."""
    out = tmp_path / "out"
    export(dataset, layout, out)
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    export(dataset, layout, out)

    assert {path.name: path.read_bytes() for path in out.iterdir()} == first


def test_a_history_goes_along_or_is_refused() -> None:
    """Strings have no place for a conversation; nothing is cut off to make it fit."""
    said = (Message("user", "Hello."), Message("assistant", "Hello."), Message("user", "I'm sad."))
    pair = PairRow("s-1", 0, said, "a", "b", 4.0, 2.0, 2.0, "m", "n", {})

    assert [one["content"] for one in trl_conversational(pair)["prompt"]] == [
        "Hello.",
        "Hello.",
        "I'm sad.",
    ]
    with pytest.raises(ConfigError, match=r"s-1 .*trl-conversational"):
        trl(pair)


def test_a_folder_with_other_files_is_left_alone(dataset: Path, tmp_path: Path) -> None:
    """The folder is replaced as a whole: a slip of the hand must not cost somebody's files."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")

    with pytest.raises(InputError, match=r"thesis\.txt"):
        export(dataset, "trl", tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_without_pairs_it_says_what_to_do(tmp_path: Path) -> None:
    """The command that makes them is named."""
    with pytest.raises(RunError, match="pcdata build-pairs"):
        export(tmp_path / "dataset", "trl", tmp_path / "out")
