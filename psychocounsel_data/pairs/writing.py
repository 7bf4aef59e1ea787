"""The tables' rows, speech by speech: texts read back from the journals, columns made of them.

A few thousand speeches are in memory at a time. Cells are named as `export` names their sources.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from psychocounsel_data import bulk
from psychocounsel_data.export import Column, Kind, TableName, columns
from psychocounsel_data.pairs.deciding import SPLITS, Decided
from psychocounsel_data.pairs.reading import Maker, Pool
from psychocounsel_data.records import ClientSpeech, Judgment, Response, Sampling, Split
from psychocounsel_data.run import Run

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

CHUNK_SPEECHES = 2_000
"""Speeches that are in memory at a time, with everything said about them: about 60 MB."""
_ROLES: Mapping[str, str] = {"client": "user", "counsellor": "assistant"}

Cells = dict[str, "pa.Array"]
"""Source to cells, one for each row."""


class Chunk(NamedTuple):
    """Some speeches, ready to be written."""

    answers: Cells
    """Of `responses`: `speech.` and `answer.`."""
    pairs: dict[Split, Cells]
    """Of `default` and `preference`: `speech.`, `chosen.`, `rejected.`, `pair.`."""


def chunks(run: Run, pool: Pool, decided: Decided, principles: Sequence[str]) -> Iterator[Chunk]:
    """Everything that is written, in the order of speeches.jsonl.

    Raises:
        InputError: a journal was changed while it was read.
    """

    writer = _Chunks(pool, decided, principles)
    first_test = decided.pairs("train").height
    by_split = {
        "train": decided.pairs("train").with_row_index("pref_id"),
        "test": decided.pairs("test").with_row_index("pref_id", offset=first_test),
    }
    with (
        bulk.Lines(run.speeches, ClientSpeech) as speeches,
        bulk.Lines(run.responses, Response) as responses,
        bulk.Lines(run.judgments, Judgment) as judgments,
    ):
        for start in range(0, pool.speeches.height, CHUNK_SPEECHES):
            stop = start + CHUNK_SPEECHES
            answers = _between(decided.answers, start, stop)
            rows = pool.speeches.slice(start, CHUNK_SPEECHES)
            told = [judgments.at(places) for places in answers["judged_at"].to_list()]
            yield writer.chunk(
                rows,
                answers,
                {split: _between(by_split[split], start, stop) for split in SPLITS},
                speeches.at(rows["at"].to_list()),
                responses.at(answers["at"].to_list()),
                told,
            )


def _between(frame: pl.DataFrame, start: int, stop: int) -> pl.DataFrame:
    """The rows of some speeches; they stand together."""
    low = frame["speech"].search_sorted(start, side="left")
    high = frame["speech"].search_sorted(stop, side="left")
    return frame.slice(low, high - low)


class _Chunks:
    """Makes cells of records."""

    def __init__(self, pool: Pool, decided: Decided, principles: Sequence[str]) -> None:
        self._scale = decided.scale
        self._unit = pool.unit
        self._principles = principles
        self._of_makers = _maker_cells(pool.makers)
        self._wanted = _sources(principles)
        self._several, self._rule = pool.panel.several, pool.panel.rule
        self._judges = [seat.judge for seat in pool.panel.seats]

    def chunk(
        self,
        rows: pl.DataFrame,
        answers: pl.DataFrame,
        pairs: Mapping[Split, pl.DataFrame],
        speeches: Sequence[ClientSpeech],
        responses: Sequence[Response],
        told: Sequence[Sequence[Judgment]],
    ) -> Chunk:
        """The cells of some speeches."""
        of_speech = self._speech_cells(rows, speeches)
        of_answer = self._answer_cells(answers, responses, told)
        first_speech = int(rows["speech"][0])
        first_answer = int(answers["answer"][0]) if answers.height else 0
        at_speech = _indices(answers["speech"], first_speech)
        return Chunk(
            {**self._taken(of_speech, at_speech, "speech"), **_named(of_answer, "answer")},
            {
                split: {
                    **self._taken(of_speech, _indices(some["speech"], first_speech), "speech"),
                    **self._taken(of_answer, _indices(some["chosen"], first_answer), "chosen"),
                    **self._taken(of_answer, _indices(some["rejected"], first_answer), "rejected"),
                    **_named(self._pair_cells(some), "pair"),
                }
                for split, some in pairs.items()
            },
        )

    def _taken(self, cells: Cells, indices: pa.Array, prefix: str) -> Cells:
        """Cells of speeches or answers, for each row that speaks of one."""
        return {
            source: array.take(indices)
            for name, array in cells.items()
            if (source := f"{prefix}.{name}") in self._wanted
        }

    def _speech_cells(self, rows: pl.DataFrame, speeches: Sequence[ClientSpeech]) -> Cells:
        import pyarrow as pa

        return {
            "id": _strings(one.id for one in speeches),
            "text": _strings(one.text for one in speeches),
            "messages": _messages(
                [
                    [*((_ROLES[turn.role], turn.text) for turn in one.context), ("user", one.text)]
                    for one in speeches
                ]
            ),
            "split": pa.array(rows["split"].cast(str).to_list(), pa.string()),
        }

    def _answer_cells(
        self,
        answers: pl.DataFrame,
        responses: Sequence[Response],
        told: Sequence[Sequence[Judgment]],
    ) -> Cells:

        last = [one[-1] for one in told]
        reasons = [_rationales(one) for one in told]
        made_by = _indices(answers["maker"], 0)
        texts = _strings(one.text for one in responses)
        judges = [self._judged_by(mask) for mask in answers["judges"].to_list()]
        return {
            **{name: cells.take(made_by) for name, cells in self._of_makers.items()},
            **{name: _strings(map(attrgetter(name), responses)) for name in ("id", "finish", "at")},
            **{name: _numbers(map(attrgetter(path), responses)) for name, path in _NUMBERS},
            "text": texts,
            "messages": _one_message(texts, "assistant"),
            "judge": _strings(judges),
            "judge_served_model": _strings(one.served_model for one in last),
            "rubric": _strings(one.rubric for one in last),
            "judged_at": _strings(one.at for one in last),
            "score": _share(answers["points"], self._scale.total),
            **{f"{name}_rating": self._rating(answers[name]) for name in self._principles},
            **self._spreads(answers),
            **{
                f"{name}_rationale": _strings([one.get(name) for one in reasons])
                for name in self._principles
            },
        }

    def _pair_cells(self, pairs: pl.DataFrame) -> Cells:
        import pyarrow as pa

        return {
            "pref_id": pa.array(pairs["pref_id"].to_list(), pa.int64()),
            "margin": _share(pairs["points"], self._scale.total),
        }

    def _spreads(self, answers: pl.DataFrame) -> Cells:
        """What several ratings were put together by, and how far they lay apart."""
        if not self._several:
            return {}
        spreads = (f"{name}_spread" for name in self._principles)
        return {
            "aggregate": _strings([self._rule] * answers.height),
            **{name: _numbers(iter(answers[name].to_list())) for name in spreads},
        }

    def _rating(self, numbers: pl.Series) -> pa.Array:
        import pyarrow as pa

        if self._unit == 1:
            return pa.array(numbers.to_list(), pa.int64())
        return _share(numbers, self._unit)

    def _judged_by(self, mask: int) -> str:
        return ", ".join(name for place, name in enumerate(self._judges) if mask >> place & 1)


_NUMBERS = (
    ("sample", "sample"),
    ("input_tokens", "usage.input_tokens"),
    ("output_tokens", "usage.output_tokens"),
)


def _maker_cells(makers: Sequence[Maker]) -> Cells:
    """What is the same for all answers of a maker: looked up, not made again for each of them."""
    import pyarrow as pa

    words = ("model", "name", "prompt", "served_model")
    sampling = [one.sampling for one in makers]
    return {
        **{name: _strings(map(attrgetter(name), makers)) for name in words},
        "temperature": pa.array([one.temperature for one in sampling], pa.float64()),
        "top_p": pa.array([one.top_p for one in sampling], pa.float64()),
        "max_tokens": _numbers(one.max_tokens for one in sampling),
        "seed": _numbers(one.seed for one in sampling),
        "sampling_extra": _strings(_extra(one) for one in sampling),
    }


def batch(columns: Sequence[Column], cells: Cells) -> pa.RecordBatch:
    """Rows of a table."""
    import pyarrow as pa

    return pa.RecordBatch.from_arrays(
        [cells[_source(column)] for column in columns], names=[column.name for column in columns]
    )


def _sources(principles: Sequence[str]) -> frozenset[str]:
    """Everything that some table's column is made of."""
    tables: tuple[TableName, ...] = ("default", "preference", "responses")
    return frozenset(_source(one) for table in tables for one in columns(table, principles))


