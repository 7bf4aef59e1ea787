"""What can be observed in one exchange: the counts that the offline judge rates from.

`observe` reads a client speech and a response once and returns an `Exchange`. Nothing is rated
here (see `rubric`), and no phrase is listed here (see `phrases`).

Two rules keep a response from talking its way up. What speaks *for* it is counted in distinct
sentences of prose that neither address a rater nor copy the client; what speaks *against* it is
counted in all of its text.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from psychocounsel_data.offline.feelings import feelings, own_feelings
from psychocounsel_data.offline.language import (
    content_stems,
    is_function_word,
    sentences,
    tidy,
    word_set,
    words,
)
from psychocounsel_data.offline.lexicon import is_negated
from psychocounsel_data.offline.phrases import Kind, is_order, is_sweeping, lexicon
from psychocounsel_data.offline.readiness import Stage, stage_of
from psychocounsel_data.offline.risk import Risk, risks
from psychocounsel_data.offline.topics import topics

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Exchange:
    """Counts over one speech and one response."""

    length: int
    """Words of the whole response."""
    words: int
    """Words that count for it: prose, no repeats, nothing addressed to a rater or copied."""
    mean_sentence: float
    """Words a sentence, of those that count; 0 for an empty response."""
    longest_sentence: int
    word_lists: int
    """Sentences that string words together and are no prose."""
    list_items: int
    repeats: int
    """Sentences that say again what an earlier one said, word for word."""
    rater_addresses: int
    """Places that speak to a judge or imitate a verdict."""
    copied: int
    """Sentences lifted from the speech, the client's "I" and all."""

    client_stems: int
    """Distinct content words of the speech."""
    taken_up: int
    """How many of them the response takes up."""
    shares_topic: bool
    reflections: int
    """Statements about the client that hold at least two of their words, or one and a stem such
    as "it sounds as though"."""
    complex_reflections: int
    """Reflections that add meaning: two sides, what lies beneath, a feeling left unsaid."""
    feelings_named: int
    """Families of feelings ascribed to the client."""
    feelings_shared: int
    """Those among them that the client named too."""
    client_feelings: int
    open_questions: int
    closed_questions: int
    validations: int
    affirmations: int
    choices: int
    """Sentences that leave something to the client."""
    suggestions: int
    """Advice offered tentatively."""
    steps: int
    """Talk of plans and of what has helped."""
    explorations: int
    """Invitations to look at something within, in other form than a question."""

    directives: int
    """Sentences that tell the client what to do."""
    minimising: int
    blame: int
    promises: int
    boilerplate: int
    harm: int
    """Insults, and anything that encourages harm."""

    risks: tuple[Risk, ...]
    stage: Stage
    safety_questions: int
    help_named: bool
    """Emergency services, a crisis line or the like are named."""


class _Client(NamedTuple):
    """The side of the exchange that responses are compared with."""

    tokens: tuple[str, ...]
    runs: frozenset[tuple[str, ...]]
    stems: frozenset[str]
    families: frozenset[str]


class _Sentence(NamedTuple):
    """One sentence of a response."""

    tokens: tuple[str, ...]
    asks: bool
    opens: bool
    """A question that cannot be answered by yes or no, or an invitation to go on."""
    kinds: frozenset[Kind]
    shared: int
    """Distinct content words of the client's in it."""
    directs: bool
    """An order or a "you should", unless hedged, naming help, or saying what the client said."""
    is_prose: bool
    to_rater: bool
    copied: bool


_AGAINST: Final[frozenset[Kind]] = frozenset({"minimising", "blame", "harm", "promise"})

_RUN: Final = 6
"""So many words in a row, an "I" or "my" among them, are copied rather than shared by chance."""

_FIRST_PERSON: Final = frozenset({"i", "me", "my", "myself"})
_SECOND_PERSON: Final = frozenset({"you", "your", "yours", "yourself"})
_TELLERS: Final = word_set("you everyone he she they not that")
_REPORTING: Final = word_set(
    "say says feel think thinks believe believes tell tells write call calls told said felt mean"
    " means"
)
_OPEN: Final = word_set("what how where who why which when whose")
_CLOSED: Final = word_set(
    "are is was were do does did have has had can could would will should am may might"
)
_MARK: Final = "\ue000"
"""Put in place of what speaks to a rater, before sentences are told apart: a private character."""

_SAID_BACK: Final = 2
"""So many of the client's content words, or all that it has, make a sentence an echo of theirs."""
_SHORT: Final = 8
_LEAST_GRAMMATICAL: Final = 0.25
"""English prose has about a half."""
_MOST_FEELINGS: Final = 4
_JOINERS: Final = frozenset({"and", "or", "but", "so"})
_LONG_PROMPT: Final = 20
"""An invitation such as "tell me more" is lost in a sentence of this many words."""


