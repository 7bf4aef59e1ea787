"""English on the small scale: sentences, clauses, words, and turning "I" into "you".

The counsellors echo what a client wrote, and the judge looks for such echoes; both need the same
idea of a clause and of a reflected pronoun. No lexicon lives here (see `lexicon`), and nothing
that knows about counselling. Text in other languages passes through unharmed: it yields
sentences, few words, and no clauses worth echoing.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def word_set(listed: str) -> frozenset[str]:
    """The words of a literal, which reads better as prose than as a list of quoted words."""
    return frozenset(listed.split())


MAX_CLAUSE_WORDS: Final = 40
"""A clause is cut here: text without punctuation must not make matching quadratic."""

MAX_CHARACTERS: Final = 12_000
"""What is read of a text. Client speeches are under 1,000 characters, responses under 12,000."""

_TYPOGRAPHY: Final = {
    0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2026: "... ",
    0x2013: " - ", 0x2014: " - ", 0x00A0: " ", 0x200B: "", 0xFEFF: "",
}  # fmt: skip

_REPAIRS: Final = {
    "i": "I", "im": "I'm", "i'm": "I'm", "ive": "I've", "i've": "I've", "i'd": "I'd",
    "i'll": "I'll", "dont": "don't", "cant": "can't", "wont": "won't", "didnt": "didn't",
    "doesnt": "doesn't", "isnt": "isn't", "wasnt": "wasn't", "couldnt": "couldn't",
    "wouldnt": "wouldn't", "shouldnt": "shouldn't", "havent": "haven't", "hasnt": "hasn't",
    "arent": "aren't", "werent": "weren't", "shes": "she's", "thats": "that's",
    "theyre": "they're", "youre": "you're", "whats": "what's", "alot": "a lot",
}  # fmt: skip

_FIRST_TO_SECOND: Final = {
    "i": "you", "me": "you", "my": "your", "mine": "yours", "myself": "yourself",
    "we": "you", "us": "you", "our": "your", "ours": "yours", "ourselves": "yourselves",
    "am": "are", "i'm": "you're", "i've": "you've", "i'd": "you'd", "i'll": "you'll",
    "we're": "you're", "we've": "you've", "we'd": "you'd", "we'll": "you'll",
}  # fmt: skip

_SECOND_TO_FIRST: Final = {
    "your": "my", "yours": "mine", "yourself": "myself",
    "you're": "I'm", "you've": "I've", "you'd": "I'd", "you'll": "I'll",
}  # fmt: skip

_SUBJECTS: Final = word_set(
    "i he she it they we you this that these those there who which everyone everybody nobody"
    " someone everything nothing one people"
)
_ADVERBS: Final = word_set(
    "always never often still just really also even only once already almost usually sometimes"
    " not both all probably actually truly"
)
_BEFORE_SUBJECT_YOU: Final = word_set(
    "do does did can could will would should may might if that when because and but what how why"
    " where who think hope wish know"
)
_OPENERS: Final = word_set(
    "and but so because or then well also plus although though however now anyway honestly"
    " basically actually yes no ok okay hi hello yeah still lately recently obviously sometimes"
    " yet whereas maybe perhaps please even"
)
_DANGLING: Final = word_set(
    "and or but because so the a an my your our his their which who if when as than very"
)
_FUNCTION_WORDS: Final = word_set(
    "a about after all also although am an and any are as at be because been before being both"
    " but by can could did do does done down each even ever every few for from further get gets"
    " getting go goes going got had has have having he her here hers herself him himself his how"
    " i if in into is it its itself just keep keeps know let like lot made make makes many may"
    " me might mine more most much must my myself never no nor not now of off often on once one"
    " only or other our ours out over own put really said same say says she should so some"
    " someone something still such take than that the their them themselves then there these"
    " they thing things this those though through time to too under until up us very want was"
    " way we well were what when where whether which while who whom why will with without would"
    " yes yet you your yours yourself back always around away come came day days feel feeling"
    " feels felt think thinking thought tell told seem seems sure bit lately right since us"
    " anymore everything anything nothing everyone anyone nobody see new old year years week"
    " weeks month months good bad hard help need needs"
)
_LOWERABLE: Final = (_FUNCTION_WORDS | _OPENERS | _SUBJECTS) - {"i"}


def seed_of(text: str) -> int:
    """A number that depends on the text alone, unlike `hash()`, which differs by process."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def pick(options: Sequence[str], seed: int) -> str:
    """One of the options; the same one for the same seed."""
    return options[seed % len(options)]


