"""The reflective counsellor: the best of the four.

It does what motivational interviewing calls OARS (Miller and Rollnick 2013): it names the feeling,
reflects what was said in the client's own words, affirms, asks one open question, and leaves the
choice with the client. Where the speech shows danger it asks about safety, calmly and directly,
and names emergency services and crisis lines in general terms, for it cannot know the country.

It fills sentences and understands nothing: no basis for real data. Feelings, topics, risk and
readiness come from the modules of those names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from psychocounsel_data.offline.feelings import FAMILIES, Feeling, adjectives, own_feelings
from psychocounsel_data.offline.language import (
    addresses_listener,
    clauses,
    finish,
    has_verb,
    pattern,
    pick,
    reflect,
    seed_of,
    sentences,
    shorten,
    tidy,
    word_set,
    words,
)
from psychocounsel_data.offline.readiness import Stage, stage_of
from psychocounsel_data.offline.risk import Risk, risks, risks_in
from psychocounsel_data.offline.topics import Topic, topics

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_STATEMENT_WORDS: Final = 18
_SHORTEST: Final = 4
_TOGETHER_WORDS: Final = 20
"""Two statements longer than this together become two sentences."""


_LEAST_WEIGHT: Final = 2


class Statement(NamedTuple):
    """A clause of the client's that can be said back after "you say that"."""

    place: int
    weight: int
    text: str
    """With its pronouns turned, no capital, no end mark."""


class Heard(NamedTuple):
    """What was taken from a speech before anything is said."""

    seed: int
    statements: tuple[Statement, ...]
    two_sides: tuple[str, str] | None
    feelings: tuple[Feeling, ...]
    topics: tuple[Topic, ...]
    stage: Stage
    risks: tuple[Risk, ...]


def reply(speech: str) -> str:
    """A written reply of some 60 to 130 words. Pure, and never empty."""
    heard = _hear(speech)
    said = _in_danger(heard) if heard.risks else _in_peace(heard)
    return " ".join(finish(sentence) for sentence in said)


def _in_peace(heard: Heard) -> Iterator[str]:
    reflections = [*_reflections(heard)]
    yield from _named_feelings(heard, " ".join(reflections))
    yield from reflections
    yield _need(heard)
    yield _normalised(heard)
    yield pick(_BY_STAGE[heard.stage], heard.seed >> 3)
    yield _question(heard)
    yield pick(_CHOICE, heard.seed >> 7)


def _in_danger(heard: Heard) -> Iterator[str]:
    yield pick(_THANKS, heard.seed)
    reflections = [*_reflections(heard)]
    yield from _named_feelings(heard, " ".join(reflections))
    yield from reflections
    yield from _SAFETY[heard.risks[0]]
    yield _EMERGENCY
    yield pick(_AFTER_SAFETY, heard.seed >> 3)
    yield pick(_CHOICE, heard.seed >> 7)


def _hear(speech: str) -> Heard:
    text = tidy(speech)
    spoken = [clause for sentence in sentences(text) for clause in clauses(sentence)]
    tokens = words(text)
    return Heard(
        seed=seed_of(speech),
        statements=tuple(_statements(spoken)),
        two_sides=next(_two_sides(sentences(text)), None),
        feelings=_strongest_first(own_feelings(tokens)),
        topics=topics(tokens),
        stage=stage_of(tokens),
        risks=risks(tokens),
    )


def _strongest_first(found: Iterator[Feeling]) -> tuple[Feeling, ...]:
    """One feeling a family, the strongest; families from heaviest to lightest, hope at the end."""
    best: dict[str, Feeling] = {}
    for feeling in found:
        known = best.get(feeling.family)
        if known is None or feeling.intensity > known.intensity:
            best[feeling.family] = feeling
    return tuple(sorted(best.values(), key=lambda f: (f.family == "hope", -f.intensity, f.start)))


def _statements(spoken: Sequence[str]) -> Iterator[Statement]:
    for place, clause in enumerate(spoken):
        text = _said_back(clause)
        if text and _weight(clause) >= _LEAST_WEIGHT:
            yield Statement(place, _weight(clause), text)


