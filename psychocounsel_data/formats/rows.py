"""The pairs of a built data set, read back from its `preference` table a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from psychocounsel_data.dataset.export import FILES
from psychocounsel_data.errors import InputError, RunError
from psychocounsel_data.exchange import Message
from psychocounsel_data.records import Split

TABLE = "preference"
_ENDING = "_rating"


class PairRow(NamedTuple):
    """A pair as the `preference` table has it."""

    id: str
    """The speech's id."""
    pref_id: int
    prompt: tuple[Message, ...]
    """What was said before the answer, the client's last words last."""
    chosen: str
    rejected: str
    score_chosen: float
    score_rejected: float
    score_margin: float
    chosen_model: str
    rejected_model: str
    ratings: Mapping[str, float]
    """`chosen_<principle>_rating` and `rejected_<principle>_rating`, in the table's order."""


def splits(dataset: Path) -> dict[Split, Path]:
    """The files of the table, those that are there: a split without pairs has none.

    Raises:
        RunError: there is no table of pairs at all.
    """
    places: dict[Split, Path] = {
        split: dataset / path for (table, split), path in FILES.items() if table == TABLE
    }
    found = {split: path for split, path in places.items() if path.is_file()}
    if not found:
        raise RunError(f"no pairs in {dataset}: run `pcdata build-pairs` first")
    return found


def pairs(path: Path) -> Iterator[PairRow]:
    """Every pair of one file, in order.

    Raises:
        InputError: the file cannot be read, or lacks a column.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=1_000):
                yield from map(_pair, batch.to_pylist())
    except (pa.ArrowException, KeyError, OSError) as error:
        raise InputError(
            f"{path} is not a table of pairs ({error}): run `pcdata build-pairs` again"
        ) from error


def _pair(row: Mapping[str, Any]) -> PairRow:
    return PairRow(
        id=row["ID"],
        pref_id=row["prefID"],
        prompt=tuple(Message(one["role"], one["content"]) for one in row["prompt"]),
        chosen=row["chosen"][-1]["content"],
        rejected=row["rejected"][-1]["content"],
        score_chosen=row["score_chosen"],
        score_rejected=row["score_rejected"],
        score_margin=row["score_margin"],
        chosen_model=row["chosen_model"],
        rejected_model=row["rejected_model"],
        ratings={name: value for name, value in row.items() if name.endswith(_ENDING)},
    )
