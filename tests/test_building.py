"""From judgments to dataset/: what is released, in which order, and what never is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest
from datasets import Value, load_dataset
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from judged_runs import JUDGE, PRINCIPLES, Given, build_run, judged_run, judgment, response

from psychocounsel_data import journal
from psychocounsel_data.errors import ConfigError, InputError, RunError
from psychocounsel_data.records import ClientSpeech, Judgment, Response, Turn
from psychocounsel_data.run import Run

RELEASED_COLUMNS = (
    "ID prefID question chosen rejected chosen_model rejected_model"
    " chosen_empathy_rating chosen_relevance_rating chosen_clarity_rating chosen_safety_rating"
    " chosen_exploration_rating chosen_autonomy_rating chosen_staging_rating"
    " rejected_empathy_rating rejected_relevance_rating rejected_clarity_rating"
    " rejected_safety_rating rejected_exploration_rating rejected_autonomy_rating"
    " rejected_staging_rating"
).split()
"""PsychoCounsel-Preference's, in its order (Zhang et al., 2025)."""

# The first five released training rows. The chosen response's safety rating is not known to us: it
# is set here to the least that the paper's margin asks for.
PHI, QWEN, GPT = "Phi-3.5-mini-instruct", "Qwen2.5-7B-Instruct", "GPT-4o-mini"
MINICPM, DEEPSEEK = "MiniCPM3-4B", "deepseek-llm-67b-chat"
MINISTRAL, LLAMA = "Ministral-8B-Instruct-2410", "Llama-3.2-3B-Instruct"
RELEASED: Mapping[str, Sequence[Given]] = {
    "therapistQA-4356": [Given(MINICPM, (3, 4, 3, 4, 5, 2, 3)), Given(GPT, (5, 5, 4, 5, 4, 4, 4))],
    "mentalChat16k-1726": [
        Given(QWEN, (4, 4, 3, 5, 5, 4, 4)),
        Given(MINICPM, (4, 3, 4, 4, 2, 2, 3)),
        Given(PHI, (5, 5, 2, 5, 4, 5, 4)),
    ],
    "psycho8k-3135": [
        Given(MINISTRAL, (4, 5, 2, 5, 5, 5, 4)),
        Given(DEEPSEEK, (3, 3, 3, 4, 3, 4, 3)),
    ],
    "psycho8k-5118": [Given(MINICPM, (3, 3, 4, 5, 2, 4, 3)), Given(LLAMA, (5, 5, 3, 5, 4, 5, 4))],
}
RELEASED_ROWS = [
    (0, "therapistQA-4356", GPT, MINICPM),
    (1, "mentalChat16k-1726", PHI, MINICPM),
    (2, "mentalChat16k-1726", QWEN, MINICPM),
    (3, "psycho8k-3135", MINISTRAL, DEEPSEEK),
    (4, "psycho8k-5118", LLAMA, MINICPM),
]


def rows(run: Run, table: str = "data", split: str = "train") -> list[dict[str, object]]:
    path = run.dataset / table / f"{split}-00000-of-00001.parquet"
    return pq.read_table(path).to_pylist() if path.exists() else []


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = judged_run(tmp_path_factory.mktemp("released"), RELEASED)
    build_run(run)
    return run


def test_the_released_rows_come_back_from_their_ratings(released: Run) -> None:
    """The same pairs, in the same order, with the same numbers."""
    made = rows(released)
    named = [(row["prefID"], row["ID"], row["chosen_model"], row["rejected_model"]) for row in made]

    assert named == RELEASED_ROWS
    for row in made:
        given_ = {one.model: one.ratings for one in RELEASED[str(row["ID"])]}
        for side in ("chosen", "rejected"):
            ratings = tuple(row[f"{side}_{name}_rating"] for name in PRINCIPLES)
            assert ratings == given_[str(row[f"{side}_model"])]


def test_the_default_table_has_the_released_features_exactly(released: Run, tmp_path: Path) -> None:
    """As `datasets` sees them when it loads the folder as it would from the Hub."""
    loaded = load_dataset(str(released.dataset), split="train", cache_dir=str(tmp_path))
    numbers = {name for name in RELEASED_COLUMNS if name.endswith("_rating")} | {"prefID"}

    assert loaded.column_names == RELEASED_COLUMNS
    assert dict(loaded.features) == {
        name: Value("int64" if name in numbers else "string") for name in RELEASED_COLUMNS
    }
    assert loaded[0]["question"] == "I am therapistQA-4356, and low."
    assert loaded[0]["chosen"] == "GPT-4o-mini says to therapistQA-4356: go on."


