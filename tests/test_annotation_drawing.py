"""The sample of a run: from the released tables to annotation_items.jsonl, once."""

from pathlib import Path

import polars as pl
import pytest

from psychocounsel_data import journal
from psychocounsel_data.annotation.drawing import sample
from psychocounsel_data.config import AnnotateConfig
from psychocounsel_data.errors import RunError
from psychocounsel_data.records import (
    AnnotationItem,
    ClientSpeech,
    RiskFlag,
    RiskOpinion,
    TopicLabel,
    Turn,
)
from psychocounsel_data.run import Run

ALL = AnnotateConfig(items=1000, repeat_share=0)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Four speeches with three judged answers each; one has a history, a topic and a flag."""
    (tmp_path / "run.yaml").write_text("sources: [{path: speeches.csv}]\n", "utf-8")
    folder = Run(tmp_path)
    flag = RiskFlag(kind="crisis", tier="ideation", rule="invented", start=0, end=4)
    speeches = [
        ClientSpeech(
            id=f"s-{n}",
            source="s",
            row=n,
            text=f"Speech {n}",
            context=(Turn(role="client", text="Earlier"),) if n == 0 else (),
            flags=(flag,) if n == 0 else (),
        )
        for n in range(4)
    ]
    journal.replace(folder.speeches, speeches)
    label = TopicLabel(
        id="0" * 32, speech_id="s-0", coarse="sleep", fine="waking", method="invented", at="now"
    )
    journal.replace(folder.topics, [label])
    answers = [(f"r{n}{k}", f"s-{n}", f"m{k}", 2.0 + k * 0.75) for n in range(4) for k in range(3)]
    write(
        folder,
        "responses",
        {
            "response_id": [one[0] for one in answers],
            "ID": [one[1] for one in answers],
            "name": [one[2] for one in answers],
            "score": [one[3] for one in answers],
            "response": [f"Answer {one[0]}" for one in answers],
            "further_column": [0] * len(answers),
        },
    )
    write(
        folder,
        "preference",
        {
            "chosen_response_id": [f"r{n}2" for n in range(4)],
            "rejected_response_id": [f"r{n}0" for n in range(4)],
        },
    )
    return folder


def write(run: Run, table: str, columns: dict[str, list[object]]) -> None:
    folder = run.dataset / table
    folder.mkdir(parents=True)
    pl.DataFrame(columns).write_parquet(folder / "train-00000-of-00001.parquet")


def test_candidates_are_any_two_judged_answers_to_one_speech(run: Run) -> None:
    """Small margins too: that is where one learns which margin to ask for."""
    items = sample(run, ALL)

    assert len(items) == 4 * 3
    assert {item.stratum for item in items} == {"0.5-1", "1.5-2"}
    for item in items:
        assert item.texts == tuple(f"Answer {id_}" for id_ in item.responses)
        assert {id_[:-1] for id_ in item.responses} == {item.speech_id.replace("s-", "r")}
        assert [f"m{id_[-1]}" for id_ in item.responses] == list(item.models)
        assert [2.0 + int(id_[-1]) * 0.75 for id_ in item.responses] == list(item.scores)


def test_pairs_are_those_of_the_data_set(run: Run) -> None:
    """`--from pairs` validates what is released, and nothing else."""
    items = sample(run, ALL.model_copy(update={"source": "pairs"}))

    assert {frozenset(item.responses) for item in items} == {
        frozenset({f"r{n}0", f"r{n}2"}) for n in range(4)
    }


def test_what_the_run_knows_of_a_speech_comes_with_it(run: Run) -> None:
    """History, topic and flag; the history is shown, the others are for the statistics."""
    of_first = [item for item in sample(run, ALL) if item.speech_id == "s-0"]
    others = [item for item in sample(run, ALL) if item.speech_id != "s-0"]

    assert {(item.topic, item.flagged, item.context[0].text) for item in of_first} == {
        ("sleep", True, "Earlier")
    }
    assert {(item.topic, item.flagged, item.context) for item in others} == {(None, False, ())}


def test_a_second_opinion_flags_a_speech_too(run: Run) -> None:
    """Else its items would not count towards the share that is to be flagged."""
    said = RiskOpinion(
        id="0" * 32, speech_id="s-1", model="a:m", prompt="risk@1", reasons=("It is there.",),
        flags=(RiskFlag(kind="minor", rule="second-opinion a:m", start=0, end=1),), at="now",
    )  # fmt: skip
    journal.replace(run.opinions, [said])
    with (run.folder / "run.yaml").open("a") as file:
        file.write("risk: {second_opinion: {model: 'a:m'}}\n")

    assert {one.speech_id for one in sample(Run(run.folder), ALL) if one.flagged} == {"s-0", "s-1"}


def test_the_sample_is_drawn_once(run: Run) -> None:
    """Annotators who come later see the same, whatever has become of the data set."""
    first = sample(run, ALL)
    for file in run.dataset.rglob("*.parquet"):
        file.unlink()
    before = run.annotation_items.read_bytes()

    assert sample(run, AnnotateConfig(items=3, seed=9)) == first
    assert run.annotation_items.read_bytes() == before
    with pytest.raises(RunError, match="drawn already, 12 items"):
        sample(run, AnnotateConfig(items=3), anew=True)


def test_a_repeat_shows_the_same_two_the_other_way_round(run: Run) -> None:
    """And it can be told from its original by whoever evaluates it."""
    items = {item.id: item for item in sample(run, AnnotateConfig(items=12, repeat_share=0.25))}
    repeats = [item for item in items.values() if item.repeat_of]

    assert len(items) == 15
    assert len(repeats) == 3
    for repeat in repeats:
        original = items[str(repeat.repeat_of)]
        assert repeat.responses == original.responses[::-1]
        assert repeat.texts == original.texts[::-1]
        assert repeat.scores == original.scores[::-1]


def test_the_order_of_answers_says_nothing_of_their_scores(run: Run) -> None:
    """Sides are drawn: the better one stands first about as often as second."""
    first_better = [item.scores[0] > item.scores[1] for item in sample(run, ALL)]

    assert 0 < sum(first_better) < len(first_better)


def test_a_run_without_a_data_set_names_the_command(run: Run) -> None:
    """The commonest first mistake."""
    for file in run.dataset.rglob("*.parquet"):
        file.unlink()

    with pytest.raises(RunError, match="pcdata build-pairs"):
        sample(run, ALL)


def test_a_data_set_of_other_speeches_is_refused(run: Run) -> None:
    """`load` was run again since: the texts would not fit the answers."""
    journal.replace(run.speeches, [])

    with pytest.raises(RunError, match="is in the data set and not in speeches"):
        sample(run, ALL)


def test_the_file_holds_what_was_returned(run: Run) -> None:
    """In the order in which it is shown."""
    items = sample(run, ALL)

    assert tuple(journal.read(run.annotation_items, AnnotationItem)) == items
