"""The tokens that a run folder's journals have on record, by model, and what they cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from psychocounsel_data import journal
from psychocounsel_data.pricing.cost import NO_TOKENS, Bill, Tokens, cost
from psychocounsel_data.pricing.table import Price
from psychocounsel_data.records import Stage


@dataclass
class Account:
    """Calls of one kind.

    Attributes:
        tokens: of all whose tokens the server counted.
        counted: how many these are.
        uncounted: answers whose tokens it did not count. A failed call that was not counted is
            none of them: most never reached a model.
        seconds: what the requests of `timed` answers took.
    """

    tokens: Tokens = NO_TOKENS
    counted: int = 0
    uncounted: int = 0
    timed: int = 0
    seconds: float = 0.0


class _Key(NamedTuple):
    model: str
    batch: bool
    failed: bool


class Ledger:
    """What one stage's journals have on record."""

    def __init__(self) -> None:
        self._accounts: defaultdict[_Key, Account] = defaultdict(Account)

    @property
    def models(self) -> tuple[str, ...]:
        """`backend:model` of all that answered or failed, sorted."""
        return tuple(sorted({key.model for key in self._accounts}))

    @property
    def tokens(self) -> Tokens:
        """All tokens of answers."""
        kept = [one.tokens for key, one in self._accounts.items() if not key.failed]
        return sum(kept, start=NO_TOKENS)

    def bill(self, model: str, price: Price | None) -> Bill:
        """What a model has cost, failed calls included, at the prices given."""
        bill = Bill()
        if price is not None and price.free:
            return bill
        for key, account in self._of(model):
            prices = price and (price.batch if key.batch else price.live)
            known = None if prices is None else cost(account.tokens, prices)
            bill += Bill.of(known, account.counted) + Bill(unknown=account.uncounted)
        return bill

    def mean(self, model: str) -> Mean | None:
        """A mean answer of a model; None where none of its answers was counted."""
        return _mean([one for key, one in self._of(model) if not key.failed])

    @property
    def mean_of_all(self) -> Mean | None:
        """A mean answer over all models."""
        return _mean([one for key, one in self._accounts.items() if not key.failed])

    def latency_s(self, model: str) -> float | None:
        """Seconds that a request to a model took in the mean; None where none was timed."""
        live = [one for key, one in self._of(model) if not key.batch]
        timed = sum(one.timed for one in live)
        return sum(one.seconds for one in live) / timed if timed else None

    def enter(self, line: dict[str, Any], *, failed: bool) -> None:
        """Put a journal line on record."""
        if "copied_from" in line:  # the same words were asked about once, and are counted there
            return
        model = line.get("model") or line.get("judge") or line["method"]
        if ":" not in model:  # rules, such as keywords: nobody was asked
            return
        key = _Key(model, "batch" in line, failed)
        account = self._accounts[key]
        usage = line.get("usage", {})
        if "input_tokens" in usage and "output_tokens" in usage:
            account.tokens += Tokens(*(usage.get(name, 0) for name in _FIELDS))
            account.counted += 1
        elif not failed:
            account.uncounted += 1
        if "latency_s" in line:
            account.timed += 1
            account.seconds += line["latency_s"]

    def _of(self, model: str) -> Iterator[tuple[_Key, Account]]:
        return (item for item in self._accounts.items() if item[0].model == model)


class Mean(NamedTuple):
    """A mean answer."""

    tokens: Tokens
    answers: int
    """How many it is taken from."""


_FIELDS = (
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
)


def _mean(accounts: list[Account]) -> Mean | None:
    counted = sum(one.counted for one in accounts)
    if not counted:
        return None
    whole = sum((one.tokens for one in accounts), start=NO_TOKENS)
    return Mean(whole.times(1 / counted), counted)


def read_ledger(stage: Stage, answers: Path, failures: Path) -> Ledger:
    """What a stage has on record.

    Args:
        answers: the journal of its answers.
        failures: the journal of failed calls of all stages; their tokens were paid for too.
    """
    ledger = Ledger()
    for line in journal.lines(answers):
        ledger.enter(orjson.loads(line.data), failed=False)
    for line in journal.lines(failures):
        record = orjson.loads(line.data)
        if record["stage"] == stage:
            ledger.enter(record, failed=True)
    return ledger
