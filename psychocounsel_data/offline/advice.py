"""The advice counsellor: fluent, directive, and deaf to feelings.

It names the problem, tells people what to do about it, in a list or in prose, and promises
results. It asks nothing, names no feeling and does not care whether the client is ready: what
motivational interviewing calls the righting reflex (Miller and Rollnick 2013, ch. 1). Where the
speech shows danger the first thing it says is to get help, in the same tone of command.

It picks from lists by topic and understands nothing: no basis for real data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psychocounsel_data.offline.language import finish, pick, seed_of, tidy, words
from psychocounsel_data.offline.risk import risks_in
from psychocounsel_data.offline.topics import Topic, topics

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_STEPS: Final = 4


def reply(speech: str) -> str:
    """Four directions and what they will achieve, as a list or in prose. Pure, and never empty."""
    seed = seed_of(speech)
    found = topics(words(tidy(speech)))
    steps = _steps(found, seed)
    written = _numbered(steps) if seed % 3 == 0 else _prose(steps, seed)
    opening = _DANGER if risks_in(speech) else pick(_OPENINGS, seed >> 4).format(_name(found))
    return f"{opening}{written}{pick(_CLOSINGS, seed >> 7)}"


def _name(found: Sequence[Topic]) -> str:
    return _NAMES[found[0]] if found else "problems of this kind"


def _steps(found: Sequence[Topic], seed: int) -> list[str]:
    """Directions for the first two topics, two each where there are two, then general ones."""
    share = _STEPS // 2 if len(found) > 1 else _STEPS - 1
    chosen = [step for topic in found[:2] for step in _turned(_DIRECTIONS[topic], seed)[:share]]
    return [*chosen, *_turned(_GENERAL, seed)][:_STEPS]


def _turned(options: Sequence[str], seed: int) -> list[str]:
    """The options beginning at another place for another seed."""
    start = seed % len(options)
    return [*options[start:], *options[:start]]


def _numbered(steps: Sequence[str]) -> str:
    lines = (f"{number}. {finish(step)}" for number, step in enumerate(steps, start=1))
    return "\n\n" + "\n".join(lines) + "\n\n"


def _prose(steps: Sequence[str], seed: int) -> str:
    leads = _LEADS[(seed >> 9) % len(_LEADS)]
    written = (finish(f"{lead} {step}") for lead, step in zip(leads, steps, strict=True))
    return f" {' '.join(written)} "


_DANGER: Final = (
    "You need to call your local emergency services or a crisis line if anyone is in danger, and"
    " you should tell someone today."
)
_OPENINGS: Final = (
    "There are proven steps for dealing with {}.",
    "The way to deal with {} is to be consistent.",
    "Here is what works with {}.",
    "With {}, the solution is a clear plan and the discipline to follow it.",
)
_LEADS: Final = (
    ("You should", "You also need to", "It is important to", "Finally, you have to"),
    ("First, you need to", "Then you should", "Make sure to", "You must also"),
    ("You have to", "Make sure to", "You should also", "It is essential to"),
)
_CLOSINGS: Final = (
    "If you follow these steps, you will see results within a few weeks.",
    "Stick to this plan and the problem will take care of itself.",
    "If nothing has changed after a month, see a professional.",
    "Start today, because waiting only makes it harder.",
)
_GENERAL: Final = (
    "exercise for half an hour a day",
    "get eight hours of sleep every night",
    "keep a daily journal of your progress",
    "set one realistic goal for each week",
    "practise deep breathing every morning",
    "focus on the positive side of things",
)
_NAMES: Final[Mapping[Topic, str]] = {
    "partner": "relationship problems", "family": "family conflict",
    "parenting": "problems with children", "friends": "social difficulties",
    "work": "problems at work", "study": "academic pressure", "sleep": "poor sleep",
    "money": "financial trouble", "loss": "a loss", "substances": "bad habits",
    "body": "health problems", "anxiety": "anxiety", "mood": "low mood", "anger": "anger",
    "self-worth": "low self-esteem", "past": "the past", "decision": "hard decisions",
}  # fmt: skip
_DIRECTIONS: Final[Mapping[Topic, tuple[str, ...]]] = {
    "partner": (
        "set aside an hour a week to talk to your partner about the rules of the household",
        'use sentences that begin with "I" when you argue',
        "plan a regular date night and keep to it",
        "book a course of couples therapy",
    ),
    "family": (
        "set firm boundaries with your relatives",
        "limit visits and calls to fixed times",
        "tell your family clearly what you expect of them",
        "call a family meeting and write down what is agreed",
    ),
    "parenting": (
        "set consistent rules for your child and stick to them",
        "limit screen time to one hour a day",
        "praise good behaviour and ignore bad behaviour",
        "keep a fixed routine for meals and bedtime",
    ),
    "friends": (
        "join a club or a sports team",
        "invite someone for coffee every week",
        "stop waiting for others to make the first move",
        "volunteer for a local organisation",
    ),
    "work": (
        "make a list of priorities every morning",
        "ask your manager for a meeting and state your demands",
        "leave work at work and turn off your email in the evening",
        "update your resume and apply for other positions",
    ),
    "study": (
        "make a timetable and study in blocks of fifty minutes",
        "hand in everything a day early",
        "go to your tutor and ask for a study plan",
        "put your phone in another room while you work",
    ),
    "sleep": (
        "go to bed at the same time every night",
        "avoid caffeine after noon",
        "keep all screens out of the bedroom",
        "get up if you are not asleep within twenty minutes",
    ),
    "money": (
        "write a budget and track every expense",
        "pay off the smallest debt first",
        "cancel the subscriptions you do not use",
        "hand your cards to someone else for three months",
    ),
    "loss": (
        "keep busy and stay around other people",
        "clear out the belongings as soon as you can",
        "join a bereavement group",
        "write a letter to say goodbye",
    ),
    "substances": (
        "pour away what is left in the house",
        "avoid the people and places that tempt you",
        "attend a support group three times a week",
        "replace the habit with exercise",
    ),
    "body": (
        "eat three balanced meals a day",
        "write down everything you eat",
        "have a full check-up with your doctor",
        "stop comparing yourself with pictures online",
    ),
    "anxiety": (
        "challenge every negative thought with evidence",
        "breathe in for four counts and out for six",
        "face the situation every day until it passes",
        "cut out coffee and stay off the internet",
    ),
    "mood": (
        "get out of the house every day",
        "make a schedule of pleasant activities",
        "write down three things to be grateful for",
        "ask your doctor about medication",
    ),
    "anger": (
        "count to ten before you speak",
        "walk away as soon as your voice rises",
        "take an anger management class",
        "apologise to the people you shouted at",
    ),
    "self-worth": (
        "repeat positive affirmations in front of the mirror",
        "list ten of your strengths",
        "say no to one request a day",
        "stop putting yourself down",
    ),
    "past": (
        "put the past behind you and focus on the present",
        "write down what happened and then close the notebook",
        "start trauma therapy",
        "avoid anything that reminds you of it",
    ),
    "decision": (
        "write a list of pros and cons",
        "set yourself a deadline of one week",
        "choose the option with the fewest risks",
        "stop asking other people for their opinion",
    ),
}
