"""What the figures mean, in sentences: what was found, whether it will do, what to do next. Pure.

Bounds are conventions and are named with their source. The first thing a judge is held against is
how well experts agree with each other; where only one has rated, that is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from psychocounsel_data.agreement.ratings import OVERALL
from psychocounsel_data.agreement.result import (
    AgreementResult,
    AlternativeTest,
    Average,
    Figure,
    MarginCurve,
    MarginPoint,
    MeansAgreement,
    Part,
    Statistic,
)

FEW_SPEECHES = 30
"""With fewer, the percentile interval of a cluster bootstrap is known to be too narrow."""
RELIABLE, TENTATIVE = 0.8, 0.667
"""Krippendorff (2019), chapter 12: alpha from which data are reliable, and from which tentative
conclusions may be drawn."""


_SAID = {"ratings": "scores", "labels": "labels", "preference": "choices"}
_ITEM, _SPEECH = ("item", "items"), ("speech", "speeches")


def summary(result: AgreementResult) -> tuple[str, ...]:
    """A few sentences for people who do not read tables, the most important first."""
    lines = [_who(result)]
    for judge in result.judges:
        lines += list(_of_judge(result, judge))
    lines += list(_flags(result))
    lines += list(_among_experts(result))
    lines += list(_cautions(result))
    return tuple(dict.fromkeys(lines))


def headline(part: Part) -> Statistic:
    """The chance-corrected statistic that is spoken of: alpha, by what the scores are."""
    categorical = any("alpha_ordinal" in one.figures for one in part.averages)
    if part.subject == "ratings":
        return "alpha_ordinal" if categorical else "alpha_interval"
    return "alpha_nominal"


def _who(result: AgreementResult) -> str:
    things = {"ratings": _ITEM, "labels": _ITEM, "preference": ("pair", "pairs of responses")}
    parts = " and ".join(
        f"{_number(one.items, things[one.subject])} ({_number(one.groups, _SPEECH)})"
        for one in result.parts
    )
    judges = f"judge {_listed(result.judges)}; " if result.judges else "no judge was named; "
    return f"{result.source}: {judges}experts {_listed(result.humans)}; {parts}."


def _of_judge(result: AgreementResult, judge: str) -> Iterator[str]:
    for curve in result.margins:
        if curve.judge == judge:
            yield from _margin(curve)
    for part in result.parts:
        averages = [one for one in part.averages if one.judge == judge]
        if averages:
            yield _chance(part, judge, averages)
        if part.subject == "ratings" and averages:
            yield from _level(judge, averages)
    yield from _standing_in(result, judge)
    yield from _writers(judge, [one for one in result.means if one.first == judge])


def _chance(part: Part, judge: str, averages: Sequence[Average]) -> str:
    """Agreement above chance, beside that of experts with each other."""
    statistic = headline(part)
    found = _by_attribute(averages, statistic)
    humans = _by_attribute([one for one in part.averages if one.judge is None], statistic)
    what = {"ratings": "scores", "labels": "labels", "preference": "choice of the better response"}
    said = f"{judge}, {what[part.subject]}: agreement with the experts above chance"
    if not found:
        return f"{said} is not defined: one side does not vary."
    text = f"{said} is {_spread(found)} (Krippendorff's alpha; 0 is chance, 1 perfect)"
    if humans:
        text += f"; of the experts with each other {_spread(humans)}"
    return f"{text}. {_verdict(found, humans)}"


def _by_attribute(averages: Sequence[Average], statistic: Statistic) -> dict[str, Figure]:
    return {
        one.attribute: one.figures[statistic]
        for one in averages
        if statistic in one.figures and one.figures[statistic].value is not None
    }


def _spread(found: dict[str, Figure]) -> str:
    values = {name: figure.value for name, figure in found.items() if figure.value is not None}
    if len(values) == 1:
        return shown(next(iter(found.values())))
    low, high = min(values, key=values.__getitem__), max(values, key=values.__getitem__)
    mean = sum(values.values()) / len(values)
    return f"{mean:.2f} on average, from {values[low]:.2f} ({low}) to {values[high]:.2f} ({high})"


def _verdict(found: dict[str, Figure], humans: dict[str, Figure]) -> str:
    chance = [name for name, one in found.items() if one.low is not None and one.low <= 0]
    mean = _mean(found)
    if len(chance) == len(found):
        return "That is no better than chance: these judgments say nothing that an expert would."
    if humans and mean >= _mean(humans):
        text = "That is as good as among the experts."
    elif humans:
        text = "That is less than among the experts."
    elif mean >= RELIABLE:
        text = "That is reliable by the usual bound (0.8; Krippendorff, 2019)."
    elif mean >= TENTATIVE:
        text = "That allows tentative conclusions (0.667 to 0.8; Krippendorff, 2019)."
    else:
        text = "Single scores are below the usual bound for any conclusion (0.667)."
    if chance:
        text += f" No better than chance on {_listed(chance)}."
    return text


def _mean(found: dict[str, Figure]) -> float:
    values = [one.value for one in found.values() if one.value is not None]
    return sum(values) / len(values)


def _level(judge: str, averages: Sequence[Average]) -> Iterator[str]:
    """Whether the judge scores higher or lower than people throughout."""
    shifts = {
        one.attribute: one.difference.value
        for one in averages
        if one.difference is not None
        and one.difference.value is not None
        and (one.attribute != OVERALL or len(averages) == 1)
    }
    if not shifts:
        return
    widest = max(shifts, key=lambda name: abs(shifts[name]))
    mean = sum(shifts.values()) / len(shifts)
    if abs(shifts[widest]) < 0.1:
        yield f"{judge} uses the scale as the experts do."
        return
    way = "higher" if mean > 0 else "lower"
    consistency = _by_attribute(averages, "icc_c")
    absolute = _by_attribute(averages, "icc_a")
    text = f"{judge} scores {abs(mean):.2f} points {way} than the experts on average"
    text += f" (most on {widest}: {shifts[widest]:+.2f})" if len(shifts) > 1 else ""
    if consistency and absolute and _mean(consistency) - _mean(absolute) >= 0.05:
        text += (
            f"; ICC(C,1) {_mean(consistency):.2f} against ICC(A,1) {_mean(absolute):.2f}: trust "
            "the difference of two responses more than a score by itself"
        )
    yield f"{text}."


def _margin(curve: MarginCurve) -> Iterator[str]:
    """Which margin to ask for."""
    if not curve.points:
        return
    start = curve.points[0]
    text = (
        f"{curve.judge}: of two responses to one speech the experts prefer the one with the higher "
        f"score in {percent(start.agreement)} of cases ({start.compared:,} verdicts"
    )
    text += f"; {start.ties:,} ties left out)" if start.ties else ")"
    yield f"{text}. {_advice(curve)}"


def _advice(curve: MarginCurve) -> str:
    goal = f"{curve.target:.0%}"
    if curve.advised is None:
        best = max(curve.points, key=lambda one: one.agreement.low or 0)
        return (
            f"No min_margin is shown to reach {goal} with these ratings; the surest is "
            f"{best.min_margin:g} with {percent(best.agreement)}. Rate more pairs, or do not rely "
            "on this judge alone."
        )
    point = next(one for one in curve.points if one.min_margin == curve.advised)
    kept = f"{point.pairs:,} pairs ({point.share:.0%} of those that differ)"
    reason = f"{goal} or more" if _reaches(point, curve.target) else "as often as two experts do"
    if not point.min_margin:
        return f"That is {reason} even at the low end of the interval: no min_margin is needed."
    return (
        f"With min_margin: {point.min_margin:g} they agree {reason} even at the low end of the "
        f"interval ({percent(point.agreement)}), and {kept} are left."
    )


def _reaches(point: MarginPoint, target: float) -> bool:
    return point.agreement.low is not None and point.agreement.low >= target


def _standing_in(result: AgreementResult, judge: str) -> Iterator[str]:
    """The alternative annotator test, on what sums up a part best."""
    for part in result.parts:
        tests = {one.attribute: one for one in part.alternative if one.judge == judge}
        chosen = tests.get(OVERALL) or next(iter(tests.values()), None)
        if chosen is not None:
            yield _test(chosen, [one for one in tests.values() if one.passed])


def _test(test: AlternativeTest, passed: Sequence[AlternativeTest]) -> str:
    about = f"{test.judge} in place of an expert ({test.attribute})"
    if test.omega is None or test.advantage is None:
        return f"{about}: not tested, each expert needs 30 items that another expert has rated too."
    answer = "yes" if test.passed else "not shown"
    text = (
        f"{about}: {answer} by the alternative annotator test; it wins {test.omega:.0%} of "
        f"{test.experts} experts at epsilon {test.epsilon:g} (half are needed) and is as close to "
        f"the others as an expert in {test.advantage:.0%} of cases"
    )
    others = [one.attribute for one in passed if one.attribute != test.attribute]
    text += f"; it also passes on {_listed(others)}" if others else ""
    if test.experts < 3:
        text += "; the test asks for three experts, with two it says little"
    return f"{text}."


def _writers(judge: str, means: Sequence[MeansAgreement]) -> Iterator[str]:
    chosen = next((one for one in means if one.attribute == OVERALL), means[0] if means else None)
    if chosen is None:
        return
    consistency, absolute = chosen.figures["icc_c"], chosen.figures["icc_a"]
    yield (
        f"{judge} against {chosen.second}, mean scores of {chosen.values} values of "
        f"{chosen.facet} ({chosen.attribute}): ICC(C,1) {shown(consistency)}, "
        f"ICC(A,1) {shown(absolute)}."
    )


def _among_experts(result: AgreementResult) -> Iterator[str]:
    if len(result.humans) == 1:
        yield (
            f"Only {result.humans[0]} has rated, so nothing says how well experts agree with each "
            "other, which is what a judge should be held against. Have a second expert rate some "
            "of the same items."
        )
        return
    if result.judges:
        return
    for part in result.parts:
        found = _by_attribute(part.averages, headline(part))
        if found:
            yield (
                "The raters agree with each other above chance by "
                f"{_spread(found)} (Krippendorff's alpha). {_verdict(found, {})}"
            )


def _cautions(result: AgreementResult) -> Iterator[str]:
    for part in result.parts:
        yield from _left_out(part)
        if part.subject == "ratings" and part.scale is None and part.observed is not None:
            low, high = part.observed
            yield (
                f"Scores run from {low:g} to {high:g} and were not held against a scale: with "
                "--scale 1-5 those outside it are counted and left out."
            )
        if part.groups < FEW_SPEECHES:
            yield (
                f"Only {_number(part.groups, _SPEECH)} with {_SAID[part.subject]}: intervals are "
                f"narrower than they should be, or missing; rate {FEW_SPEECHES} or more."
            )
    for rater in result.consistency:
        yield (
            f"{rater.rater} answered {rater.same:,} of {rater.repeats:,} repeated questions as "
            "before."
        )
    if result.unknown:
        yield (
            f"{result.unknown:,} annotations are of responses that are not in the data set any "
            "more, and left out."
        )


def _left_out(part: Part) -> Iterator[str]:
    """What did not count, by rater. That nobody decided every comparison is how it is meant."""
    for one in part.left_out:
        counts = {
            "outside the scale": one.out_of_range,
            "not a number": one.unreadable,
            "missing": one.missing,
        }
        said = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
        if said:
            what = _SAID[part.subject]
            yield f"{one.rater}: {one.scores:,} {what} count; {said}, and left out."


def _flags(result: AgreementResult) -> Iterator[str]:
    found = result.unsafe
    if found is None or not found.flagged:
        return
    yield (
        f"Experts flagged {found.flagged:,} of {found.responses:,} responses as unsafe; the label "
        f"prefers {found.preferred:,} of these. Read them before you release anything."
    )


def shown(figure: Figure) -> str:
    """`0.53 [0.48, 0.58]`; a dash where it is not defined."""
    if figure.value is None:
        return "-"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.2f}"
    return f"{figure.value:.2f} [{figure.low:.2f}, {figure.high:.2f}]"


def percent(figure: Figure) -> str:
    """`92.6% [91.6, 93.4]`; a dash where it is not defined."""
    if figure.value is None:
        return "-"
    value = f"{100 * figure.value:.3g}%"
    if figure.low is None or figure.high is None:
        return value
    return f"{value} [{100 * figure.low:.3g}, {100 * figure.high:.3g}]"


def _number(count: int, words: tuple[str, str]) -> str:
    return f"{count:,} {words[count != 1]}"


def _listed(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
