"""The audit finds what was planted, names its rows, and takes out exactly these."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import polars as pl
import pytest
import yaml
from typer.testing import CliRunner

from psychocounsel_data.audit import Audit, Named, audit, fix, read
from psychocounsel_data.audit.fixing import REMOVED
from psychocounsel_data.audit.pairwise import Scale
from psychocounsel_data.audit.wording import page
from psychocounsel_data.cli import app
from psychocounsel_data.dataset.export import FILES
from psychocounsel_data.errors import ConfigError, InputError

PRINCIPLES = ("empathy", "relevance", "clarity", "safety", "exploration", "autonomy", "staging")
TRAIN, TEST = 900, 100
CARD = """---
license: cc-by-4.0
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*
  - split: test
    path: data/test-*
size_categories: n<1K
dataset_info:
- config_name: default
  splits:
  - name: train
    num_examples: 900
---
# Invented
"""
# Questions without a word in common but for the small ones, so that none is nearly another.
_WORDS = [
    f"{a}{b}{c}" for a in "bdfgklmnpr" for b in "aeiou" for c in ("lt", "mp", "nk", "rd", "st")
]


def question(number: int) -> str:
    return " ".join(_WORDS[(number * 7 + step * (number % 41 + 3)) % 250] for step in range(14)) + (
        f" q{number}x{number * 31 % 1009}"
    )


def row(number: int) -> dict[str, Any]:
    """A sound pair: lengths, models and ratings tell nothing they should not."""
    chosen = f"You wonder about {_WORDS[number % 250]}, and it weighs on you."
    rejected = f"Many people feel so; try {_WORDS[(number + 9) % 250]} instead of it."
    ratings = {f"chosen_{one}_rating": 4 for one in PRINCIPLES} | {
        f"rejected_{one}_rating": 2 for one in PRINCIPLES
    }
    models = ("m-a", "m-b") if number % 4 < 2 else ("m-b", "m-a")
    return {
        "ID": f"c-{number}",
        "prefID": number // 2,  # not a name by itself, as it counts pairs of a speech in some sets
        "question": question(number),
        "chosen": chosen.ljust(70 + number % 2, "!"),
        "rejected": rejected.ljust(71 - number % 2, "!"),
        "chosen_model": models[0],
        "rejected_model": models[1],
        **ratings,
    }


class Planted(NamedTuple):
    """A data set and what is wrong with it, by check: `(split, row)` each."""

    folder: Path
    wrong: dict[str, set[tuple[str, int]]]


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    """1,000 pairs in the published columns, each defect in rows of its own."""
    rows = [row(number) for number in range(TRAIN + TEST)]
    inverted = set(range(10, 26)) | set(range(TRAIN + 10, TRAIN + 14))  # 2% of 1,000
    for one in inverted:
        rows[one] |= {"chosen_safety_rating": 2, "rejected_safety_rating": 3}
    leaks = set(range(100, 112))
    for one in leaks:
        rows[one]["chosen"] = "As a therapist, I hear how heavy this is."
    unscaled = {200: 6, 201: 0, TRAIN + 20: 6}
    for one, rating in unscaled.items():
        rows[one]["chosen_empathy_rating"] = rating
    same = {300, 301}
    for one in same:  # the test side's words, but for case and punctuation
        rows[one]["question"] = rows[TRAIN + one - 250]["question"].upper() + " ?!"
    near = {400, 401, 402}
    for one in near:
        words = rows[TRAIN + one - 340]["question"].split()
        rows[one]["question"] = " ".join([*words, "now"])
    wrong = {
        "safety_inversion": inverted,
        "persona_leak_chosen": leaks,
        "out_of_range": set(unscaled),
        "leaked": same,
        "nearly_leaked": near,
    }
    folder = tmp_path / "set"
    tables = {"train": rows[:TRAIN], "test": rows[TRAIN:]}
    for split, some in tables.items():
        for table in ("default", "preference"):
            path = folder / FILES[table, split]  # type: ignore[index]
            path.parent.mkdir(parents=True, exist_ok=True)
            pl.DataFrame(some).write_parquet(path)
    (folder / "README.md").write_text(CARD, "utf-8")
    return Planted(folder, {name: {_place(one) for one in some} for name, some in wrong.items()})


def _place(number: int) -> tuple[str, int]:
    return ("train", number) if number < TRAIN else ("test", number - TRAIN)


def found(result: Audit) -> dict[str, set[tuple[str, int]]]:
    """Check to places, of everything that the audit would take out."""
    return {
        one.name: {(place.split, place.row) for place in one.rows}
        for one in result.findings
        if one.fixable
    }


def rewritten(folder: Path, split: str, change: Any) -> None:
    path = folder / FILES["default", split]  # type: ignore[index]
    pl.read_parquet(path).with_columns(change).write_parquet(path)


def test_every_planted_defect_is_found_with_its_rows(planted: Planted) -> None:
    """And nothing else is: the sound pairs beside them are not suspected."""
    result = audit(read(planted.folder), "set")

    assert found(result) == planted.wrong
    assert {one.name: one.count for one in result.findings if one.fixable} == {
        "safety_inversion": 20,
        "persona_leak_chosen": 12,
        "out_of_range": 3,
        "leaked": 2,
        "nearly_leaked": 3,
    }
    assert {one.name for one in result.findings} == set(planted.wrong)
    inversion = next(one for one in result.findings if one.name == "safety_inversion")
    assert inversion.rows[0] == ("train", 10, "c-10")
    assert (inversion.level, inversion.of) == ("error", 1000)


def test_the_copy_lacks_exactly_these_and_is_clean(planted: Planted, tmp_path: Path) -> None:
    """Its twin table lacks them too, the card no longer states sizes, the rest is as it was."""
    pairs = read(planted.folder)
    fixed = fix(pairs, audit(pairs, "set"), tmp_path / "out")

    gone = set().union(*planted.wrong.values())
    for (table, split), name in FILES.items():
        if table == "responses":
            continue
        before, after = (pl.read_parquet(one / name) for one in (planted.folder, tmp_path / "out"))
        stay = [one for one in range(before.height) if (split, one) not in gone]
        assert after.equals(before[stay])
    assert len(fixed.removed) == len(gone) == 40
    assert fixed.kept == 960
    lines = [orjson.loads(line) for line in (tmp_path / "out" / REMOVED).read_bytes().splitlines()]
    assert {(one["split"], one["row"]) for one in lines} == gone
    assert lines[0] == {
        "split": "train",
        "row": 10,
        "id": "c-10",
        "reasons": ["safety_inversion"],
    }
    card = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert set(yaml.safe_load(card.split("---\n")[1])) == {"license", "configs", "size_categories"}
    assert "left out 40 of 1,000 pairs" in card
    assert not audit(read(tmp_path / "out"), "out").findings


def test_a_favoured_model_is_seen(planted: Planted) -> None:
    """By strengths fitted on other questions than they are tried on."""
    before = audit(read(planted.folder), "set").models
    favoured = (pl.lit("m-a").alias("chosen_model"), pl.lit("m-b").alias("rejected_model"))
    rewritten(planted.folder, "train", favoured)
    result = audit(read(planted.folder), "set")

    assert before is not None
    assert before.guessed == pytest.approx(0.5, abs=0.05)
    assert result.models is not None
    assert result.models.guessed == pytest.approx(0.95)
    assert result.models.auc == pytest.approx(0.95)
    assert [(one.name, one.chosen, one.rejected) for one in result.models.shares] == [
        ("m-a", 950, 50),
        ("m-b", 50, 950),
    ]
    finding = next(one for one in result.findings if one.name == "model_bias")
    assert (finding.count, finding.of) == (950, 1000)


def test_longer_chosen_answers_are_seen(planted: Planted) -> None:
    """The figures are those of the texts: 200 characters on 900 of 1,000 pairs."""
    before = audit(read(planted.folder), "set").lengths
    longer = (pl.col("chosen") + " " + "so " * 66 + ".").alias("chosen")
    rewritten(planted.folder, "train", longer)
    result = audit(read(planted.folder), "set")

    assert before.chosen_longer == pytest.approx(0.5, abs=0.05)
    assert result.lengths.mean_chosen - before.mean_chosen == pytest.approx(180)
    assert result.lengths.chosen_longer == pytest.approx(0.95, abs=0.01)
    assert result.lengths.auc == pytest.approx(0.95, abs=0.02)
    assert "length_bias" in {one.name for one in result.findings}


def write_jsonl(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(f"{json.dumps(one)}\n" for one in rows), "utf-8")
    return path


def talk(*said: str) -> list[dict[str, str]]:
    """A conversation, the client first."""
    roles = ("user", "assistant")
    return [{"role": roles[at % 2], "content": words} for at, words in enumerate(said)]


LAYOUTS: dict[str, dict[str, Any]] = {
    "strings": {"prompt": "I feel low.", "chosen": "Since when?", "rejected": "Cheer up."},
    "messages": {
        "prompt": [{"role": "system", "content": "Listen."}, *talk("I feel low.")],
        "chosen": [{"role": "assistant", "content": "Since when?"}],
        "rejected": [{"role": "assistant", "content": "Cheer up."}],
    },
    "whole conversations": {
        "chosen": talk("I feel low.", "Since when?"),
        "rejected": talk("I feel low.", "Cheer up."),
    },
    "ultrafeedback": {
        "prompt": "I feel low.",
        "prompt_id": "u-1",
        "chosen": talk("I feel low.", "Since when?"),
        "rejected": talk("I feel low.", "Cheer up."),
        "score_chosen": 4.0,
        "score_rejected": "2.5",
    },
    "sharegpt": {
        side: [{"from": "human", "value": "I feel low."}, {"from": "gpt", "value": words}]
        for side, words in (("chosen", "Since when?"), ("rejected", "Cheer up."))
    },
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_is_read_without_a_word_of_help(tmp_path: Path, layout: str) -> None:
    """As jsonl and as parquet."""
    path = write_jsonl(tmp_path / "train.jsonl", LAYOUTS[layout])
    pl.DataFrame([LAYOUTS[layout]]).write_parquet(tmp_path / "train-00000-of-00001.parquet")

    for file in (path, tmp_path / "train-00000-of-00001.parquet"):
        one = read(file).frame.row(0, named=True)
        assert (one["split"], one["row"]) == ("train", 0)
        assert (one["question"], one["chosen"], one["rejected"]) == (
            "I feel low.",
            "Since when?",
            "Cheer up.",
        )
        if layout == "ultrafeedback":
            assert (one["id"], one["score_chosen"], one["score_rejected"]) == ("u-1", 4.0, 2.5)


def test_unusual_columns_are_named(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "x.jsonl", {"q": "Hello.", "win": "Yes?", "lose": "No.", "n": 7})

    with pytest.raises(InputError, match="which column has the chosen answers"):
        read(path)
    with pytest.raises(ConfigError, match="no column 'won': there are q, win, lose, n"):
        read(path, Named("q", "won", "lose"))
    one = read(path, Named("q", "win", "lose", "n")).frame.row(0, named=True)
    assert (one["question"], one["chosen"], one["id"]) == ("Hello.", "Yes?", "7")


def scored(question: str, chosen: str, rejected: str, *scores: float | None) -> dict[str, Any]:
    pair = {"prompt": question, "chosen": chosen, "rejected": rejected}
    return pair | dict(zip(("score_chosen", "score_rejected"), scores or (4, 2), strict=True))


def test_each_other_defect_of_a_pair_is_told_by_its_name(tmp_path: Path) -> None:
    """One row each, beside one that is sound."""
    path = write_jsonl(
        tmp_path / "train.jsonl",
        scored("First?", "Tell me more.", "No."),
        scored("Second?", "  ", "No."),
        scored("Third?", "Tell me.", "No.", 2, 3),
        scored("Fourth?", "Tell me.", "No.", 3, 3),
        scored("Fifth?", "Tell me.", "No.", 3, None),
        scored("Sixth?", "You are sad.", "you are SAD!"),
        scored("Seventh?", "A b. C d. E f. G h. I.", "A b. C d. E f. G h."),
        scored("First?", "Tell me more.", "No."),
        scored("Eighth?", "Yes?", "Why?"),
        scored("eighth", "Why?", "Yes?"),
        scored("Ninth?", "I cannot help with that.", "Hm."),
        scored("Tenth?", "As an AI, I listen.", "As a therapist, I am here."),
    )
    result = audit(read(path), "x")

    assert found(result) == {
        "empty_text": {("train", 1)},
        "rated_below": {("train", 2)},
        "rated_equal": {("train", 3)},
        "missing_number": {("train", 4)},
        "identical": {("train", 5)},
        "near_identical": {("train", 6)},
        "duplicate": {("train", 7)},
        "contradictory": {("train", 8), ("train", 9)},
        "refusal_chosen": {("train", 10)},
        "boilerplate_chosen": {("train", 11)},
    }
    note = next(one for one in result.findings if one.name == "persona_leak_rejected")
    assert (note.level, [place.row for place in note.rows]) == ("note", [11])
    assert result.not_checked == {
        "safety_inversion": "ratings of safety",
        "leaked": "a second split",
        "nearly_leaked": "a second split",
        "model_bias": "the models' names",
        "licence": "a folder with a data card",
        "licence_sources": "a source whose licence is known",
        "model_terms": "the models' names",
    }
    assert sum(one.pairs for one in result.margins) == 11
    levels = [one.level for one in result.findings]
    assert levels == sorted(levels, key=["error", "warning", "note"].index)


def test_another_scale_is_no_defect(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "train.jsonl", scored("Why?", "Tell me.", "No.", 9, 7))

    assert "out_of_range" in found(audit(read(path), "x"))
    assert found(audit(read(path), "x", scale=Scale(1, 10))) == {}


def test_what_clients_say_of_themselves_is_counted_and_not_shown(tmp_path: Path) -> None:
    """Kinds and rows; the page has no word of the texts."""
    words = "I want to kill myself. Write to me at kim.invented@example.org."
    result = audit(read(write_jsonl(tmp_path / "t.jsonl", scored(words, "Tell me.", "No."))), "x")
    names = {one.name: one for one in result.findings}
    shown = "\n".join(page(result))

    assert names["personal"].detail == "different questions with: email 1"
    assert names["danger"].detail == "different questions with: ideation 1"
    assert found(result) == {}
    for text in (words, "kim.invented", "Tell me"):
        assert text not in shown + result.model_dump_json()


def test_lines_of_jsonl_stay_byte_by_byte(tmp_path: Path) -> None:
    """With keys that we do not know, and without the blank lines."""
    good = b'{"prompt":"Why?",  "chosen":"Tell me.","rejected":"No.", "own":{"x":[1,null]}}'
    bad = b'{"prompt":"Why?","chosen":"","rejected":"No."}'
    path = tmp_path / "train.jsonl"
    path.write_bytes(good + b"\n\n" + bad + b"\n")
    pairs = read(path)
    fix(pairs, audit(pairs, "x"), tmp_path / "out")

    assert (tmp_path / "out" / "train.jsonl").read_bytes() == good + b"\n"
    assert read(tmp_path / "out").frame.height == 1
    assert path.read_bytes() == good + b"\n\n" + bad + b"\n"


def test_a_copy_never_takes_the_place_of_other_files(planted: Planted, tmp_path: Path) -> None:
    """Neither of the set itself nor of a stranger's folder; an earlier copy is replaced."""
    pairs = read(planted.folder)
    result = audit(pairs, "set")
    strange = tmp_path / "mine"
    strange.mkdir()
    (strange / "notes.txt").write_text("keep me", "utf-8")

    for out in (planted.folder, planted.folder / "sub", tmp_path, strange):
        with pytest.raises(InputError, match="--fix"):
            fix(pairs, result, out)
    assert (strange / "notes.txt").read_text("utf-8") == "keep me"
    first, second = (fix(pairs, result, tmp_path / "out") for _ in range(2))
    assert first == second


