"""What the speeches are about, and which signs of danger they show, by source."""

from __future__ import annotations

from collections import Counter

from psychocounsel_data import journal
from psychocounsel_data.records import ClientSpeech
from psychocounsel_data.report.figures import stacked
from psychocounsel_data.report.section import Section
from psychocounsel_data.risk.policy import kinds
from psychocounsel_data.risk.rules import TIERS
from psychocounsel_data.run import Run
from psychocounsel_data.topics.labels import Coverage, coverage, standing_labels
from psychocounsel_data.topics.taxonomy import UNCLEAR, taxonomy

_UNCLEAR = "Unclear"
_SIGNS = (*(f"crisis {tier}" for tier in reversed(TIERS)), "abuse", "minor", "violence")


def topic_names(run: Run) -> dict[str, str]:
    """Speech id to `family: topic`, in the words for people; empty where nothing is labelled.

    Raises InputError where topics.jsonl is broken.
    """
    names = {
        topic.id: f"{family.name}: {topic.name}"
        for family in taxonomy().coarse
        for topic in family.fine
    }
    labels = standing_labels(run, run.config.topics)
    return {speech: names.get(label.fine, _UNCLEAR) for speech, label in labels.items()}


def topics(run: Run) -> tuple[Section, ...]:
    """Families of topics by source; empty where no speech is labelled."""
    found = coverage(run, run.config.topics)
    if not found.labelled:
        return ()
    counts = _families(found)
    unclear = sum(counts.get(_UNCLEAR, {}).values())
    lead = (
        f"What {found.labelled:,} speeches are about; {unclear:,} of them do not say it. A topic "
        "with few speeches is one that a model will hardly learn from this set."
    )
    if found.unlabelled:
        lead += f" {found.unlabelled:,} more speeches have no label."
    return (stacked("topics", "Topics by source", lead, counts, "speeches"),)


def _families(found: Coverage) -> dict[str, dict[str, int]]:
    """Family to source to number of speeches, most first, and those without a topic last."""
    names = {family.id: family.name for family in taxonomy().coarse} | {UNCLEAR: _UNCLEAR}
    order = sorted(
        (id_ for id_, counts in found.coarse.items() if counts),
        key=lambda id_: (id_ == UNCLEAR, -sum(found.coarse[id_].values()), id_),
    )
    return {names[id_]: found.coarse[id_] for id_ in order}


def dangers(run: Run) -> tuple[Section, ...]:
    """Speeches with signs of danger by source; empty where none was found."""
    found: dict[str, Counter[str]] = {sign: Counter() for sign in _SIGNS}
    speeches = flagged = 0
    for speech in journal.read(run.speeches, ClientSpeech):
        speeches += 1
        flagged += bool(speech.flags)
        for sign in kinds(speech.flags):
            found[sign][speech.source] += 1
    counts = {sign: dict(sources) for sign, sources in found.items() if sources}
    if not counts:
        return ()
    return (
        stacked(
            "risk",
            "Signs of danger in the speeches",
            f"{flagged:,} of {speeches:,} speeches show a sign that a rule or a model found; that "
            "is no verdict, and a text without one has not been found safe. A speech counts once "
            "for each kind of sign, for a crisis under its gravest tier.",
            counts,
            "speeches",
        ),
    )
