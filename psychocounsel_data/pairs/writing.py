"""The tables' rows, speech by speech: texts read back from the journals, columns made of them.

A few thousand speeches are in memory at a time. Cells are named as `dataset.export` names their
sources.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from psychocounsel_data.config import released_name
from psychocounsel_data.dataset.export import Column, Kind, TableName, columns
from psychocounsel_data.pairs.deciding import SPLITS, Decided
from psychocounsel_data.pairs.places import Fields, Places
from psychocounsel_data.pairs.ratings import spread_of
from psychocounsel_data.pairs.reading import Maker, Pool
from psychocounsel_data.records import Sampling, Split
from psychocounsel_data.run import Run

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

CHUNK_SPEECHES = 2_000
"""Speeches that are in memory at a time, with everything said about them: about 60 MB."""
_ROLES: Final = {"client": "user", "counsellor": "assistant"}


class Chunk(NamedTuple):
    """Some speeches, ready to be written: columns named like the sources in `dataset.export`."""

    answers: pl.DataFrame
    """Of `responses`: `speech.` and `answer.`."""
    pairs: dict[Split, pl.DataFrame]
    """Of `default` and `preference`: `speech.`, `chosen.`, `rejected.`, `pair.`."""


def chunks(run: Run, pool: Pool, decided: Decided, principles: Sequence[str]) -> Iterator[Chunk]:
    """Everything that is written, in the order of speeches.jsonl.

    Raises:
        InputError: a journal was changed while it was read.
    """
    first_test = decided.pairs("train").height
    by_split = {
        "train": decided.pairs("train").with_row_index("pref_id"),
        "test": decided.pairs("test").with_row_index("pref_id", offset=first_test),
    }
    with (
        Places(run.speeches, _of_speech()) as speeches,
        Places(run.responses, _of_response()) as responses,
        Places(run.judgments, _of_judgment(principles)) as judgments,
    ):
        texts = _Texts(pool, decided, principles, speeches, responses, judgments)
        for start in range(0, pool.speeches.height, CHUNK_SPEECHES):
            stop = start + CHUNK_SPEECHES
            yield texts.chunk(
                pool.speeches.slice(start, CHUNK_SPEECHES),
                _between(decided.answers, start, stop),
                {split: _between(by_split[split], start, stop) for split in SPLITS},
            )


def _between(frame: pl.DataFrame, start: int, stop: int) -> pl.DataFrame:
    """The rows of some speeches; they stand together."""
    low = frame["speech"].search_sorted(start, side="left")
    high = frame["speech"].search_sorted(stop, side="left")
    return frame.slice(low, high - low)


class _Texts:
    """Puts the words of journals beside what was decided on them."""

    def __init__(
        self,
        pool: Pool,
        decided: Decided,
        principles: Sequence[str],
        speeches: Places,
        responses: Places,
        judgments: Places,
    ) -> None:
        self._scale = decided.scale
        self._unit = pool.unit
        self._principles = principles
        self._makers = _makers(pool.makers)
        self._several, self._rule = pool.panel.several, pool.panel.rule
        self._wanted = _sources(principles, several=self._several)
        self._judges = [released_name(seat.judge) for seat in pool.panel.seats]
        self._speeches, self._responses, self._judgments = speeches, responses, judgments

    def chunk(
        self, rows: pl.DataFrame, answers: pl.DataFrame, pairs: Mapping[Split, pl.DataFrame]
    ) -> Chunk:
        """The cells of some speeches."""
        import polars as pl

        speeches = self._speech_cells(rows)
        cells = self._answer_cells(answers)
        first_speech = int(rows["speech"][0])
        first_answer = int(answers["answer"][0]) if answers.height else 0

        def beside(*parts: pl.DataFrame) -> pl.DataFrame:
            return pl.concat(parts, how="horizontal")

        return Chunk(
            beside(
                self._named(speeches[answers["speech"] - first_speech], "speech"),
                self._named(cells, "answer"),
            ),
            {
                split: beside(
                    self._named(speeches[some["speech"] - first_speech], "speech"),
                    self._named(cells[some["chosen"] - first_answer], "chosen"),
                    self._named(cells[some["rejected"] - first_answer], "rejected"),
                    self._named(self._pair_cells(some), "pair"),
                )
                for split, some in pairs.items()
            },
        )

    def _named(self, frame: pl.DataFrame, prefix: str) -> pl.DataFrame:
        """The columns that some table wants, under the names of their sources."""
        sources = {name: f"{prefix}.{name}" for name in frame.columns}
        wanted = [name for name, source in sources.items() if source in self._wanted]
        return frame.select(wanted).rename({name: sources[name] for name in wanted})

    def _speech_cells(self, rows: pl.DataFrame) -> pl.DataFrame:
        import polars as pl

        said = pl.concat_list(_message("user", pl.col("text")))
        before = pl.col("context").list.eval(
            _message(
                pl.element().struct.field("role").replace_strict(_ROLES, return_dtype=pl.String),
                pl.element().struct.field("text"),
            )
        )
        return self._speeches.at(rows["at"]).select(
            "id",
            "text",
            messages=pl.when(pl.col("context").is_null())
            .then(said)
            .otherwise(pl.concat_list(before, said)),
            split=rows["split"].cast(pl.String),
        )

    def _answer_cells(self, answers: pl.DataFrame) -> pl.DataFrame:
        import polars as pl

        scores = answers.select(
            score=_share(answers["points"], self._scale.total),
            judge=pl.col("judges").replace_strict(
                {mask: self._judged_by(mask) for mask in answers["judges"].unique()},
                return_dtype=pl.String,
            ),
            **{f"{name}_rating": self._rating(answers[name]) for name in self._principles},
            **self._spreads(),
        )
        written = self._responses.at(answers["at"]).select(
            "id",
            "text",
            "finish",
            "at",
            pl.col("sample").fill_null(0),
            pl.col("usage").struct.unnest(),
            messages=pl.concat_list(_message("assistant", pl.col("text"))),
        )
        parts = [written, self._makers[answers["maker"]], scores, self._told(answers)]
        return pl.concat(parts, how="horizontal")

    def _told(self, answers: pl.DataFrame) -> pl.DataFrame:
        """What the first judge says of each answer: of each principle in the last judgment that
        speaks of it, and all else in the last."""
        import polars as pl

        reasons = [f"{name}_rationale" for name in self._principles]
        places = answers.select("answer", "judged_at").explode("judged_at")
        told = self._judgments.at(places["judged_at"]).select(
            pl.col("rationales").struct.rename_fields(reasons).struct.unnest(),
            "rubric",
            judge_served_model="served_model",
            judged_at="at",
        )
        if told.height == answers.height:
            return told
        by_answer = told.group_by(places["answer"].alias("answer"), maintain_order=True)
        return by_answer.agg(
            pl.col(reasons).drop_nulls().last(),
            pl.col("rubric", "judge_served_model", "judged_at").last(),
        ).drop("answer")

    def _spreads(self) -> Mapping[str, pl.Expr]:
        """What several ratings were put together by, and how far they lay apart."""
        import polars as pl

        if not self._several:
            return {}
        spreads = [spread_of(name) for name in self._principles]
        return {"aggregate": pl.lit(self._rule), **{name: pl.col(name) for name in spreads}}

    def _rating(self, numbers: pl.Series) -> pl.Series:
        return numbers if self._unit == 1 else _share(numbers, self._unit)

    def _pair_cells(self, pairs: pl.DataFrame) -> pl.DataFrame:
        return pairs.select("pref_id", margin=_share(pairs["points"], self._scale.total))

    def _judged_by(self, mask: int) -> str:
        return ", ".join(name for place, name in enumerate(self._judges) if mask >> place & 1)


def _share(numbers: pl.Series, whole: int) -> pl.Series:
    """The nearest number to each quotient. Polars would multiply by the inverse instead, which is
    off in the last digit."""
    import polars as pl

    return pl.Series(numbers.to_numpy() / whole, dtype=pl.Float64)


def _of_speech() -> Fields:
    import polars as pl

    turn = pl.Struct({"role": pl.String, "text": pl.String})
    return {"id": pl.String(), "text": pl.String(), "context": pl.List(turn)}


def _of_response() -> Fields:
    import polars as pl

    return {
        **dict.fromkeys(("id", "text", "finish", "at"), pl.String()),
        "sample": pl.Int64(),
        "usage": pl.Struct({"input_tokens": pl.Int64, "output_tokens": pl.Int64}),
    }


def _of_judgment(principles: Sequence[str]) -> Fields:
    import polars as pl

    return {
        **dict.fromkeys(("rubric", "served_model", "at"), pl.String()),
        "rationales": pl.Struct(dict.fromkeys(principles, pl.String)),
    }


def _message(role: str | pl.Expr, text: pl.Expr) -> pl.Expr:
    """A message, as chat templates take it."""
    import polars as pl

    named = pl.lit(role) if isinstance(role, str) else role
    return pl.struct(named.alias("role"), text.alias("content"))


def _makers(makers: Sequence[Maker]) -> pl.DataFrame:
    """What is the same for all answers of a maker: looked up, not read again for each of them."""
    import polars as pl

    words = ("name", "prompt", "served_model")
    sampling = [one.sampling for one in makers]
    return pl.DataFrame(
        {
            "model": [released_name(one.model) for one in makers],
            **{name: list(map(attrgetter(name), makers)) for name in words},
            "temperature": [one.temperature for one in sampling],
            "top_p": [one.top_p for one in sampling],
            "max_tokens": [one.max_tokens for one in sampling],
            "seed": [one.seed for one in sampling],
            "sampling_extra": [_extra(one) for one in sampling],
        }
    )


def _extra(sampling: Sampling) -> str | None:
    """The parameters that only some servers know, as a JSON object; None without any."""
    return json.dumps(sampling.extra, sort_keys=True) if sampling.extra else None


def batch(columns: Sequence[Column], cells: pl.DataFrame) -> pa.RecordBatch:
    """Rows of a table, in the types that it is released in."""
    import pyarrow as pa

    wanted = cells.select(**{column.name: _source(column) for column in columns})
    schema = pa.schema([(column.name, _type(column.kind)) for column in columns])
    table = wanted.to_arrow().cast(schema).combine_chunks()
    return table.to_batches()[0] if table.num_rows else pa.RecordBatch.from_pylist([], schema)


def _type(kind: Kind) -> pa.DataType:
    import pyarrow as pa

    plain = {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64()}
    if kind in plain:
        return plain[kind]
    return pa.list_(pa.struct({"role": pa.string(), "content": pa.string()}))


def _sources(principles: Sequence[str], *, several: bool) -> frozenset[str]:
    """Everything that some table's column is made of."""
    tables: tuple[TableName, ...] = ("default", "preference", "responses")
    made = [columns(table, principles, several=several) for table in tables]
    return frozenset(_source(column) for table in made for column in table)


def _source(column: Column) -> str:
    """Where a column's cells are: a message list beside its plain text."""
    messages: tuple[Kind, ...] = ("user", "assistant")
    return column.source.replace(".text", ".messages") if column.kind in messages else column.source
