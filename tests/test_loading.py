"""`pcdata load`: from files as they really are to speeches.jsonl and dropped.jsonl."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from psychocounsel_data import journal
from psychocounsel_data.errors import ConfigError, InputError
from psychocounsel_data.loading import LoadSummary, load
from psychocounsel_data.records import ClientSpeech, Dropped
from psychocounsel_data.run import Run

Loaded = Callable[..., LoadSummary]


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    """Write run.yaml and load; sections come as keyword arguments."""

    def go(*sources: dict[str, object], **sections: object) -> LoadSummary:
        config = {"sources": list(sources), "clean": {"min_chars": 0}, **sections}
        (tmp_path / "run.yaml").write_text(yaml.safe_dump(config), "utf-8")
        return load(Run(tmp_path))

    return go


def speeches(folder: Path) -> list[ClientSpeech]:
    return list(journal.read(folder / "speeches.jsonl", ClientSpeech))


def dropped(folder: Path) -> list[Dropped]:
    return list(journal.read(folder / "dropped.jsonl", Dropped))


def test_every_row_is_kept_or_dropped_with_its_reason(tmp_path: Path, loaded: Loaded) -> None:
    """Nothing is dropped silently: the two files together hold every row."""
    first = "I have not slept for three weeks."
    rows = ["text", first, "n/a", "Hm.", first.lower()[:-1], "x" * 1001]
    (tmp_path / "a.csv").write_text("\n".join(rows), "utf-8")

    summary = loaded({"path": "a.csv"}, clean={"min_chars": 10})

    assert [one.id for one in speeches(tmp_path)] == ["a-0"]
    assert [(one.id, one.reason, one.detail) for one in dropped(tmp_path)] == [
        ("a-1", "empty", "the client says nothing"),
        ("a-2", "too_short", "3 characters, the least is 10"),
        ("a-3", "same_words", "same text as a-0 but for case, punctuation, spaces"),
        ("a-4", "too_long", "1,001 characters, the most is 1,000"),
    ]
    assert summary.sources[0].rows == 5
    assert summary.sources[0].distinct == 3
    assert sum(summary.sources[0].dropped.values()) == 4


def test_of_two_sources_the_first_keeps_the_text(tmp_path: Path, loaded: Loaded) -> None:
    """The order in run.yaml is the preference."""
    (tmp_path / "a.csv").write_text("text\nFirst thing\nShared thing\n", "utf-8")
    (tmp_path / "b.csv").write_text("text\nshared thing!\nLast thing\n", "utf-8")

    summary = loaded({"path": "b.csv"}, {"path": "a.csv"})

    assert [one.id for one in speeches(tmp_path)] == ["b-0", "b-1", "a-0"]
    assert [one.distinct for one in summary.sources] == [2, 1]


def test_answers_of_duplicates_move_to_the_speech_that_is_kept(
    tmp_path: Path, loaded: Loaded
) -> None:
    """A forum dump has a row an answer: each is a candidate for the one question."""
    rows = [
        "question,answer",
        "Why am I sad?,Tell me more.",
        "Why am I sad?,What happened?",
        "Other thing,",
        "Why am I sad?,tell me more",
    ]
    (tmp_path / "a.csv").write_text("\n".join(rows), "utf-8")

    summary = loaded({"path": "a.csv", "text": "question", "answers": {"person": "answer"}})
    first, second = speeches(tmp_path)

    assert [(one.row, one.text) for one in first.answers] == [
        (0, "Tell me more."),
        (1, "What happened?"),
    ]
    assert second.answers == ()
    assert summary.sources[0].answers == 2
    assert dropped(tmp_path)[0].detail == "same text as a-0; its answers were moved there"


def test_answers_come_from_a_file_of_their_own(tmp_path: Path, loaded: Loaded) -> None:
    """Matched by a key, whose type may differ; what matches nothing is told."""
    (tmp_path / "q.jsonl").write_text('{"id": 1, "turns": ["I feel low"]}\n', "utf-8")
    (tmp_path / "m.csv").write_text("qid,said\n1,Since when?\n7,Lost\n", "utf-8")
    answers = {"m": {"path": "m.csv", "key": "qid", "on": "id", "text": "said"}}

    summary = loaded({"path": "q.jsonl", "text": "{turns[0]}", "answers": answers})

    assert [one.text for one in speeches(tmp_path)[0].answers] == ["Since when?"]
    assert summary.sources[0].notes == ("answers m: 1 match no row of the source",)


def test_of_near_duplicates_one_is_kept_where_run_yaml_asks_for_it(
    tmp_path: Path, loaded: Loaded
) -> None:
    """The reason says how alike they are, and what goes with the other."""
    words = "I have not slept for three weeks and nobody at home knows how afraid of it I am"
    rows = ["text,said", f"{words}.,One", f"{words} now.,Two", f"{words} now!,Three"]
    (tmp_path / "a.csv").write_text("\n".join(rows), "utf-8")
    source = {"path": "a.csv", "answers": {"person": "said"}}

    summary = loaded(source, clean={"min_chars": 0, "near_duplicates": "drop"})
    near = next(one for one in dropped(tmp_path) if one.reason == "near_duplicate")

    assert [one.id for one in speeches(tmp_path)] == ["a-0"]
    assert near.id == "a-1"
    assert near.detail.endswith(" alike to a-0; its answers, 2, were to this text and are left out")
    assert summary.steps[-1].model_dump() == {"step": "near_duplicates", "changed": 0, "dropped": 1}


def test_several_files_are_called_after_their_folder(tmp_path: Path, loaded: Loaded) -> None:
    """A star is no name."""
    (tmp_path / "forum").mkdir()
    (tmp_path / "forum" / "a.csv").write_text("text\nOne thing\n", "utf-8")

    loaded({"path": "forum/*.csv"})

    assert [one.id for one in speeches(tmp_path)] == ["forum-0"]


def test_a_second_load_leaves_the_same_bytes(tmp_path: Path, loaded: Loaded) -> None:
    """And a source that changed takes the place of what it was."""
    (tmp_path / "a.csv").write_text("text\nOne thing\nAnother thing\none thing\n", "utf-8")
    files = [tmp_path / "speeches.jsonl", tmp_path / "dropped.jsonl"]

    loaded({"path": "a.csv"})
    before = [file.read_bytes() for file in files]
    loaded({"path": "a.csv"})

    assert [file.read_bytes() for file in files] == before


def test_a_load_that_fails_leaves_the_old_files(tmp_path: Path, loaded: Loaded) -> None:
    """Answers already paid for belong to those speeches."""
    (tmp_path / "a.csv").write_text("text\nOne thing\n", "utf-8")
    loaded({"path": "a.csv"})
    before = (tmp_path / "speeches.jsonl").read_bytes()

    with pytest.raises(ConfigError, match=r"no file .*b\.csv: did you mean a\.csv"):
        loaded({"path": "a.csv"}, {"path": "b.csv"})

    assert (tmp_path / "speeches.jsonl").read_bytes() == before
    assert not [one.name for one in tmp_path.iterdir() if one.name.endswith(".part")]


def test_no_fit_speech_at_all_is_an_error_that_counts_the_reasons(
    tmp_path: Path, loaded: Loaded
) -> None:
    """An empty run would fail later, and further from the cause."""
    (tmp_path / "a.csv").write_text("text\nshort\nn/a\n", "utf-8")

    with pytest.raises(InputError, match=r"no row .*\(empty 1, too_short 1\): see `clean:`"):
        loaded({"path": "a.csv"}, clean={"min_chars": 100})


def test_a_wanted_column_that_no_source_has_is_an_error(tmp_path: Path, loaded: Loaded) -> None:
    """Before anything is asked of anybody."""
    (tmp_path / "a.csv").write_text("text\nOne thing\n", "utf-8")

    with pytest.raises(ConfigError, match="column:therapist: no source has such a column"):
        loaded({"path": "a.csv"}, generate={"models": ["column:therapist"]})
