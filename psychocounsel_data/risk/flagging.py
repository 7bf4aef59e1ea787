"""Signs of danger in a text, each with the rule that fired and its place. Pure.

A phrase counts unless it is denied in the same clause ("I am not suicidal"); a hedged denial ("not
really suicidal") counts as an indicator. Where a rule is about the client and the words are about
somebody else ("my husband's suicide attempt"), or about a time that is over ("I used to be
suicidal"), the flag says so in its rule and its tier is `indicator`. The rules lean towards
flagging, know English only, and miss whatever is not spelt out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from psychocounsel_data.records import CrisisTier, RiskFlag, RiskKind
from psychocounsel_data.risk.rules import TIERS, Compiled, Rule, lexicon
from psychocounsel_data.risk.words import END, Words, read

OTHER: Final = "/other"
"""Ends the rule of a flag that is about somebody else than the client."""
PAST: Final = "/past"
"""Ends the rule of a flag about what the client says is over."""
HEDGED: Final = "/hedged"
"""Ends the rule of a flag whose words are denied half-heartedly."""

_NOT = frozenset("not never no without nor neither none hardly nobody".split())
# What may stand between a denial and what it denies: "never [tried or contemplated] suicide".
_HEDGED_BY = frozenset("really exactly actively quite currently necessarily always fully".split())
_LIGHT = _HEDGED_BY | frozenset(
    """
    a an any am are be been being is was were do did does ever even going have had has having to of
    the that so very feel feels feeling felt think thinking thought thoughts want wants wanted
    wanting plan plans planning intention intend longer about tried trying try attempted
    contemplated considered consider considering or and suicidal suicide history desire act acts
    myself harm self like wish experience experienced i would will could
    """.split()
)
_CLIENT = frozenset("i me myself we us ourselves mine".split())
_OTHERS = frozenset(
    """he she they him her them his their hers theirs who someone somebody people everyone friend
    friends mother father mom mum dad parents parent sister brother sisters brothers sibling son
    daughter sons daughters kids children child baby husband wife boyfriend girlfriend partner
    fiance fiancee ex uncle aunt cousin grandmother grandfather grandma grandpa niece nephew
    relative roommate coworker colleague boss classmate student patient neighbour neighbor man
    woman guy girl boy stepfather stepmother stepdad stepmom family""".split()
)
_REACH = 10
"""How many words back a subject is looked for."""


class _Hit(NamedTuple):
    kind: RiskKind
    rule: Rule
    first: int
    """Index of its first word."""
    end: int
    """Index after its last."""


def flags(text: str) -> tuple[RiskFlag, ...]:
    """Every sign of danger that a rule finds in a text, in order of place.

    Where rules of one kind cover the same words the longest phrase counts, of equal ones the
    graver.
    """
    words = read(text)
    found = [flag for hit in _standing(words) if (flag := _flag(hit, words)) is not None]
    return tuple(sorted(found, key=lambda flag: (flag.start, flag.end, flag.kind, flag.rule)))


def _standing(words: Words) -> list[_Hit]:
    """The hits that no exception touches and no longer hit of their kind overlaps."""
    hits, shielded = [], []
    for hit in _hits(words):
        if isinstance(hit, _Hit):
            hits.append(hit)
        else:
            shielded.append(hit)
    hits.sort(key=lambda hit: (hit.first - hit.end, -_grave(hit.rule.tier)))
    kept: list[_Hit] = []
    for hit in hits:
        rivals = [(one.kind, one.first, one.end) for one in kept] + shielded
        if not any(
            kind == hit.kind and first < hit.end and hit.first < end for kind, first, end in rivals
        ):
            kept.append(hit)
    return kept


def _hits(words: Words) -> Iterator[_Hit | tuple[RiskKind, int, int]]:
    index = lexicon().by_word
    tried: set[int] = set()
    for word in set(words.words()) & index.keys():
        for one in index[word]:
            if id(one) not in tried:  # a phrase is filed under each word of its telling place
                tried.add(id(one))
                yield from _of(one, words)


def _of(one: Compiled, words: Words) -> Iterator[_Hit | tuple[RiskKind, int, int]]:
    for match in one.phrase.pattern.finditer(words.joined):
        first, end = words.at(match.start()), words.at(match.end() - 1) + 1
        yield _Hit(one.kind, one.rule, first, end) if one.rule else (one.kind, first, end)


def _flag(hit: _Hit, words: Words) -> RiskFlag | None:
    """The flag that a hit raises, given what stands around it; None where it is denied."""
    said = words.words()
    suffix = ""
    if hit.rule.whose == "client" and _about_another(said, hit):
        suffix = OTHER
    elif _past(said, hit.first):
        suffix = PAST
    denied = _denial(said, hit.first)
    if denied == "plain":
        return None
    if denied == "hedged":
        suffix = HEDGED
    if suffix == OTHER and hit.kind != "crisis":
        return None
    return RiskFlag(
        kind=hit.kind,
        tier=_tier(hit.rule, suffix),
        rule=hit.rule.id + suffix,
        start=words.places[hit.first][0],
        end=words.places[hit.end - 1][1],
    )


def _tier(rule: Rule, suffix: str) -> CrisisTier | None:
    """An act stays what it was when it is over; thoughts that are over are an indicator."""
    if rule.tier is None or not suffix:
        return rule.tier
    if suffix == PAST and rule.tier in {"behaviour", "attempt"}:
        return rule.tier
    return "indicator"


def _grave(tier: CrisisTier | None) -> int:
    return TIERS.index(tier) if tier else 0


def _denial(said: Sequence[str], first: int) -> str:
    """`plain`, `hedged`, or nothing: only light words may stand between a denial and a phrase."""
    at, hedged = first - 1, False
    while at >= 0 and (said[at] in _LIGHT):
        hedged |= said[at] in _HEDGED_BY
        at -= 1
    if at < 0 or said[at] not in _NOT:
        return ""
    return "hedged" if hedged else "plain"


def _past(said: Sequence[str], first: int) -> bool:
    before = " ".join(said[max(0, first - 4) : first])
    return "used to" in before


def _about_another(said: Sequence[str], hit: _Hit) -> bool:
    """Whether the nearest person named before the phrase, in its sentence, is not the client."""
    if any(word in _CLIENT or word == "my" for word in said[hit.first : hit.end]):
        return False
    after = said[hit.end : hit.end + 4]
    for word in reversed(said[max(0, hit.first - _REACH) : hit.first]):
        if word == END:
            break
        if word in _CLIENT:
            return False
        if word in _OTHERS:
            return True
    if after[:1] and after[0] in {"of", "by"}:
        return any(word in _OTHERS for word in after)
    return False
