"""report.html: whole, the same twice, silent on the network, and safe with what texts hold."""

from __future__ import annotations

import base64
import gzip
import json
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from judged_runs import Given, judged_run
from markupsafe import escape

from psychocounsel_data import journal
from psychocounsel_data.agreement.result import AgreementResult
from psychocounsel_data.agreement.wording import summary
from psychocounsel_data.cli import main
from psychocounsel_data.dataset.building import Build
from psychocounsel_data.judge_report.result import JudgeReport
from psychocounsel_data.records import Annotation, ClientSpeech, Response, RiskFlag, Usage
from psychocounsel_data.report import pairs, write
from psychocounsel_data.report.speeches import dangers
from psychocounsel_data.report.spending import cost
from psychocounsel_data.resources import load_rubric
from psychocounsel_data.run import Run

if TYPE_CHECKING:
    from playwright.sync_api import Page

NASTY = "</script><script>document.title='broken'</script><img src=x onerror=alert(1)> & \"done\""
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)


def pcdata(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["pcdata", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The quickstart, with one speech that tries to break out of the page, built and reported."""
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        pcdata(patch, "init", str(folder))
        pcdata(patch, "load", "--run", str(folder))
        speeches = [
            json.loads(line) for line in (folder / "speeches.jsonl").read_text().splitlines()
        ]
        speeches[0]["text"] += NASTY  # cleaning would take the markup out: put it in behind it
        lines = "".join(f"{json.dumps(one)}\n" for one in speeches)
        (folder / "speeches.jsonl").write_text(lines)
        for command in ("generate", "judge", "build-pairs", "report"):
            assert pcdata(patch, command, "--run", str(folder)) == 0
    return folder


@pytest.fixture(scope="module")
def rich(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with topics, gates that keep something out, prices, and what is known of the judge:
    from its ratings, and from two experts."""
    rich = tmp_path_factory.mktemp("rich") / "run"
    shutil.copytree(folder, rich)
    recipe = (rich / "run.yaml").read_text("utf-8")
    (rich / "run.yaml").write_text(
        recipe.replace("  test: {strategy", "  gates: {max_per_speech: 1}\n  test: {strategy")
        + "prices:\n  offline:reflective: {input: 1, output: 2}\n"
        "  offline:rubric: {input: 0.5, output: 1}\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        for command in ("topics", "build-pairs"):
            assert pcdata(patch, command, "--run", str(rich)) == 0
        journal.replace(rich / "annotations.jsonl", annotations(rich))
        assert pcdata(patch, "judge-report", "--run", str(rich)) == 0
        assert pcdata(patch, "agreement", "--run", str(rich), "--resamples", "20") == 0
        assert pcdata(patch, "report", "--run", str(rich)) == 0
    return rich


def annotations(run: Path) -> Iterator[Annotation]:
    """Ada always agrees with the label, Ben with two of three."""
    made = pl.read_parquet(run / "dataset" / "preference" / "*.parquet")
    for number, row in enumerate(made.iter_rows(named=True)):
        for expert, preference in (("Ada", -2), ("Ben", 1 if number % 3 == 0 else -1)):
            yield Annotation(
                id=f"{number:016x}{int.from_bytes(expert.encode()):016x}",
                item_id=f"{number:032x}",
                speech_id=row["ID"],
                response_a=row["chosen_response_id"],
                response_b=row["rejected_response_id"],
                annotator=expert,
                preference=preference,
                at="2026-01-01T00:00:00Z",
            )


def unpacked(text: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(text)))
    return value


def element(page: str, id_: str) -> str:
    found = re.search(rf'<script type="[^"]+" id="{id_}">(.*?)</script>', page, re.DOTALL)
    assert found
    return found[1]


def test_it_is_one_file_that_asks_nobody(folder: Path) -> None:
    """No script, style, picture or font from elsewhere, and a policy that would forbid it."""
    page = (folder / "report.html").read_text("utf-8")

    assert "default-src 'none'" in page
    assert not re.search(r"<(?:script|img|iframe|link)[^>]+(?:src|href)=[\"']?(?:https?:)?//", page)


def test_the_same_data_gives_the_same_bytes(folder: Path) -> None:
    """A report can be compared, and kept under version control."""
    before = (folder / "report.html").read_bytes()
    write(Run(folder), load_rubric(folder).principles)

    assert (folder / "report.html").read_bytes() == before


def test_every_pair_is_in_it_with_its_ratings_and_reasons(folder: Path) -> None:
    """Word for word, in the order of the data set."""
    page = (folder / "report.html").read_text("utf-8")
    listing = unpacked(element(page, "listing"))
    blocks = [unpacked(one) for one in re.findall(r'class="block">(.*?)</script>', page)]
    shown = [(block["answers"], pair) for block in blocks for pair in block["pairs"]]

    assert listing["prefID"] == list(range(len(shown)))
    first, (chosen, rejected) = shown[0]
    assert sum(first[chosen]["ratings"]) > sum(first[rejected]["ratings"])
    assert all(first[chosen]["reasons"])
    assert any(NASTY in answers[pair[0]]["question"] for answers, pair in shown)


def test_many_pairs_are_a_fixed_sample_and_said_to_be(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page says how many of how many it shows."""
    monkeypatch.setattr(pairs, "MOST_PAIRS", 10)
    before = (folder / "report.html").read_bytes()
    summary = write(Run(folder), load_rubric(folder).principles)
    page = (folder / "report.html").read_text("utf-8")
    (folder / "report.html").write_bytes(before)

    assert summary.pairs == 10
    assert f"A fixed sample of 10 of {summary.of:,} pairs" in page


def section(folder: Path, id_: str) -> str:
    """What a section shows, without its picture; empty where the page does not have it."""
    page = (folder / "report.html").read_text("utf-8")
    found = re.search(rf'<section id="{id_}".*?</section>', page, re.DOTALL)
    return re.sub(r"<script.*?</script>", "", found[0], flags=re.DOTALL) if found else ""


def test_it_tells_what_each_gate_cost(rich: Path) -> None:
    """Counts and examples are those of the build."""
    built = Build.model_validate_json((rich / "build.json").read_bytes())
    shown = section(rich, "gates")
    example = built.examples["speech_cap"][0]

    assert built.summary.train.kept_out["speech_cap"] > 0
    assert f"<td>{built.summary.train.kept_out['speech_cap']:,}</td>" in shown
    assert f"{example.speech_id}: {example.score_chosen:.2f} ({example.chosen[:8]})" in shown


def test_it_counts_topics_and_signs_of_danger_by_speech(rich: Path) -> None:
    """Every speech has a topic; one with several flags of a kind counts once."""
    speeches = list(journal.read(rich / "speeches.jsonl", ClientSpeech))
    flagged = sum(bool(one.flags) for one in speeches)
    topics = re.findall(r"<td>(\d+)</td></tr>", section(rich, "topics"))
    listed = unpacked(element((rich / "report.html").read_text("utf-8"), "listing"))

    assert sum(map(int, topics)) == len(speeches)
    assert all(listed["topic"])
    assert flagged
    assert f"{flagged} of {len(speeches)} speeches show a sign" in section(rich, "risk")


def test_a_crisis_counts_under_its_gravest_tier(rich: Path) -> None:
    """Once, whatever milder signs the speech shows beside it."""
    run = Run(rich)
    before = run.speeches.read_bytes()
    first, *others = journal.read(run.speeches, ClientSpeech)
    flags = tuple(
        RiskFlag(kind="crisis", tier=tier, rule="crisis.test", start=0, end=5)
        for tier in ("indicator", "attempt", "attempt", "ideation")
    )
    rest = (one.model_copy(update={"flags": ()}) for one in others)
    journal.replace(run.speeches, [first.model_copy(update={"flags": flags}), *rest])
    (found,) = dangers(run)
    run.speeches.write_bytes(before)

    assert found.rows == (("crisis attempt", "1", "1"),)


def test_it_tells_what_was_spent_and_what_is_unknown(rich: Path) -> None:
    """At the prices of run.yaml; where no tokens were counted, the cost is said to be unknown."""
    shown = section(rich, "cost")

    assert "offline:rubric" in shown
    assert "unknown" in shown


def test_what_was_spent_is_summed_over_models_and_batches(tmp_path: Path) -> None:
    """A million tokens in and half a million out, at 1 and 2 dollars; a batch costs half."""
    answers = [Given("dear", [5] * 7), Given("free", [2] * 7)]
    run = judged_run(tmp_path, {"s-0": answers, "s-1": answers})
    usage = Usage(input_tokens=1_000_000, output_tokens=500_000)
    made = [
        one.model_copy(update={"usage": usage}) for one in journal.read(run.responses, Response)
    ]
    journal.replace(run.responses, [made[0].model_copy(update={"batch": "b-1"}), *made[1:]])
    prices = {
        "vllm:dear": {"input": 1, "output": 2, "batch": {"input": 0.5, "output": 1}},
        "vllm:free": {"input": 0, "output": 0},
        "openai:gpt-4o": {"input": 1, "output": 2},
    }
    recipe = json.loads((tmp_path / "run.yaml").read_bytes())
    (tmp_path / "run.yaml").write_text(json.dumps({**recipe, "prices": prices}))
    (found,) = cost(Run(tmp_path))

    assert found.lead.startswith("Spent in all: $3.00 + 4 calls of unknown cost, at the prices")
    assert found.rows == (
        ("generate", "vllm:dear", "2", "2,000,000", "1,000,000", "$3.00"),
        ("generate", "vllm:free", "2", "2,000,000", "1,000,000", "$0.00"),
        ("judge", "openai:gpt-4o", "0", "0", "0", "unknown"),
    )


def test_it_shows_how_far_experts_agree(rich: Path) -> None:
    """The sentences of `pcdata agreement`, word for word, and a curve."""
    result = next(journal.read(rich / "agreement.json", AgreementResult))
    shown = section(rich, "agreement")

    assert all(str(escape(sentence)) in shown for sentence in summary(result))
    assert "an expert and the label" in (rich / "report.html").read_text("utf-8")
    assert "Agreement by margin: offline:rubric" in section(rich, "agreement-1")


def test_it_shows_what_is_known_of_the_judge(rich: Path) -> None:
    """The sentences of `pcdata judge-report`, with their advice, and its means."""
    report = next(journal.read(rich / "judge_report.json", JudgeReport))
    shown = section(rich, "judges")

    assert all(str(escape(finding.text.replace("`", ""))) in shown for finding in report.findings)
    assert "offline:rubric, mean" in shown


def test_where_there_is_nothing_to_say_it_says_nothing(folder: Path) -> None:
    """No topics, no gate that cost a pair, free models, nobody asked of the judge: no sections."""
    absent = ("gates", "topics", "cost", "judges", "agreement")
    assert [section(folder, one) for one in absent] == [""] * 5


def test_a_broken_record_of_the_build_names_the_way_out(
    rich: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line and exit code 2."""
    before = (rich / "build.json").read_bytes()
    (rich / "build.json").write_text("{}")
    code = pcdata(monkeypatch, "report", "--run", str(rich))
    (rich / "build.json").write_bytes(before)

    assert code == 2
    assert "run `pcdata build-pairs` to write it anew" in capsys.readouterr().err


def test_without_a_data_set_it_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, exit code 2, and no half page."""
    pcdata(monkeypatch, "init", str(tmp_path))

    assert pcdata(monkeypatch, "report", "--run", str(tmp_path)) == 2
    assert "run `pcdata build-pairs` first" in capsys.readouterr().err
    assert not (tmp_path / "report.html").exists()


@contextmanager
def opened(report: Path) -> Iterator[Page]:
    """A report in a real browser; anything that the page complains of fails the test."""
    if CHROMIUM is None:
        pytest.skip("the report is NOT opened here: it needs Chromium (apt-get install chromium)")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(report.as_uri())
        page.wait_for_selector("html[data-ready=yes]", timeout=60_000)
        yield page
        browser.close()
    assert complaints == []


@pytest.fixture
def page(folder: Path) -> Iterator[Page]:
    """The plain report."""
    with opened(folder / "report.html") as page:
        yield page


def test_pairs_are_found_by_topic_in_a_browser(rich: Path) -> None:
    """By a family of topics and by one of its topics; the curve is drawn."""
    from playwright.sync_api import expect

    listed = unpacked(element((rich / "report.html").read_text("utf-8"), "listing"))["topic"]
    topic = next(one for one in listed if ": " in one)
    family = topic.partition(": ")[0]
    with opened(rich / "report.html") as page:
        for wanted in (family, topic):
            page.select_option("[name=topic]", wanted)
            count = sum(one == wanted or one.startswith(f"{wanted}: ") for one in listed)
            expect(page.locator("#found")).to_have_text(f"{count} pairs")
            expect(page.locator(".pair h3").first).to_contain_text(wanted)
        page.locator("#plot-agreement-1").scroll_into_view_if_needed()
        expect(page.locator("#plot-agreement-1 .main-svg").first).to_be_attached()


def test_a_person_finds_a_pair_in_a_browser(page: Page) -> None:
    """Figures are drawn; filters, words and pages narrow down; a text cannot become markup."""
    from playwright.sync_api import expect

    expect(page.locator("#plot-ratings .main-svg").first).to_be_attached()
    everything = page.inner_text("#found")
    page.select_option("[name=split]", "test")
    expect(page.locator(".pair h3").first).to_contain_text("test")
    assert page.inner_text("#found") != everything

    page.select_option("[name=split]", "")
    page.fill("[name=words]", "onerror=alert")
    expect(page.locator("#list mark").first).to_be_visible()
    assert page.title() != "broken"
    assert page.locator("#list img").count() == 0
    assert NASTY in page.locator(".speech").first.inner_text()

    page.click("button[type=reset]")
    expect(page.locator("#found")).to_have_text(everything)
    page.click("#next")
    expect(page.locator("#place")).to_have_text(re.compile("page 2 of"))
    page.click(".pair summary >> nth=0")
    assert page.locator(".pair").first.locator(".reasons tbody tr").count() == 7