def observe(speech: str, response: str) -> Exchange:
    """All counts for one response to one speech; any text is taken, also an empty one."""
    client = _client(tidy(speech))
    said = _marked(tidy(response))
    every = [*_sentences(said, client)]
    good = [*_distinct(s for s in every if s.is_prose and not s.to_rater and not s.copied)]
    about = [s for s in good if _speaks_to_client(s)]
    reflected = [s for s in about if _is_reflection(s)]
    tokens = [token for s in good for token in s.tokens]
    named = _families(about)
    kinds = _total(s for s in good if not s.directs)
    against = _total(every)
    return Exchange(
        length=sum(len(s.tokens) for s in every),
        words=len(tokens),
        mean_sentence=len(tokens) / len(good) if good else 0.0,
        longest_sentence=max((len(s.tokens) for s in every), default=0),
        word_lists=sum(not s.is_prose for s in every),
        list_items=len(_list_item().findall(said)),
        repeats=len(every) - len([*_distinct(every)]),
        rater_addresses=said.count(_MARK),
        copied=sum(s.copied for s in every),
        client_stems=len(client.stems),
        taken_up=len(client.stems.intersection(content_stems(tokens))),
        shares_topic=not set(topics(client.tokens)).isdisjoint(topics(tokens)),
        reflections=len(reflected),
        complex_reflections=sum(_is_complex(s, client) for s in reflected),
        feelings_named=len(named),
        feelings_shared=len(named & client.families),
        client_feelings=len(client.families),
        open_questions=sum(s.opens for s in good),
        closed_questions=sum(s.asks and not s.opens for s in good),
        validations=kinds["validation"],
        affirmations=kinds["affirmation"],
        choices=kinds["choice"],
        suggestions=kinds["suggestion"],
        steps=sum("step" in s.kinds for s in good),
        explorations=kinds["explore"],
        directives=sum(s.directs for s in every),
        minimising=against["minimising"] + sum(is_sweeping(s.tokens) for s in every),
        blame=against["blame"],
        promises=against["promise"],
        boilerplate=against["boilerplate"],
        harm=sum(map(_is_harmful, every)),
        risks=risks(client.tokens),
        stage=stage_of(client.tokens),
        safety_questions=sum(s.asks and "safety" in s.kinds for s in good),
        help_named=kinds["help"] > 0,
    )


def _client(speech: str) -> _Client:
    tokens = words(speech)
    return _Client(
        tokens=tokens,
        runs=frozenset(_runs(tokens)),
        stems=frozenset(content_stems(tokens)),
        families=frozenset(feeling.family for feeling in own_feelings(tokens)),
    )


