"""`pcdata annotate` in a real Chromium: by keys and by clicks, with the server killed in between.

The server is the command itself, in a process of its own; what counts in the end is what stands in
annotations.jsonl.
"""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from annotating import run_folder
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from psychocounsel_data import journal
from psychocounsel_data.annotation import standing
from psychocounsel_data.records import Annotation

PCDATA = [sys.executable, "-c", "from psychocounsel_data.cli import main; main()"]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
ITEMS = 20

expect.set_options(timeout=30_000)  # a machine that is busy with other tests is slow, not wrong

pytestmark = pytest.mark.skipif(
    CHROMIUM is None,
    reason="the annotation page is NOT tested here: it needs Chromium (apt-get install chromium)",
)


class Server:
    """`pcdata annotate` on one port, which can be killed and started again."""

    def __init__(self, run: Path) -> None:
        self.run = run
        self.link = ""
        self.start(port="0")

    def start(self, port: str | None = None) -> None:
        """Start it, and wait until it has printed its link."""
        command = ["annotate", "--run", str(self.run), "--no-browser"]
        port = port or self.link.strip("/").rpartition(":")[2]
        self._process = subprocess.Popen(
            [*PCDATA, *command, "--port", port], stderr=subprocess.PIPE, text=True
        )
        assert self._process.stderr is not None
        first, self.link = (self._process.stderr.readline().strip() for _ in range(2))
        assert self.link.startswith("http://127.0.0.1:"), first + self.link

    def kill(self) -> None:
        """As the system kills it, without a chance to write anything."""
        self._process.kill()
        self._process.communicate()

    def interrupt(self) -> tuple[int, str]:
        """As Ctrl-C does; the exit code and what it said."""
        self._process.send_signal(signal.SIGINT)
        said = self._process.communicate(timeout=20)[1]
        return self._process.returncode, said

    @property
    def lines(self) -> list[Annotation]:
        return list(journal.read(self.run / "annotations.jsonl", Annotation))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(run_folder(tmp_path / "run", ITEMS))
    yield running
    running.kill()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Chromium as root has no sandbox to start; the pages are our own.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[Callable[[str], Page]]:
    """A page of an annotator's own browser, on their first open comparison."""
    contexts = []

    def begin(name: str) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(server.link)
        page.get_by_label("Your name").fill(name)
        page.keyboard.press("Enter")
        page.locator("#form[data-ready]").wait_for()
        return page

    asked: list[str] = []
    yield begin
    for context in contexts:
        context.close()
    assert all(url.startswith(server.link) for url in asked)


def at(page: Page, number: int, total: int = ITEMS) -> None:
    """Wait until a comparison is shown and hears keys."""
    page.locator(f"#form[data-ready][data-number='{number}']").wait_for()
    expect(page).to_have_title(f"Comparison {number} of {total}")


def saved(page: Page) -> None:
    expect(page.locator("#status")).to_have_text("✓ Saved")


def test_twenty_comparisons_by_keyboard_with_the_server_killed_in_between(
    server: Server, open_page: Callable[[str], Page]
) -> None:
    """Nothing is lost, nothing is saved twice, and the summary says who did what."""
    page = open_page("Ada")
    for number in range(1, ITEMS + 1):
        at(page, number)
        if number == 11:
            server.kill()
            page.keyboard.press("2")
            expect(page.locator("#status")).to_contain_text("Not saved: the server does not answer")
            page.keyboard.press("Enter")
            server.start()
        elif number == 3:
            page.keyboard.press("s")
            continue
        else:
            page.keyboard.press(str(number % 5 + 1))
            saved(page)
            page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, Ada. That was all.")
    said = standing(server.lines)
    assert [one.preference for one in said] == [
        None if number == 3 else number % 5 - 2 for number in range(1, ITEMS + 1)
    ]
    assert [one.skipped for one in said] == [number == 3 for number in range(1, ITEMS + 1)]
    assert len(server.lines) == ITEMS
    code, summary = server.interrupt()
    assert code == 0
    assert "Ada" in summary
    assert "19" in summary


def test_an_answer_that_is_lost_on_the_way_loses_and_doubles_nothing(
    server: Server, open_page: Callable[[str], Page]
) -> None:
    """The server kept it, the page does not know, and somebody clicks on meanwhile."""
    page = open_page("Ada")
    kept: list[bool] = []

    def lose_the_answer(route: Route) -> None:
        if not kept:
            kept.append(route.fetch().ok)
        route.abort()

    page.route("**/as/Ada/1", lose_the_answer)
    page.keyboard.press("5")
    expect(page.locator("#status")).to_contain_text("Not saved")
    page.keyboard.press("a")
    page.unroute("**/as/Ada/1")
    saved(page)

    assert [(one.preference, one.unsafe) for one in server.lines] == [
        (2, (False, False)),
        (2, (True, False)),
    ]


def test_everything_that_can_be_said_can_be_said_by_keyboard(
    server: Server, open_page: Callable[[str], Page]
) -> None:
    """Preference, flags, ratings, comment: keys, and nothing else."""
    page = open_page("Ada")
    for key in ("5", "b", "r", "4", "2", "3"):
        page.keyboard.press(key)
    page.locator("#comment").focus()
    page.keyboard.type("Warm, and s u a b 1 are letters here.")
    page.keyboard.press("Escape")
    saved(page)
    page.keyboard.press("p")
    expect(page).to_have_title(f"1 of {ITEMS} decided")

    (said,) = standing(server.lines)
    assert (said.preference, said.unsafe) == (2, (False, True))
    assert said.comment == "Warm, and s u a b 1 are letters here."
    assert list(said.ratings.a.values()) == [4, 3]
    assert list(said.ratings.b.values()) == [2]


