"""Every pair for the browser in the page: a listing that is filtered, and texts packed in blocks.

The listing (models, split, scores, topic) is small and is read when the page opens. Texts are
gzipped, a block of pairs at a time, and are unpacked by the page when a block is looked at, so that
36,000 pairs open at once. An answer that is in several pairs of a block is packed once.
"""

from __future__ import annotations

import base64
import gzip
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from psychocounsel_data.report.tables import Tables

if TYPE_CHECKING:
    import polars as pl

BLOCK_PAIRS = 250
MOST_PAIRS = 60_000
"""More would make a file that no mail program takes; then these are a fixed sample."""


class Packed(NamedTuple):
    """What the page is given."""

    listing: str
    """Base64 of gzipped JSON: a list for each column."""
    blocks: tuple[str, ...]
    """Base64 of gzipped JSON: `{texts, pairs}`."""
    shown: int
    total: int


def pack(tables: Tables, topics: dict[str, str]) -> Packed:
    """All pairs of a data set, or a fixed sample of them where they are very many.

    Args:
        topics: speech id to its topic; empty where none are known.
    """
    import polars as pl

    total = int(tables.pairs.select(pl.len()).collect().item())
    chosen = _sample(tables.pairs, total)
    blocks = tuple(_all_packed(_blocks(tables, chosen)))
    listing = chosen.select(
        "ID", "prefID", "split", "chosen_model", "rejected_model",
        pl.col("score_chosen").round(2), pl.col("score_rejected").round(2),
        pl.col("score_margin").round(2),
    ).to_dict(as_series=False)  # fmt: skip
    listing["topic"] = [topics.get(one, "") for one in listing["ID"]]
    return Packed(_packed(listing), blocks, chosen.height, total)


_INDEX = (
    "ID", "prefID", "split", "chosen_model", "rejected_model", "score_chosen", "score_rejected",
    "score_margin", "chosen_response_id", "rejected_response_id",
)  # fmt: skip


def _sample(pairs: pl.LazyFrame, total: int) -> pl.DataFrame:
    """The pairs to show, in the order of the data set, without their texts."""
    frame = pairs.select(_INDEX).collect()
    if total > MOST_PAIRS:
        return frame.sample(MOST_PAIRS, seed=0).sort("prefID")
    return frame


def _blocks(tables: Tables, chosen: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """The texts, ratings and reasons of so many pairs at a time."""
    import polars as pl

    kept = ["response_id", "question", "response", *_said(tables.principles)]
    wanted = pl.concat([chosen["chosen_response_id"], chosen["rejected_response_id"]]).unique()
    answers = (
        tables.responses.filter(pl.col("response_id").is_in(wanted.implode()))
        .select(kept)
        .collect()
    )
    places = {one: number for number, one in enumerate(answers["response_id"].to_list())}
    for start in range(0, chosen.height, BLOCK_PAIRS):
        rows = chosen.slice(start, BLOCK_PAIRS)
        yield _block(rows, answers, places, tables.principles)


def _said(principles: Sequence[str]) -> list[str]:
    return [f"{one}_{what}" for what in ("rating", "rationale") for one in principles]


def _block(
    rows: pl.DataFrame, answers: pl.DataFrame, places: dict[str, int], principles: Sequence[str]
) -> dict[str, Any]:
    sides = ("chosen", "rejected")
    ids = list(
        dict.fromkeys(
            one
            for row in rows.iter_rows(named=True)
            for one in (row[f"{s}_response_id"] for s in sides)
        )
    )
    found = answers[[places[one] for one in ids]]
    local = {one: number for number, one in enumerate(ids)}
    return {
        "answers": [
            {
                "question": row["question"],
                "text": row["response"],
                "ratings": [row[f"{one}_rating"] for one in principles],
                "reasons": [row[f"{one}_rationale"] for one in principles],
            }
            for row in found.iter_rows(named=True)
        ],
        "pairs": [
            [local[row[f"{side}_response_id"]] for side in sides]
            for row in rows.iter_rows(named=True)
        ],
    }


def _all_packed(blocks: Iterator[dict[str, Any]]) -> Iterator[str]:
    """Each block packed, in order, while the next ones are made; few of them at a time."""
    with ThreadPoolExecutor(2) as pool:
        packing: deque[Future[str]] = deque()
        for block in blocks:
            packing.append(pool.submit(_packed, block))
            if len(packing) > 3:
                yield packing.popleft().result()
        yield from (one.result() for one in packing)


def _packed(value: dict[str, Any]) -> str:
    # The time is left out of the header, so that the same data gives the same bytes.
    # Level 5 takes three quarters of the time of level 6 and is one per cent longer.
    return base64.b64encode(gzip.compress(orjson.dumps(value), 5, mtime=0)).decode()
