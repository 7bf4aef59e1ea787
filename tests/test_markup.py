"""HTML to the text that a reader saw: nothing of the markup left, no word lost."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psychocounsel_data.cleaning.markup import is_html, read, unmarked

WORD = """<p class=MsoNormal style='margin:0'>I have not slept<o:p>&nbsp;</o:p></p>\r
<!--[if gte mso 9]><xml><w:WordDocument><w:View>Normal</w:View></w:WordDocument></xml><![endif]-->\r
<![if !supportLists]>1.<![endif]> since the <b>move</b>, and&nbsp;my mother says<br/>it will pass.\r
<style>p.MsoNormal {mso-style-parent:""}</style><script>track("me")</script>\r
<xml><o:OfficeDocumentSettings><o:AllowPNG/></o:OfficeDocumentSettings></xml>\r
<img alt="a picture" src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUA">\r
<table><tr><td>Monday</td><td>bad</td></tr><tr><td>Tuesday</td><td>worse</td></tr></table>\r
<ul><li>tired</li><li>afraid</li></ul>What can I do &amp; whom can I ask?"""


def test_of_a_letter_written_in_word_only_the_letter_is_left() -> None:
    """Conditional comments, settings, styles, scripts and pictures go with all they hold."""
    assert unmarked(WORD) == (
        "I have not slept\n\n1. since the move, and my mother says\nit will pass.\n\n"
        "Monday bad\nTuesday worse\n\ntired\nafraid\n\nWhat can I do & whom can I ask?"
    )


@pytest.mark.parametrize(
    "text",
    ["I <3 him", "a < b, c > d", "5<6>4", "<sigh> I know", "x <- y", "AT&T, R&D", "no\n\ntag"],
)
def test_text_that_only_looks_like_markup_stays(text: str) -> None:
    """People write hearts, arrows and stage directions."""
    assert unmarked(text) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("I can&#39;t &mdash; really &lt;3", "I can't \u2014 really <3"),
        ("so <i>very</i> tired\n\nof it", "so very tired\n\nof it"),
        ("<p>one</p>\n\n\n<p>two\nlines</p>", "one\n\ntwo lines"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<div>a<div>b</div></div>c", "a\nb\nc"),
        ("<p></p>", ""),
        ("<!-- only a note -->", ""),
        ("<html><head><title>T</title></head><body>B</body></html>", "B"),
        ('<a href="https://example.org">help</a> me', "help me"),
        ("&unknownthing; stays", "&unknownthing; stays"),
        ("<p>unclosed <b>bold", "unclosed bold"),
        ("1<p\n>2</p >3", "1\n\n2\n\n3"),
    ],
)
def test_html_is_read_as_it_was_shown(html: str, text: str) -> None:
    """Blocks become line ends; where there is none, line ends are the writer's own."""
    assert unmarked(html) == text


def test_deep_nesting_is_no_error() -> None:
    """Pages pasted from mail programs nest without end."""
    assert read("<div>" * 2000 + "still here") == "still here"


PLAIN = st.text(st.sampled_from("abc .,!?\u00e9\u4f60"), min_size=1, max_size=30).filter(str.strip)
WRAPPERS = (
    "<p>{}</p>",
    "<div class='x'>{}</div>",
    "<b>{}</b>",
    "<!-- no -->{}",
    "{}<br>",
    "<o:p>{}</o:p>",
    "<li>{}</li>",
    "{}<script>var a = '<p>';</script>",
    "<td>{}</td>",
)


@given(st.lists(st.tuples(PLAIN, st.lists(st.sampled_from(WRAPPERS), max_size=4)), min_size=1))
def test_no_word_is_lost_and_no_tag_is_left(parts: list[tuple[str, list[str]]]) -> None:
    """Whatever is wrapped around words, they come out in their order and alone."""
    html = ""
    for words, wrappers in parts:
        for wrapper in wrappers:
            words = wrapper.format(words)
        html += f"<p>{words}</p>"

    def letters(text: str) -> str:
        return re.sub(r"\s", "", text)

    assert letters(unmarked(html)) == letters("".join(words for words, _ in parts))
    assert not is_html(unmarked(html))