def test_everything_that_can_be_said_can_be_said_by_clicks(
    server: Server, open_page: Callable[[str], Page]
) -> None:
    """On a tablet there are no keys."""
    page = open_page("Ada")
    page.locator(".preference label").nth(1).click()
    page.get_by_label("answer A could harm this client").check()
    page.locator("#ratings > summary").click()
    page.locator(".rating").nth(1).locator("label").nth(5).click()
    page.get_by_label("Comment").fill("By hand")
    page.get_by_role("button", name="Next").click()
    at(page, 2)
    page.get_by_role("button", name="Skip").click()
    at(page, 3)

    said, skipped = standing(server.lines)
    assert (said.preference, said.unsafe, said.comment) == (-1, (True, False), "By hand")
    assert (said.ratings.a, list(said.ratings.b.values())) == ({}, [5])
    assert (skipped.preference, skipped.skipped) == (None, True)


def test_undo_goes_back_over_comparisons(server: Server, open_page: Callable[[str], Page]) -> None:
    """Step by step, and the page shows what stands."""
    page = open_page("Ada")
    page.keyboard.press("1")
    saved(page)
    page.keyboard.press("Enter")
    at(page, 2)
    page.keyboard.press("a")
    saved(page)
    page.keyboard.press("u")
    expect(page.locator("[name=unsafe-a]")).not_to_be_checked()
    page.keyboard.press("u")
    at(page, 1)
    expect(page.locator("#status")).to_have_text("✓ Undone")
    expect(page.locator("[name=preference]:checked")).to_have_count(0)
    page.keyboard.press("u")
    expect(page.locator("#status")).to_have_text("Nothing to undo")

    assert standing(server.lines) == []


def test_two_annotators_see_the_same_items_and_nothing_of_each_other(
    server: Server, open_page: Callable[[str], Page]
) -> None:
    """Each goes on where they stopped, also after the server was killed."""
    ada, ben = open_page("Ada"), open_page("Ben")
    ada.keyboard.press("1")
    saved(ada)
    ada.keyboard.press("Enter")
    at(ada, 2)
    at(ben, 1)
    expect(ben.locator("[name=preference]:checked")).to_have_count(0)
    ben.keyboard.press("5")
    saved(ben)
    server.kill()
    server.start()
    ada.goto(server.link)
    ada.get_by_role("link", name="Continue as Ada").click()
    at(ada, 2)

    first, second = standing(server.lines)
    assert first.item_id == second.item_id
    assert (first.annotator, first.preference) == ("Ada", -2)
    assert (second.annotator, second.preference) == ("Ben", 2)


def test_time_on_screen_is_counted_without_the_time_somebody_was_away(
    server: Server, open_page: Callable[[str], Page]
) -> None:
    """Half a minute of reading counts, an hour for lunch does not; the clock is the test's."""
    page = open_page("Ada")
    page.clock.install()
    page.reload()
    at(page, 1)
    page.clock.run_for(30_000)
    page.keyboard.press("5")
    saved(page)
    page.clock.run_for(3_600_000)
    page.keyboard.press("4")
    saved(page)

    read, back = server.lines
    assert 30 <= read.seconds < 60
    assert 140 < back.seconds < 200


def test_nobody_goes_on_without_deciding_or_skipping(
    server: Server, open_page: Callable[[str], Page]
) -> None:
    """An item that was passed over by mistake would look like a skip."""
    page = open_page("Ada")
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert")).to_contain_text("Choose one of the five first")
    expect(page.locator("[name=preference]").first).to_be_focused()
    at(page, 1)


def test_the_keys_are_listed_and_can_be_turned_off(
    server: Server, open_page: Callable[[str], Page]
) -> None:
    """Single keys may not be forced on people who speak to their computer (WCAG 2.1.4)."""
    page = open_page("Ada")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.get_by_label("Use these keys").uncheck()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).not_to_be_visible()
    page.keyboard.press("5")
    page.reload()
    at(page, 1)
    page.keyboard.press("5")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose one")

    assert server.lines == []


def test_every_control_has_a_name_and_nothing_runs_wider_than_a_phone(
    server: Server, browser: Browser
) -> None:
    """Labels for those who hear the page; no sideways scrolling for those with a small screen."""
    for width in (320, 820, 1440):
        page = browser.new_page(viewport={"width": width, "height": 900})
        for path in ("", "as/Ada", "as/Ada/1"):
            page.goto(server.link + path)
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            assert page.evaluate(UNNAMED) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
                width,
                path,
            )
        page.close()


UNNAMED = """
[...document.querySelectorAll("input, textarea, button, a")]
  .filter(one => !(one.labels?.[0] ?? one).textContent.trim() && !one.ariaLabel)
  .map(one => one.outerHTML)
"""


def test_a_second_server_for_the_same_run_is_refused(server: Server) -> None:
    """One process writes; the message says what to do."""
    command = [*PCDATA, "annotate", "--run", str(server.run), "--no-browser", "--port", "0"]
    second = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert second.returncode == 2
    assert "being written by another pcdata process" in second.stderr
