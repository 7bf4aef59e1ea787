"""Which speeches take part, what waits for a person, and what people decide."""

import csv
import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
import yaml

from psychocounsel_data import generation, journal
from psychocounsel_data.errors import ConfigError, InputError, RunError
from psychocounsel_data.participation import Participation
from psychocounsel_data.records import ClientSpeech, ReviewDecision
from psychocounsel_data.review.deciding import cases, record, write_sheet
from psychocounsel_data.review.site import pieces, site
from psychocounsel_data.risk.flagging import flags
from psychocounsel_data.run import Run
from psychocounsel_data.web import Door, open_door
from tests import flagged_run
from tests.judged_runs import Given, build_run, judged_run

ATTEMPT = "Last year I tried to kill myself and nobody knows."
CUTS = "I cut myself and I am ashamed of it."
CALM = "I have not slept for three weeks."


def run_with(folder: Path, *texts: str, **sections: object) -> Run:
    """Attempts are held, and `offline:eliza` answers."""
    usual = {
        "generate": {"models": ["offline:eliza"]},
        "risk": {"crisis": {"attempt": "hold"}},
    }
    return flagged_run.run_with(folder, *texts, **(usual | sections))


def places(run: Run) -> list[tuple[str | None, bool]]:
    participation = Participation(run)
    return [tuple(participation.of(speech)) for speech in journal.read(run.speeches, ClientSpeech)]


def test_a_speech_waits_has_the_veto_or_takes_part_as_run_yaml_says(tmp_path: Path) -> None:
    """Held for an attempt; the veto for all else that is flagged."""
    run = run_with(tmp_path, ATTEMPT, CUTS, CALM)

    assert places(run) == [("held_for_review", True), (None, True), (None, False)]


def test_no_model_is_asked_about_a_held_speech_until_somebody_has_decided(tmp_path: Path) -> None:
    """And who passes over it counts it."""
    run = run_with(tmp_path, ATTEMPT, CUTS, CALM)
    waiting = generation.plan(run, run.config.generate)
    decide(tmp_path, "keep")
    decided = generation.plan(run, run.config.generate)
    decide(tmp_path, "drop")
    dropped = generation.plan(run, run.config.generate)

    assert [len(plan.lanes["offline:eliza"]) for plan in (waiting, decided, dropped)] == [2, 3, 2]
    assert waiting.left_out == {"held_for_review": 1}
    assert dropped.left_out == {"dropped_in_review": 1}


def decide(folder: Path, decision: str, **changes: str) -> None:
    run = Run(folder)
    (case,) = [case for case in cases(run, everything=True) if case.speech.id == "s-0"]
    write_sheet(folder / "sheet.csv", [case])
    rows = list(csv.DictReader((folder / "sheet.csv").read_text("utf-8-sig").splitlines()))
    (folder / "sheet.csv").unlink()
    rows[0] |= {"decision": decision, "why": "Read it.", "by": "A. Reviewer", **changes}
    with (folder / "filled.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    record(run, folder / "filled.csv", by=None)


def test_a_persons_decision_goes_before_the_policy(tmp_path: Path) -> None:
    """Whatever it is; the newest counts, and all of them stay on record."""
    run = run_with(tmp_path, ATTEMPT)
    decide(tmp_path, "veto")
    first = places(run)
    decide(tmp_path, "keep")
    recorded = list(journal.read(run.reviews, ReviewDecision))

    assert first == [(None, True)]
    assert places(run) == [(None, False)]
    assert [(one.decision, one.by, one.why) for one in recorded] == [
        ("veto", "A. Reviewer", "Read it."),
        ("keep", "A. Reviewer", "Read it."),
    ]


def test_a_decision_does_not_hold_for_another_text(tmp_path: Path) -> None:
    """Rows move when a source changes; what somebody read is not what stands there now."""
    run = run_with(tmp_path, ATTEMPT)
    decide(tmp_path, "keep")
    run = run_with(tmp_path, ATTEMPT + " It was in June.")

    assert places(run) == [("held_for_review", True)]


def test_the_same_sheet_again_records_nothing_new(tmp_path: Path) -> None:
    """A second run changes no byte."""
    run = run_with(tmp_path, ATTEMPT)
    decide(tmp_path, "drop")
    before = run.reviews.read_bytes()
    again = record(run, tmp_path / "filled.csv", by=None)

    assert (again.recorded, again.repeated, again.waiting) == (0, 1, 0)
    assert run.reviews.read_bytes() == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"decision": "release"}, "s-0: 'release' is none of keep, veto, drop"),
        ({"why": " "}, "s-0: a decision needs a reason in `why`"),
        ({"speech_id": "s-7"}, "s-7: no flagged speech of this run has this id"),
        ({"text_hash": "0" * 32}, "s-0: its text has changed since: read it again"),
    ],
)
def test_one_wrong_row_and_nothing_is_recorded(
    tmp_path: Path, changes: dict[str, str], message: str
) -> None:
    """Every such row is named."""
    run = run_with(tmp_path, ATTEMPT)
    with pytest.raises(InputError) as caught:
        decide(tmp_path, **{"decision": "keep", **changes})

    assert message in str(caught.value)
    assert not run.reviews.exists()


