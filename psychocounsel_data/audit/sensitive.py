"""What the clients' words hold that a person should look at. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from psychocounsel_data.audit.reading import Pairs
from psychocounsel_data.privacy.scrubbing import find
from psychocounsel_data.privacy.spans import KINDS
from psychocounsel_data.risk.flagging import flags

if TYPE_CHECKING:
    import polars as pl


class Looked(NamedTuple):
    """Which pairs have something in their question, and of which kinds."""

    mask: pl.Series
    kinds: str
    """Kind and number of different questions that have it, most frequent first."""


def personal(pairs: Pairs) -> Looked:
    """Questions with something that may point to a person."""
    return _look(pairs, lambda text: {one.kind for one in find(text, kinds=KINDS)})


def danger(pairs: Pairs) -> Looked:
    """Questions with a sign of danger."""
    return _look(pairs, lambda text: {one.tier or one.kind for one in flags(text)})


def _look(pairs: Pairs, kinds_in: Callable[[str], Iterable[str]]) -> Looked:
    import polars as pl

    kinds: Counter[str] = Counter()
    with_any = []
    for text in pairs.frame["question"].unique(maintain_order=True):
        found = set(kinds_in(text))
        kinds.update(found)
        if found:
            with_any.append(text)
    mask = pairs.frame["question"].is_in(pl.Series(with_any, dtype=pl.String).implode())
    ranked = sorted(kinds.items(), key=lambda one: (-one[1], one[0]))
    return Looked(mask, ", ".join(f"{kind} {count:,}" for kind, count in ranked))
