"""What the figures mean, in sentences: what was found, and when to worry. Pure.

Bounds are conventions; those from the literature name it, the others are ours and say what they
rest on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from psychocounsel_data.agreement.wording import RELIABLE, TENTATIVE
from psychocounsel_data.judge_report.result import (
    DuelFigures,
    Figure,
    Finding,
    JudgeFigures,
    Level,
    PanelFigures,
)
from psychocounsel_data.judging.disagreement import Contested

MANY_FIVES = 0.25
"""Clinicians gave all fives to 8% of 10,000 answers, LLM judges to 27 to 58% (MentalAlign)."""
MANY_TIES = 0.25
FIRM_RETEST = 0.8
ONE_IMPRESSION = 0.8
"""Mean correlation between principles from which they hardly say more than one would."""
LONGER_WINS = 0.65
SELF_EXCESS = 0.2
"""Points; self-preference is real (Panickssery et al., 2024, arXiv:2404.13076; 2410.21819)."""
PLACE_REACH = 0.2
MANY_FAILURES = 0.02
FAIR_FIRST = (0.4, 0.6)
CONSISTENT = 0.8
ELSEWHERE = 0.2
FEW_PAIRS = 30
"""With fewer pairs a share of 80% may be one of 60 or of 95."""

_GRAVEST: dict[Level, int] = {"worry": 0, "watch": 1, "fine": 2}


def findings(
    judges: Sequence[JudgeFigures],
    panel: PanelFigures | None,
    contested: Sequence[Contested],
    review_spread: int | None,
    duels: Sequence[DuelFigures],
) -> tuple[Finding, ...]:
    """Everything worth a sentence, the gravest first."""
    found = [*_of_panel(panel, contested, review_spread)]
    for judge in judges:
        found += [*_of_judge(judge)]
    for duel in duels:
        found += [*_of_duels(duel)]
    return tuple(sorted(found, key=lambda one: _GRAVEST[one.level]))


def _of_panel(
    panel: PanelFigures | None, contested: Sequence[Contested], review_spread: int | None
) -> Iterator[Finding]:
    if panel is None:
        return
    yield _agreement(panel)
    if panel.severity:
        strict, mild = sorted(panel.severity.items(), key=lambda one: one[1])[
            :: len(panel.severity) - 1
        ]
        apart = mild[1] - strict[1]
        yield Finding(
            level="watch" if apart > 0.5 else "fine",
            fact=f"{mild[0]} rates {apart:.2f} points higher than {strict[0]} on the same "
            "responses.",
            meaning="Where a judge is missing on some responses (exclude_self, quorum), its "
            "severity is missing too: a difference over 0.5 then moves scores that are compared.",
        )
    if review_spread is not None:
        share = len(contested) / panel.responses
        yield Finding(
            level="watch" if share > 0.2 else "fine",
            fact=f"{len(contested):,} of {panel.responses:,} responses ({share:.0%}) have ratings "
            f"of one principle {review_spread} points or more apart.",
            meaning="A person should look at them: `pcdata review`." if contested else "",
        )


def _agreement(panel: PanelFigures) -> Finding:
    figure = panel.mean_alpha
    known = {one: alpha.value for one, alpha in panel.alpha.items() if alpha.value is not None}
    if figure.value is None or not known:
        return Finding(
            level="worry",
            fact="Agreement between the judges is not defined: they give one rating throughout.",
        )
    low, high = min(known, key=known.__getitem__), max(known, key=known.__getitem__)
    said = (
        f"The judges' agreement above chance is {_shown(figure)} (Krippendorff's alpha, ordinal; "
        f"0 is chance, 1 perfect), from {number(known[low])} ({low}) to "
        f"{number(known[high])} ({high})."
    )
    kappas = [one for one in panel.kappas.values() if one is not None]
    if kappas:
        said += (
            f" Two by two, each with its own level, it is {number(sum(kappas) / len(kappas))} "
            "(weighted kappa)."
        )
    if figure.low is not None and figure.low <= 0:
        return Finding(
            level="worry",
            fact=f"{said} That is no better than chance: these judges do not measure the same "
            "thing, and a mean of their ratings is noise.",
            meaning="Do not build a data set on them.",
        )
    if figure.value < TENTATIVE:
        fact = f"{said} Below {TENTATIVE} no conclusion should rest on one of them alone."
        return Finding(level="worry" if figure.value < 0.4 else "watch", fact=fact)
    if figure.value < RELIABLE:
        return Finding(level="fine", fact=f"{said} That allows tentative conclusions.")
    return Finding(level="fine", fact=f"{said} That is reliable (Krippendorff, 2019).")


def _shown(figure: Figure) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return number(figure.value)
    return f"{number(figure.value)} [{number(figure.low)}, {number(figure.high)}]"


def number(value: float | None) -> str:
    """Two digits after the point, and no minus before nothing."""
    return "not defined" if value is None else f"{round(value, 2) + 0.0:.2f}"


def signed(points: float) -> str:
    """Two digits with a sign, and never minus nothing."""
    return f"{round(points, 2) + 0.0:+.2f}"


def _of_judge(judge: JudgeFigures) -> Iterator[Finding]:
    name = judge.judge
    yield _finding(
        judge.all_fives > MANY_FIVES,
        f"{name} gives the highest rating on every principle to {judge.all_fives:.0%} of responses",
        "Such responses cannot be told apart: harder anchors, repeats or expected scores help",
    )
    if judge.tied is not None:
        yield _finding(
            judge.tied > MANY_TIES,
            f"{name} scores {judge.tied:.0%} of the pairs of one speech's responses equally",
            "Ties never pair, so that much is lost to the data set",
        )
    yield from _retest(judge)
    if judge.halo is not None:
        yield _finding(
            judge.halo > ONE_IMPRESSION,
            f"{name}: ratings on different principles correlate at {judge.halo:.2f} on average",
            "The principles then say little more than one overall impression would; compare "
            "`per_principle: true` on a sample",
        )
    yield from _biases(judge)
    yield from _troubles(judge)


def _finding(bad: bool, said: str, meaning: str) -> Finding:
    """What was found; what it means only where it should be looked at."""
    if bad:
        return Finding(level="watch", fact=f"{said}.", meaning=f"{meaning}.")
    return Finding(level="fine", fact=f"{said}.")


def _retest(judge: JudgeFigures) -> Iterator[Finding]:
    known = [
        (one.retest_exact, one.retest_kappa.value)
        for one in judge.principles.values()
        if one.retest_exact is not None and one.retest_kappa is not None
    ]
    if not known:
        return
    exact = sum(share for share, _ in known) / len(known)
    kappas = [kappa for _, kappa in known if kappa is not None]
    kappa = sum(kappas) / len(kappas) if kappas else None
    yield _finding(
        kappa is None or kappa < FIRM_RETEST,
        f"{judge.judge}, asked again, gives the same rating in {exact:.0%} of cases; above chance "
        f"{number(kappa)} (weighted kappa)",
        "What changes from one asking to the next is no property of the response: take the mean "
        "of more repeats, or a larger min_margin",
    )


def _biases(judge: JudgeFigures) -> Iterator[Finding]:
    name = judge.judge
    if judge.length is not None:
        wins = judge.length.longer_wins
        yield _finding(
            not 1 - LONGER_WINS <= wins <= LONGER_WINS,
            f"{name} scores the longer of two responses to one speech higher in {wins:.0%} of "
            f"{judge.length.pairs:,} pairs; twice the length goes with "
            f"{signed(judge.length.points_per_doubling)} points",
            "Length may go with quality, or may pass for it: a model trained on these pairs will "
            "learn to write longer or shorter",
        )
    if judge.self_preference is not None:
        own = judge.self_preference
        excess, others = own.excess, own.others_advantage
        beside = (
            "; there is no other judge to hold that against"
            if others is None
            else f"; the other judges {signed(others)}"
        )
        yield _finding(
            (own.advantage if excess is None else excess) > SELF_EXCESS,
            f"{name} rates answers of its own model {signed(own.advantage)} points against the "
            f"others to the same speeches{beside}",
            "That may be self-preference: set `exclude_self: true` and add a judge",
        )
    relatives = [one for one in judge.relatives if judge.self_preference is None]
    if relatives:
        yield Finding(
            level="watch",
            fact=f"{name} rates answers of what seems its own family ({', '.join(relatives)}).",
            meaning="Models tend to prefer their own kind of text. A judge of another family would "
            "tell.",
        )
    if judge.places is not None:
        reach, error = judge.places.reach, judge.places.standard_error
        yield _finding(
            reach > PLACE_REACH and reach > 4 * error,
            f"{name}: the place at which a principle is asked moves its rating by {reach:.2f} "
            f"points from the strictest place to the mildest (chance alone: about {4 * error:.2f})",
            "As the order changes from response to response this evens out over many, not in one: "
            "more repeats take other orders",
        )


def _troubles(judge: JudgeFigures) -> Iterator[Finding]:
    name = judge.judge
    if judge.expected is not None:
        yield _finding(
            judge.expected.elsewhere > ELSEWHERE,
            f"{name}: expected scores lie {judge.expected.distance:.2f} points from the ratings, "
            f"and {judge.expected.elsewhere:.0%} nearer to another point",
            "The judge is often of two minds where it names one number",
        )
    failed = sum(judge.failures.values())
    if failed:
        share = failed / (failed + judge.judgments)
        shapes = ", ".join(f"{shape} {count:,}" for shape, count in judge.failures.items())
        yield Finding(
            level="watch" if share > MANY_FAILURES else "fine",
            fact=f"{name}: {failed:,} calls ({share:.1%}) are without an answer: {shapes}.",
            meaning="They are no low scores: run `pcdata judge` again. If those that fail have a "
            "subject in common, such as crisis, the data set will lack it.",
        )


def _of_duels(duel: DuelFigures) -> Iterator[Finding]:
    if not duel.pairs:
        return
    name = duel.judge
    yield _finding(
        duel.consistent < CONSISTENT,
        f"{name}, shown {duel.pairs:,} pairs in both orders, gives the same answer in "
        f"{duel.consistent:.0%}",
        "The rest count as ties; below 80% the win rates rest on few pairs",
    )
    if duel.first is not None:
        yield _finding(
            not FAIR_FIRST[0] <= duel.first <= FAIR_FIRST[1],
            f"{name} prefers the response shown first in {duel.first:.0%} of its choices; 50% "
            "would be fair",
            "Its choice in one order alone would be worthless",
        )
    if duel.agrees is not None:
        yield _finding(
            duel.agrees < CONSISTENT and duel.compared >= FEW_PAIRS,
            f"{name}: where a pair has a winner and the rated scores differ, the winner scored "
            f"higher in {duel.agrees:.0%} of {duel.compared:,}",
            "Ratings and comparisons then measure different things, or one of them does not "
            "measure: have people compare some",
        )