@cache
def pattern(source: str) -> re.Pattern[str]:
    """A compiled pattern that ignores case, made when first needed so that imports stay cheap."""
    return re.compile(source, re.IGNORECASE)


def replaced(text: str, table: Mapping[str, str]) -> str:
    """The text with every phrase of the table replaced, the longest first, in one pass.

    A letter that only matches because case is ignored, such as a dotted capital I, stays.
    """
    return _any_of(tuple(table)).sub(lambda found: table.get(found[0].lower(), found[0]), text)


@cache
def _any_of(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern for all the phrases as whole words.

    Grouped by first letter, each written as a set: an alternation that ignores case otherwise
    tries every phrase at every word, which took half of the time of a reply.
    """
    letters = sorted({phrase[0] for phrase in phrases})
    groups = (_starting_with(letter, phrases) for letter in letters)
    return pattern(rf"\b(?:{'|'.join(groups)})\b(?!')")


def _starting_with(letter: str, phrases: Sequence[str]) -> str:
    rests = sorted((phrase[1:] for phrase in phrases if phrase[0] == letter), key=len, reverse=True)
    return f"[{letter}{letter.upper()}](?:{'|'.join(map(re.escape, rests))})"


_WORD: Final = r"[a-z]+(?:'[a-z]+)*"
_LIST_MARKER: Final = r"(?:^|\n|(?<=[.!?:;]\s))[ \t]*(?:\d{1,2}[.)]|[-*\u2022])[ \t]+"
_TITLE: Final = r"\b(dr|mr|mrs|ms|prof|st|vs|etc|e\.g|i\.e)\.(?=\s+\w)"
_SENTENCE_END: Final = (
    r"(?<=[.!?])[\"')\]*_]*\s+|(?<=[\u3002\uff01\uff1f])|\n\s*"
    # Text that lost its spaces ("hang out with.Seriously"), common in what was scraped.
    r"|(?<=[a-z][.!?])(?-i:(?=[A-Z][a-z]))"
)
_NEW_SUBJECT: Final = (
    r"(?:i|i'm|i've|i'd|i'll|he|he's|she|she's|it|it's|they|they're|we|we're|there|there's|this"
    r"|that's|then|now|nobody|everyone|everything|nothing|you|if|when|because|every time|yesterday"
    r"|today|sometimes|afterwards|lately)"
)
_POSSESSED_SUBJECT: Final = (
    r"(?:my|our|his|her|their|the|some|other)\s+[a-z]+\s+(?:is|are|was|were|has|have|had|do|does"
    r"|did|don't|doesn't|didn't|won't|can't|will|would|keeps?|says?|said|thinks?|believes?|wants?"
    r"|tells?|told|left|gets?|got|calls?|cries|criticises|criticizes|feels?|never|always|still)"
)
_CLAUSE_END: Final = (
    r"[,;:]+(?=\s|$)|[()\[\]\"]|\s-{1,3}\s|\.{2,}"
    r"|\s(?=[abeopstwy])(?:(?=(?:but|because|although|whereas|even though)\b)"
    r"(?<!\bnothing\s)(?<!\bhelp\s)(?<!\banything\s)"
    rf"|(?=(?:and|so|or|plus|yet|then|though)\s+(?:{_NEW_SUBJECT}|{_POSSESSED_SUBJECT})\s))"
)
_JOINED_SUBJECT: Final = r"(?:.*\bbetween\s+|both\s+)?(?:(?:my|our|the|his|her)\s+)?(?:\w+\s+)?\w+$"


def tidy(text: str) -> str:
    """The text with plain quotes, mended contractions ("dont", "im") and no shouting.

    Line breaks stay, because they end sentences.
    """
    plain = text[:MAX_CHARACTERS].translate(_TYPOGRAPHY)
    capitals, small = sum(map(str.isupper, plain)), sum(map(str.islower, plain))
    if capitals > max(12, 2 * small):
        plain = plain.lower()
    return replaced(plain, _REPAIRS)


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a tidied text in order; list markers are not part of a sentence."""
    flat = pattern(_LIST_MARKER).sub("\n", text)
    flat = pattern(_TITLE).sub(r"\1", flat)
    parts = (part.strip() for part in pattern(_SENTENCE_END).split(flat))
    return tuple(part for part in parts if part)


def clauses(sentence: str) -> tuple[str, ...]:
    """The clauses of one sentence: no inner commas, no opening "and" or "but", no end mark."""
    bare = sentence.strip().rstrip(".!?\u3002 ")
    pieces = [piece.strip() for piece in pattern(_CLAUSE_END).split(bare)]
    whole = (_bounded(strip_openers(piece)) for piece in _rejoin([p for p in pieces if p]))
    return tuple(piece for piece in whole if piece)


def _rejoin(pieces: Sequence[str]) -> list[str]:
    """Undo the cut in "my husband | and I argue": the left part is half of a subject."""
    joined: list[str] = []
    for piece in pieces:
        if joined and _is_half_subject(joined[-1]) and pattern(r"and i\b").match(piece):
            joined[-1] = f"{joined[-1]} {piece}"
        else:
            joined.append(piece)
    return joined


def _is_half_subject(piece: str) -> bool:
    first = piece.split(maxsplit=1)[0].lower()
    return first not in _SUBJECTS and bool(pattern(_JOINED_SUBJECT).match(piece))


def _bounded(clause: str) -> str:
    return " ".join(clause.split()[:MAX_CLAUSE_WORDS])


def strip_openers(clause: str) -> str:
    """The clause without "and", "well", "because" and the like at its start."""
    parts = clause.split()
    while parts and parts[0].lower().strip("'") in _OPENERS:
        parts.pop(0)
    return " ".join(parts)


def shorten(fragment: str, *, limit: int) -> str:
    """The fragment cut at a clause border to at most `limit` words.

    Empty when there is no border to cut at: a fragment cut anywhere else would not be English.
    """
    parts = fragment.split()
    if len(parts) > limit:
        parts = parts[: _last_border(parts, limit)]
    while parts and parts[-1].lower() in _DANGLING:
        parts.pop()
    return " ".join(parts)


def _last_border(parts: Sequence[str], limit: int) -> int:
    """The last place at or before `limit` where the fragment may end; 0 when there is none."""
    borders = {"when", "since", "after", "before", "while", "which", "until", "unless", "and"}
    for place in range(limit, 2, -1):
        if parts[place].lower() in borders and "between" not in parts[:place]:
            return place
    return 0


def words(text: str) -> tuple[str, ...]:
    """Lower-case words with contractions opened: "don't" is "do", "not"; "I'm" is "i", "am".

    Opening them lets one entry of a lexicon stand for both spellings. Possessive 's is dropped.
    """
    opened: list[str] = []
    for word in pattern(_WORD).findall(text.lower()):
        opened.extend(_open_contraction(word) if "'" in word else _OPENED.get(word, (word,)))
    return tuple(opened)


_OPENED: Final = {
    "cannot": ("can", "not"), "dont": ("do", "not"), "cant": ("can", "not"), "im": ("i", "am"),
    "ive": ("i", "have"), "didnt": ("did", "not"), "doesnt": ("does", "not"),
    "isnt": ("is", "not"), "wont": ("will", "not"), "gonna": ("going", "to"),
    "wanna": ("want", "to"),
}  # fmt: skip
_ENDINGS: Final = {"m": "am", "re": "are", "ve": "have", "ll": "will", "d": "would"}
_TAKES_IS: Final = word_set("he she it that there what who here how where this let")


@lru_cache(maxsize=1024)
def _open_contraction(word: str) -> tuple[str, ...]:
    stem, _, ending = word.partition("'")
    if word in {"can't", "won't", "shan't"}:
        return {"can't": "can", "won't": "will", "shan't": "shall"}[word], "not"
    if ending == "t" and stem.endswith("n"):
        return stem[:-1], "not"
    if ending == "s":
        return (stem, "is") if stem in _TAKES_IS else (stem,)
    return (stem, _ENDINGS[ending]) if ending in _ENDINGS else (stem,)


def is_function_word(token: str) -> bool:
    """True of the grammatical and everyday words that any English prose is full of."""
    return token in _FUNCTION_WORDS


def content_stems(tokens: Sequence[str]) -> tuple[str, ...]:
    """Roughly stemmed words that carry content, in order: "arguing" and "argues" are one."""
    return tuple(
        _stem(token) for token in tokens if len(token) > 2 and token not in _FUNCTION_WORDS
    )


@lru_cache(maxsize=8192)
def _stem(token: str) -> str:
    """A crude suffix cut: enough to see that a reply took up a client's word."""
    for suffix in ("iness", "fully", "ings", "ness", "ing", "ied", "ies", "ed", "es", "ly", "s"):
        if token.endswith(suffix) and len(token) - len(suffix) >= (5 if suffix == "ly" else 3):
            token = token[: -len(suffix)]
            break
    return token.rstrip("e").removesuffix("y").removesuffix("i") or token


def addresses_listener(fragment: str) -> bool:
    """True when the fragment says "you": to the counsellor, or to nobody in particular."""
    return bool(pattern(r"\byou(?:r|rs|rself)?\b").search(fragment))


_FINITE: Final = word_set(
    "is was are were am has have had does did do can could will would should must might may says"
    " said keeps kept left died makes made thinks thought wants gets got goes went comes came"
    " tells told feels felt knows knew gives gave takes took became becomes lost loses broke found"
    " met hit hurts hurt spends spent sees saw seems began fell grew sleeps drinks drank works"
    " argue argues fight fights talk talks live lives need needs help helps know think want feel"
    " say keep get go make take love loves hate hates like likes understand understands never"
    " always just don't doesn't didn't can't won't isn't wasn't aren't couldn't wouldn't hasn't"
    " cheated races spoke speaks runs ran stopped stops yells shouts treats expects ignores"
    " believes calls blames threw sold moved cries refuses constantly"
)


def has_verb(clause: str) -> bool:
    """True when a word after the first looks like a verb in the present or past tense.

    Rough on purpose: it tells "my boss yells at me" from the bare phrase "my fear of flying".
    """
    rest = pattern(_WORD).findall(clause.lower())[1:]
    inflected = len(rest) > 2 and rest[1].endswith("s") and not rest[0].endswith("s")
    return inflected or any(
        word in _FINITE or (word.endswith("ed") and len(word) > 4) for word in rest
    )


def reflect(fragment: str) -> str:
    """The fragment as the listener would say it back: "I was late for my son" becomes
    "you were late for your son".

    Pronouns change person both ways, and the verbs that agree with "I" and "you" follow. The
    first letter is lowered where the word is a common one, so that the result can stand inside
    a sentence.
    """
    parts = pattern(rf"({_WORD})").split(_lower_first(fragment))
    place = {index: order for order, index in enumerate(range(1, len(parts), 2))}
    tokens = [parts[index].lower() for index in place]
    for index, order in place.items():
        parts[index] = _turned(tokens, order, parts[index])
    return pattern(_OTHER_FIRST).sub(r"you and \1", "".join(parts))


_OTHER_FIRST: Final = r"\b(your (?:(?:best|older|younger|little|big) )?[a-z]+) and you\b"
"""What "my sister and I" turns into; English puts the listener first."""


def _turned(tokens: Sequence[str], at: int, original: str) -> str:
    """The word at `at` for the other speaker."""
    word = tokens[at]
    if word in _FIRST_TO_SECOND:
        return _FIRST_TO_SECOND[word]
    if word in _SECOND_TO_FIRST:
        return _SECOND_TO_FIRST[word]
    if word == "you":
        return "I" if _is_subject_you(tokens, at) else "me"
    if word in _AGREEMENT:
        return _agreed(tokens, at) or original
    return original


_AGREEMENT: Final = {
    "was": {"i": "were"},
    "wasn't": {"i": "weren't"},
    "are": {"you": "am"},
    "were": {"you": "was"},
}


def _agreed(tokens: Sequence[str], at: int) -> str:
    """The verb form that fits the reflected subject; empty when it stays as it is."""
    return _AGREEMENT[tokens[at]].get(_subject_of(tokens, at), "")


def _subject_of(tokens: Sequence[str], at: int) -> str:
    """The pronoun that the verb belongs to, as far as word order tells."""
    before = at - 1
    while before >= 0 and tokens[before] in _ADVERBS:
        before -= 1
    if before < 0 or tokens[before] in {"what", "how", "why", "where", "when"}:
        return tokens[at + 1] if at + 1 < len(tokens) else ""
    if tokens[before] in {"and", "but"}:
        return next((t for t in reversed(tokens[:before]) if t in _SUBJECTS), "")
    return tokens[before]


def _is_subject_you(tokens: Sequence[str], at: int) -> bool:
    if at + 1 == len(tokens):
        return False
    return at == 0 or tokens[at - 1] in _BEFORE_SUBJECT_YOU | {"are", "were"}


def _lower_first(fragment: str) -> str:
    first, gap, rest = fragment.partition(" ")
    return f"{first.lower()}{gap}{rest}" if first.lower() in _LOWERABLE else fragment


def finish(text: str) -> str:
    """One written sentence: single spaces, a capital first letter, an end mark."""
    line = pattern(r"\s+([,.;:?!])").sub(r"\1", " ".join(text.split()))
    line = line[:1].upper() + line[1:]
    return line if line.endswith((".", "?", "!")) else f"{line}."