_STATES: Final = (
    r"(?:(?:since the|after the|at|on|in|last|for)\s(?:\S+\s){1,5}?)?"
    r"(?:i|i'm|i've|i'd|my|our|we|we've|we're|he|she|they|nobody|everyone|people|there)\s"
)
_PRONOUN: Final = r"\b(?:i|we|he|she|they)\b(?:'\w+)?\s$"
_STUTTER: Final = r"\b(\w+) \1\b"
_ASKS_HOW: Final = r"(?:how (?:do|can|could|should|would) i|what can i do to)\s+(.+)"
_ASKS_WHETHER: Final = r"should i\s+(.+)"
_PARTS: Final = (
    r"part of me ([^,;]{8,90}?),? (?:and|but) (?:another |the other )?part (?:of me )?"
    r"([^,;]{8,90})$"
)
_META: Final = (
    r"i (?:hope this|don't know what to do|don't know how to say|don't know if this|am writing"
    r"|guess|mean|thought)\b|i'm (?:writing|sorry|not sure (?:if|how|where))\b"
)


def _said_back(clause: str) -> str:
    """The clause as it can follow "you say that"; empty when it cannot."""
    if addresses_listener(clause) or pattern(_STUTTER).search(clause) or risks_in(clause):
        return ""
    asked = pattern(_ASKS_HOW).match(clause), pattern(_ASKS_WHETHER).match(clause)
    if asked[0]:
        return _framed("you are looking for a way to {}", asked[0][1])
    if asked[1]:
        return _framed("you are asking yourself whether to {}", asked[1][1])
    return _framed("{}", clause) if _is_statement(clause) else ""


def _is_statement(clause: str) -> bool:
    """A whole clause with its subject first; after a pronoun the next word may be any verb."""
    subject = pattern(_STATES).match(clause)
    return bool(subject and (pattern(_PRONOUN).search(subject[0]) or has_verb(clause)))


def _framed(frame: str, fragment: str) -> str:
    text = reflect(shorten(fragment, limit=_STATEMENT_WORDS))
    return frame.format(text) if len(text.split()) >= _SHORTEST - frame.count(" ") else ""


_PRESSING: Final = word_set(
    "can't couldn't never nobody alone always stop hate love miss lost died afraid scared argue"
    " left worry wish want feel don't"
)
_OWN_WEIGHT: Final = {
    "we": 3, "we've": 3, "we're": 3, "he": 1, "she": 1, "they": 1, "nobody": 1,
    "everyone": 1, "people": 1, "there": 1,
}  # fmt: skip
"""By the first word; 4 for any other, such as "I". A pronoun needs someone to refer to."""
_JUDGING: Final = word_set("burden worthless useless failure stupid ugly pathetic wrong fat")


def _weight(clause: str) -> int:
    """How much a clause tells about the client: their own acts and losses before other matters."""
    tokens = clause.lower().split()
    weight = _OWN_WEIGHT.get(tokens[0], 4)
    weight += min(2, len(_PRESSING.intersection(tokens)))
    weight += (len(tokens) >= 6) + (tokens[0] == "my" and "me" in tokens)
    return weight - (4 if pattern(_META).match(clause) or not _JUDGING.isdisjoint(tokens) else 0)


