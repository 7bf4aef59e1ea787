"""HTML to the text that a reader saw, by a real parser. Pure.

Comments (Word's conditional ones among them), scripts, styles, images and Word's own elements are
left out with all they hold; block elements become line ends.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from psychocounsel_data.cleaning.words import spaced

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_PARAGRAPHS = frozenset(
    "p h1 h2 h3 h4 h5 h6 blockquote ul ol dl table pre article section hr figure".split()
)
_LINES = frozenset(
    "div li tr dt dd br caption figcaption address header footer main nav aside form".split()
)
_CELLS = frozenset({"td", "th"})
_UNREAD = frozenset(
    "script style head title template noscript iframe object embed svg math canvas audio video map "
    "xml img input select".split()
)
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big center cite code data del dfn em font i ins kbd label mark q s "
    "samp small span strike strong sub sup time tt u var wbr html body tbody thead tfoot meta link "
    "button textarea option video".split()
)
_OFFICE = re.compile(r"[wmvo]:(?!p$)")
_KNOWN = "|".join(sorted(_PARAGRAPHS | _LINES | _CELLS | _UNREAD | _INLINE, key=len, reverse=True))
_TAG = re.compile(
    rf"<!--|<!\[|<!doctype|<\?xml|</?(?:{_KNOWN}|\w+:\w+)(?:\s[^<>]*|/)?>", re.IGNORECASE
)
_BREAK = re.compile(rf"<(?:{'|'.join(sorted(_PARAGRAPHS | _LINES))})[\s/>]", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:[a-z][a-z0-9]{1,30}|#[0-9]{1,7}|#x[0-9a-f]{1,6});", re.IGNORECASE)
_WHITE = re.compile(r"[ \t\n\r\f]+")


def is_html(text: str) -> bool:
    """Whether a tag or comment of HTML stands in a text: `<p>` does, `<3` and `a < b` do not."""
    return "<" in text and bool(_TAG.search(text))


def unmarked(text: str) -> str:
    """The text as it was read; one without markup comes back as it is.

    Character references (`&amp;`) are read even where there is no tag.
    """
    if is_html(text):
        return read(text)
    return html.unescape(text) if "&" in text and _REFERENCE.search(text) else text


def read(text: str) -> str:
    """The text of an HTML fragment or page.

    Where it has no block element, line ends are the writer's own and stay.
    """
    from selectolax.lexbor import LexborHTMLParser

    body = LexborHTMLParser(text.replace("\0", "")).body
    page = _Page(own_lines=not _BREAK.search(text))
    if body is not None:
        _walk(body, page)
    return spaced("".join(page.parts))


class _Page:
    """Text as it is met, with the line ends that blocks make between it."""

    def __init__(self, *, own_lines: bool) -> None:
        self._own_lines = own_lines
        self._break = ""
        self.parts: list[str] = []

    def say(self, text: str) -> None:
        """Take in a text node; white space between blocks says nothing."""
        words = text if self._own_lines else _WHITE.sub(" ", text)
        if self._break and not words.strip():
            return
        self.parts += (self._break, words)
        self._break = ""

    def pass_by(self, tag: str) -> None:
        """An element begins or ends: of several such in a row the greatest distance counts."""
        if tag == "br":
            self._break += "\n"
        elif tag in _PARAGRAPHS:
            self._break = "\n\n"
        elif tag in _LINES:
            self._break = self._break if "\n" in self._break else "\n"
        elif tag in _CELLS:
            self._break = self._break or " "


def _walk(root: LexborNode, page: _Page) -> None:
    """Every text below a node in reading order. No recursion: pages can be nested without end."""
    node: LexborNode | None = root.child
    while node is not None:
        tag = node.tag or ""
        if node.is_text_node:
            page.say(node.text_content or "")
        elif node.is_element_node and not _unread(tag):
            page.pass_by(tag)
            if node.child is not None:
                node = node.child
                continue
        node = _next(node, root, page)


def _next(node: LexborNode, root: LexborNode, page: _Page) -> LexborNode | None:
    """What follows a node that is done, passing the ends of the elements that end with it."""
    here: LexborNode | None = node
    while here is not None and here.mem_id != root.mem_id:
        if here is not node:
            page.pass_by(here.tag or "")
        if here.next is not None:
            return here.next
        here = here.parent
    return None


def _unread(tag: str) -> bool:
    return tag in _UNREAD or bool(_OFFICE.match(tag))
