"""Where a client seems to stand with change, from change talk and sustain talk.

The stages are those of Prochaska and DiClemente's transtheoretical model (1983, J Consult Clin
Psychol 51:390-395); change talk and sustain talk are motivational interviewing's terms (Miller
and Rollnick, Motivational Interviewing, 3rd ed. 2013, ch. 12-14). Relapse and maintenance
read like action from one message, so there are four stages and "unclear".
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, Literal

from psychocounsel_data.offline.lexicon import Lexicon, is_negated, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

Stage = Literal["precontemplation", "contemplation", "preparation", "action", "unclear"]

_TALK: Final[dict[Stage, str]] = {
    "precontemplation": "not have a problem, not a problem, nothing wrong with me, not my fault"
    ", not need help, not need to change, says i have a problem, says i need help"
    ", thinks i have a problem, think i have a problem, says i drink too much"
    ", making me come, made me come, making me see, wants me to see, wants me to get help"
    ", not see the problem, not see why, not see a problem, not the one who, everyone else is"
    ", not that bad, not going to change, i am fine, sent me here",
    "contemplation": "part of me, but then, not sure if i, not sure whether, not sure i, should i"
    ", torn, on the one hand, know i should, know i need to, i should probably, thinking about"
    ", thinking of, wonder if, wondering if, wondering whether, but i am afraid, but i am scared"
    ", want to but, not know if i, not know whether, keep going back and forth, undecided"
    ", maybe i should, maybe i need, is it normal, would it be, cannot decide, wish i could",
    "preparation": "how do i, how can i, how should i, what can i do, what should i do"
    ", what do i do, i want to change, want to stop, want to get better, want to learn"
    ", i am ready, ready to, i plan to, planning to, going to start, going to try"
    ", decided to, i have decided, i intend, need to change, need to stop, want help"
    ", i want to be able, want to work on, i need help, want to feel better, booked, made an"
    " appointment, next week i will, tips, advice",
    "action": "i have started, i started seeing, i started going, i have been trying, been trying"
    ", i have been working on, been working on, i have tried, i tried, i have been going"
    ", i have stopped, i have quit, i quit, i gave up drinking, sober for, months sober"
    ", weeks sober, days sober, i managed, been practising, been practicing, in therapy"
    ", seeing a therapist, seeing a counsellor, seeing a counselor, started therapy, relapsed"
    ", slipped, went back to, i have cut down, i joined",
}  # fmt: skip

_CHANGE_TALK: Final[frozenset[Stage]] = frozenset({"preparation", "action"})


@cache
def _lexicon() -> Lexicon[Stage]:
    return Lexicon(listed(_TALK))


def stage_of(tokens: Sequence[str]) -> Stage:
    """The stage the words speak for most; between equals the earlier stage, which asks for less.

    "unclear" when nothing of the kind is said.
    """
    counts: dict[Stage, int] = dict.fromkeys(_TALK, 0)
    for hit in _lexicon().find(tokens):
        if not is_negated(tokens, hit.start):
            counts[hit.value] += 1
    best = max(counts, key=lambda stage: counts[stage])
    return best if counts[best] else "unclear"


def is_ready(stage: Stage) -> bool:
    """True in the stages in which planning helps rather than pushes."""
    return stage in _CHANGE_TALK
