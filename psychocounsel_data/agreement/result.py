"""What a study of agreement found: what `--json` prints and the data card is made of."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from psychocounsel_data.records import Record

Statistic = Literal[
    "raw",
    "kappa",
    "kappa_linear",
    "kappa_quadratic",
    "fleiss",
    "alpha_nominal",
    "alpha_ordinal",
    "alpha_interval",
    "ac1",
    "ac2",
    "icc_c",
    "icc_a",
    "spearman",
    "kendall",
]
Kind = Literal["judge_human", "human_human"]
Subject = Literal["ratings", "labels", "preference"]

NAMES: dict[Statistic, str] = {
    "raw": "raw agreement",
    "kappa": "Cohen's kappa",
    "kappa_linear": "Cohen's kappa, linear weights",
    "kappa_quadratic": "Cohen's kappa, quadratic weights",
    "fleiss": "Fleiss' kappa",
    "alpha_nominal": "Krippendorff's alpha, nominal",
    "alpha_ordinal": "Krippendorff's alpha, ordinal",
    "alpha_interval": "Krippendorff's alpha, interval",
    "ac1": "Gwet's AC1",
    "ac2": "Gwet's AC2, quadratic weights",
    "icc_c": "ICC(C,1)",
    "icc_a": "ICC(A,1)",
    "spearman": "Spearman's rho",
    "kendall": "Kendall's tau-b",
}
"""Every statistic, as people call it, in the order of the tables."""


class Figure(Record):
    """A statistic and its interval."""

    value: float | None = None
    """None where it is not defined, such as a correlation with a rater who always says 5."""
    low: float | None = None
    """Lower end of the 95% interval; None where resampling gives none."""
    high: float | None = None
    """Upper end."""


class Comparison(Record):
    """Two raters on one attribute."""

    attribute: str
    kind: Kind
    first: str
    """The judge, where one is in it."""
    second: str
    items: int
    """Items that both have scored: what every figure here is computed from."""
    groups: int
    """Speeches those items belong to."""
    difference: Figure
    """How much higher the first scores than the second, on average, in points."""
    figures: dict[Statistic, Figure]


class Average(Record):
    """One judge against the experts, or the experts among themselves: the mean over rater pairs."""

    attribute: str
    kind: Kind
    judge: str | None = None
    """Whose agreement with the experts it is; None among the experts."""
    pairs: int
    """Rater pairs it is the mean of."""
    items: int
    """Items scored by at least one of these pairs."""
    difference: Figure | None = None
    """How much higher the judge scores than the experts; None among the experts."""
    figures: dict[Statistic, Figure]
    against_humans: dict[Statistic, Figure] = Field(default_factory=dict)
    """The judge's figure less that of the experts among themselves; below 0, an expert would agree
    better. Empty where fewer than two experts have scored the same items."""


class Pooled(Record):
    """All experts at once, or all of them and one judge."""

    attribute: str
    raters: tuple[str, ...]
    judge: str | None = None
    items: int
    """Items with at least two scores."""
    complete_items: int
    """Items that everyone has scored: what the ICCs are computed from."""
    groups: int
    figures: dict[Statistic, Figure]


class ExpertTrial(Record):
    """The alternative annotator test against one expert."""

    expert: str
    items: int
    """Items that the judge, this expert and another expert have scored."""
    judge_advantage: float
    """How often the judge matches the other experts at least as well as this one does."""
    expert_advantage: float
    p_value: float
    won: bool


class AlternativeTest(Record):
    """May the judge stand in for an expert?"""

    attribute: str
    judge: str
    epsilon: float
    experts: int
    """Experts tested. The test asks for three; with two it says only which is closer."""
    untested: int
    """Experts with fewer than 30 shared items."""
    omega: float | None = None
    """Share of experts the judge wins; it passes with half of them or more."""
    advantage: float | None = None
    """Mean probability that the judge is as good as an expert or better."""
    passed: bool | None = None
    """None where nobody could be tested."""
    trials: tuple[ExpertTrial, ...]


class LeftOut(Record):
    """Scores of one rater that did not count."""

    rater: str
    scores: int
    """Those that did."""
    missing: int
    """Attributes of items that others have scored and this rater has not."""
    out_of_range: int
    """Outside the scale; not counted, not moved to its edge."""
    unreadable: int
    """Not a number where numbers stand."""
    repeated: int
    """Second scores of the same item: only the first counts; see self-consistency."""


class Part(Record):
    """Agreement on one kind of thing that was asked."""

    subject: Subject
    """Ratings in numbers, labels in words, or which of two is better."""
    attributes: tuple[str, ...]
    items: int
    groups: int
    scale: tuple[float, float] | None = None
    """The range scores were held against; None where none was given."""
    observed: tuple[float, float] | None = None
    """The range of the scores that counted."""
    left_out: tuple[LeftOut, ...]
    comparisons: tuple[Comparison, ...]
    averages: tuple[Average, ...]
    pooled: tuple[Pooled, ...]
    alternative: tuple[AlternativeTest, ...]


class MarginPoint(Record):
    """The curve at one least margin."""

    min_margin: float
    """In points of the score; at 0 all pairs that differ at all."""
    pairs: int
    """Labelled pairs with this margin or more."""
    share: float
    """Their share of all pairs that differ."""
    agreement: Figure
    """How often people agree with the label, ties left out."""
    compared: int
    """Verdicts behind it."""
    ties: int
    """Verdicts that found both equal."""
    human: Figure
    """How often two people agree with each other on the same pairs."""
    human_compared: int


class MarginCurve(Record):
    """Agreement with one judge's label by margin."""

    judge: str
    tied: int
    """Pairs with equal scores, which have no label."""
    points: tuple[MarginPoint, ...]
    target: float
    """Agreement that was asked for."""
    advised: float | None = None
    """The least margin at which an expert agrees with the label as often as the target asks, or as
    often as with another expert, even at the lower end of the interval; None where none does."""


class MeansAgreement(Record):
    """Two raters' mean scores by writer."""

    attribute: str
    kind: Kind
    facet: str
    """What was averaged over: a column's name, or `model`."""
    first: str
    second: str
    """`mean of N experts` where there are several and a judge is compared with them."""
    values: int
    """Writers."""
    items: int
    figures: dict[Statistic, Figure]


class SelfConsistency(Record):
    """What a rater said when asked the same again."""

    rater: str
    repeats: int
    same: int
    """Of these, how many were answered as before."""
    mean_distance: float | None = None
    """Mean distance of the two scores, in points; None for labels."""


class Unsafe(Record):
    """Responses that an expert flagged as ones that could harm the client."""

    responses: int
    """Responses that experts have looked at."""
    flagged: int
    """Those that one of them or more flagged."""
    preferred: int
    """Flagged ones that the label prefers in a pair which experts have decided."""


class AgreementResult(Record):
    """Everything that was found."""

    source: str
    """The file or run it is about, by name."""
    judges: tuple[str, ...]
    humans: tuple[str, ...]
    resamples: int
    seed: int
    parts: tuple[Part, ...]
    margins: tuple[MarginCurve, ...]
    means: tuple[MeansAgreement, ...]
    consistency: tuple[SelfConsistency, ...]
    filtered: int = 0
    """Rows left out because a flag said so, or because their rater is neither judge nor human."""
    skipped: int = 0
    """Comparisons that an expert chose not to decide, or began and left."""
    unknown: int = 0
    """Annotations of responses that are not in the data set any more."""
    unsafe: Unsafe | None = None
    """What experts flagged, where they could."""