def test_decisions_come_as_json_lines_too_and_somebody_has_to_answer_for_them(
    tmp_path: Path,
) -> None:
    """A row without a name takes the one that is given; without one it is refused."""
    run = run_with(tmp_path, ATTEMPT, CUTS)
    (case, _) = cases(run, everything=True)
    write_sheet(tmp_path / "sheet.csv", [case])
    row = next(csv.DictReader((tmp_path / "sheet.csv").read_text("utf-8-sig").splitlines()))
    lines = [{**row, "decision": "veto", "why": "Old."}, {"speech_id": "s-1", "decision": ""}]
    (tmp_path / "d.jsonl").write_text("\n".join(map(json.dumps, lines)))

    with pytest.raises(ConfigError, match="who decided"):
        record(run, tmp_path / "d.jsonl", by=None)
    outcome = record(run, tmp_path / "d.jsonl", by="B. Reviewer")

    assert (outcome.recorded, outcome.undecided) == (1, 1)
    assert next(journal.read(run.reviews, ReviewDecision)).by == "B. Reviewer"


def test_a_half_filled_sheet_is_not_overwritten(tmp_path: Path) -> None:
    """Somebody's evening may be in it."""
    run = run_with(tmp_path, ATTEMPT)
    write_sheet(tmp_path / "sheet.csv", list(cases(run)))

    with pytest.raises(RunError, match="is there already"):
        write_sheet(tmp_path / "sheet.csv", list(cases(run)))


def test_the_pieces_of_a_page_are_the_text_with_its_marks(tmp_path: Path) -> None:
    """Overlapping flags of two kinds included."""
    text = "I am 15 and my stepdad hits me."
    cut = list(pieces(text, flags(text)))

    assert "".join(one.text for one in cut) == text
    assert [one.text for one in cut if one.rules] == ["I am 15", "hits me"]


@contextmanager
def served(run: Run) -> Iterator[Door]:
    door = open_door("127.0.0.1", 0)
    app = site(run, by="A. Reviewer", everything=False, access=door.access)
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door.socket]})
    thread.start()
    try:
        yield door
    finally:
        server.should_exit = True
        thread.join()
        door.socket.close()


def asked(door: Door, method: str, path: str, body: object = None) -> tuple[int, str]:
    host = f"127.0.0.1:{door.access.port}"
    headers = {"Host": host, "Origin": f"http://{host}", "Content-Type": "application/json"}
    if door.access.token:
        headers["Cookie"] = f"{door.access.cookie}={door.access.token}"
    connection = http.client.HTTPConnection(host, timeout=10)
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def test_a_decision_in_the_browser_is_kept_at_once(tmp_path: Path) -> None:
    """Over a real socket; a wrong or a nameless one is refused in words."""
    run = run_with(tmp_path, ATTEMPT, CUTS)
    (case,) = cases(run)
    sent = {"speech_id": "s-0", "decision": "veto", "why": "Past, and in care.", "text_hash": "x"}
    with served(run) as door:
        status, page = asked(door, "GET", "/")
        stale, _ = asked(door, "POST", "/decide", sent)
        sent["text_hash"] = page.split('data-hash="')[1].split('"')[0]
        empty, _ = asked(door, "POST", "/decide", {**sent, "why": " "})
        kept, _ = asked(door, "POST", "/decide", sent)
        _, after = asked(door, "GET", "/")

    assert (status, stale, empty, kept) == (200, 409, 422, 200)
    assert "tried to kill myself</mark>" in page
    assert CUTS not in page  # nothing holds it
    assert 'data-decision="veto" aria-pressed="true"' in after
    assert case.decision is None
    assert [one.why for one in journal.read(run.reviews, ReviewDecision)] == ["Past, and in care."]


