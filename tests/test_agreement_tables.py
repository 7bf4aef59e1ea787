"""Tables of ratings as people have them, read and studied through the command."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from agreement_command import Agreement, agreement

from psychocounsel_data.agreement.card import card_section
from psychocounsel_data.agreement.result import AgreementResult
from psychocounsel_data.agreement.wording import summary

__all__ = ["agreement"]

RATERS = ("ann", "ben", "cat", "gpt")
MODELS = ("m1", "m2", "m3")


def score(speech: int, model: int, rater: int, attribute: int) -> int:
    """An invented rating: raters mostly follow the model, and differ a little by speech."""
    wobble = (speech * 7 + model * 5 + rater * 3 + attribute) % 5 == 0
    return min(5, 1 + model * 2 - (model == 2 and wobble) + (model < 2 and wobble))


def long_rows(speeches: int = 40) -> list[dict[str, Any]]:
    return [
        {
            "speech_id": f"s-{speech}",
            "model": MODELS[model],
            "rater": rater,
            "empathy": score(speech, model, column, 0),
            "safety": score(speech, model, column, 1),
        }
        for speech in range(speeches)
        for model in range(3)
        for column, rater in enumerate(RATERS)
    ]


def wide_rows() -> list[dict[str, Any]]:
    """The same with a column a rater and attribute."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in long_rows():
        wide = found.setdefault(
            (row["speech_id"], row["model"]),
            {"speech_id": row["speech_id"], "model": row["model"]},
        )
        for attribute in ("empathy", "safety"):
            wide[f"{row['rater']}_{attribute}"] = row[attribute]
    return list(found.values())


