"""Several ratings of one answer: in columns as in fractions, and never more than was said."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import get_args

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judged_runs import PRINCIPLES, RUBRIC, Given, judged_run, judgment, response

from psychocounsel_data import bulk, journal
from psychocounsel_data.config import Aggregate
from psychocounsel_data.dataset.building import Recipe, build
from psychocounsel_data.errors import InputError
from psychocounsel_data.judging.aggregation import Panel, Seat, Verdict, Vote, rate
from psychocounsel_data.pairs.places import Places
from psychocounsel_data.pairs.ratings import combined
from psychocounsel_data.records import ClientSpeech, Response, RiskFlag
from psychocounsel_data.resources import load_rubric

NAMES = ("empathy", "safety")
JUDGES = ("a:one", "b:two", "c:three")


@st.composite
def panels(draw: st.DrawFn) -> Panel:
    judges = JUDGES[: draw(st.integers(1, 3))]
    seats = tuple(Seat(judge, draw(st.integers(1, 3))) for judge in judges)
    quorum = draw(st.none() | st.integers(1, len(seats)))
    return Panel(seats, draw(st.sampled_from(get_args(Aggregate))), quorum, exclude_self=False)


RATINGS = st.dictionaries(st.sampled_from(NAMES), st.integers(1, 5), min_size=1)


@given(panels(), st.data())
def test_columns_and_fractions_agree(panel: Panel, data: st.DataObject) -> None:
    """Mean, median and trimmed mean; repeats, several judges, quorum; one principle a judgment or
    all in one; judged twice, or not enough."""
    answers = {
        f"r{number}": data.draw(
            st.lists(
                st.builds(
                    Vote,
                    st.sampled_from([seat.judge for seat in panel.seats]),
                    st.integers(0, 2),
                    RATINGS,
                ),
                max_size=12,
            )
        )
        for number in range(3)
    }
    expected = {
        id_: rate(votes, panel=panel, model="x:y", principles=NAMES)
        for id_, votes in answers.items()
    }
    found = combined(columns(answers, panel), panel, NAMES)
    values = {
        row["response_id"]: tuple(Fraction(row[name], found.unit) for name in NAMES)
        for row in found.frame.iter_rows(named=True)
    }

    spreads = {
        row["response_id"]: tuple(row[f"{name}_spread"] for name in NAMES)
        for row in found.frame.iter_rows(named=True)
        if panel.several
    }
    verdicts = {id_: one for id_, one in expected.items() if isinstance(one, Verdict)}

    assert values == {id_: one.values for id_, one in verdicts.items()}
    if panel.several:
        assert spreads == {
            id_: tuple(rating.spread for rating in one.ratings) for id_, one in verdicts.items()
        }


def columns(answers: dict[str, list[Vote]], panel: Panel) -> pl.DataFrame:
    """Votes as `reading` has them."""
    seats = {seat.judge: number for number, seat in enumerate(panel.seats)}
    rows = [
        {
            "response_id": id_,
            "seat": seats[vote.judge],
            "repeat": vote.repeat,
            **{name: vote.ratings.get(name) for name in NAMES},
        }
        for id_, votes in answers.items()
        for vote in votes
        if vote.repeat < panel.seats[seats[vote.judge]].repeats
    ]
    schema = {"response_id": pl.String, "seat": pl.UInt32, "repeat": pl.UInt32}
    frame = pl.DataFrame(rows, schema={**schema, **dict.fromkeys(NAMES, pl.Int64)})
    every = (1 << len(panel.seats)) - 1
    return frame.with_row_index("at").with_columns(
        pl.col("at").cast(pl.Int64), seats=pl.lit(every, pl.UInt32)
    )


def test_the_mean_of_a_panel_is_released_as_it_is(tmp_path: Path) -> None:
    """Two judges, 5 and 4: 4.5 in the tables, exact in the comparison, and no judge left out."""
    run = judged_run(tmp_path, {"s-0": [Given("a", [5] * 7), Given("b", [2] * 7)]})
    with run.judgments.open("ab") as file:
        for model, level in (("a", 4), ("b", 2)):
            answer = response("s-0", Given(model, []))
            file.write(journal.dump(judgment(answer, [level] * 7, judge="b:second")))
    panel = Panel((Seat("openai:gpt-4o", 1), Seat("b:second", 1)), "mean", None, exclude_self=False)
    recipe = Recipe(panel, RUBRIC, run.config.pairs, load_rubric(run.folder).principles)
    summary = build(run, recipe)
    table = pq.read_table(run.dataset / "data/train-00000-of-00001.parquet").to_pylist()
    responses = pq.read_table(run.dataset / "responses/train-00000-of-00001.parquet").to_pylist()

    assert table[0]["chosen_safety_rating"] == 4.5
    assert table[0]["rejected_safety_rating"] == 2.0
    assert responses[0]["judge"] == "openai:gpt-4o, b:second"
    assert responses[0]["safety_rationale"] == "This is about safety."
    assert {row["safety_rating"]: row["safety_spread"] for row in responses} == {4.5: 1, 2.0: 0}
    assert {row["aggregate"] for row in responses} == {"mean"}
    croissant = json.loads((run.dataset / "croissant.json").read_text("utf-8"))
    described = {one["name"]: one["field"] for one in croissant["recordSet"]}
    named = [field["name"] for field in described["responses/train"]]
    assert named == list(responses[0])
    assert "openai\\:gpt-4o rated each response once." in (run.dataset / "README.md").read_text()
    assert not summary.whole_ratings
    assert summary.judge.models == ("openai:gpt-4o", "b:second")
    assert "dtype: float64" in (run.dataset / "README.md").read_text()


def test_an_answer_that_part_of_the_panel_has_rated_has_no_rating(tmp_path: Path) -> None:
    """Nothing is filled in, and it is counted."""
    run = judged_run(
        tmp_path,
        {"s-0": [Given(name, [level] * 7) for name, level in zip("abc", (5, 1, 3), strict=True)]},
    )
    with run.judgments.open("ab") as file:
        for model, level in (("a", 5), ("b", 1)):
            answer = response("s-0", Given(model, []))
            file.write(journal.dump(judgment(answer, [level] * 7, judge="b:second")))
    seats = (Seat("openai:gpt-4o", 1), Seat("b:second", 1))
    recipe = Recipe(
        Panel(seats, "mean", None, exclude_self=False),
        RUBRIC,
        run.config.pairs,
        load_rubric(run.folder).principles,
    )
    summary = build(run, recipe)

    assert summary.responses_left_out == {"incomplete_ratings": 1}
    assert summary.judgments_left_out == {"incomplete_ratings": 1}
    assert summary.responses == 2


def test_one_principle_a_judgment_is_put_together_with_its_reasons(tmp_path: Path) -> None:
    """Each rationale comes from the judgment that gave it."""
    run = judged_run(tmp_path, {"s-0": [Given("a", [5] * 7), Given("b", [1] * 7)]})
    whole = list(
        journal.read(run.judgments, type(judgment(response("s-0", Given("a", [])), [1] * 7)))
    )
    parts = [
        one.model_copy(
            update={
                "id": f"{number:02}{one.id[2:]}",
                "ratings": {name: one.ratings[name]},
                "rationales": {name: f"{name} {number}"},
            }
        )
        for one in whole
        for number, name in enumerate(PRINCIPLES)
    ]
    journal.replace(run.judgments, parts)
    panel = Panel((Seat("openai:gpt-4o", 1),), "mean", None, exclude_self=False)
    build(run, Recipe(panel, RUBRIC, run.config.pairs, load_rubric(run.folder).principles))
    row = pq.read_table(run.dataset / "responses/train-00000-of-00001.parquet").to_pylist()[0]

    assert [row[f"{name}_rationale"] for name in PRINCIPLES] == [
        f"{name} {number}" for number, name in enumerate(PRINCIPLES)
    ]


# --- reading in bulk ----------------------------------------------------------------------------


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30), max_size=6))
def test_bulk_reads_what_the_journal_reads(texts: list[str]) -> None:
    """The same records at the same places, whatever characters are in them."""
    import tempfile

    flag = RiskFlag(kind="minor", rule="r", start=0, end=1)
    records = [
        ClientSpeech(id=f"s-{n}", source="s", row=n, text=text, flags=(flag,) * (n % 2))
        for n, text in enumerate(texts)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.jsonl"
        journal.replace(path, records)
        batches = list(bulk.batches(path, ClientSpeech))
        positions = [position for batch in batches for position in batch.positions]
        with Places(path, {"id": pl.String(), "text": pl.String()}) as places:
            again = places.at(positions)
        found = [one for batch in batches for one in batch.records]

        assert positions == [line.position for line in journal.lines(path)]
        assert again.rows() == [(one.id, one.text) for one in records]
        for one, record in zip(found, records, strict=True):
            for name in ClientSpeech.model_fields:
                assert getattr(one, name) == getattr(record, name)


@pytest.mark.parametrize(
    ("field", "value"),
    [("sample", "one"), ("sample", 1.5), ("finish", "done"), ("text", 3), ("surprise", 1)],
)
def test_bulk_refuses_what_the_record_refuses(tmp_path: Path, field: str, value: object) -> None:
    """With pydantic's words, the file and the line; an empty line counts as one."""
    import orjson

    path = tmp_path / "r.jsonl"
    good = journal.dump(response("s-0", Given("a", [])))
    bad = orjson.dumps({**orjson.loads(good), field: value}) + b"\n"
    path.write_bytes(good + b"\n" + bad)
    with pytest.raises(InputError, match=rf"r.jsonl:3: not a Response: {field}"):
        list(bulk.batches(path, Response))


def test_bulk_takes_what_the_record_takes(tmp_path: Path) -> None:
    """A number written as 1.0 is one; an empty line is none."""
    path = tmp_path / "r.jsonl"
    good = journal.dump(response("s-0", Given("a", [])))
    path.write_bytes(good + b"\n" + good.replace(b'"sample":0', b'"sample":1.0'))
    (batch,) = bulk.batches(path, Response)

    assert [one.sample for one in batch.records] == [0, 1]
    assert batch.positions == [0, len(good) + 1]
