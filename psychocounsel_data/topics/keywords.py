"""Labels without a model: phrases are counted, and the topic that they speak for most is the label.

Each phrase counts once, a telling one six points, a word two, and both one more where they stand in
the first 200 characters, where people say what they come for. The topic with the most points wins,
of equal ones the one that is spoken of first. No point, no label: `unclear`. English only.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Final, NamedTuple

from psychocounsel_data.records import ClientSpeech, TopicLabel
from psychocounsel_data.risk.phrases import Phrase, compile_phrase
from psychocounsel_data.risk.words import Words, read
from psychocounsel_data.topics.taxonomy import UNCLEAR, taxonomy

TELLING: Final = 6
WORD: Final = 2
EARLY: Final = 1
"""Points for standing early."""
_OPENING: Final = 200
_ALSO: Final = 2
"""How many further topics a label may name; each has a telling phrase and half the points."""


class _Keyword(NamedTuple):
    topic: str
    phrase: Phrase
    points: int


class Score(NamedTuple):
    """What speaks for a topic."""

    topic: str
    points: int
    first: int
    """Where the first of its phrases stands, in characters."""


def method() -> str:
    """What stands in a label for who made it: `keywords@<version of the taxonomy>`."""
    return f"keywords@{taxonomy().version}"


def label(speech: ClientSpeech) -> TopicLabel:
    """The label of a speech. Its id follows method and text."""
    ranked = scores(speech.text)
    fine = ranked[0].topic if ranked else UNCLEAR
    also = [one.topic for one in ranked[1:] if one.points >= max(TELLING, ranked[0].points / 2)]
    key = f"{method()}\0{speech.text}"
    return TopicLabel(
        id=hashlib.sha256(key.encode()).hexdigest()[:32],
        speech_id=speech.id,
        coarse=taxonomy().family[fine],
        fine=fine,
        also=tuple(also[:_ALSO]),
        method=method(),
    )


def scores(text: str) -> list[Score]:
    """Every topic that anything speaks for, the strongest first."""
    words = read(text)
    there = set(words.words())
    found: dict[str, Score] = {}
    for word in there & _index().keys():
        for keyword in _index()[word]:
            _count(found, keyword, words)
    return sorted(found.values(), key=lambda one: (-one.points, one.first, one.topic))


def _count(found: dict[str, Score], keyword: _Keyword, words: Words) -> None:
    match = keyword.phrase.pattern.search(words.joined)
    if match is None:
        return
    place = words.places[words.at(match.start())][0]
    points = keyword.points + (EARLY if place < _OPENING else 0)
    before = found.get(keyword.topic, Score(keyword.topic, 0, place))
    found[keyword.topic] = Score(keyword.topic, before.points + points, min(before.first, place))


@cache
def _index() -> dict[str, tuple[_Keyword, ...]]:
    """Word to the phrases that can only stand where it does; each phrase under one word each."""
    index: dict[str, list[_Keyword]] = {}
    for topic in taxonomy().fine:
        for texts, points in ((topic.telling, TELLING), (topic.words, WORD)):
            for text in texts:
                keyword = _Keyword(topic.id, compile_phrase(text, {}), points)
                for word in keyword.phrase.anchors:
                    index.setdefault(word, []).append(keyword)
    return {word: tuple(keywords) for word, keywords in index.items()}