def write(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    table = pl.DataFrame(list(rows), infer_schema_length=None)
    if path.suffix == ".parquet":
        table.write_parquet(path)
    elif path.suffix == ".jsonl":
        table.write_ndjson(path)
    elif path.suffix == ".tsv":
        table.write_csv(path, separator="\t")
    elif path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(table.columns)
        for row in table.iter_rows():
            sheet.append(row)
        book.save(path)
    else:
        table.write_csv(path)
    return path


def without_source(result: AgreementResult) -> AgreementResult:
    return result.model_copy(update={"source": ""})


@pytest.mark.parametrize("ending", ["tsv", "jsonl", "parquet", "xlsx"])
def test_every_kind_of_file_gives_the_same_figures(
    agreement: Agreement, tmp_path: Path, ending: str
) -> None:
    flags = ("--judge", "gpt", "--by", "model", "--resamples", "50", "--json")
    write(tmp_path / "r.csv", long_rows())
    write(tmp_path / f"r.{ending}", long_rows())

    one, other = (agreement(name, *flags).result for name in ("r.csv", f"r.{ending}"))

    assert without_source(one) == without_source(other)
    assert one.judges == ("gpt",)
    assert one.humans == ("ann", "ben", "cat")


def test_a_wide_table_gives_the_same_figures_as_a_long_one(
    agreement: Agreement, tmp_path: Path
) -> None:
    flags = ("--judge", "gpt", "--resamples", "50", "--json")
    write(tmp_path / "long.csv", long_rows())
    write(tmp_path / "wide.csv", wide_rows())

    long = agreement("long.csv", *flags).result
    wide = agreement("wide.csv", "--score", "{rater}_{attribute}", *flags).result

    assert without_source(long) == without_source(wide)


def test_a_table_with_one_column_a_score_and_attribute(
    agreement: Agreement, tmp_path: Path
) -> None:
    flags = ("--judge", "gpt", "--resamples", "50", "--json")
    rows = [
        {
            **{key: row[key] for key in ("speech_id", "model", "rater")},
            "principle": name,
            "rating": row[name],
        }
        for row in long_rows()
        for name in ("empathy", "safety")
    ]
    write(tmp_path / "long.csv", long_rows())
    write(tmp_path / "longest.csv", rows)

    long = agreement("long.csv", *flags).result
    longest = agreement("longest.csv", *flags).result

    assert without_source(long) == without_source(longest)


def test_a_column_a_rater_is_recognised(agreement: Agreement, tmp_path: Path) -> None:
    """Nothing but an item and one number a rater."""
    rows = [{"item": f"i{one}", "ann": one % 5 + 1, "ben": one % 4 + 1} for one in range(40)]
    write(tmp_path / "r.csv", rows)

    result = agreement("r.csv", "--resamples", "20", "--json").result

    assert result.humans == ("ann", "ben")
    assert result.parts[0].comparisons[0].items == 40
    assert result.margins == ()


def test_scores_that_do_not_count_are_counted_and_never_moved(
    agreement: Agreement, tmp_path: Path
) -> None:
    rows = long_rows()
    rows[0]["empathy"] = 6
    rows[1]["empathy"] = 0
    rows[2]["empathy"] = "n/a"
    rows[3]["empathy"] = "4?"
    rows[4]["safety"] = None
    del rows[5]
    write(
        tmp_path / "r.jsonl",
        [{key: str(one) if one is not None else None for key, one in row.items()} for row in rows],
    )

    result = agreement(
        "r.jsonl",
        "--judge",
        "gpt",
        "--scale",
        "1-5",
        "--resamples",
        "20",
        "--score",
        "empathy",
        "--score",
        "safety",
        "--json",
    ).result

    left_out = {one.rater: one for one in result.parts[0].left_out}
    assert left_out["ann"].out_of_range == 1
    assert left_out["ben"].out_of_range == 1
    assert left_out["cat"].missing == 1
    assert left_out["gpt"].unreadable == 1
    assert left_out["ann"].missing == 1
    assert left_out["ben"].missing == 2
    assert result.parts[0].observed == (1.0, 5.0)
    pair = next(
        one
        for one in result.parts[0].comparisons
        if (one.attribute, one.first, one.second) == ("empathy", "ann", "ben")
    )
    assert pair.items == 118
    said = "\n".join(summary(result))
    assert "1 outside the scale" in said
    assert "1 not a number" in said


def test_human_agreement_stands_beside_the_judges(agreement: Agreement, tmp_path: Path) -> None:
    write(tmp_path / "r.csv", long_rows())

    result = agreement(
        "r.csv", "--judge", "gpt", "--scale", "1-5", "--resamples", "100", "--json"
    ).result

    part = result.parts[0]
    for attribute in ("empathy", "safety", "overall"):
        kinds = {one.kind for one in part.averages if one.attribute == attribute}
        assert kinds == {"judge_human", "human_human"}
    judge = next(one for one in part.averages if one.judge)
    assert judge.pairs == 3
    assert judge.against_humans.keys() == judge.figures.keys()
    tests = {one.attribute: one for one in part.alternative}
    assert tests["overall"].experts == 3
    assert result.margins[0].points[0].human_compared > 0


def test_figures_have_intervals_that_hold_them(agreement: Agreement, tmp_path: Path) -> None:
    write(tmp_path / "r.csv", long_rows())

    result = agreement("r.csv", "--judge", "gpt", "--resamples", "200", "--json").result

    for one in result.parts[0].comparisons:
        for figure in one.figures.values():
            assert figure.value is not None
            assert figure.low is not None
            assert figure.high is not None
            assert figure.low <= figure.value <= figure.high


def test_a_second_run_prints_the_same_bytes(agreement: Agreement, tmp_path: Path) -> None:
    write(tmp_path / "r.csv", long_rows())
    flags = ("agreement", "r.csv", "--judge", "gpt", "--resamples", "50", "--json")

    assert agreement(*flags) == agreement(*flags)


def test_labels_in_words_are_names(agreement: Agreement, tmp_path: Path) -> None:
    """Nobody is told the mean of A and tie."""
    rows = [
        {
            "pair_id": one,
            "annotator": rater,
            "label": ("A", "B", "tie")[(one + (one % 9 == place)) % 3],
        }
        for one in range(60)
        for place, rater in enumerate(("ann", "ben", "cat", "gpt"))
    ]
    write(tmp_path / "r.csv", rows)

    result = agreement("r.csv", "--judge", "gpt", "--resamples", "20", "--json").result

    part = result.parts[0]
    assert part.subject == "labels"
    assert part.comparisons[0].figures.keys() == {"raw", "kappa", "fleiss", "alpha_nominal", "ac1"}
    assert part.alternative[0].passed is True
    assert result.margins == ()


def test_a_rater_who_answers_twice_is_compared_with_themself(
    agreement: Agreement, tmp_path: Path
) -> None:
    rows = [
        {"item": one, "rater": rater, "score": one % 5 + 1}
        for one in range(30)
        for rater in ("ann", "ben")
    ]
    again = [{"item": one, "rater": "ann", "score": one % 5 + 1 + (one == 0)} for one in range(10)]
    write(tmp_path / "r.csv", rows + again)

    result = agreement("r.csv", "--resamples", "20", "--json").result

    assert [(one.rater, one.repeats, one.same) for one in result.consistency] == [("ann", 10, 9)]
    assert result.parts[0].comparisons[0].figures["raw"].value == 1.0


def test_rows_that_a_flag_leaves_out_are_counted(agreement: Agreement, tmp_path: Path) -> None:
    write(tmp_path / "r.csv", long_rows())

    result = agreement(
        "r.csv",
        "--judge",
        "gpt",
        "--human",
        "ann",
        "--leave-out",
        "model=m1",
        "--resamples",
        "20",
        "--json",
    ).result

    assert result.humans == ("ann",)
    assert result.parts[0].items == 80
    assert result.filtered == 160 + 160


def test_the_command_says_what_it_means_before_the_tables(
    agreement: Agreement, tmp_path: Path
) -> None:
    write(tmp_path / "r.csv", long_rows())
    ended = agreement(
        "r.csv",
        "--judge",
        "gpt",
        "--by",
        "model",
        "--scale",
        "1-5",
        "--resamples",
        "100",
    )

    assert ended.code == 0
    assert ended.out == ""
    assert ended.err.startswith("- r.csv: judge gpt; experts ann, ben and cat; 120 items")
    assert "no min_margin is needed" in ended.err
    assert ended.err.index("min_margin") < ended.err.index("agreement by margin")
    assert "two experts" in ended.err
    assert "among experts" in ended.err
    assert "mean scores by model" in ended.err


def test_one_expert_is_told_what_is_not_known(agreement: Agreement, tmp_path: Path) -> None:
    write(tmp_path / "r.csv", [row for row in long_rows() if row["rater"] in {"ann", "gpt"}])
    ended = agreement("r.csv", "--judge", "gpt", "--resamples", "50")

    assert "Only ann has rated" in ended.err


def test_ratings_by_lot_are_called_what_they_are(agreement: Agreement, tmp_path: Path) -> None:
    """A judge that throws dice."""
    rows = long_rows()
    for place, row in enumerate(rows):
        if row["rater"] == "gpt":
            row["empathy"] = (place * 7919 + place * place) % 5 + 1
            row["safety"] = (place * 104729 + place * place * 3) % 5 + 1
    write(tmp_path / "r.csv", rows)
    ended = agreement("r.csv", "--judge", "gpt", "--scale", "1-5", "--resamples", "200")

    assert "no better than chance" in ended.err
    assert "not shown by the alternative annotator test" in ended.err


def test_the_cards_section_holds_every_figure(agreement: Agreement, tmp_path: Path) -> None:
    write(tmp_path / "r.csv", long_rows())
    ended = agreement(
        "r.csv",
        "--judge",
        "gpt",
        "--by",
        "model",
        "--resamples",
        "50",
        "--markdown",
        "card.md",
        "--json",
    )
    text = (tmp_path / "card.md").read_text("utf-8")

    assert text == card_section(ended.result)
    assert text.startswith("## Agreement with experts\n\n- r.csv\\: judge gpt")
    for heading in (
        "Agreement by margin, gpt",
        "judge and experts beside experts and experts",
        "alternative annotator test",
        "Agreement of mean scores",
    ):
        assert f"### {heading}" in text or f": {heading}" in text
    widths = {}
    for block in text.split("\n\n"):
        lines = block.strip().splitlines()
        if lines and lines[0].startswith("|"):
            widths[lines[0]] = {line.count(" | ") for line in lines}
    assert all(len(width) == 1 for width in widths.values())


def test_the_curve_is_drawn_without_fetching_anything(agreement: Agreement, tmp_path: Path) -> None:
    write(tmp_path / "r.csv", long_rows())
    ended = agreement("r.csv", "--judge", "gpt", "--resamples", "50", "--plot", "curve.html")
    page = (tmp_path / "curve.html").read_text("utf-8")

    assert ended.code == 0, ended.err
    assert page.startswith("<!doctype html>")
    assert "gpt: agreement by least margin" in page
    assert "pairs left" in page
    assert "<script src=" not in page


@pytest.mark.parametrize(
    ("rows", "flags", "words"),
    [
        ([{"rater": "a", "score": 1}], (), "no column says what was scored: name it with --item"),
        ([{"rater": "a", "coder": "b", "item": 1, "score": 1}], (),
         "rater and coder could both be the rater: say which with --rater"),
        ([{"item": 1, "rater": "a", "mark": "x"}], ("--score", "marks"),
         "no column 'marks'; did you mean 'mark'? there are: item, rater, mark"),
        ([{"item": 1, "rater": "a", "note": "x"}], (), "no column holds scores: name it with"),
        ([{"item": 1, "rater": "a", "score": 1}], ("--judge", "gpt"),
         "--judge: no rater 'gpt'; there are a"),
        ([{"item": 1, "rater": "a", "score": 1}], ("--judge", "a"), "every rater is a judge"),
        ([{"item": 1, "rater": "a", "score": 1}, {"item": 2, "rater": "b", "score": 1}], (),
         "no item was scored by two raters; an item is told by item"),
        ([{"item": 1, "rater": "a", "score": 1}], ("--scale", "five"),
         "write the lowest and the highest score, such as 1-5"),
        ([{"item": 1, "rater": "a", "score": 1}], ("--leave-out", "model"), "write COLUMN=VALUE"),
        ([{"item": 1, "rater": "a", "score": 1}], ("--leave-out", "model=x"),
         "--leave-out: no column 'model'; there are: item, rater, score"),
        ([{"item": 1, "a_x": 1}], ("--score", "{who}_x"), "a pattern holds {rater}"),
        ([{"item": 1, "a_x": 1}], ("--score", "{rater}_y"), "no column is named like '{rater}_y'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_line(
    agreement: Agreement,
    tmp_path: Path,
    rows: list[dict[str, Any]],
    flags: tuple[str, ...],
    words: str,
) -> None:
    write(tmp_path / "r.csv", rows)
    ended = agreement("r.csv", *flags)

    assert ended.code == 2
    assert words in ended.err
    assert len(ended.err.strip().splitlines()) == 1


def test_a_missing_file_names_the_nearest(agreement: Agreement, tmp_path: Path) -> None:
    write(tmp_path / "ratings.csv", long_rows())
    ended = agreement("rating.csv")

    assert ended.code == 2
    assert "did you mean ratings.csv?" in ended.err


def test_a_file_that_is_no_workbook_is_refused(agreement: Agreement, tmp_path: Path) -> None:
    (tmp_path / "r.xlsx").write_text("item,rater,score\n1,a,1\n")
    ended = agreement("r.xlsx")

    assert ended.code == 2
    assert "not a readable xlsx file" in ended.err


def test_a_plot_without_a_curve_is_refused(agreement: Agreement, tmp_path: Path) -> None:
    rows = [{"item": one, "ann": one % 5, "ben": one % 4} for one in range(40)]
    write(tmp_path / "r.csv", rows)

    assert "there is no curve" in agreement("r.csv", "--plot", "c.html").err
    assert "give it the ending .html" in agreement("r.csv", "--plot", "c.gif").err


def test_json_is_the_whole_result(agreement: Agreement, tmp_path: Path) -> None:
    write(tmp_path / "r.csv", long_rows())
    ended = agreement("r.csv", "--judge", "gpt", "--resamples", "20", "--json")

    assert json.loads(ended.out)["parts"][0]["subject"] == "ratings"
