"""Feeling words: families, intensities, and whose feeling it is.

Naming a feeling is the core of an empathic reply, so the reflective counsellor looks here for
what to name and the judge for what was named. Families follow the usual primary emotions with
the states clients write about most. The lists are ours; a clinician will find words missing.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from psychocounsel_data.offline.language import word_set
from psychocounsel_data.offline.lexicon import Hit, Lexicon, is_negated, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Feeling(NamedTuple):
    """One feeling word of a text."""

    family: str
    word: str
    """The word as written, in lower case."""
    start: int
    """Its place among the words searched."""
    intensity: int
    """1 mild, 2 plain, 3 strong; a modifier such as "very" adds one."""


class Family(NamedTuple):
    """How a counsellor speaks about one family of feelings."""

    mild: str
    plain: str
    strong: str
    need: str
    """What such a feeling often asks for: completes "a wish ..."."""
    normal: str
    """A sentence that makes the feeling understandable without making it small."""


_ADJECTIVES: Final = {
    ("sadness", 1): "low, gloomy, disappointed, discouraged, tearful",
    ("sadness", 2): "sad, unhappy, depressed, upset, sorrowful, empty, miserable",
    ("sadness", 3): "heartbroken, devastated, broken, crushed, inconsolable",
    ("anxiety", 1): "nervous, worried, uneasy, tense, restless, on edge, unsure of myself, jumpy",
    ("anxiety", 2): "anxious, afraid, scared, frightened, fearful, insecure, stressed"
    ", stressed out",
    ("anxiety", 3): "terrified, petrified, panicked, panicky, paranoid",
    ("anger", 1): "annoyed, irritated, irritable, frustrated, impatient, bothered",
    ("anger", 2): "angry, mad, resentful, bitter",
    ("anger", 3): "furious, enraged, livid",
    ("guilt", 1): "awkward, embarrassed, self-conscious",
    ("guilt", 2): "guilty, ashamed, sorry for what i did, to blame",
    ("guilt", 3): "humiliated, disgusted with myself, mortified",
    ("worth", 2): "inadequate, not good enough, inferior, like a failure, like a burden, a burden"
    ", stupid, unattractive, ugly, incompetent, a failure, like an impostor, like a fraud",
    ("worth", 3): "worthless, useless, pathetic, like nothing, like a waste of space",
    ("loneliness", 1): "left out, distant, disconnected, homesick, out of place",
    ("loneliness", 2): "lonely, alone, isolated, excluded, unloved, unwanted, invisible, unseen",
    ("loneliness", 3): "abandoned, completely alone, all alone, utterly alone",
    ("hopelessness", 2): "hopeless, helpless, stuck, trapped, powerless, lost, pointless",
    ("hopelessness", 3): "desperate, in despair",
    ("exhaustion", 1): "tired, drained, weary",
    ("exhaustion", 2): "exhausted, overwhelmed, burnt out, burned out, worn out, overworked"
    ", swamped",
    ("exhaustion", 3): "at breaking point, at the end of my rope, completely drained",
    ("confusion", 1): "unsure, uncertain, undecided, puzzled",
    ("confusion", 2): "confused, torn, conflicted, ambivalent",
    ("hurt", 2): "hurt, rejected, betrayed, let down, unappreciated, ignored"
    ", taken for granted, unheard, misunderstood",
    ("jealousy", 2): "jealous, envious, suspicious, possessive",
    ("numbness", 2): "numb, detached, indifferent, unmotivated, apathetic, bored, disinterested",
    ("hope", 1): "calm, hopeful, relieved, curious",
    ("hope", 2): "happy, proud, grateful, excited, thankful, confident, determined, loved",
}  # fmt: skip

_NOUNS: Final = {
    ("sadness", 1): "feel down, feeling down, felt down, feel blue",
    ("sadness", 2): "sadness, depression, sorrow, unhappiness, crying, cry, cried, tears, pain"
    ", misery, miss him, miss her, miss them",
    ("grief", 2): "grief, grieving, mourning, loss, bereaved"
    ", bereavement",
    ("anxiety", 2): "anxiety, fear, worry, worries, stress, nerves, dread, dreading, worrying"
    ", overthinking, overthink, fears, insecurity, insecurities",
    ("anxiety", 3): "panic, panic attack, panic attacks, terror, anxiety attacks, anxiety attack",
    ("anger", 2): "anger, resentment, irritation, frustration, temper",
    ("anger", 3): "rage, hatred",
    ("guilt", 2): "guilt, shame, regret, regrets, embarrassment, blame myself",
    ("worth", 2): "low self-esteem, self-esteem, self-doubt, hate myself, hate how i look",
    ("loneliness", 2): "loneliness, isolation, no friends, nobody to talk to, no one to talk to",
    ("hopelessness", 2): "hopelessness, despair, no way out",
    ("exhaustion", 2): "exhaustion, burnout, pressure, no energy, overload",
    ("confusion", 2): "confusion, doubt, doubts, dilemma",
    ("hurt", 2): "betrayal, rejection, heartbreak",
    ("jealousy", 2): "jealousy, envy",
    ("numbness", 2): "numbness, emptiness, no motivation, nothing interests me, no interest"
    ", feel nothing, not feel anything",
    ("hope", 2): "pride, relief, joy, happiness",
}  # fmt: skip

FAMILIES: Final = {
    "sadness": Family(
        "rather low", "sad", "deeply sad",
        "for some comfort, and for the weight to lift",
        "Sadness like this usually says how much something has mattered.",
    ),
    "grief": Family(
        "sad about your loss", "full of grief", "overcome by grief",
        "to keep hold of what you have lost",
        "Grief keeps its own time, and there is no correct way of doing it.",
    ),
    "anxiety": Family(
        "uneasy", "anxious", "really frightened",
        "to feel safe and steady again",
        "When so much feels uncertain, it makes sense that your mind keeps watch.",
    ),
    "anger": Family(
        "irritated", "angry", "furious",
        "to be treated fairly and to be heard",
        "Anger often comes when something that matters to us has been stepped over.",
    ),
    "guilt": Family(
        "awkward", "guilty", "deeply ashamed",
        "to put things right, and to be at peace with yourself",
        "Feeling guilty often goes with caring about the people around us.",
    ),
    "worth": Family(
        "unsure of yourself", "not good enough", "worthless",
        "to be accepted as you are, by yourself as much as by others",
        "Many people hear a harsh inner voice like that, and it can be very convincing.",
    ),
    "loneliness": Family(
        "left out", "lonely", "utterly alone",
        "to be close to someone who understands",
        "Wanting to belong somewhere is as human as anything can be.",
    ),
    "hopelessness": Family(
        "stuck", "stuck and without much hope", "desperate",
        "for something to change at last",
        "After trying for so long, it makes sense that hope is hard to find.",
    ),
    "exhaustion": Family(
        "tired", "overwhelmed", "completely worn out",
        "for room to breathe",
        "Anyone who carries this much for this long would be worn down by it.",
    ),
    "confusion": Family(
        "unsure", "torn", "deeply torn",
        "to find a way that you can stand behind",
        "Being pulled in two directions is tiring, and it is not a sign of weakness.",
    ),
    "hurt": Family(
        "let down", "hurt", "deeply hurt",
        "to be able to trust, and to be seen",
        "It makes sense that this hurts so much when it comes from people who matter to you.",
    ),
    "jealousy": Family(
        "a little jealous", "jealous", "consumed by jealousy",
        "to feel sure of your place",
        "Jealousy often sits on top of a fear of losing someone.",
    ),
    "numbness": Family(
        "flat", "numb", "completely cut off",
        "to feel like yourself again",
        "Going numb can be a way of getting through when there is too much to feel.",
    ),
    "hope": Family(
        "hopeful", "hopeful", "really hopeful",
        "to build on what is already going well",
        "It is good to notice what is working, even while other things are hard.",
    ),
}  # fmt: skip
"""How to speak about each family; every family a `Feeling` can have is a key."""

_STRONGER: Final = word_set("so very really extremely totally completely deeply too")
_OTHERS: Final = word_set(
    "he she they his her their him them husband wife mother father mom mum dad son daughter"
    " brother sister boyfriend girlfriend partner boss friend people everyone"
)
_THIRD_PERSON_VERBS: Final = frozenset({"gets", "feels", "becomes", "seems", "looks"})
_SELF: Final = word_set("i me my myself am")
_SHADOWED: Final = (
    "let alone, alone with, home alone, leave me alone, left alone, tired of, lost my, lost a"
    ", lost the, lost our, i lost, lost weight, lost interest, lost him, lost her, mad at me"
    ", angry at me, angry with me, upset with me, hurt myself, hurt me, hurts me, hurt him"
    ", hurt her, hurt them, hurt someone, empty house, empty flat, empty bed"
)
"""Phrases that hold a feeling word and are no feeling, or not the writer's."""


