"""What a judge report holds: what `--json` prints, and the words and tables are made of."""

from __future__ import annotations

from typing import Literal

from psychocounsel_data.judging.disagreement import Contested
from psychocounsel_data.records import Record

Level = Literal["fine", "watch", "worry"]


class Figure(Record):
    """A statistic and its interval."""

    value: float | None = None
    """None where it is not defined, such as agreement with a judge that always says 5."""
    low: float | None = None
    """Lower end of the 95% interval; None where resampling gives none."""
    high: float | None = None
    """Upper end."""


class PrincipleFigures(Record):
    """One judge on one principle."""

    counts: dict[int, int]
    """Each point of the scale to how often it was given, all repeats together."""
    mean: float | None = None
    """None where it has rated nothing on it."""
    retest_exact: float | None = None
    """Share of equal ratings where a response was rated again; None without repeats."""
    retest_kappa: Figure | None = None
    """The same above chance, near misses counting in part: Cohen's kappa, quadratic weights."""


class LengthEffect(Record):
    """Whether longer answers get higher scores, within speeches."""

    pairs: int
    """Pairs of one speech's responses that differ in length and in score."""
    longer_wins: float
    """The share of them in which the longer one has the higher score."""
    points_per_doubling: float
    """Points of overall score that an answer of twice the length has more."""


class SelfPreference(Record):
    """How a judge rates answers of its own model."""

    own: int
    """Answers of its own model that it rated."""
    advantage: float
    """Mean of own answers less the mean of the others of the same speeches, in points."""
    others_advantage: float | None = None
    """The same difference by the other judges, on the same speeches; None without any."""

    @property
    def excess(self) -> float | None:
        """What it gives its own beyond what the others give them."""
        return None if self.others_advantage is None else self.advantage - self.others_advantage


class PlaceEffect(Record):
    """Whether the place at which a principle is asked moves its rating."""

    deviations: tuple[float, ...]
    """By place: mean rating less the mean of the same principles over all places, in points."""
    standard_error: float
    """Of one deviation, if ratings were independent."""

    @property
    def reach(self) -> float:
        """Points between the most generous place and the strictest."""
        return max(self.deviations) - min(self.deviations)


class ExpectedFigures(Record):
    """Ratings beside the means of the judge's own probabilities."""

    judgments: int
    """Judgments that have them."""
    distance: float
    """Mean distance of the expected score from the rating, in points."""
    elsewhere: float
    """Share of ratings whose expected score is nearer to another point of the scale."""


class Spending(Record):
    """Tokens, as the servers counted them, and what they cost, per 1,000 judgments."""

    input_tokens: int | None = None
    """None where no server counted."""
    output_tokens: int | None = None
    usd: float | None = None
    """US dollars, asked live at today's prices; None where tokens or price are not known. 0 only
    where a token costs nothing."""
    priced: bool
    """Whether the judge's price is known."""
    as_of: str | None = None
    """The month of the page that the price was read from; None where run.yaml gives it."""
    cached: float | None = None
    """The share of the input that came from prompt caches; None where nothing was counted."""
    asked_again: float
    """Share of judgments that took more than one request."""


class JudgeFigures(Record):
    """One judge."""

    judge: str
    judgments: int
    responses: int
    repeats: int
    """The most ratings of one response."""
    principles: dict[str, PrincipleFigures]
    all_fives: float
    """Share of responses with the highest rating on every principle."""
    tied: float | None = None
    """Share of pairs of one speech's responses with equal overall scores; None without pairs."""
    halo: float | None = None
    """Mean correlation between principles over responses."""
    correlations: dict[str, dict[str, float | None]]
    """Between each two principles."""
    length: LengthEffect | None = None
    self_preference: SelfPreference | None = None
    relatives: tuple[str, ...]
    """Models in the pool that seem to be of the judge's own family."""
    places: PlaceEffect | None = None
    expected: ExpectedFigures | None = None
    spending: Spending
    failures: dict[str, int]
    """Shape of what went wrong to the number of calls that are still without an answer."""
    mended: int
    """Calls that failed at first and were answered by a later run."""


class PanelFigures(Record):
    """Several judges on the same responses."""

    responses: int
    """Responses that two judges or more have rated."""
    alpha: dict[str, Figure]
    """Principle to Krippendorff's ordinal alpha, over all judges."""
    mean_alpha: Figure
    """The mean of these."""
    kappas: dict[str, float | None]
    """`judge | judge` to Cohen's kappa with quadratic weights, mean over principles."""
    severity: dict[str, float]
    """Judge to how much higher it rates than the panel, on responses that all have rated."""


class DuelFigures(Record):
    """One pairwise judge."""

    judge: str
    pairs: int
    """Pairs that were shown in both orders."""
    half: int
    """Pairs that were shown in one order only; they count for nothing."""
    consistent: float
    """Share of pairs in which both orders lead to the same answer."""
    first: float | None = None
    """Share of choices, ties left out, that fell on the response shown first."""
    ties: float
    """Share of pairs without a winner."""
    agrees: float | None = None
    """Share of pairs with a winner, and with different rated scores, whose winner scored higher."""
    compared: int
    """How many pairs that is."""
    win_rates: dict[str, float]
    """Model's released name to its wins, ties counting half, among its pairs."""
    met: dict[str, int]
    """Model's released name to its pairs."""


class Finding(Record):
    """What a figure means."""

    level: Level
    fact: str
    """What was found, in sentences that a data card can carry."""
    meaning: str = ""
    """What follows from it, for whoever makes the data set; empty where nothing does."""

    @property
    def text(self) -> str:
        """Both."""
        return f"{self.fact} {self.meaning}".strip()


class JudgeReport(Record):
    """Everything a run folder tells about its judges."""

    rubric: str
    """`prompt@version` of the judgments."""
    findings: tuple[Finding, ...]
    """In words, what matters most first."""
    judges: tuple[JudgeFigures, ...]
    panel: PanelFigures | None = None
    review_spread: int | None = None
    contested: tuple[Contested, ...]
    """What `pcdata review` shows where nobody has decided yet, widest disagreement first."""
    duels: tuple[DuelFigures, ...]
    left_out: dict[str, int]
    """Reason to number of judgments that the figures leave out."""
