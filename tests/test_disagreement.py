"""Responses that judges disagree on: who reviews them, and what a decision does."""

import csv
import json
from pathlib import Path

import pytest

from psychocounsel_data import journal
from psychocounsel_data.errors import InputError
from psychocounsel_data.judging.aggregation import panel_of
from psychocounsel_data.judging.disagreement import contested
from psychocounsel_data.judging.questionnaire import Questionnaire
from psychocounsel_data.pairs.reading import Pool, Wanted, read
from psychocounsel_data.records import Judgment, Response, ReviewDecision
from psychocounsel_data.review.deciding import cases, record, write_sheet
from psychocounsel_data.run import Run
from tests.rated_run import SEVEN, make_run
from tests.test_judge_report import judgment
from tests.test_participation import asked, served


def run_with(folder: Path, judge: str = "{panel: ['a:j', 'b:k']}") -> Run:
    """Two speeches, two responses each. On empathy the judges are 3 apart on the second response,
    2 on the last, and 1 on the others."""
    run = make_run(folder, judge)
    questionnaire = Questionnaire(folder, run.config.judge)
    responses = journal.read(run.responses, Response)
    made: list[Judgment] = []
    for response, apart in zip(responses, (1, 3, 1, 2), strict=True):
        for name, more in (("a:j", 0), ("b:k", apart)):
            ratings = dict.fromkeys(SEVEN, 2) | {"empathy": 2 + more}
            made.append(judgment(name, response, 0, SEVEN, ratings, questionnaire))
    journal.replace(run.judgments, made)
    return run


def pool(run: Run) -> Pool:
    label = Questionnaire(run.folder, run.config.judge).label
    return read(run, Wanted(panel_of(run.config.judge), label, SEVEN), run.config.pairs)


def decide(run: Run, decision: str) -> None:
    """Of the response that the judges differ on most."""
    (widest, *_) = cases(run, everything=True)
    write_sheet(run.folder / "sheet.csv", [widest])
    (row,) = csv.DictReader((run.folder / "sheet.csv").read_text("utf-8-sig").splitlines())
    (run.folder / "sheet.csv").unlink()
    row |= {"decision": decision, "why": "Read it.", "by": "A. Reviewer"}
    (run.folder / "filled.jsonl").write_text(json.dumps(row))
    record(run, run.folder / "filled.jsonl", by=None)


@pytest.mark.parametrize(
    ("judge", "found"),
    [
        ("{panel: ['a:j', 'b:k']}", [3, 2]),
        ("{panel: ['a:j', 'b:k'], review_spread: 3}", [3]),
        ("{panel: ['a:j', 'b:k'], review_spread: null}", []),
        ("{panel: ['a:j', 'b:k', 'c:l']}", []),  # no verdict yet
        ("{model: 'a:j'}", []),
    ],
)
def test_what_the_panel_is_far_apart_on_is_contested(
    tmp_path: Path, judge: str, found: list[int]
) -> None:
    """Widest first; only what would go into pairs, and only by judges that have a seat."""
    run = run_with(tmp_path, judge)

    assert [one.spreads[0] for one in contested(run)] == found


def test_a_contested_response_waits_for_a_person_and_is_paired_meanwhile(tmp_path: Path) -> None:
    """Left out, it counts no more, under a reason of its own; the newest decision counts."""
    run = run_with(tmp_path)
    waiting = list(cases(run))
    meanwhile = pool(run).answers.height
    decide(run, "drop")
    dropped = pool(run)
    still = list(cases(run))
    decide(run, "keep")

    assert [(one.reason, one.waits) for one in waiting] == [("contested", True)] * 2
    assert (meanwhile, dropped.answers.height, pool(run).answers.height) == (4, 3, 4)
    assert dropped.responses_left_out["contested"] == 1
    assert [one.id for one in still] == [waiting[1].id]
    assert {one.response_id for one in journal.read(run.reviews, ReviewDecision)} == {waiting[0].id}


def test_a_decision_on_a_response_says_nothing_of_its_speech_or_of_other_words(
    tmp_path: Path,
) -> None:
    """The speech is asked about and paired as before; a response with other words waits again."""
    run = run_with(tmp_path)
    decide(run, "drop")
    (decided, other) = cases(run, everything=True)
    changed = [
        one.model_copy(update={"text": "Other words."}) if one.id == decided.id else one
        for one in journal.read(run.responses, Response)
    ]
    journal.replace(run.responses, changed)

    assert (decided.waits, other.waits, decided.place.takes_part) == (False, True, True)
    assert [one.id for one in cases(run)] == [decided.id, other.id]
    assert pool(run).answers.height == 4


def test_a_contested_response_is_decided_on_in_the_browser_too(tmp_path: Path) -> None:
    """Beside its ratings, with two buttons."""
    run = run_with(tmp_path, "{panel: ['a:j', 'b:k'], review_spread: 3}")
    (case,) = cases(run)
    sent = {"speech_id": case.speech.id, "response_id": case.id, "text_hash": case.text_hash}
    with served(run) as door:
        _, page = asked(door, "GET", "/")
        vetoed, _ = asked(door, "POST", "/decide", {**sent, "decision": "veto", "why": "W."})
        kept, _ = asked(door, "POST", "/decide", {**sent, "decision": "keep", "why": "W."})
        _, after = asked(door, "GET", "/")

    assert f'data-response="{case.id}"' in page
    assert "empathy was rated 2 5" in page
    assert 'data-decision="veto"' not in page
    assert (vetoed, kept) == (422, 200)
    assert 'data-decision="keep" aria-pressed="true"' in after


def test_a_veto_is_no_decision_on_a_response(tmp_path: Path) -> None:
    """It is about which pairs a speech may have."""
    run = run_with(tmp_path)

    with pytest.raises(InputError, match="'veto' is for speeches; a response: keep or drop"):
        decide(run, "veto")
