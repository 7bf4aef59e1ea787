"""The pages of `pcdata annotate` over HTTP: blind, escaped, and strict with what comes back."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from annotating import item
from web_server import Answer, ask, served

from psychocounsel_data import journal
from psychocounsel_data.annotation.book import Book
from psychocounsel_data.annotation.site import site
from psychocounsel_data.records import Annotation
from psychocounsel_data.resources import load_rubric
from psychocounsel_data.web import Door

HOSTILE = '<script>alert(1)</script> & "quotes" </div><img src=x onerror=alert(2)>'
ITEMS = [
    item(2),
    item(1, speech=HOSTILE, texts=(HOSTILE, HOSTILE)),
    item(1, repeat=True, speech=HOSTILE, texts=(HOSTILE, HOSTILE)),
    item(3),
]


class Server:
    """A running server and the file it writes."""

    def __init__(self, door: Door, path: Path) -> None:
        self.door = door
        self._path = path

    def page(self, path: str, **headers: str) -> Answer:
        return ask(self.door, path, Accept="text/html", **headers)

    def send(self, path: str, body: object, method: str = "PUT") -> Answer:
        origin = f"http://127.0.0.1:{self.door.access.port}"
        return ask(
            self.door,
            path,
            method=method,
            body=json.dumps(body),
            Content_Type="application/json",
            Origin=origin,
        )

    @property
    def lines(self) -> list[Annotation]:
        return list(journal.read(self._path, Annotation))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    path = tmp_path / "annotations.jsonl"
    principles = load_rubric(tmp_path).principles
    with (
        journal.Writer(path) as writer,
        served(
            lambda access: site(
                Book(ITEMS, [], writer), principles, title="invented", access=access
            )
        ) as door,
    ):
        yield Server(door, path)


def saving(revision: int = 0, **said: object) -> dict[str, object]:
    return {"said": said, "revision": revision}


def test_nothing_on_a_page_gives_away_who_wrote_an_answer(server: Server) -> None:
    """No model, score, band, topic or id."""
    for number in range(1, 5):
        page = server.page(f"/as/Ada/{number}").text

        for secret in ("secret", "0.5-1", '-first"', '-second"', "invented-", ITEMS[0].id):
            assert secret not in page


def test_a_repeat_looks_like_any_other_comparison(server: Server) -> None:
    """Nothing but its number differs from its original, here with the same text on both sides."""
    original, repeat = (re.sub(r"\d+", "0", server.page(f"/as/Ada/{n}").text) for n in (2, 3))

    assert original == repeat


def test_texts_are_shown_and_never_run(server: Server) -> None:
    """A client's words and a model's are material, not markup."""
    page = server.page("/as/Ada/2").text

    assert "<script>alert" not in page
    assert "<img" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;quotes&#34;") == 3


def test_a_name_is_shown_and_never_run(server: Server) -> None:
    """It comes from an address bar."""
    page = server.page("/as/%3Cb%3EAda%3C%22/1").text

    assert "<b>Ada" not in page
    assert "&lt;b&gt;Ada&lt;&#34;" in page


def test_what_came_before_the_speech_is_shown(server: Server) -> None:
    """An answer can only be judged by who knows what was talked about."""
    page = server.page("/as/Ada/1").text

    assert "Counsellor" in page
    assert "What are your nights like?" in page


def test_the_anchors_of_every_principle_are_at_hand(server: Server, tmp_path: Path) -> None:
    """Names, questions and what each point looks like."""
    page = server.page("/as/Ada/2").text.replace("&#39;", "'").replace("&#34;", '"')

    for principle in load_rubric(tmp_path).principles:
        assert principle.name in page
        assert principle.question in page
        assert all(anchor in page for anchor in principle.anchors.values())


def test_a_click_is_kept_and_answered_with_the_new_revision(server: Server) -> None:
    """The page learns how many are done."""
    answer = server.send("/as/Ada/2", saving(preference=1, ratings={"a": {"empathy": 5}, "b": {}}))

    assert json.loads(answer.text) == {"revision": 1, "done": 1}
    assert [(one.preference, one.ratings.a) for one in server.lines] == [(1, {"empathy": 5})]


@pytest.mark.parametrize(
    "said",
    [
        {"preference": 3},
        {"preference": 0.5},
        {"preference": "1"},
        {"preference": True},
        {"unsafe": [True]},
        {"comment": "x" * 20_001},
        {"seconds": -1},
        {"ratings": {"a": {"empathy": 6}, "b": {}}},
        {"ratings": {"a": {"empathy": 0}, "b": {}}},
        {"ratings": {"a": {"empathy": "4"}, "b": {}}},
        {"ratings": {"a": {"empathy": 4.0}, "b": {}}},
        {"ratings": {"a": {"empathy": True}, "b": {}}},
        {"ratings": {"a": {"kindness": 3}, "b": {}}},
        {"unknown": 1},
    ],
)
def test_what_no_page_of_ours_sends_is_refused_and_not_kept(
    server: Server, said: dict[str, object]
) -> None:
    """Nothing is clamped or guessed at."""
    assert server.send("/as/Ada/2", saving(**said)).status == 422
    assert server.lines == []


def test_a_change_in_another_window_is_told(server: Server) -> None:
    """The page says so in words."""
    server.send("/as/Ada/2", saving(preference=1))
    answer = server.send("/as/Ada/2", saving(preference=2))

    assert answer.status == 409
    assert "another window" in json.loads(answer.text)["error"]


def test_undo_says_what_stands_now(server: Server) -> None:
    """Or that there is nothing to undo."""
    server.send("/as/Ada/2", saving(preference=1))
    undone = json.loads(server.send("/as/Ada/undo", {}, "POST").text)

    assert (undone["number"], undone["revision"]) == (2, 2)
    assert undone["said"]["preference"] is None
    assert json.loads(server.send("/as/Ada/undo", {}, "POST").text) == {"number": None}


def test_the_name_is_asked_once(server: Server) -> None:
    """It is in the address, and a cookie brings it back."""
    started = server.page("/start?name=Ada+L%C3%B6w")
    cookie = started.headers["set-cookie"].partition(";")[0]

    assert (started.status, started.headers["location"]) == (303, "/as/Ada%20L%C3%B6w/next")
    assert server.page(started.headers["location"]).headers["location"] == "/as/Ada%20L%C3%B6w/1"
    assert "Continue as Ada Löw" in server.page("/", Cookie=cookie).text
    assert "Continue as" not in server.page("/").text


def test_a_name_that_is_none_is_asked_for_again(server: Server) -> None:
    """With the reason beside the field."""
    answer = server.page("/start?name=%20")

    assert answer.status == 422
    assert 'aria-invalid="true"' in answer.text


def test_numbers_beyond_the_sample_are_not_there(server: Server) -> None:
    """In words, with a way back."""
    for path in ("/as/Ada/0", "/as/Ada/5", "/as/Ada/99999999999999999999"):
        assert server.page(path).status == 404
        assert server.send(path, saving(preference=1)).status == 404


def test_the_last_page_thanks(server: Server) -> None:
    """And `next` leads there."""
    for number in range(1, 5):
        server.send(f"/as/Ada/{number}", saving(preference=0))

    assert server.page("/as/Ada/next").headers["location"] == "/as/Ada"
    assert "That was all" in server.page("/as/Ada").text
