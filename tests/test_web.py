"""Who gets to see a page, over real sockets: names, tokens, origins, and what browsers are told."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route
from web_server import ask, served

from psychocounsel_data.errors import ConfigError, RunError
from psychocounsel_data.web import Access, Door, application, json_body, open_door
from psychocounsel_data.web.access import loopback
from psychocounsel_data.web.guard import Guard


class Word(BaseModel):
    word: str


async def home(request: Request) -> PlainTextResponse:
    return PlainTextResponse("home")


async def write(request: Request) -> JSONResponse:
    return JSONResponse((await json_body(request, Word)).model_dump())


async def broken(request: Request) -> PlainTextResponse:
    raise RunError("the disk is full: make room")


ROUTES = [
    Route("/", home),
    Route("/word", write, methods=["POST"]),
    Route("/broken", broken),
]


def app(access: Access) -> Guard:
    return application(ROUTES, access=access, static={"own": Path(__file__).parent})


@pytest.fixture(scope="module")
def local() -> Iterator[Door]:
    with served(app) as door:
        yield door


@pytest.fixture(scope="module")
def shared() -> Iterator[Door]:
    with served(app, "0.0.0.0") as door:
        yield door


def test_a_page_on_loopback_needs_no_token(local: Door) -> None:
    """Who sits at the machine may look."""
    assert local.access.token is None
    assert local.links == (f"http://127.0.0.1:{local.access.port}/",)
    assert ask(local).text == "home"
    assert ask(local, host=f"localhost:{local.access.port}").text == "home"


@pytest.mark.parametrize(
    "name", ["evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "10.0.0.7:{port}", "a b", "[::1"]
)
def test_a_name_that_is_not_ours_is_refused(local: Door, name: str) -> None:
    """A site may point its own name at 127.0.0.1 (DNS rebinding); its pages get nothing."""
    answer = ask(local, host=name.format(port=local.access.port))

    assert answer.status == 421
    assert "home" not in answer.text


def test_only_our_own_pages_may_write(local: Door) -> None:
    """A browser tells where a request comes from; without that nothing is written (CSRF)."""
    own = f"http://127.0.0.1:{local.access.port}"
    sent = {"method": "POST", "path": "/word", "body": '{"word": "yes"}'}
    json = {"Content_Type": "application/json"}

    assert ask(local, **sent, **json, Origin=own).text == '{"word":"yes"}'
    assert ask(local, **sent, **json, Origin=own, Sec_Fetch_Site="same-origin").status == 200
    assert ask(local, **sent, **json).status == 403
    assert ask(local, **sent, **json, Origin="http://evil.example").status == 403
    assert ask(local, **sent, **json, Origin="null").status == 403
    assert ask(local, **sent, **json, Origin="http://127.0.0.1:1").status == 403
    assert ask(local, **sent, **json, Origin=own, Sec_Fetch_Site="cross-site").status == 403
    assert ask(local, **sent, Content_Type="text/plain", Origin=own).status == 415


def test_what_is_sent_is_small_and_of_its_form(local: Door) -> None:
    """The refusal names the field and repeats no value."""
    own = f"http://127.0.0.1:{local.access.port}"
    to = {"method": "POST", "path": "/word", "Content_Type": "application/json", "Origin": own}
    wrong = ask(local, **to, body='{"word": ["secret"]}')

    assert wrong.status == 422
    assert "word" in wrong.text
    assert "secret" not in wrong.text
    assert ask(local, **to, body='{"word": "' + "x" * 300_000 + '"}').status == 413


def test_a_page_that_others_can_reach_opens_to_the_token_only(shared: Door) -> None:
    """The link brings it once; a cookie keeps it, and the address bar does not."""
    token = shared.access.token
    assert token is not None
    assert len(token) >= 40

    assert ask(shared).status == 403
    assert ask(shared, "/?token=wrong").status == 403
    assert ask(shared, "/?token=%C3%A9").status == 403
    assert ask(shared, "/static/shell/shell.css").status == 403

    entered = ask(shared, f"/?token={token}&page=2")
    cookie = entered.headers["set-cookie"].partition(";")[0]
    assert (entered.status, entered.headers["location"]) == (303, "/?page=2")
    assert "HttpOnly" in entered.headers["set-cookie"]
    assert ask(shared, Cookie=cookie).text == "home"
    assert ask(shared, Cookie=cookie[:-1]).status == 403


def test_a_link_with_a_token_leads_nowhere_else(shared: Door) -> None:
    """`//evil.example` as a path would be another server in a Location header."""
    answer = ask(shared, f"//evil.example?token={shared.access.token}")

    assert answer.headers["location"] == "/evil.example"


def test_beyond_loopback_addresses_and_the_machines_own_name_are_known() -> None:
    """Rebinding needs a name of the attacker's; an address written as a number is none."""
    access = Access.to("0.0.0.0", 8000)

    assert access.host_known("192.168.1.20:8000")
    assert access.host_known("[fe80::1]:8000")
    assert not access.host_known("evil.example:8000")
    assert not access.host_known("192.168.1.20:8001")


