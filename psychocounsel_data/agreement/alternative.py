"""May a judge stand in for an expert? The alternative annotator test. Pure.

Calderon, Reichart and Dror (2025, arXiv 2501.10970). Each expert in turn is set aside, and the
judge and this expert are compared by how well each matches the remaining experts on the same item.
The judge wins an expert if it matches at least as well, a handicap of `epsilon` granted for what it
saves. It passes if it wins half of the experts or more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from psychocounsel_data.agreement.resampling import Floats, Ints

EPSILON = 0.2
"""The handicap for trained experts (section 3.3 of the paper; 0.15 for skilled workers, 0.1 for
crowd workers)."""
FALSE_DISCOVERY_RATE = 0.05
LEAST_ITEMS = 30
"""An expert with fewer shared items is not tested: the t-test asks for this many."""
LEAST_OMEGA = 0.5


class Trial(NamedTuple):
    """The judge against one expert."""

    annotator: int
    """The expert's column."""
    items: int
    """Items that the judge, this expert and at least one other have scored."""
    judge_advantage: float
    """How often the judge matches the others at least as well as this expert does."""
    expert_advantage: float
    """How often this expert matches them at least as well as the judge does."""
    p_value: float
    """Of the hypothesis that the judge is worse by epsilon or more."""
    won: bool
    """Whether that hypothesis falls, all experts' tests taken together."""


class Outcome(NamedTuple):
    """The test over all experts that have enough items."""

    trials: tuple[Trial, ...]
    untested: int
    """Experts with too few shared items."""

    @property
    def winning_rate(self) -> float | None:
        """Omega: the share of experts that the judge wins."""
        return sum(one.won for one in self.trials) / len(self.trials) if self.trials else None

    @property
    def advantage(self) -> float | None:
        """Rho: the mean probability that the judge is as good as an expert or better."""
        if not self.trials:
            return None
        return sum(one.judge_advantage for one in self.trials) / len(self.trials)

    @property
    def passed(self) -> bool | None:
        """Whether the judge may stand in for an expert."""
        omega = self.winning_rate
        return None if omega is None else omega >= LEAST_OMEGA


def alternative_annotator_test(
    judge: Floats, experts: Floats, groups: Ints, *, epsilon: float, categorical: bool
) -> Outcome:
    """Run the test.

    The paper's t-test takes items for independent. Here the standard error allows for items of one
    speech being alike, with as many degrees of freedom as speeches less one; where every item has
    a speech of its own it is the paper's test. P-values are corrected after Benjamini and
    Yekutieli (2001), as there.

    Args:
        judge: the judge's score of each item; NaN where there is none.
        experts: one row an item, one column an expert; NaN where there is none.
        groups: the speech of each item.
        epsilon: the handicap, 0 to 1.
        categorical: whether scores match or not; else nearness counts (root mean squared error).
    """
    usable = np.isfinite(judge)
    trials: list[Trial] = []
    untested = 0
    for column in range(experts.shape[1]):
        rest = np.delete(experts, column, axis=1)
        shared = usable & np.isfinite(experts[:, column]) & np.isfinite(rest).any(axis=1)
        if shared.sum() < LEAST_ITEMS:
            untested += 1
            continue
        ours = _match(judge[shared], rest[shared], categorical)
        theirs = _match(experts[shared, column], rest[shared], categorical)
        wins, losses = (ours >= theirs).astype(float), (theirs >= ours).astype(float)
        p_value = _p_value(losses - wins, groups[shared], epsilon)
        trial = Trial(
            column, int(shared.sum()), float(wins.mean()), float(losses.mean()), p_value, won=False
        )
        trials.append(trial)
    won = _rejected([one.p_value for one in trials])
    judged = (one._replace(won=win) for one, win in zip(trials, won, strict=True))
    return Outcome(tuple(judged), untested)


def _match(scores: Floats, rest: Floats, categorical: bool) -> Floats:
    """How well each score matches those of the other experts; higher is better."""
    if categorical:
        same = np.where(np.isfinite(rest), rest == scores[:, None], np.nan)
        return np.asarray(np.nanmean(same, axis=1))
    # Rounded: two distances that are equal on paper should not be told apart by the last bit.
    return np.asarray(-np.round(np.sqrt(np.nanmean((rest - scores[:, None]) ** 2, axis=1)), 9))


def _p_value(difference: Floats, groups: Ints, epsilon: float) -> float:
    """One-sided, of a mean difference of epsilon or more, with errors clustered by speech."""
    from scipy.stats import t

    excess = difference.mean() - epsilon
    totals = np.bincount(groups, difference - difference.mean())
    clusters = len(np.unique(groups))
    if clusters < 2:
        return 1.0
    variance = clusters / (clusters - 1) * float((totals**2).sum()) / len(difference) ** 2
    if variance <= 1e-18:
        return 0.0 if excess < 0 else 1.0
    return float(t.cdf(excess / np.sqrt(variance), clusters - 1))


def _rejected(p_values: Sequence[float]) -> list[bool]:
    from scipy.stats import false_discovery_control

    if not p_values:
        return []
    corrected = false_discovery_control(p_values, method="by")
    return [bool(p <= FALSE_DISCOVERY_RATE) for p in corrected]
