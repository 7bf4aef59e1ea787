"""Precision and recall of the rules on the labelled texts beside this file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

from psychocounsel_data.privacy.scrubbing import find
from psychocounsel_data.privacy.spans import KINDS, Found
from psychocounsel_data.records import ClientSpeech
from psychocounsel_data.risk.flagging import flags
from psychocounsel_data.risk.policy import kinds
from psychocounsel_data.topics.keywords import label
from psychocounsel_data.topics.taxonomy import UNCLEAR, taxonomy

HERE = Path(__file__).parent
_MARK = re.compile(r"<<([A-Z]+)\|([^>]*)>>")


class Score(NamedTuple):
    """How well one kind is found."""

    right: int
    wrong: int
    """Found where there is none."""
    missed: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed)


class Marked(NamedTuple):
    """A text and what a person marked in it."""

    text: str
    spans: list[Found]


def marked() -> Iterator[Marked]:
    """The texts of privacy.yaml without their marks."""
    for line in yaml.safe_load((HERE / "privacy.yaml").read_text("utf-8")):
        text, spans, end = "", [], 0
        for match in _MARK.finditer(line):
            text += line[end : match.start()]
            spans.append(Found(len(text), len(text) + len(match[2]), match[1].lower()))
            text += match[2]
            end = match.end()
        yield Marked(text + line[end:], spans)


def privacy(
    finder: Callable[[str], list[Found]] = lambda text: find(text, kinds=KINDS),
) -> dict[str, Score]:
    """By kind; a find counts where it touches a mark of its kind."""
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for text, spans in marked():
        found = finder(text)
        right.update(one.kind for one in found if any(map(one_touches(one), spans)))
        wrong.update(one.kind for one in found if not any(map(one_touches(one), spans)))
        missed.update(one.kind for one in spans if not any(map(one_touches(one), found)))
    return _scores(right, wrong, missed)


def one_touches(one: Found) -> Callable[[Found], bool]:
    return lambda other: one.kind == other.kind and one.start < other.end and other.start < one.end


def risk() -> dict[str, Score]:
    """By kind of danger, whatever the tier."""
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for one in yaml.safe_load((HERE / "risk.yaml").read_text("utf-8")):
        there = {kind.split()[0] for kind in one["is"]}
        found = {kind.split()[0] for kind in kinds(flags(one["text"]))}
        right.update(found & there)
        wrong.update(found - there)
        missed.update(there - found)
    return _scores(right, wrong, missed)


def tiers() -> tuple[int, int]:
    """Of the crises that are found, how many have the right tier."""
    right = found = 0
    for one in yaml.safe_load((HERE / "risk.yaml").read_text("utf-8")):
        there = [kind for kind in one["is"] if kind.startswith("crisis")]
        said = [kind for kind in kinds(flags(one["text"])) if kind.startswith("crisis")]
        found += bool(there and said)
        right += bool(there and said == there)
    return right, found


def _scores(right: Counter[str], wrong: Counter[str], missed: Counter[str]) -> dict[str, Score]:
    return {
        kind: Score(right[kind], wrong[kind], missed[kind])
        for kind in sorted({*right, *wrong, *missed})
    }


class Labelled(NamedTuple):
    """How the keywords label the speeches of topics.yaml."""

    speeches: int
    fine: int
    """With the right fine topic."""
    coarse: int
    unclear: int


def topics() -> Labelled:
    """By the one label that counts, not by those in `also`."""
    family = taxonomy().family
    speeches = fine = coarse = unclear = 0
    for topic, texts in yaml.safe_load((HERE / "topics.yaml").read_text("utf-8")).items():
        for text in texts:
            said = label(ClientSpeech(id="s-0", source="s", row=0, text=text))
            speeches += 1
            fine += said.fine == topic
            coarse += said.coarse == family[topic]
            unclear += said.fine == UNCLEAR
    return Labelled(speeches, fine, coarse, unclear)