def test_browsers_are_told_to_load_and_run_nothing_from_elsewhere(local: Door) -> None:
    """On every answer, refusals and files included."""
    for answer in (
        ask(local),
        ask(local, "/nothing"),
        ask(local, host="evil.example"),
        ask(local, "/static/shell/shell.css"),
    ):
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "http" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


def test_an_error_is_a_page_to_a_browser_and_json_to_a_script(local: Door) -> None:
    """What went wrong, in words."""
    page = ask(local, "/broken", Accept="text/html")

    assert page.status == 500
    assert "<p>the disk is full: make room</p>" in page.text
    assert ask(local, "/broken").text == '{"error":"the disk is full: make room"}'
    assert ask(local, "/nothing", Accept="text/html").status == 404


def test_no_style_or_layout_asks_for_anything_from_elsewhere() -> None:
    """No font, script or picture comes from another server."""
    package = Path(__file__).parent.parent / "psychocounsel_data"
    files = [
        file
        for folder in ("web", "annotation")
        for file in (package / folder).rglob("*")
        if file.suffix in {".html", ".css", ".js"}
    ]

    assert len(files) >= 3
    for file in files:
        assert not re.search(r"https?://|@import|//[a-z]+\.[a-z]", file.read_text("utf-8")), file


def test_a_port_that_is_taken_names_the_remedy(local: Door) -> None:
    """The commonest mistake: it runs already."""
    with pytest.raises(ConfigError, match=rf"port {local.access.port} is taken.*--port"):
        open_door("127.0.0.1", local.access.port)


def test_an_address_that_is_not_this_machines_is_refused() -> None:
    """TEST-NET-3 is nobody's."""
    with pytest.raises(ConfigError, match=r"--host 203\.0\.113\.1"):
        open_door("203.0.113.1", 0)


@given(st.ip_addresses())
def test_only_loopback_goes_without_a_token(address: object) -> None:
    """Whatever the address: reachable by others means a token."""
    host = str(address)

    assert (Access.to(host, 1).token is None) == loopback(host)


INKS = ("ink", "soft", "accent", "warn")
GROUNDS = ("paper", "card", "accent-wash")


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_contrast_is_aa_in_both_schemes(scheme: int) -> None:
    """WCAG 2.2: 4.5 to 1 for text (1.4.3), 3 to 1 for the lines of controls (1.4.11)."""
    style = (Path(application.__code__.co_filename).parent / "static/shell.css").read_text("utf-8")
    light, dark = style.split("@media (prefers-color-scheme: dark)")
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", (light, dark)[scheme]))

    for ink in INKS:
        for ground in GROUNDS:
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
    assert contrast(colours["accent-ink"], colours["accent"]) >= 4.5
    assert contrast(colours["warn"], colours["warn-wash"]) >= 4.5
    for ground in ("paper", "card"):
        assert contrast(colours["edge"], colours[ground]) >= 3


def contrast(one: str, other: str) -> float:
    """The ratio of two colours as WCAG defines it, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