def test_what_the_counsellor_is_told_of_a_flagged_speech_is_part_of_the_question(
    tmp_path: Path,
) -> None:
    """It names the kinds, it is only there for flagged speeches, and the id follows it."""
    run = run_with(tmp_path, CUTS, CALM)
    plan = generation.plan(run, run.config.generate)
    lane = plan.lanes["offline:eliza"]
    flagged, calm = (plan.call("offline:eliza", ticket) for ticket in lane)
    plan.close()
    told = [call.request().messages[0].content for call in (flagged, calm)]
    run = run_with(tmp_path, CUTS, CALM, risk={"crisis": "keep"})
    without = ClientSpeech(id="s-0", source="s", row=0, text=CUTS)
    journal.replace(run.speeches, [without])
    plan = generation.plan(run, run.config.generate)
    unflagged = plan.call("offline:eliza", next(iter(plan.lanes["offline:eliza"])))
    plan.close()

    assert "marked by a rule" in told[0]
    assert "suicide or self-harm" in told[0].split("marked by a rule")[1]
    assert "marked by a rule" not in told[1]
    assert unflagged.id != flagged.id


def test_a_prompt_that_does_not_ask_for_the_danger_keeps_its_ids(tmp_path: Path) -> None:
    """The id is a hash of exactly what is sent: a flag that is not sent changes nothing."""
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "counselor.md.j2").write_text(
        "{% block system %}Be kind.{% endblock %}{% block user %}{{ speech }}{% endblock %}"
    )
    run = run_with(tmp_path, CUTS)
    flagged = generation.plan(run, run.config.generate)
    first = flagged.call("offline:eliza", next(iter(flagged.lanes["offline:eliza"]))).id
    flagged.close()
    journal.replace(run.speeches, [ClientSpeech(id="s-0", source="s", row=0, text=CUTS)])
    plain = generation.plan(run, run.config.generate)
    second = plain.call("offline:eliza", next(iter(plain.lanes["offline:eliza"]))).id
    plain.close()

    assert first == second


@pytest.mark.parametrize(
    ("policy", "pairs", "kept_out", "left_out"),
    [
        ("keep", 2, {}, {}),
        ("veto", 1, {"risk_veto": 1}, {}),
        ("hold", 1, {}, {"held_for_review": 2}),
    ],
)
def test_pairs_follow_the_policy_of_their_speech(
    tmp_path: Path,
    policy: str,
    pairs: int,
    kept_out: dict[str, int],
    left_out: dict[str, int],
) -> None:
    """The chosen answer to the flagged speech is rated 3 for safety; beside it is a calm one."""
    unsafe = [Given("a", [5, 5, 5, 3, 5, 5, 5]), Given("b", [1, 1, 1, 3, 1, 1, 1])]
    given = {"s-0": unsafe, "s-1": [Given("x", [5] * 7), Given("y", [2] * 7)]}
    gates = {"preset": "published", "risk_veto": True}
    run = judged_run(tmp_path, given, pairs={"gates": gates}, texts={"s-0": CUTS, "s-1": CALM})
    config = yaml.safe_load((tmp_path / "run.yaml").read_text())
    (tmp_path / "run.yaml").write_text(yaml.safe_dump({**config, "risk": {"crisis": policy}}))
    speeches = list(journal.read(run.speeches, ClientSpeech))
    flagged_ones = (one.model_copy(update={"flags": flags(one.text)}) for one in speeches)
    journal.replace(run.speeches, flagged_ones)
    summary = build_run(Run(tmp_path))

    assert summary.train.pairs == pairs
    assert summary.train.kept_out == kept_out
    assert summary.responses_left_out == left_out
