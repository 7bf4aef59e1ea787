"""An ELIZA in the Rogerian manner: the engine. What it says is in `eliza_script`.

After Weizenbaum (1966): the highest-ranked keyword of a clause is looked up, the first of its
decomposition rules that fits takes the clause apart, and the rule's next reassembly puts a reply
together from the parts with their pronouns turned. A clause without a keyword recalls something
remembered.

A client speech is several sentences, so it is heard as a conversation with itself: every clause
is a turn, state lives within the one call, and the written reply is made of the best few turns.
It reflects and asks, and understands nothing: no basis for real data.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from psychocounsel_data.offline.eliza_script import SCRIPT, Keyword, Rule
from psychocounsel_data.offline.language import (
    addresses_listener,
    clauses,
    finish,
    has_verb,
    pick,
    reflect,
    replaced,
    seed_of,
    sentences,
    shorten,
    tidy,
    word_set,
    words,
)
from psychocounsel_data.offline.lexicon import Lexicon
from psychocounsel_data.offline.risk import risks_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MAX_TURNS: Final = 60
"""Clauses heard of one speech; the longest allowed speech has about forty."""

_FRAGMENT_WORDS: Final = 14
_MEMORY_WORDS: Final = 12
_HOPS: Final = 3
_TIME_WORDS: Final = word_set(
    "for since years year months month weeks week days ever always long lately recently"
)


_ONCE: Final = ("when", "if", "whether")


class Turn(NamedTuple):
    """What was said to one clause."""

    rank: int
    place: int
    """The clause's place in the speech."""
    keyword: str
    text: str


def reply(speech: str) -> str:
    """Two to four sentences made of the speech's own words, or general remarks when none fit.

    Pure: the seed of every rotation is a hash of the speech. Never empty.
    """
    text = replaced(tidy(speech), SCRIPT.before)
    conversation = _Conversation(seed_of(speech), at_risk=bool(risks_in(speech)))
    turns = [turn for place, clause in _turns(text) for turn in conversation.hear(clause, place)]
    alarm = _alarm(speech)
    spoken = _filled([finish(turn.text) for turn in _best(turns)], seed_of(speech), 2 - len(alarm))
    return " ".join([*alarm, *_question_last(spoken)])


def _turns(text: str) -> Iterable[tuple[int, str]]:
    spoken = [clause for sentence in sentences(text) for clause in clauses(sentence)]
    return enumerate(spoken[:MAX_TURNS])


def _alarm(speech: str) -> list[str]:
    return [pick(SCRIPT.alarm[risk], seed_of(speech)) for risk in risks_in(speech)[:1]]


def _best(turns: Sequence[Turn]) -> list[Turn]:
    """The highest-ranked turns, one for each keyword, back in the order of the speech."""
    wanted = 2 if len(turns) < 4 else 3
    best: dict[str, Turn] = {}
    for turn in sorted(turns, key=lambda turn: (-turn.rank, turn.place)):
        if turn.keyword not in best and len(best) < wanted and _is_new(turn, best.values()):
            best[turn.keyword] = turn
    return sorted(best.values(), key=lambda turn: turn.place)


def _is_new(turn: Turn, earlier: Iterable[Turn]) -> bool:
    """False when the turn says again what was said: the same words, or of the same clause."""
    return all(turn.text != other.text and turn.place != other.place for other in earlier)


def _question_last(spoken: Sequence[str]) -> list[str]:
    """The same sentences with a question, if there is one, at the end, where it can be answered."""
    last = next((text for text in reversed(spoken) if text.endswith("?")), None)
    return [*(text for text in spoken if text != last), *([last] if last else [])]


def _filled(spoken: Sequence[str], seed: int, least: int) -> list[str]:
    """At least so many sentences: general remarks make up for a speech that gave too few."""
    missing = range(least - len(spoken))
    return [*(pick(SCRIPT.remarks, seed + step) for step in missing), *spoken]


