"""Signs of danger in what a client wrote: suicide, self-harm, abuse, violence.

A small list, read with the same words by the counsellors (which then ask about safety) and by the
judge (which then expects it). It is no screening instrument: it misses whatever is not spelled
out, and it must not be used to decide anything about a person. It leans towards asking: a phrase
counts unless it is denied just before ("I am not suicidal") or tells of a death in the past.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, Literal

from psychocounsel_data.offline.language import words
from psychocounsel_data.offline.lexicon import Lexicon, is_negated, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

Risk = Literal["suicide", "self-harm", "abuse", "violence"]

_PHRASES: Final[dict[Risk | None, str]] = {
    "suicide": "suicide, suicidal, kill myself, killing myself, killed myself, end my life"
    ", ending my life, take my own life, taking my own life, end it all, ending it all"
    ", want to die, wanted to die, wanting to die, wish i was dead, wish i were dead"
    ", wish i had never been born, wish i was never born, better off dead, better off without me"
    ", rather be dead, no reason to live, nothing to live for, no point in living"
    ", not want to live, not wanting to live, not want to be alive, not want to exist"
    ", not want to be here anymore, not want to be here any more, not want to wake up"
    ", not see a reason to go on, not worth living, should not be here, took an overdose"
    ", take an overdose, overdosed, take all my pills, tired of living, never wake up"
    ", not wake up, go to sleep and not wake, disappear forever, being dead, thoughts of dying",
    "self-harm": "self-harm, self harming, harm myself, harming myself, harmed myself"
    ", hurt myself, hurting myself, cut myself, cutting myself, burn myself, burning myself"
    ", hit myself, hitting myself, punish myself by",
    "abuse": "abuse me, abuses me, abused me, abusing me, abusive, was abused, been abused"
    ", being abused, hit me, hits me, hitting me, beat me, beats me, beating me, beat me up"
    ", choked me, chokes me, slapped me, slaps me, punched me, punches me, pushed me against"
    ", threatens me, threatened me, threatens to kill, threatened to kill, raped, rape, molested"
    ", sexually assaulted, sexual assault, forced himself on, forces himself on"
    ", used to touch me, touched me when, touch me when i was, touched me inappropriately"
    ", domestic violence, sexual abuse, physical abuse"
    ", afraid of what he will do, afraid of what she will do, scared he will hurt"
    ", scared of my husband, scared of my wife, scared of my father, afraid to go home",
    "violence": "kill him, kill her, kill them, kill someone, kill somebody"
    ", want to hurt someone, going to hurt someone, might hurt someone, want to hurt him"
    ", want to hurt her, want to hurt them, going to hurt him, going to hurt her, hit my wife"
    ", hit my husband, hit my girlfriend, hit my son"
    ", hit my daughter, hit my kids, hit my child, hit my children, make them pay",
    None: "committed suicide, died by suicide, his suicide, her suicide, their suicide"
    ", lost to suicide, it hit me, it hits me, hit me that, hits me that, beat me to, beat me at"
    ", hit me hard"
    ", hits me hard, never been suicidal, beat myself up, beating myself up, suicide of",
}  # fmt: skip


@cache
def _lexicon() -> Lexicon[Risk | None]:
    return Lexicon(listed(_PHRASES))


def risks(tokens: Sequence[str]) -> tuple[Risk, ...]:
    """The kinds of danger the words speak of, each once, in the order they come up."""
    found = (hit for hit in _lexicon().find(tokens) if not is_negated(tokens, hit.start))
    return tuple(dict.fromkeys(hit.value for hit in found if hit.value is not None))


def risks_in(text: str) -> tuple[Risk, ...]:
    """The same, of a text."""
    return risks(words(text))
