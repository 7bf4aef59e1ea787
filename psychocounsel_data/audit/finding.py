"""What an audit says: findings, each with its pairs, and figures about the whole set."""

from __future__ import annotations

from typing import Literal, NamedTuple

from psychocounsel_data.records import Record

Level = Literal["error", "warning", "note"]
"""The data is wrong; a person should look before training on it; good to know."""


class Place(NamedTuple):
    """Where a pair stands."""

    split: str
    row: int
    """Counted from 0 over the split's files in the order of their names, as `datasets` does."""
    id: str | None
    """What the set itself calls it; None where it has no column of ids."""


class Finding(Record):
    """One thing that was found."""

    name: str
    """The check's, stable for scripts."""
    level: Level
    """How grave it is."""
    count: int
    """Pairs it is true of."""
    of: int
    """Pairs that were looked at; 0 where it is not about pairs."""
    says: str
    """What is the matter, in plain words."""
    detail: str = ""
    """Figures that belong to it; never a text."""
    rows: tuple[Place, ...] = ()
    """The pairs; none where it is about the set as a whole."""
    fixable: bool = False
    """Whether `--fix` leaves these pairs out."""


class Lengths(Record):
    """How far length tells which answer is the chosen one. In characters."""

    mean_chosen: float
    """Mean length of chosen answers."""
    mean_rejected: float
    """Mean length of rejected answers."""
    chosen_longer: float
    """Share of pairs in which the chosen answer is longer, equal ones counted half."""
    auc: float
    """Area under the ROC curve when all answers are ranked by length alone; 0.5 tells nothing."""


class ModelShare(Record):
    """One model in the pairs."""

    name: str
    """As the set calls it."""
    chosen: int
    """Pairs in which its answer is the chosen one."""
    rejected: int
    """Pairs in which its answer is the rejected one."""


class Models(Record):
    """How far the model's name tells which answer is the chosen one."""

    pairs: int
    """Pairs of two different models."""
    guessed: float
    """Share of these in which the stronger model's answer is the chosen one, equal ones counted
    half. Strengths are Bradley-Terry's, fitted on other questions than they are tried on."""
    auc: float
    """Area under the ROC curve when their answers are ranked by that strength alone; mean of the
    folds."""
    shares: tuple[ModelShare, ...]
    """Every model, most often chosen first."""


class Bar(Record):
    """A bar of the histogram of margins."""

    low: float
    """Lower end, which belongs to it."""
    high: float
    """Upper end, which does not, unless it is the last bar."""
    pairs: int
    """How many pairs have such a margin."""


class Audit(Record):
    """All that an audit found."""

    dataset: str
    """What was audited, as it was named."""
    pairs: dict[str, int]
    """Split to number of pairs."""
    columns: dict[str, str]
    """What each column was taken for."""
    findings: tuple[Finding, ...]
    """Gravest first, then the most frequent."""
    passed: tuple[str, ...]
    """Checks that found nothing."""
    not_checked: dict[str, str]
    """Checks that could not be made, and what they lack."""
    lengths: Lengths
    """Chosen and rejected answers by length."""
    models: Models | None
    """Chosen and rejected answers by model; None without columns of models."""
    margins: tuple[Bar, ...]
    """By how much chosen answers are scored above rejected ones; empty without scores."""

    @property
    def errors(self) -> int:
        """Findings that are errors."""
        return sum(one.level == "error" for one in self.findings)
