"""The dismissive counsellor: the worst of the four, and still harmless.

It makes the matter small, blames a little, and closes the subject: what person-centred writers
describe as invalidation. It never mocks and never encourages harm; where the speech shows danger
it still names emergency services and crisis lines, if gracelessly, so that even the bad example
points the right way.

It picks sentences by topic and understands nothing: no basis for real data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psychocounsel_data.offline.language import pick, seed_of, tidy, words
from psychocounsel_data.offline.risk import risks_in
from psychocounsel_data.offline.topics import Topic, topics

if TYPE_CHECKING:
    from collections.abc import Mapping


def reply(speech: str) -> str:
    """Two or three short sentences that wave the matter away. Pure, and never empty."""
    seed = seed_of(speech)
    if risks_in(speech):
        return f"{pick(_DOUBTING, seed)} {_EMERGENCY}"
    found = topics(words(tidy(speech)))
    small = pick(_BY_TOPIC[found[0]] if found else _ANY, seed >> 3)
    blame = [pick(_BLAME, seed >> 6)] if seed % 4 and _TENDER.isdisjoint(found) else []
    return " ".join([small, *blame, pick(_CLOSING, seed >> 9)])


_TENDER: Final[frozenset[Topic]] = frozenset({"loss", "past", "body", "parenting"})
"""Nobody is blamed for these, not even by a bad example."""

_DOUBTING: Final = (
    "I am sure it is not as bad as it sounds.",
    "That seems a dramatic way of putting it.",
)
_EMERGENCY: Final = (
    "If anyone really is in danger, call the emergency services or a crisis line; that is what"
    " they are there for."
)
_ANY: Final = (
    "Everyone feels like that sometimes.",
    "That does not sound like a big deal.",
    "Other people have it much worse.",
)
_BLAME: Final = (
    "You are probably making it harder than it is.",
    "You are overthinking it.",
    "You may be a bit too sensitive.",
    "Part of that is your own doing.",
    "Complaining about it will not change anything.",
)
_CLOSING: Final = (
    "You just need to get over it.",
    "Just try to think about something else.",
    "It will pass, so there is no point in dwelling on it.",
    "Cheer up and move on.",
    "Just get on with it.",
)
_BY_TOPIC: Final[Mapping[Topic, tuple[str, ...]]] = {
    "partner": ("Every couple has its ups and downs.", "Relationships are like that."),
    "family": ("All families have their quarrels.", "That is just how families are."),
    "parenting": ("Children are hard work for everyone.", "All parents feel like that sometimes."),
    "friends": ("Friends come and go.", "Nobody has as many friends as they would like."),
    "work": ("Nobody likes going to work.", "Every job is stressful."),
    "study": ("Every student is under pressure.", "It is only an exam."),
    "sleep": ("Everyone sleeps badly now and then.", "A few bad nights never hurt anyone."),
    "money": ("Everyone has bills to pay.", "It is only money."),
    "loss": ("Everybody loses someone sooner or later.", "Time heals all wounds."),
    "substances": ("Plenty of people have that habit.", "It is only a matter of willpower."),
    "body": ("Nobody is happy with their body.", "Everyone has aches and pains."),
    "anxiety": ("Everyone gets nervous sometimes.", "There is nothing to be afraid of."),
    "mood": ("Everyone feels like that sometimes.", "We all have bad days."),
    "anger": ("Everyone loses their temper sometimes.", "You just have a short fuse."),
    "self-worth": ("Nobody is perfect.", "Everyone has doubts sometimes."),
    "past": ("That was a long time ago.", "Everyone has been through something."),
    "decision": ("It is not that complicated.", "It hardly matters which one you choose."),
}
