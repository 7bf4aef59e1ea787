"""What the clients' words hold that a person should look at, and under which licence. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

import yaml

from psychocounsel_data.audit.reading import Pairs
from psychocounsel_data.hub.card import BLOCK
from psychocounsel_data.privacy.scrubbing import find
from psychocounsel_data.privacy.spans import KINDS
from psychocounsel_data.risk.flagging import flags

if TYPE_CHECKING:
    import polars as pl

_UNSAID: Final = ("", "unknown", "other")


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


def licence_fault(card: str | None) -> str | None:
    """What is wrong with what the data card says of the licence; None where it names one."""
    if card is None:
        return "there is no data card (README.md), so nobody knows under which licence the set is"
    found = BLOCK.match(card)
    try:
        front = yaml.safe_load(found["front"]) if found else None
    except yaml.YAMLError:
        return "the data card's front matter is not valid YAML, so that no licence can be read"
    licence = front.get("license") if isinstance(front, dict) else None
    named = isinstance(front, dict) and front.get("license_name")
    if str(licence or "").lower() in _UNSAID and not named:
        return "the data card names no licence: write `license:` in its front matter"
    return None