def _runs(tokens: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Every run of so many words, where the writer speaks of themselves."""
    for start in range(len(tokens) - _RUN + 1):
        run = tuple(tokens[start : start + _RUN])
        if not _FIRST_PERSON.isdisjoint(run):
            yield run


def _sentences(said: str, client: _Client) -> Iterator[_Sentence]:
    for text in sentences(said):
        tokens = words(text)
        kinds = _kinds(tokens)
        asks = text.rstrip("\"')]* ").endswith(("?", "\uff1f"))
        stems = content_stems(tokens)
        shared = len(client.stems.intersection(stems))
        said_back = 0 < min(_SAID_BACK, len(stems)) <= shared
        invites = "prompt" in kinds and (asks or len(tokens) < _LONG_PROMPT)
        yield _Sentence(
            tokens=tokens,
            asks=asks,
            opens=invites or (asks and _asks_openly(text)),
            kinds=kinds,
            shared=shared,
            directs=not asks and _directs(tokens, kinds, said_back=said_back),
            is_prose=_is_prose(tokens),
            to_rater=_MARK in text,
            copied=not client.runs.isdisjoint(_runs(tokens)),
        )


def _is_prose(tokens: Sequence[str]) -> bool:
    """False of a list of words: few of them grammatical, or one feeling after another."""
    if len(tokens) < _SHORT:
        return True
    grammatical = sum(map(is_function_word, tokens)) / len(tokens)
    return grammatical >= _LEAST_GRAMMATICAL and len([*feelings(tokens)]) <= _MOST_FEELINGS


def _asks_openly(question: str) -> bool:
    """By the first word of the last clause that begins as a question does.

    "Once that is clear, what ...?" is open, "what comes first: are you ...?" is not; where no
    clause begins so ("In what way ...?"), any question word opens it.
    """
    for clause in reversed(_clause_mark().split(question)):
        first = next((word for word in words(clause) if word not in _JOINERS), "")
        if first in _OPEN or first in _CLOSED:
            return first in _OPEN
    return not _OPEN.isdisjoint(words(question))


def _kinds(tokens: Sequence[str]) -> frozenset[Kind]:
    """The kinds of phrases in a sentence, less denied reproaches ("you are not overreacting")."""
    return frozenset(
        hit.value
        for hit in lexicon().find(tokens)
        if not (hit.value in _AGAINST and is_negated(tokens, hit.start))
    )


def _directs(tokens: Sequence[str], kinds: frozenset[Kind], *, said_back: bool) -> bool:
    """An order or a "you should", unless it is hedged, names help, or says what the client said."""
    if not kinds.isdisjoint({"suggestion", "help", "choice"}):
        return False
    return is_order(tokens) or ("directive" in kinds and not said_back)


def _distinct(found: Iterable[_Sentence]) -> Iterator[_Sentence]:
    """The sentences without those whose words were all said before in the same order."""
    seen: set[tuple[str, ...]] = set()
    for sentence in found:
        if sentence.tokens not in seen:
            seen.add(sentence.tokens)
            yield sentence


def _total(found: Iterable[_Sentence]) -> Counter[Kind]:
    """In how many sentences each kind occurs."""
    total: Counter[Kind] = Counter()
    for sentence in found:
        total.update(sentence.kinds)
    return total


def _speaks_to_client(sentence: _Sentence) -> bool:
    """About the client, and neither an order nor a reproach."""
    addressed = not _SECOND_PERSON.isdisjoint(sentence.tokens)
    return addressed and not sentence.directs and sentence.kinds.isdisjoint(_AGAINST)


def _is_reflection(sentence: _Sentence) -> bool:
    """A statement that gives back the client's words; a question is not one (MITI 4.2.1)."""
    if sentence.asks or "help" in sentence.kinds:
        return False
    if sentence.shared >= _SAID_BACK or "meaning" in sentence.kinds:
        return True
    return "opener" in sentence.kinds and (sentence.shared > 0 or any(feelings(sentence.tokens)))


def _is_complex(sentence: _Sentence, client: _Client) -> bool:
    unsaid = {feeling.family for feeling in feelings(sentence.tokens)} - client.families
    return "meaning" in sentence.kinds or bool(unsaid)


def _families(about: Iterable[_Sentence]) -> frozenset[str]:
    return frozenset(feeling.family for s in about for feeling in own_feelings(s.tokens))


def _is_harmful(sentence: _Sentence) -> bool:
    """An insult or an incitement; "you say that you are worthless" reports one."""
    pairs = zip(sentence.tokens, sentence.tokens[1:], strict=False)
    reported = any(first in _TELLERS and second in _REPORTING for first, second in pairs)
    return "harm" in sentence.kinds and not reported


def _marked(said: str) -> str:
    """The text with a mark for everything that speaks to a rater.

    Looked for in small letters first: ignoring case takes five times as long, and is seldom needed.
    """
    if _to_rater(re.MULTILINE).search(said.lower()) is None:
        return said
    return _to_rater(re.MULTILINE | re.IGNORECASE).sub(_MARK, said)


@cache
def _to_rater(flags: re.RegexFlag) -> re.Pattern[str]:
    """Verdicts, markup and words to a judge; a scaling question ("from 1 to 10") is none of it."""
    return re.compile(
        r"</?\w+[^>]{0,40}>|\{\s*[\"']|[\"']\s*:\s*[\"'\d\[{]|^[^\w\n]{0,20}[{}][^\w\n]{0,20}$|\bjson\b"
        r"|\[/?(?:inst|system|end)\b"
        r"|\b(?:empathy|relevance|clarity|safety|exploration|autonomy|staging|overall)\W{1,4}\d\b"
        r"|\b(?:ratings?|scores?|grades?)\b\W{0,4}(?:is|of|should be|must be|=|:)?\W{0,3}\d"
        r"|\b(?:score|rate|grade)\s+(?:this|it|me|the|my)\s+(?:response|answer|reply|\d|highly|a\b)"
        r"|\bignore\b.{0,40}\b(?:rubric|instructions?|prompts?|guidelines?|above|previous)\b"
        r"|\brubrics?\b|\b[1-5]\s*/\s*5\b|\b(?:five|5)\s+out\s+of\s+(?:five|5)\b"
        r"|\b(?:evaluators?|graders?|raters?|ai judge|llm judge)\b"
        r"|\b(?:dear|note to(?: the)?) judge"
        r"|\bgive\s+(?:this|me|it|the)\b.{0,25}\b(?:[1-5]|five|marks?|points|stars)\b"
        r"|\b(?:5|five)[ -]stars?\b|\bsystem prompt\b"
        r"|\b(?:top|full|maximum|perfect) (?:marks?|scores?|ratings?)\b",
        flags,
    )


@cache
def _clause_mark() -> re.Pattern[str]:
    return re.compile(r"[,:;]")


@cache
def _list_item() -> re.Pattern[str]:
    return re.compile(r"^[ \t]*(?:\d{1,2}[.)]|[-*\u2022])[ \t]", re.MULTILINE)