def _two_sides(spoken: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What stands on either side of a "but", or two "part of me", in the client's own words."""
    for sentence in spoken:
        parts = pattern(_PARTS).match(sentence)
        if parts and not addresses_listener(sentence):
            yield reflect(f"part of me {parts[1]}"), reflect(f"part of me {parts[2].rstrip('.!')}")
        left, but, right = sentence.partition(" but ")
        if but and clauses(left) and clauses(right):
            sides = clauses(left)[-1], clauses(right)[0]
            texts = _said_back(sides[0]), _said_back(sides[1])
            if all(texts) and all(_is_statement(side) and _weight(side) > 3 for side in sides):
                yield texts


def _named_feelings(heard: Heard, reflected: str) -> Iterator[str]:
    """The feelings the client names, less those that the reflections already say.

    Without any, a guess from what the speech is about, offered as a guess.
    """
    named = dict.fromkeys(map(_adjective, heard.feelings[:2]))
    fresh = [adjective for adjective in named if adjective not in reflected]
    family = _main_family(heard)
    if fresh:
        yield pick(_FEELING, heard.seed).format(" and ".join(fresh))
    elif family is None:
        yield pick(_UNNAMED, heard.seed)
    elif not named:
        yield pick(_GUESS, heard.seed).format(FAMILIES[family].plain)


def _adjective(feeling: Feeling) -> str:
    """The client's own word where it is an adjective, else the family's for that intensity."""
    if feeling.word in adjectives():
        return reflect(feeling.word)
    family = FAMILIES[feeling.family]
    return (family.mild, family.plain, family.strong)[feeling.intensity - 1]


def _reflections(heard: Heard) -> Iterator[str]:
    """One or two sentences in the client's words, double-sided where they said "but"."""
    best = sorted(heard.statements, key=lambda s: (-s.weight, s.place))[:2]
    first, *more = [statement.text for statement in sorted(best)] or [""]
    if heard.two_sides:
        left, right = heard.two_sides
        yield f"On the one hand {left}, and on the other {right}"
    elif more and len(f"{first} {more[0]}".split()) <= _TOGETHER_WORDS:
        yield f"{pick(_HEARD, heard.seed >> 5)} {first}, and that {more[0]}"
    elif first:
        yield f"{pick(_HEARD, heard.seed >> 5)} {first}"
        yield from (f"You also say that {text}" for text in more)


def _main_family(heard: Heard) -> str | None:
    """The family of the strongest feeling; else what such danger or such a topic often brings."""
    if heard.feelings:
        family = heard.feelings[0].family
        return "grief" if family == "sadness" and "loss" in heard.topics else family
    if heard.risks:
        return _GUESSED_IN_DANGER[heard.risks[0]]
    return _GUESSED[_main_topic(heard)] if heard.topics else None


def _main_topic(heard: Heard) -> Topic:
    """The topic most spoken of, unless one comes up that a counsellor would not pass over."""
    return next((topic for topic in _NOT_PASSED_OVER if topic in heard.topics), heard.topics[0])


def _need(heard: Heard) -> str:
    """A complex reflection: the wish that such a feeling often carries, offered for correction."""
    family = _main_family(heard)
    need = FAMILIES[family].need if family else "for someone to listen"
    return pick(_NEED, heard.seed >> 9).format(need)


def _normalised(heard: Heard) -> str:
    family = _main_family(heard)
    return FAMILIES[family].normal if family else _UNNAMED_NORMAL


def _question(heard: Heard) -> str:
    if heard.stage in _STAGE_QUESTIONS:
        return pick(_STAGE_QUESTIONS[heard.stage], heard.seed >> 11)
    if not heard.topics:
        return _ANY_QUESTION
    return pick(_QUESTIONS[_main_topic(heard)], heard.seed >> 11)


_FEELING: Final = (
    "It sounds as though you are feeling {}",
    "I can hear that you feel {}",
    "As I read this, it seems that you feel {}",
)
_GUESS: Final = (
    "I imagine that this may leave you feeling {}, though you will know best",
    "Reading this, I wonder whether you feel {}",
)
_UNNAMED: Final = (
    "It sounds as though a good deal is weighing on you",
    "I can hear that this matters a great deal to you",
)
_UNNAMED_NORMAL: Final = "It is often hard to know where to start"
_HEARD: Final = ("You say that", "I hear that", "You write that")
_NEED: Final = (
    "Underneath it I seem to hear a wish {}",
    "Behind this there may also be a wish {}; please say if I have that wrong",
    "I wonder whether there is a wish in it, too, {}",
)
_GUESSED: Final[Mapping[Topic, str]] = {
    "partner": "hurt", "family": "confusion", "parenting": "anxiety", "friends": "loneliness",
    "work": "exhaustion", "study": "anxiety", "sleep": "exhaustion", "money": "anxiety",
    "loss": "grief", "substances": "confusion", "body": "anxiety", "anxiety": "anxiety",
    "mood": "sadness", "anger": "anger", "self-worth": "worth", "past": "anxiety",
    "decision": "confusion",
}  # fmt: skip
_GUESSED_IN_DANGER: Final[Mapping[Risk, str]] = {
    "suicide": "hopelessness", "self-harm": "sadness", "abuse": "anxiety", "violence": "anger",
}  # fmt: skip
_NOT_PASSED_OVER: Final[tuple[Topic, ...]] = ("loss", "substances")
_BY_STAGE: Final[Mapping[Stage, tuple[str, ...]]] = {
    "precontemplation": (
        "Others may see this differently, and it is your own view that I would like to understand",
        "It cannot be easy when other people decide for you what the problem is",
    ),
    "contemplation": (
        "It makes sense to look at both sides before you settle on anything",
        "You are weighing this up with care, and that deserves time",
    ),
    "preparation": (
        "That you ask shows me that part of you is ready for something to be different",
        "You are looking for a way forward, and that is a strength to build on",
    ),
    "action": (
        "You have already put effort into this, and that counts, even where it has been uneven",
        "You have begun to do something about it, which takes persistence",
    ),
    "unclear": (
        "It takes courage to put this into words",
        "You have been carrying this for some time, and it took strength to write it down",
    ),
}
_STAGE_QUESTIONS: Final[Mapping[Stage, tuple[str, ...]]] = {
    "preparation": (
        "What would a first small step look like, one that feels possible to you?",
        "What has helped, if only a little, at other times?",
    ),
    "action": (
        "What has helped you to get as far as you have?",
        "What have you learnt so far about what works for you?",
    ),
    "contemplation": (
        "When you imagine each of the ways this could go, what do you notice in yourself?",
        "What would you gain if things stayed as they are, and what would it cost you?",
    ),
}
_ANY_QUESTION: Final = "What feels most important for me to understand?"
_QUESTIONS: Final[Mapping[Topic, tuple[str, ...]]] = {
    "partner": (
        "What would you most like to be different between the two of you?",
        "What do you find yourself needing most from this relationship?",
    ),
    "family": (
        "What would you like the people in your family to understand about you?",
        "How would things between you be, if they went as you hope?",
    ),
    "parenting": (
        "What do you hope your child will feel when they are with you?",
        "What is it like for you in the hours when it is hardest?",
    ),
    "friends": (
        "What does it feel like for you when you are among other people?",
        "What would a good friend notice about you, if they knew all this?",
    ),
    "work": (
        "What does a day at work leave you with by the evening?",
        "What would have to change for work to feel bearable again?",
    ),
    "study": (
        "What does it mean to you, beyond the grades, to do well?",
        "What goes on inside you when you sit down to study?",
    ),
    "sleep": (
        "What goes through your mind while you lie awake?",
        "What do you notice in the evenings, before the night begins?",
    ),
    "money": (
        "What weighs on you most when you think about it?",
        "What would having solid ground under you make possible?",
    ),
    "loss": (
        "What would you like to tell me about what you have lost?",
        "What do you find yourself missing at the quietest times?",
    ),
    "substances": (
        "What does it give you, and what does it take from you?",
        "How do you see the place it has in your life?",
    ),
    "body": (
        "How do you speak to yourself when it is at its hardest?",
        "What would being kinder to your body look like?",
    ),
    "anxiety": (
        "What do you notice first when the worry begins to rise?",
        "What is it like on the days when the worry is a little quieter?",
    ),
    "mood": (
        "When is it a little lighter, and what is different then?",
        "What did your days have in them, before it became like this?",
    ),
    "anger": (
        "What is happening inside you just before it boils over?",
        "What would you want heard, if you could say it calmly?",
    ),
    "self-worth": (
        "Where do you think you learnt to see yourself in that way?",
        "What would you say to a friend who spoke of themselves like this?",
    ),
    "past": (
        "How does that time still reach into your days now?",
        "What helps you to feel on firm ground when the memories come?",
    ),
    "decision": (
        "What matters most to you, whichever way you decide?",
        "When you imagine having decided, what do you notice in yourself?",
    ),
}
_CHOICE: Final = (
    "There is no hurry, and you decide where we begin",
    "You know your life best, so please keep only what fits",
    "We can go at your own pace, and what you do about it is up to you",
    "It is entirely up to you how much of this you would like to talk about",
)
_THANKS: Final = (
    "Thank you for trusting me with something so hard to say",
    "I am glad that you have put this into words, because it matters",
)
_SAFETY: Final[Mapping[Risk, tuple[str, ...]]] = {
    "suicide": (
        "I would like to ask you directly: are you thinking of ending your life, and are you safe"
        " right now?",
    ),
    "self-harm": (
        "I would like to ask you directly: are you safe right now, and do you have thoughts of"
        " hurting yourself further, or of ending your life?",
    ),
    "abuse": (
        "What has been done to you is not your fault.",
        "I would like to ask you directly: are you safe where you are right now, and is there"
        " anyone you trust who knows?",
    ),
    "violence": (
        "Having such thoughts and acting on them are two different things.",
        "I would like to ask you directly: how close are you to acting on them, and is everyone"
        " safe right now?",
    ),
}
_EMERGENCY: Final = (
    "If anyone is in danger, please contact your local emergency services or a crisis line straight"
    " away, and let someone you trust be near"
)
_AFTER_SAFETY: Final = (
    "Once that is clear, what would you most like me to understand about how it has been for you?",
    "And when you are ready, what has been the hardest part of carrying this?",
)