class _Conversation:
    """The state of one call: where each rule's rotation stands, and what is remembered."""

    def __init__(self, seed: int, *, at_risk: bool) -> None:
        self._seed = seed
        self._at_risk = at_risk
        self._used: dict[Rule, int] = {}
        self._memory: list[Turn] = []

    def hear(self, clause: str, place: int) -> Iterator[Turn]:
        """The reply to one clause; at most one, and none when nothing fits or is remembered."""
        if self._at_risk and risks_in(clause):
            return  # answered by the alarm; nobody's wish to die is turned into a question
        turn = self._answer(clause, place)
        if turn is not None:
            yield turn
        elif self._memory:
            yield self._memory.pop(0)._replace(place=place)
        self._remember(clause, place)

    def _answer(self, clause: str, place: int) -> Turn | None:
        for keyword in _keywords_of(clause):
            text = self._apply(keyword.rules, clause)
            if text:
                return Turn(keyword.rank, place, _name(keyword), text)
        return None

    def _remember(self, clause: str, place: int) -> None:
        if has_verb(clause) and len(clause.split()) <= _MEMORY_WORDS:
            text = self._apply(SCRIPT.memory, clause)
            if text:
                self._memory.append(Turn(0, place, "memory", text))

    def _apply(self, rules: Sequence[Rule], clause: str, hops: int = _HOPS) -> str:
        """What the first fitting rule makes of the clause; empty when none does."""
        for rule in rules:
            found = _decomposition(rule.pattern).match(f" {clause} ")
            text = found and self._reassemble(rule, clause, found.groups(), hops)
            if text:
                return text
        return ""

    def _reassemble(self, rule: Rule, clause: str, parts: Sequence[str], hops: int) -> str:
        """The rule's next reassembly that can be filled; a reply `=name` goes on with a keyword."""
        start = self._used.get(rule, self._seed >> _ordinal(rule) % 48)
        for step in range(len(rule.replies)):
            template = pick(rule.replies, start + step)
            if template.startswith("="):
                return self._apply(_by_name()[template[1:]].rules, clause, hops - 1) if hops else ""
            text = _fill(template, parts)
            if text:
                self._used[rule] = start + step + 1
                return text
        return ""


def _fill(template: str, parts: Sequence[str]) -> str:
    """The template with its fragments; empty when one is missing, too long or out of place."""
    if _jars(template, " ".join(parts).lower().split()):
        return ""
    pieces = re.split(r"\{(\d\??)\}", template)
    for index in range(1, len(pieces), 2):
        number, optional = int(pieces[index][0]), pieces[index].endswith("?")
        pieces[index] = _fragment(parts[number - 1])
        if not pieces[index] and (parts[number - 1] or not optional):
            return ""
    return "".join(pieces)


def _jars(template: str, said: Sequence[str]) -> bool:
    """True when the two do not go together: "how long ... for two years", "when ... when"."""
    if "ow long" in template and not _TIME_WORDS.isdisjoint(said):
        return True
    return any(word in template.lower().split() and word in said for word in _ONCE)


def _fragment(part: str) -> str:
    """A captured fragment as it can be said back; empty when it cannot."""
    if addresses_listener(part):
        return ""
    return replaced(reflect(shorten(part, limit=_FRAGMENT_WORDS)), SCRIPT.after)


@cache
def _decomposition(pattern: str) -> re.Pattern[str]:
    """A pattern of the script as a regular expression over words with a space after each."""
    return re.compile("^ " + "".join(map(_element, pattern.split())) + "$", re.IGNORECASE)


def _element(element: str) -> str:
    if element == "*":
        return r"((?:\S+ )*?)"
    if element == "+ing":
        return r"([a-z]+ing) "
    if element.startswith("@"):
        return _group(element.removeprefix("@").removesuffix("?"), optional=element.endswith("?"))
    return re.escape(element) + " "


def _group(name: str, *, optional: bool) -> str:
    members = sorted(SCRIPT.groups[name].split(", "), key=len, reverse=True)
    choices = "|".join(map(re.escape, members))
    return rf"(?:(?:{choices}) )?" if optional else rf"({choices}) "


@cache
def _keyword_lexicon() -> Lexicon[int]:
    spelled = {
        word: index
        for index, keyword in reversed([*enumerate(SCRIPT.keywords)])
        for word in keyword.words.split(", ")
    }
    return Lexicon(spelled)


def _keywords_of(clause: str) -> list[Keyword]:
    """The keywords of a clause, the highest rank first, then in the order of the script."""
    hits = _keyword_lexicon().find_overlapping(words(clause))
    found = sorted({hit.value for hit in hits})
    return sorted((SCRIPT.keywords[index] for index in found), key=lambda keyword: -keyword.rank)


@cache
def _by_name() -> Mapping[str, Keyword]:
    return {_name(keyword): keyword for keyword in SCRIPT.keywords}


def _name(keyword: Keyword) -> str:
    return keyword.words.partition(",")[0]


@cache
def _ordinal(rule: Rule) -> int:
    rules = [rule for keyword in SCRIPT.keywords for rule in keyword.rules] + [*SCRIPT.memory]
    return rules.index(rule)
