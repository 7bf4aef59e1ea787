"""Names of people, where the words around them give them away, or a column of the source does.

"my name is", "Dr.", a greeting, a signature, "my sister Emma"; and whoever stands in the columns
that run.yaml names, such as a site's therapists. A bare name in the middle of a sentence is not
found: that takes a model, see `presidio`. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from psychocounsel_data.privacy.spans import Found

_ONE = r"[A-Z\u00c0-\u00de][\w\u2019'-]*[a-z\u00df-\u00ff]"
_FULL = rf"{_ONE}(?: (?:[A-Z]\. )?{_ONE}){{0,2}}"
_KIN = (
    r"(?:wife|husband|partner|boyfriend|girlfriend|fianc\u00e9e?|fiancee?|ex|friend|sister|brother|son"
    r"|daughter|mother|father|mom|mum|dad|uncle|aunt|cousin|niece|nephew|roommate|boss|manager"
    r"|therapist|counsel+or|teacher|baby|colleague|coworker|neighbou?r)"
)
# What a text has to hold for a pattern to be tried at all, and the pattern: a look is cheap.
_PLACES = (
    (
        "name",
        re.compile(rf"\b(?i:my (?:full )?name is|my name's) ({_FULL})"),
    ),
    (
        "call",
        re.compile(
            rf"\b(?i:i am called|i'm called|(?:they|people|friends|you can) call me) ({_FULL})"
        ),
    ),
    (
        "",
        re.compile(
            rf"\b(?:Dr|Mr|Mrs|Ms|Miss|Prof|Professor|Doctor|Rev|Rabbi|Pastor)\b\.? ({_FULL})"
        ),
    ),
    (
        "",
        re.compile(rf"(?:\A|\n) ?(?i:dear|hi|hello|hey) ({_ONE}(?: {_ONE})?)(?=\s*[,!.\n\u2013-])"),
    ),
    (
        "y ",
        re.compile(
            rf"\b[Mm]y (?:\w+ )?{_KIN}(?:'s name is|, who is called,| named| called|,)? ({_ONE})\b"
        ),
    ),
    (
        "named",
        re.compile(rf"\bnamed ({_FULL})"),
    ),
)
# A signature is a short last line.
_SIGNATURE = 60
_SIGNED = (
    re.compile(
        r"(?i:regards|sincerely|yours truly|thanks|thank you|best wishes|all the best|love|best"
        r"|cheers|warmly|blessings)\s?[,.!]?\s?\n\s?[-\u2013\u2014~]?\s?"
        rf"({_FULL})(?:, [A-Z][\w., -]*)?\.?\s*\Z"
    ),
    re.compile(rf"\n\s?[-\u2013\u2014~] ?({_FULL})\.?\s*\Z"),
)
# Capitals that are no names: the pronoun, openers after a missing full stop, days, months, and
# words that greetings and titles go with.
_NO_NAME = frozenset(
    """
    I I'm I've I'd I'll A An And But The He She He's She's It It's We They You This That There Then
    If So When While Because My Our His Her Their Your Is Was Has Had Does Did Will Would Can Could
    Please Thanks Thank Now Not No Yes What Why How Who Where Everyone Everybody All After Before
    Since Until During For With To Of In On At By From As Or Too Also Just Even Still Never Always
    Sometimes Friend Friends Sir Madam Mom Mum Dad Mother Father God Jesus Lord Mr Mrs Ms Dr Doctor
    Counselor Counsellor Counseling Counselling Therapist Therapists Therapy Psychologist
    Psychotherapist Psychotherapy Center Centre Wellness Coaching Coach Services Life Clinical
    Licensed Certified Registered Monday Tuesday Wednesday Thursday Friday Saturday Sunday January
    February March April May June July August September October November December Christmas Easter
    ADHD OCD PTSD BPD Facebook Instagram Snapchat TikTok Google Zoom English Spanish American
    Christian Muslim Jewish Catholic
    """.split()
)
# Given names and surnames that are words of their own: such a one alone is not taken from a column.
_WORDS = frozenset(
    """
    will hope grace faith joy mark may june april rose bill rob art dawn summer autumn christian
    chase grant frank jack pat sue drew ray miles young long love rich price best day white black
    brown green gray king church stone wood west hill field good self case banks little wise
    """.split()
)
_CREDENTIAL = re.compile(r",|\b(?:L[CPM][A-Z]{1,4}|Ph\.?D|Psy\.?D|M\.?A|M\.?S|M\.?Ed|MSW|Psy)\b")


def found(text: str, known: Iterable[str]) -> Iterator[Found]:
    """Names in a text; places may overlap.

    Args:
        text: the text.
        known: what stands in the columns that hold names, in this row.
    """
    folded = text.lower()
    for needed, pattern in _PLACES:
        if needed not in folded:
            continue
        yield from _given_away(text, pattern)
    if 0 < len(text) - text.rstrip().rfind("\n") <= _SIGNATURE + 1:
        for pattern in _SIGNED:
            yield from _given_away(text, pattern)
    for cell in known:
        yield from _written(text, cell)


def _given_away(text: str, pattern: re.Pattern[str]) -> Iterator[Found]:
    """What the pattern's group holds, searched on from where the name ends and not the match: it
    may have taken in the beginning of what is to be found next."""
    match = pattern.search(text)
    while match is not None:
        span = _named(text, match.start(1), match.end(1))
        if span is not None:
            yield span
        match = pattern.search(text, span.end if span else match.end())


def _named(text: str, start: int, end: int) -> Found | None:
    """The name without a word at its end that is none, such as the "But" of the next sentence."""
    words = text[start:end].split(" ")
    for count, word in enumerate(words):
        if word in _NO_NAME:
            words = words[:count]
            break
    return Found(start, start + len(" ".join(words)), "name") if words else None


def _written(text: str, cell: str) -> Iterator[Found]:
    """Where a person from a column is named: in full, or by one part that is no other word."""
    for pattern in _patterns(cell):
        for match in pattern.finditer(text):
            yield Found(match.start(), match.end(), "name")


def _is_a_word(part: str) -> bool:
    return part in _NO_NAME or part.lower() in _WORDS


@lru_cache(maxsize=4096)
def _patterns(cell: str) -> tuple[re.Pattern[str], ...]:
    """What to look for, from a cell such as `Anna Berg, LCSWCouples Therapist`."""
    name = _CREDENTIAL.split(cell.strip(), maxsplit=1)[0].strip()
    parts = [part for part in name.split() if len(part) > 1]
    if not parts or len(parts) > 5:
        return ()
    alone = [part for part in parts if len(part) > 2 and not _is_a_word(part)]
    wanted = [name, *alone] if len(parts) > 1 else alone
    return tuple(re.compile(rf"\b{re.escape(one)}\b") for one in wanted if one[:1].isupper())