@cache
def _lexicon() -> Lexicon[tuple[str, int] | None]:
    entries: dict[str, tuple[str, int] | None] = dict.fromkeys(_SHADOWED.split(", "))
    entries |= listed(_NOUNS) | listed(_ADJECTIVES)
    return Lexicon(entries)


@cache
def adjectives() -> frozenset[str]:
    """The feeling words that can stand after "you feel"."""
    return frozenset(listed(_ADJECTIVES))


def feelings(tokens: Sequence[str]) -> Iterator[Feeling]:
    """Every feeling named in the words, denied ones ("not sad") left out."""
    for hit in _lexicon().find(tokens):
        if hit.value is not None and not _is_denied(tokens, hit):
            family, intensity = hit.value
            stronger = hit.start > 0 and tokens[hit.start - 1] in _STRONGER
            yield Feeling(family, hit.phrase, hit.start, min(3, intensity + stronger))


def _is_denied(tokens: Sequence[str], hit: Hit[tuple[str, int] | None]) -> bool:
    """Denied just before; for hope already by a "not" further off ("can't imagine being happy")."""
    far = hit.value is not None and hit.value[0] == "hope" and "not" in tokens[: hit.start][-5:]
    return far or is_negated(tokens, hit.start)


def own_feelings(tokens: Sequence[str]) -> Iterator[Feeling]:
    """The feelings the writer has, as far as the nearest person named before them tells."""
    for feeling in feelings(tokens):
        if _owner(tokens, feeling.start) != "other":
            yield feeling


def _owner(tokens: Sequence[str], start: int) -> str:
    if start and tokens[start - 1] in _THIRD_PERSON_VERBS:
        return "other"
    for token in reversed(tokens[max(0, start - 6) : start]):
        if token in _SELF:
            return "self"
        if token in _OTHERS:
            return "other"
    return "unknown"