def test_several_tables_are_told_apart_by_name(planted: Planted) -> None:
    """`data` is meant where there is one."""
    (planted.folder / "data").rename(planted.folder / "other")

    with pytest.raises(ConfigError, match="--table: other, preference"):
        read(planted.folder)
    assert read(planted.folder, table="preference").frame.height == 1000


def test_a_run_folder_without_a_data_set_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text("name: x\n", "utf-8")

    with pytest.raises(ConfigError, match="pcdata build-pairs"):
        read(tmp_path)


def test_a_file_that_is_no_table_is_refused_in_one_line(tmp_path: Path) -> None:
    for name in ("x.jsonl", "x.parquet"):
        (tmp_path / name).write_bytes(b"not a table")
        with pytest.raises(InputError, match="cannot be read as a table"):
            read(tmp_path / name)


def test_the_command_shows_fixes_and_exits_by_what_it_found(
    planted: Planted, tmp_path: Path
) -> None:
    """1 where there are errors, 0 where there are none; JSON has every row."""
    out = str(tmp_path / "out")
    shown = CliRunner().invoke(app, ["audit", str(planted.folder), "--fix", out])
    as_json = CliRunner().invoke(app, ["audit", str(planted.folder), "--json"])
    again = CliRunner().invoke(app, ["audit", out])

    assert shown.exit_code == 1
    assert "!! safety_inversion: 20 of 1,000 (2.0%): the rejected answer is rated safer" in (
        shown.stdout
    )
    assert "train 10 (c-10)" in shown.stdout
    assert found(Audit.model_validate_json(as_json.stdout)) == planted.wrong
    assert again.exit_code == 0
