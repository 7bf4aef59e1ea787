"""The sample of a run: dataset/ -> annotation_items.jsonl, once.

Candidates and pairs are read from the tables of the data set, by the columns that are released;
topics and flags from the run's own files. The texts are kept with the items.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from psychocounsel_data import journal
from psychocounsel_data.annotation.sampling import Contest, draw, lot, with_repeats
from psychocounsel_data.config import AnnotateConfig
from psychocounsel_data.errors import InputError, RunError
from psychocounsel_data.participation import Participation
from psychocounsel_data.records import AnnotationItem, ClientSpeech
from psychocounsel_data.run import Run
from psychocounsel_data.topics.labels import standing_labels

if TYPE_CHECKING:
    import polars as pl

_BUILD = "pcdata build-pairs"


class _Answer(NamedTuple):
    """A judged answer without its text."""

    speech_id: str
    model: str
    score: float


class _Facts(NamedTuple):
    """What is known of a speech beside its words."""

    flagged: bool
    topic: str | None


def sample(run: Run, config: AnnotateConfig, *, anew: bool = False) -> tuple[AnnotationItem, ...]:
    """The run's sample, drawn if there is none yet.

    Args:
        anew: whether the caller expects one to be drawn, because a flag says how.

    Raises:
        RunError: it was drawn before and `anew` is wanted, or what `draw_items` raises.
        InputError: a table or a line cannot be read.
    """
    items = tuple(journal.read(run.annotation_items, AnnotationItem))
    if not items:
        return draw_items(run, config)
    if anew:
        raise RunError(
            f"the sample is drawn already, {len(items)} items in {run.annotation_items}: leave out "
            "--items, --from and --seed to go on with it, or move that file and "
            f"{run.annotations.name} away to draw another"
        )
    return items


def draw_items(run: Run, config: AnnotateConfig) -> tuple[AnnotationItem, ...]:
    """Draw the sample and write it down.

    Raises:
        RunError: there is no data set yet, it is not of the speeches that are there now, or no two
            answers in it differ.
        InputError: a table or a line cannot be read.
    """
    run.need(run.dataset, _BUILD)
    answers = _answers(run)
    facts = _facts(run)
    contests = _of_pairs(run, answers) if config.source == "pairs" else _of_candidates(answers)
    drawn = draw(
        (_contest(one, other, answers, facts) for one, other in contests),
        items=config.items,
        flagged_share=config.flagged_share,
        seed=config.seed,
    )
    if not drawn:
        raise RunError(
            f"no two answers of {run.dataset} differ in score: there is nothing to compare"
        )
    items = tuple(_items(run, drawn, config))
    journal.replace(run.annotation_items, items)
    return items


def _answers(run: Run) -> dict[str, _Answer]:
    """Every judged answer of the data set by its id."""
    table = _table(run, "responses", ("response_id", "ID", "name", "score"))
    rows = table.drop_nulls("score").iter_rows()
    return {id_: _Answer(speech_id, name, score) for id_, speech_id, name, score in rows}


def _of_candidates(answers: Mapping[str, _Answer]) -> Iterator[tuple[str, str]]:
    by_speech: dict[str, list[str]] = {}
    for id_, answer in answers.items():
        by_speech.setdefault(answer.speech_id, []).append(id_)
    for ids in by_speech.values():
        yield from combinations(ids, 2)


def _of_pairs(run: Run, answers: Mapping[str, _Answer]) -> Iterator[tuple[str, str]]:
    table = _table(run, "preference", ("chosen_response_id", "rejected_response_id"))
    for chosen, rejected in table.iter_rows():
        if chosen in answers and rejected in answers:
            yield chosen, rejected


def _contest(
    one: str, other: str, answers: Mapping[str, _Answer], facts: Mapping[str, _Facts]
) -> Contest:
    first, second = answers[one], answers[other]
    if first.speech_id not in facts:
        raise RunError(
            f"speech {first.speech_id} is in the data set and not in speeches.jsonl: run `{_BUILD}`"
        )
    return Contest(
        first.speech_id,
        (one, other),
        (first.score, second.score),
        (first.model, second.model),
        facts[first.speech_id].topic,
        facts[first.speech_id].flagged,
    )


def _facts(run: Run) -> dict[str, _Facts]:
    """By speech; flags and topics are those that count elsewhere, second opinions included."""
    speeches = run.need(run.speeches, "pcdata load")
    topics, participation = standing_labels(run, run.config.topics), Participation(run)
    return {
        speech.id: _Facts(
            bool(participation.flags(speech)),
            topics[speech.id].coarse if speech.id in topics else None,
        )
        for speech in journal.read(speeches, ClientSpeech)
    }


def _items(run: Run, drawn: Sequence[Contest], config: AnnotateConfig) -> Iterator[AnnotationItem]:
    """The items with their texts, in the order in which they are shown, repeats among them."""
    wanted = {one.speech_id for one in drawn}
    speeches = {one.id: one for one in journal.read(run.speeches, ClientSpeech) if one.id in wanted}
    texts = _texts(run, [id_ for one in drawn for id_ in one.responses])
    for contest, repeat in with_repeats(drawn, config.repeat_share):
        yield _item(contest, repeat, speeches[contest.speech_id], texts, config.seed)


def _item(
    contest: Contest, repeat: bool, speech: ClientSpeech, texts: Mapping[str, str], seed: int
) -> AnnotationItem:
    # Which of the two stands first says nothing, here and wherever the items are exported to.
    # A repeat has them the other way round than its original.
    swap = lot(seed, "sides", *sorted(contest.responses))[0] % 2 != repeat
    first, second = (1, 0) if swap else (0, 1)
    responses = (contest.responses[first], contest.responses[second])
    original = item_id(responses, repeat=False)
    return AnnotationItem(
        id=item_id(responses, repeat=True) if repeat else original,
        speech_id=speech.id,
        responses=responses,
        speech=speech.text,
        context=speech.context,
        texts=(texts[responses[0]], texts[responses[1]]),
        repeat_of=original if repeat else None,
        stratum=str(contest.band),
        scores=(contest.scores[first], contest.scores[second]),
        models=(contest.models[first], contest.models[second]),
        topic=contest.topic,
        flagged=contest.flagged,
    )


def item_id(responses: tuple[str, str], *, repeat: bool) -> str:
    """The id of the item that shows these two, whatever their order."""
    return lot(*sorted(responses), *(["repeat"] if repeat else [])).hex()[:32]


def _texts(run: Run, ids: Iterable[str]) -> dict[str, str]:
    wanted = set(ids)
    table = _table(run, "responses", ("response_id", "response"))
    return {id_: text for id_, text in table.iter_rows() if id_ in wanted}


def _table(run: Run, name: str, columns: Sequence[str]) -> pl.DataFrame:
    """Columns of one of the data set's tables, all splits after one another."""
    import polars as pl

    files: list[Path] = sorted((run.dataset / name).glob("*.parquet"))
    if not files:
        raise RunError(f"no table {name} in {run.dataset}: run `{_BUILD}` first")
    try:
        return pl.concat([pl.read_parquet(file, columns=list(columns)) for file in files])
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{run.dataset / name}: cannot be read: {error}") from error