def _source(column: Column) -> str:
    """Where a column's cells are: a message list beside its plain text."""
    messages: tuple[Kind, ...] = ("user", "assistant")
    return column.source.replace(".text", ".messages") if column.kind in messages else column.source


def _named(cells: Cells, prefix: str) -> Cells:
    return {f"{prefix}.{name}": array for name, array in cells.items()}


def _indices(numbers: pl.Series, first: int) -> pa.Array:
    import pyarrow as pa

    return pa.array((numbers - first).to_list(), pa.int32())


def _strings(texts: Iterator[str | None] | Sequence[str | None]) -> pa.Array:
    import pyarrow as pa

    return pa.array(texts if isinstance(texts, list) else list(texts), pa.string())


def _numbers(numbers: Iterator[int | None]) -> pa.Array:
    import pyarrow as pa

    return pa.array(list(numbers), pa.int64())


def _share(numbers: pl.Series, whole: int) -> pa.Array:
    import pyarrow as pa

    return pa.array([number / whole for number in numbers.to_list()], pa.float64())


def _rationales(told: Sequence[Judgment]) -> Mapping[str, str]:
    """What the first judge said of each principle, in the last judgment that speaks of it."""
    if len(told) == 1:
        return told[0].rationales
    return {name: reason for one in told for name, reason in one.rationales.items()}


def _extra(sampling: Sampling) -> str | None:
    """The parameters that only some servers know, as a JSON object; None without any."""
    return json.dumps(sampling.extra, sort_keys=True) if sampling.extra else None


def _messages(conversations: Sequence[Sequence[tuple[str, str]]]) -> pa.Array:
    """Lists of messages."""
    import pyarrow as pa

    flat = [message for one in conversations for message in one]
    ends = [0]
    for one in conversations:
        ends.append(ends[-1] + len(one))
    messages = pa.StructArray.from_arrays(
        [_strings(role for role, _ in flat), _strings(text for _, text in flat)],
        names=["role", "content"],
    )
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), messages)


def _one_message(texts: pa.Array, role: str) -> pa.Array:
    """A list of one message for each text."""
    import pyarrow as pa

    roles = pa.repeat(pa.scalar(role, pa.string()), len(texts))
    messages = pa.StructArray.from_arrays([roles, texts], names=["role", "content"])
    return pa.ListArray.from_arrays(pa.array(range(len(texts) + 1), pa.int32()), messages)