def test_the_files_are_laid_out_as_released(tmp_path: Path) -> None:
    """`data/<split>-00000-of-00001.parquet`, and nothing that is not of the data set."""
    given_ = {f"s-{n}": [Given("a", [5] * 7), Given("b", [1] * 7)] for n in range(30)}
    run = judged_run(tmp_path, given_, pairs={"test_fraction": 0.5})
    build_run(run)

    assert sorted(digests(run.dataset)) == [
        "README.md",
        "croissant.json",
        "data/test-00000-of-00001.parquet",
        "data/train-00000-of-00001.parquet",
        "preference/test-00000-of-00001.parquet",
        "preference/train-00000-of-00001.parquet",
        "responses/train-00000-of-00001.parquet",
    ]


def test_a_second_build_leaves_the_same_bytes(released: Run) -> None:
    """Of every file, the card among them."""
    before = digests(released.dataset)
    build_run(released)

    assert digests(released.dataset) == before


ANSWERS = st.lists(st.tuples(*[st.integers(1, 5)] * 7), max_size=4)
RUNS = st.lists(ANSWERS, min_size=1, max_size=8)
STRATEGY = st.sampled_from(["all_pairs", "best_vs_worst", "best_vs_rest", "best_vs_random"])
MARGIN = st.sampled_from([0.0, 0.3, 1.0, 2.0])
QUICK = settings(
    max_examples=10,
    phases=[Phase.explicit, Phase.generate],  # shrinking would build for minutes
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def _folder(tmp_path: Path) -> Path:
    """A fresh folder for every example."""
    return tmp_path / str(sum(1 for _ in tmp_path.iterdir()))


def _builds(run: Run) -> bool:
    """Whether there is a pair in it."""
    try:
        build_run(run)
    except RunError as error:
        if "no pair can be made" in str(error) or "is empty" in str(error):
            return False
        raise
    return True


@QUICK
@given(RUNS, STRATEGY, MARGIN, st.randoms(use_true_random=False))
def test_tables_hold_what_the_rules_ask_whatever_order_answers_came_in(
    tmp_path: Path, speeches: list[list[tuple[int, ...]]], strategy: str, margin: float, draw
) -> None:
    """No speech on both sides; chosen above rejected by the margin; pairs of a speech adjacent in
    the order of speeches.jsonl; `prefID` from 0, training first; the journals' order is nobody's
    choice and changes no byte."""
    given_ = {
        f"s-{number}": [Given(f"m{one}", ratings) for one, ratings in enumerate(answers)]
        for number, answers in enumerate(speeches)
    }
    rule = {"strategy": strategy, "min_margin": margin}
    pairs = {"test_fraction": 0.4, "train": rule, "test": rule}
    run = judged_run(_folder(tmp_path), given_, pairs)
    assume(_builds(run))
    train, test = rows(run), rows(run, split="test")

    assert {row["ID"] for row in train}.isdisjoint(row["ID"] for row in test)
    assert [row["prefID"] for row in (*train, *test)] == list(range(len(train) + len(test)))
    for side in (train, test):
        order = [key for key, _ in groupby(row["ID"] for row in side)]
        assert order == sorted(set(order), key=lambda id_: int(str(id_)[2:]))
    for row in (*train, *test):
        points = [
            sum(int(str(row[f"{side}_{name}_rating"])) for name in PRINCIPLES)
            for side in ("chosen", "rejected")
        ]
        assert points[0] > points[1]
        assert points[0] - points[1] >= margin * 7

    before = digests(run.dataset)
    for path in (run.responses, run.judgments):
        lines = path.read_bytes().splitlines(keepends=True)
        draw.shuffle(lines)
        path.write_bytes(b"".join(lines))
    build_run(run)

    assert digests(run.dataset) == before


def test_preference_has_what_trl_trains_on(released: Run) -> None:
    """Message lists and scores; no column called `margin`, which TRL would take for its loss."""
    first = rows(released, "preference")[0]

    assert first["prompt"] == [{"role": "user", "content": "I am therapistQA-4356, and low."}]
    assert first["chosen"] == [
        {"role": "assistant", "content": "GPT-4o-mini says to therapistQA-4356: go on."}
    ]
    assert first["score_chosen"] == pytest.approx(31 / 7)
    assert first["score_margin"] == pytest.approx(1.0)
    assert "margin" not in first


def test_what_was_said_before_a_speech_comes_before_it_in_the_prompt(tmp_path: Path) -> None:
    """A trainer sees the conversation; speeches without one stand beside it."""
    two = [Given("a", [5] * 7), Given("b", [3] * 7)]
    run = judged_run(tmp_path, {"s-0": two, "s-1": two}, {"test_fraction": 0})
    turns = (Turn(role="client", text="Hello."), Turn(role="counsellor", text="Hello, do go on."))
    first, second = journal.read(run.speeches, ClientSpeech)
    journal.replace(run.speeches, [first, second.model_copy(update={"context": turns})])
    build_run(run)
    prompts = [row["prompt"] for row in rows(run, "preference")]

    assert prompts[0] == [{"role": "user", "content": first.text}]
    assert prompts[1] == [
        {"role": "user", "content": "Hello."},
        {"role": "assistant", "content": "Hello, do go on."},
        {"role": "user", "content": second.text},
    ]


def test_principles_that_were_asked_one_by_one_come_together(tmp_path: Path) -> None:
    """Each with the reason of its own judgment; one that was rated again with the newer reason."""
    run = judged_run(tmp_path, {"s-0": [Given("a", [5] * 7), Given("b", [3] * 7)]})
    one, other = journal.read(run.judgments, Judgment)
    apart = [
        one.model_copy(
            update={
                "id": f"{number:032}",
                "ratings": {name: 5},
                "rationales": {name: f"Reason {number}."},
                "at": f"2025-01-01T00:00:0{number}Z",
            }
        )
        for number, name in enumerate((*PRINCIPLES, "empathy"))
    ]
    journal.replace(run.judgments, [*apart[:3], other, *apart[3:]])
    build_run(run)
    made = {row["name"]: row for row in rows(run, "responses")}

    assert made["a"]["empathy_rationale"] == "Reason 7."
    assert made["a"]["relevance_rationale"] == "Reason 1."
    assert made["a"]["judged_at"] == "2025-01-01T00:00:07Z"
    assert made["b"]["empathy_rationale"] == "This is about empathy."
    assert [made[name]["staging_rating"] for name in "ab"] == [5, 3]


def test_a_model_file_is_released_without_the_folders_it_lies_in(tmp_path: Path) -> None:
    """Where somebody keeps a GGUF file is nobody's business."""
    run = judged_run(tmp_path, {"s-0": [Given("a", [5] * 7), Given("b", [3] * 7)]})
    path = "llamacpp:/home/ada/models/small.gguf"
    made = [one.model_copy(update={"model": path}) for one in journal.read(run.responses, Response)]
    rated = [
        one.model_copy(update={"judge": path}) for one in journal.read(run.judgments, Judgment)
    ]
    journal.replace(run.responses, made[:1] + list(journal.read(run.responses, Response))[1:])
    journal.replace(run.judgments, rated)
    build_run(run, judge=path)

    assert {row["judge"] for row in rows(run, "responses")} == {"llamacpp:small.gguf"}
    assert "llamacpp:small.gguf" in {row["model"] for row in rows(run, "responses")}
    assert "/home/ada" not in (run.dataset / "README.md").read_text("utf-8")
    assert "/home/ada" not in (run.dataset / "croissant.json").read_text("utf-8")


def test_responses_has_every_judged_response_once(released: Run) -> None:
    """Paired or not, best first, with ratings and reasons."""
    made = rows(released, "responses")
    names = [(row["ID"], row["name"]) for row in made]

    assert len(made) == 9
    assert names[:2] == [("therapistQA-4356", GPT), ("therapistQA-4356", MINICPM)]
    assert made[0]["empathy_rating"] == 5
    assert made[0]["empathy_rationale"] == "This is about empathy."


def test_ratings_out_of_range_or_missing_are_refused_and_counted(tmp_path: Path) -> None:
    """Never clamped, never filled in: the response has no rating, and the summary says so."""
    given_ = {"s-0": [Given(name, [level] * 7) for name, level in (("a", 5), ("b", 2), ("c", 1))]}
    run = judged_run(tmp_path, given_)
    lines = [orjson.loads(line.data) for line in journal.lines(run.judgments)]
    lines[1]["ratings"]["safety"] = 6
    del lines[2]["ratings"]["safety"]
    given_too = {"s-1": [Given("a", [5] * 7), Given("b", [1] * 7)]}
    for id_, answers in given_too.items():
        for answer in answers:
            made = response(id_, answer)
            append(run.responses, orjson.loads(journal.dump(made)))
            append(run.judgments, orjson.loads(journal.dump(judgment(made, answer.ratings))))
    append(run.speeches, {"id": "s-1", "source": "s", "row": 1, "text": "I am low too."})
    run.judgments.write_bytes(
        b"".join(orjson.dumps(line) + b"\n" for line in lines)
        + b"".join(list(run.judgments.read_bytes().splitlines(keepends=True))[3:])
    )
    summary = build_run(run)

    left_out = {"incomplete_ratings": 1, "unusable_ratings": 1}
    assert summary.judgments_left_out == left_out
    assert summary.responses_left_out == left_out
    assert {row["ID"] for row in rows(run)} == {"s-1"}


def append(path: Path, line: object) -> None:
    with path.open("ab") as file:
        file.write(orjson.dumps(line) + b"\n")


def test_the_newest_judgment_of_the_present_rubric_counts(tmp_path: Path) -> None:
    """An earlier one was made by another judge prompt, or was asked again on purpose."""
    run = judged_run(tmp_path, {"s-0": [Given("a", [5] * 7), Given("b", [1] * 7)]})
    answer = response("s-0", Given("b", [1] * 7))
    again = judgment(answer, [3] * 7)
    append(run.judgments, orjson.loads(journal.dump(again)))
    other = judgment(answer, [5] * 7).model_copy(update={"rubric": "judge@earlier"})
    append(run.judgments, orjson.loads(journal.dump(other)))
    summary = build_run(run)

    assert rows(run)[0]["rejected_safety_rating"] == 3
    assert summary.judgments_left_out == {"earlier_rubric": 1, "superseded": 1}


def test_responses_that_do_not_count_are_counted(tmp_path: Path) -> None:
    """Every one under one reason."""
    run = judged_run(
        tmp_path,
        {
            "s-0": [
                Given("a", [5] * 7),
                Given("b", [1] * 7),
                Given("cut", [5] * 7, finish="length"),
                Given("out", [5] * 7),
            ]
        },
        pairs={"test_fraction": 0, "exclude_models": ["out"]},
    )
    append(run.responses, orjson.loads(journal.dump(response("s-9", Given("a", [5] * 7)))))
    unjudged = response("s-0", Given("new", [5] * 7))
    append(run.responses, orjson.loads(journal.dump(unjudged)))
    summary = build_run(run)

    assert summary.responses_left_out == {
        "excluded_model": 1,
        "finish_length": 1,
        "not_judged": 1,
        "unknown_speech": 1,
    }
    assert summary.responses == 2


def test_the_only_judge_that_has_rated_stands_in_and_is_named(tmp_path: Path) -> None:
    """Several others are a question for a person."""
    run = judged_run(tmp_path, {"s-0": [Given("a", [5] * 7), Given("b", [1] * 7)]})
    summary = build_run(run, judge="openai:other")

    assert (summary.judge.model, summary.judge.instead_of) == (JUDGE, "openai:other")

    further = judgment(response("s-0", Given("a", [5] * 7)), [4] * 7, judge="openai:third")
    append(run.judgments, orjson.loads(journal.dump(further)))
    with pytest.raises(ConfigError, match="say which with --judge"):
        build_run(run, judge="openai:other")


def test_a_torn_last_line_is_left_for_the_next_reader(tmp_path: Path) -> None:
    """Another process may be writing it just now."""
    run = judged_run(tmp_path, {"s-0": [Given("a", [5] * 7), Given("b", [1] * 7)]})
    build_run(run)
    before = digests(run.dataset)
    for path in (run.speeches, run.responses, run.judgments):
        path.write_bytes(path.read_bytes() + b'{"id":"0123')
    build_run(run)

    assert digests(run.dataset) == before


@pytest.mark.parametrize("spoil", ["not json\n", '{"id": "x"}\n', "UNKNOWN"])
@pytest.mark.parametrize("name", ["speeches", "responses"])
def test_a_bad_line_is_named_with_file_and_number(tmp_path: Path, name: str, spoil: str) -> None:
    """A line that is no record is a mistake of somebody, and never skipped."""
    run = judged_run(tmp_path, {"s-0": [Given("a", [5] * 7), Given("b", [1] * 7)]})
    path: Path = getattr(run, name)
    first = path.read_text().splitlines(keepends=True)[0]
    if spoil == "UNKNOWN":
        spoil = first.replace('{"id"', '{"surprise":1,"id"')
    path.write_text(path.read_text() + spoil)
    number = len(path.read_text().splitlines())
    with pytest.raises(InputError, match=rf"{path.name}:{number}: not a "):
        build_run(run)


def test_a_failed_build_leaves_the_old_data_set(tmp_path: Path) -> None:
    """Nothing is half-written."""
    run = judged_run(tmp_path, {"s-0": [Given("a", [5] * 7), Given("b", [1] * 7)]})
    build_run(run)
    before = digests(run.dataset)
    append(run.judgments, {"id": 3})
    with pytest.raises(InputError):
        build_run(run)

    assert digests(run.dataset) == before
    assert not list(run.folder.glob(".dataset.*part"))
