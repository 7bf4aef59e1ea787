"""The labels of a run: written without a model, read by who needs a topic, counted by source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from psychocounsel_data import journal
from psychocounsel_data.config import KEYWORDS, TopicsConfig
from psychocounsel_data.journal import Writer
from psychocounsel_data.records import ClientSpeech, Record, TopicLabel
from psychocounsel_data.run import Run
from psychocounsel_data.topics import keywords
from psychocounsel_data.topics.taxonomy import UNCLEAR, taxonomy


class Coverage(Record):
    """How many speeches each topic has, by source."""

    labelled: int
    unlabelled: int
    """Speeches without a label."""
    coarse: dict[str, dict[str, int]]
    """Coarse topic to source to number of speeches; in the taxonomy's order, `unclear` last."""
    fine: dict[str, dict[str, int]]
    """Fine topic likewise."""


def label_by_keywords(run: Run, limit: int | None = None) -> int:
    """Label what has no label of this method yet; returns how many that were.

    Raises:
        RunError: there are no speeches yet, or topics.jsonl cannot be written.
        InputError: a line of a journal is broken.
    """
    run.need(run.speeches, "pcdata load")
    with Writer(run.topics) as file:
        labelled = journal.ids(run.topics)
        count = 0
        for speech in journal.read(run.speeches, ClientSpeech):
            label = keywords.label(speech)
            if bytes.fromhex(label.id) in labelled:
                continue
            if count == limit:
                break
            file.append(label)
            count += 1
    return count


def standing_labels(run: Run, config: TopicsConfig) -> dict[str, TopicLabel]:
    """Speech id to the label that counts: the newest by the method of run.yaml; where a speech has
    none, its newest.

    Raises:
        InputError: a line of topics.jsonl is broken.
    """
    wanted = keywords.method() if config.model == KEYWORDS else f"{config.model} "
    standing: dict[str, TopicLabel] = {}
    for label in journal.read(run.topics, TopicLabel):
        before = standing.get(label.speech_id)
        if (
            before is None
            or label.method.startswith(wanted)
            or not before.method.startswith(wanted)
        ):
            standing[label.speech_id] = label
    return standing


def coverage(run: Run, config: TopicsConfig) -> Coverage:
    """How the labels that count are spread. Raises InputError where a journal is broken."""
    labels = standing_labels(run, config)
    coarse: dict[str, Counter[str]] = {one.id: Counter() for one in taxonomy().coarse}
    fine: dict[str, Counter[str]] = {one.id: Counter() for one in taxonomy().fine}
    coarse[UNCLEAR], fine[UNCLEAR] = Counter(), Counter()
    unlabelled = 0
    for speech in journal.read(run.speeches, ClientSpeech):
        label = labels.get(speech.id)
        if label is None:
            unlabelled += 1
            continue
        coarse[label.coarse][speech.source] += 1
        fine[label.fine][speech.source] += 1
    return Coverage(
        labelled=sum(count.total() for count in coarse.values()),
        unlabelled=unlabelled,
        coarse={name: dict(sorted(count.items())) for name, count in coarse.items()},
        fine={name: dict(sorted(count.items())) for name, count in fine.items()},
    )


def sources(found: Coverage) -> list[str]:
    """Every source that has a labelled speech, sorted."""
    return sorted({source for counts in found.coarse.values() for source in counts})


def named(found: Coverage) -> Iterator[tuple[str, str, dict[str, int]]]:
    """Family, topic and counts, for people; topics without a speech included."""
    for family in taxonomy().coarse:
        yield family.name, "", found.coarse[family.id]
        for topic in family.fine:
            yield "", topic.name, found.fine[topic.id]
    yield "Unclear", "", found.coarse[UNCLEAR]
