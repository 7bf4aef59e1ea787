"""From ratings to everything that is said of their agreement. Pure.

Which statistic applies is decided here, by what the scores are: names, whole points of a scale, or
measures such as the mean of a panel. The statistics themselves are next door.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from psychocounsel_data.agreement import many_raters, margins, systems, two_raters
from psychocounsel_data.agreement.alternative import EPSILON, alternative_annotator_test
from psychocounsel_data.agreement.many_raters import Sheet
from psychocounsel_data.agreement.margins import Contests
from psychocounsel_data.agreement.ratings import OVERALL, Facet, Ratings, SelfComparisons
from psychocounsel_data.agreement.resampling import Floats, Resamples, interval, wilson
from psychocounsel_data.agreement.result import (
    AlternativeTest,
    Average,
    Comparison,
    ExpertTrial,
    Figure,
    Kind,
    LeftOut,
    MarginCurve,
    MarginPoint,
    MeansAgreement,
    Part,
    Pooled,
    SelfConsistency,
    Statistic,
    Subject,
)

Draws = Mapping[Statistic, Floats]
"""Each statistic: its value for the data, then one a resample."""


class Settings(NamedTuple):
    """How a study is done."""

    resamples: int = 1_000
    seed: int = 0
    epsilon: float = EPSILON
    """The handicap in the alternative annotator test."""
    target: float = 0.9
    """How often an expert should agree with the label of a pair."""


class _Compared(NamedTuple):
    record: Comparison
    draws: Draws
    difference: Floats


def study(
    ratings: Ratings, subject: Subject, left_out: Iterable[LeftOut], settings: Settings
) -> Part:
    """Agreement on every attribute, of judges with people and of people with each other."""
    ratings = ratings.with_overall()
    resamples = Resamples(ratings.group_count, settings.resamples, settings.seed)
    comparisons: list[Comparison] = []
    averages: list[Average] = []
    for attribute in ratings.attributes:
        among = [
            _compare(ratings, attribute, "human_human", one, two, resamples)
            for one, two in combinations(ratings.humans, 2)
        ]
        humans = _average(ratings, attribute, None, among)
        averages += [humans.record] if humans else []
        comparisons += [one.record for one in among]
        for judge in ratings.judges:
            against = [
                _compare(ratings, attribute, "judge_human", judge, human, resamples)
                for human in ratings.humans
            ]
            mean = _average(ratings, attribute, judge, against, humans.draws if humans else None)
            averages += [mean.record] if mean else []
            comparisons += [one.record for one in against]
    scores = ratings.scores[np.isfinite(ratings.scores)]
    return Part(
        subject=subject,
        attributes=ratings.attributes,
        items=len(ratings.items),
        groups=ratings.group_count,
        scale=tuple(ratings.scale) if ratings.scale else None,
        observed=(float(scores.min()), float(scores.max())) if len(scores) else None,
        left_out=tuple(left_out),
        comparisons=tuple(comparisons),
        averages=tuple(averages),
        pooled=tuple(_pooled(ratings, resamples)),
        alternative=tuple(_alternative(ratings, subject, settings.epsilon)),
    )


def _compare(
    ratings: Ratings, attribute: str, kind: Kind, first: str, second: str, resamples: Resamples
) -> _Compared:
    sheet = ratings.sheet(attribute, (first, second)).complete()
    cells = two_raters.cells(sheet.scores[:, 0], sheet.scores[:, 1], sheet.groups, resamples)
    domain = ratings.categories(attribute)
    draws: dict[Statistic, Floats] = {}
    if len(sheet.groups) > 1:
        if domain is not None:
            draws |= _categorical(sheet, domain, resamples, ordered=not ratings.labels)
            draws |= _kappas(cells, ordered=not ratings.labels)
        if not ratings.labels:
            draws |= _measured(sheet, resamples)
            draws["spearman"] = two_raters.spearman(cells)
            draws["kendall"] = two_raters.kendall_tau_b(cells)
    difference = two_raters.mean_difference(cells)
    record = Comparison(
        attribute=attribute,
        kind=kind,
        first=first,
        second=second,
        items=len(sheet.groups),
        groups=len(np.unique(sheet.groups)),
        difference=figure(difference) if not ratings.labels else Figure(value=None),
        figures=_figures(draws),
    )
    return _Compared(record, draws, difference)


def _kappas(cells: two_raters.Cells, *, ordered: bool) -> Draws:
    one, two = cells.first, cells.second
    found: dict[Statistic, Floats] = {
        "kappa": two_raters.cohen_kappa(cells, two_raters.nominal_weights(one, two))
    }
    if ordered:
        linear, quadratic = two_raters.linear_weights, two_raters.quadratic_weights
        found["kappa_linear"] = two_raters.cohen_kappa(cells, linear(one, two))
        found["kappa_quadratic"] = two_raters.cohen_kappa(cells, quadratic(one, two))
    return found


def _categorical(sheet: Sheet, domain: Floats, resamples: Resamples, *, ordered: bool) -> Draws:
    chance = many_raters.chance_corrected(sheet, domain, resamples)
    found: dict[Statistic, Floats] = {
        "raw": many_raters.observed_agreement(sheet, domain, resamples),
        "fleiss": chance.fleiss,
        "alpha_nominal": many_raters.alpha_nominal(sheet, domain, resamples),
        "ac1": chance.gwet,
    }
    if ordered:
        near = many_raters.chance_corrected(sheet, domain, resamples, quadratic=True)
        found["alpha_ordinal"] = many_raters.alpha_ordinal(sheet, domain, resamples)
        found["ac2"] = near.gwet
    return found


def _measured(sheet: Sheet, resamples: Resamples) -> Draws:
    icc = many_raters.icc(sheet, resamples)
    return {
        "alpha_interval": many_raters.alpha_interval(sheet, resamples),
        "icc_c": icc.consistency,
        "icc_a": icc.agreement,
    }


class _Averaged(NamedTuple):
    record: Average
    draws: Draws


def _average(
    ratings: Ratings,
    attribute: str,
    judge: str | None,
    compared: Sequence[_Compared],
    humans: Draws | None = None,
) -> _Averaged | None:
    """The mean over rater pairs; a pair for which a statistic is not defined is left out of it."""
    compared = [one for one in compared if one.draws]
    if not compared:
        return None
    statistics = [name for name in compared[0].draws if all(name in one.draws for one in compared)]
    draws = {name: _mean([one.draws[name] for one in compared]) for name in statistics}
    among = humans or {}
    gaps = {name: draws[name] - among[name] for name in statistics if name in among}
    named = judge is not None and not ratings.labels
    record = Average(
        attribute=attribute,
        kind="human_human" if judge is None else "judge_human",
        judge=judge,
        pairs=len(compared),
        items=_items(ratings, attribute, judge),
        difference=figure(_mean([one.difference for one in compared])) if named else None,
        figures=_figures(draws),
        against_humans=_figures(gaps),
    )
    return _Averaged(record, draws)


def _mean(draws: Sequence[Floats]) -> Floats:
    """By resample, over the pairs whose statistic is defined for the data."""
    defined = [one for one in draws if np.isfinite(one[0])]
    return np.asarray(np.mean(defined, axis=0)) if defined else np.full(len(draws[0]), np.nan)


def _items(ratings: Ratings, attribute: str, judge: str | None) -> int:
    people = np.isfinite(ratings.sheet(attribute, ratings.humans).scores).sum(axis=1)
    if judge is None:
        return int((people >= 2).sum())
    judged = np.isfinite(ratings.sheet(attribute, (judge,)).scores[:, 0])
    return int((judged & (people >= 1)).sum())


def _pooled(ratings: Ratings, resamples: Resamples) -> Iterable[Pooled]:
    """Statistics of several raters at once; two experts alone are a comparison already."""
    sets: list[tuple[str | None, tuple[str, ...]]] = []
    if len(ratings.humans) > 2:
        sets.append((None, ratings.humans))
    if len(ratings.humans) > 1:
        sets += [(judge, (judge, *ratings.humans)) for judge in ratings.judges]
    for attribute in ratings.attributes:
        for judge, raters in sets:
            sheet = ratings.sheet(attribute, raters)
            shared = sheet.shared()
            yield Pooled(
                attribute=attribute,
                raters=raters,
                judge=judge,
                items=len(shared.groups),
                complete_items=len(sheet.complete().groups),
                groups=len(np.unique(shared.groups)),
                figures=_figures(_of_many(ratings, attribute, sheet, resamples)),
            )


def _of_many(ratings: Ratings, attribute: str, sheet: Sheet, resamples: Resamples) -> Draws:
    domain = ratings.categories(attribute)
    draws: dict[Statistic, Floats] = {}
    if len(sheet.shared().groups) > 1:
        if domain is not None:
            draws |= _categorical(sheet, domain, resamples, ordered=not ratings.labels)
        if not ratings.labels:
            draws |= _measured(sheet, resamples)
    return draws


def _alternative(ratings: Ratings, subject: Subject, epsilon: float) -> Iterable[AlternativeTest]:
    if len(ratings.humans) < 2:
        return
    for attribute in ratings.attributes:
        experts = ratings.sheet(attribute, ratings.humans).scores
        for judge in ratings.judges:
            outcome = alternative_annotator_test(
                ratings.sheet(attribute, (judge,)).scores[:, 0],
                experts,
                ratings.groups,
                epsilon=epsilon,
                categorical=subject != "ratings",
            )
            yield AlternativeTest(
                attribute=attribute,
                judge=judge,
                epsilon=epsilon,
                experts=len(outcome.trials),
                untested=outcome.untested,
                omega=_rounded(outcome.winning_rate),
                advantage=_rounded(outcome.advantage),
                passed=outcome.passed,
                trials=tuple(
                    ExpertTrial(
                        expert=ratings.humans[one.annotator],
                        items=one.items,
                        judge_advantage=round(one.judge_advantage, 4),
                        expert_advantage=round(one.expert_advantage, 4),
                        p_value=round(one.p_value, 6),
                        won=one.won,
                    )
                    for one in outcome.trials
                ),
            )


def by_means(ratings: Ratings, facet: Facet, settings: Settings) -> tuple[MeansAgreement, ...]:
    """Whether raters place the writers alike: one mean score a writer.

    A judge meets the mean of the experts' scores of an item, each expert meets each other one.
    """
    if ratings.labels:
        return ()
    ratings = ratings.with_overall()
    resamples = Resamples(ratings.group_count, settings.resamples, settings.seed)
    found: list[MeansAgreement] = []
    people = ratings.humans
    together = people[0] if len(people) == 1 else f"mean of {len(people)} experts"
    for attribute in ratings.attributes:
        scores = {one: ratings.sheet(attribute, (one,)).scores[:, 0] for one in ratings.raters}
        mean = _present_mean(ratings.sheet(attribute, people).scores)
        meetings: list[tuple[Kind, str, Floats, str, Floats]] = [
            ("judge_human", judge, scores[judge], together, mean) for judge in ratings.judges
        ]
        meetings += [
            ("human_human", one, scores[one], two, scores[two])
            for one, two in combinations(people, 2)
        ]
        for kind, first, one_scores, second, two_scores in meetings:
            means = systems.means(one_scores, two_scores, ratings.groups, facet, resamples)
            if len(means.values) > 1:
                icc = systems.icc_of_means(means)
                draws: Draws = {"icc_c": icc.consistency, "icc_a": icc.agreement}
                found.append(
                    MeansAgreement(
                        attribute=attribute,
                        kind=kind,
                        facet=facet.name,
                        first=first,
                        second=second,
                        values=len(means.values),
                        items=means.items,
                        figures=_figures(draws),
                    )
                )
    return tuple(found)


def _present_mean(scores: Floats) -> Floats:
    """The mean over the columns that have a score; NaN where none has."""
    present = np.isfinite(scores)
    return two_raters.ratio(
        np.where(present, scores, 0).sum(axis=1), present.sum(axis=1).astype(np.float64)
    )


def margin_curves(ratings: Ratings, settings: Settings) -> tuple[MarginCurve, ...]:
    """For each judge, how often people order two responses to a speech as it does, by margin."""
    if ratings.labels:
        return ()
    ratings = ratings.with_overall()
    attribute = OVERALL if OVERALL in ratings.attributes else ratings.attributes[-1]
    humans = ratings.sheet(attribute, ratings.humans).scores
    resamples = Resamples(ratings.group_count, settings.resamples, settings.seed)
    curves = [
        margin_curve(judge, contests, contests.margins, resamples, settings)
        for judge in ratings.judges
        for contests in [
            margins.contests(
                ratings.groups, ratings.sheet(attribute, (judge,)).scores[:, 0], humans
            )
        ]
        if np.isfinite(contests.verdicts).any()
    ]
    return tuple(curves)


def margin_curve(
    judge: str, seen: Contests, pool: Floats, resamples: Resamples, settings: Settings
) -> MarginCurve:
    """One judge's curve.

    Args:
        judge: its name.
        seen: the pairs people have been asked about.
        pool: the margins of all pairs the judge has scored.
        resamples: how often each speech is drawn.
        settings: what agreement is asked for.
    """
    found = margins.curve(seen, pool, resamples)
    every = max(1, found[0].pairs) if found else 1
    points = tuple(
        MarginPoint(
            min_margin=one.least,
            pairs=one.pairs,
            share=round(one.pairs / every, 4),
            agreement=_share(one.label, one.compared),
            compared=one.compared,
            ties=one.undecided,
            human=_share(one.human, one.human_compared),
            human_compared=one.human_compared,
        )
        for one in found
    )
    return MarginCurve(
        judge=judge,
        tied=int((pool == 0).sum()),
        points=points,
        target=settings.target,
        advised=_advised(points, settings.target),
    )


def _share(draws: Floats, count: int) -> Figure:
    """A share of verdicts, whose interval is no narrower than that of as many independent ones.

    Where all agree, so do all resamples, and of ten verdicts the interval would be [1, 1].
    """
    found = figure(draws)
    if found.value is None or found.low is None or found.high is None:
        return found
    low, high = wilson(found.value, count)
    return Figure(
        value=found.value, low=_rounded(min(found.low, low)), high=_rounded(max(found.high, high))
    )


def _advised(points: Sequence[MarginPoint], target: float) -> float | None:
    for point in points:
        human = point.human.value
        wanted = target if human is None else min(target, human)
        if point.agreement.low is not None and point.agreement.low >= wanted:
            return point.min_margin
    return None


def self_consistency(repeats: SelfComparisons, *, labels: bool) -> tuple[SelfConsistency, ...]:
    """How alike a rater's two answers to the same question are."""
    return tuple(
        SelfConsistency(
            rater=rater,
            repeats=len(said.first),
            same=sum(one == two for one, two in zip(said.first, said.again, strict=True)),
            mean_distance=None if labels else _distance(said.first, said.again),
        )
        for rater, said in sorted(repeats.items())
        if said.first
    )


def _distance(first: Sequence[float], again: Sequence[float]) -> float:
    return round(float(np.abs(np.subtract(first, again)).mean()), 4)


def _figures(draws: Draws) -> dict[Statistic, Figure]:
    return {name: figure(values) for name, values in draws.items()}


def figure(draws: Floats) -> Figure:
    """A statistic's value and interval, to four decimals."""
    if not np.isfinite(draws[0]):
        return Figure(value=None)
    found = interval(draws[1:])
    if found is None:
        return Figure(value=_rounded(float(draws[0])))
    return Figure(
        value=_rounded(float(draws[0])), low=_rounded(found.low), high=_rounded(found.high)
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4) + 0.0
