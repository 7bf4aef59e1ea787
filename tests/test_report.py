"""report.html: whole, the same twice, silent on the network, and safe with what texts hold."""

from __future__ import annotations

import base64
import gzip
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from psychocounsel_data.cli import main
from psychocounsel_data.report import pairs, write
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


def test_without_a_data_set_it_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, exit code 2, and no half page."""
    pcdata(monkeypatch, "init", str(tmp_path))

    assert pcdata(monkeypatch, "report", "--run", str(tmp_path)) == 2
    assert "run `pcdata build-pairs` first" in capsys.readouterr().err
    assert not (tmp_path / "report.html").exists()


@pytest.fixture
def page(folder: Path) -> Iterator[Page]:
    """The report in a real browser; anything that the page complains of fails the test."""
    if CHROMIUM is None:
        pytest.skip("the report is NOT opened here: it needs Chromium (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))
        page.goto((folder / "report.html").as_uri())
        page.wait_for_selector("html[data-ready=yes]", timeout=60_000)
        yield page
        browser.close()
    assert complaints == []


def test_a_person_finds_a_pair_in_a_browser(page: Page) -> None:
    """Figures are drawn; filters, words and pages narrow down; a text cannot become markup."""
    from playwright.sync_api import expect

    expect.set_options(timeout=60_000)
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
