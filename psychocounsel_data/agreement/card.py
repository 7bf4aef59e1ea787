"""The section on agreement of a data card: Markdown from what a study found. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from psychocounsel_data.agreement.result import (
    NAMES,
    AgreementResult,
    Average,
    Comparison,
    MarginCurve,
    MeansAgreement,
    Part,
    Statistic,
)
from psychocounsel_data.agreement.wording import percent, shown, summary
from psychocounsel_data.dataset.card import bullets, escaped, table

_SUBJECTS = {
    "ratings": "Ratings",
    "labels": "Labels",
    "preference": "Which response is better",
}


def card_section(result: AgreementResult) -> str:
    """`## Agreement with experts`, with every figure, its interval and what it was computed from.

    Ends with a line end, begins with the heading.
    """
    blocks = ["## Agreement with experts", bullets(summary(result))]
    for curve in result.margins:
        blocks += [f"### Agreement by margin, {escaped(curve.judge)}", _margins(curve)]
    for part in result.parts:
        blocks += _part(part)
    if result.means:
        blocks += ["### Agreement of mean scores", _means(result.means)]
    if result.consistency:
        blocks += ["### The same question again", _consistency(result)]
    blocks.append(
        f"Intervals in brackets: 95%, from {result.resamples:,} resamples of the speeches "
        f"(seed {result.seed}). Statistics are as in: Cohen (1960, 1968), Fleiss (1971), "
        "Krippendorff (2019), Gwet (2008), McGraw and Wong (1996), Kendall (1945); the alternative "
        "annotator test is that of Calderon, Reichart and Dror (2025, arXiv 2501.10970)."
    )
    return "\n\n".join(blocks) + "\n"


def _margins(curve: MarginCurve) -> str:
    header = ("min_margin", "pairs", "share", "experts agree with the label", "verdicts", "ties")
    human = any(point.human_compared for point in curve.points)
    rows = [
        (
            f"{point.min_margin:g}",
            f"{point.pairs:,}",
            f"{point.share:.0%}",
            percent(point.agreement),
            f"{point.compared:,}",
            f"{point.ties:,}",
            *((percent(point.human), f"{point.human_compared:,}") if human else ()),
        )
        for point in curve.points
    ]
    return table((*header, *(("experts agree with each other", "of") if human else ())), rows)


def _part(part: Part) -> Iterator[str]:
    if part.averages:
        yield f"### {_SUBJECTS[part.subject]}: judge and experts beside experts and experts"
        yield _averages(part)
    if len(part.comparisons) > len(part.averages):
        yield f"### {_SUBJECTS[part.subject]}: every two raters"
        yield _comparisons(part.comparisons)
    if part.pooled:
        yield f"### {_SUBJECTS[part.subject]}: all raters at once"
        statistics = _used(part.pooled)
        rows = [
            (
                one.attribute,
                ", ".join(one.raters),
                f"{one.items:,}",
                *(shown(one.figures[name]) if name in one.figures else "-" for name in statistics),
            )
            for one in part.pooled
        ]
        header = ("attribute", "raters", "items", *(NAMES[name] for name in statistics))
        yield table(header, rows)
    if part.alternative:
        yield f"### {_SUBJECTS[part.subject]}: alternative annotator test"
        yield _alternative(part)


def _used(records: Iterable[Average | Comparison | object]) -> list[Statistic]:
    found = {name for one in records for name in getattr(one, "figures", {})}
    return [name for name in NAMES if name in found]


def _averages(part: Part) -> str:
    statistics = _used(part.averages)
    rows = [
        (
            one.attribute,
            f"{one.judge} and experts" if one.judge else "experts",
            f"{one.items:,}",
            f"{one.pairs:,}",
            *(shown(one.figures[name]) if name in one.figures else "-" for name in statistics),
            shown(one.difference) if one.difference else "-",
        )
        for one in part.averages
    ]
    names = [NAMES[name] for name in statistics]
    header = ("attribute", "between", "items", "rater pairs", *names, "judge scores higher by")
    return table(header, rows)


def _comparisons(comparisons: Sequence[Comparison]) -> str:
    statistics = _used(comparisons)
    rows = [
        (
            one.attribute,
            f"{one.first} and {one.second}",
            f"{one.items:,}",
            f"{one.groups:,}",
            *(shown(one.figures[name]) if name in one.figures else "-" for name in statistics),
        )
        for one in comparisons
    ]
    header = ("attribute", "raters", "items", "speeches", *(NAMES[name] for name in statistics))
    return table(header, rows)


def _alternative(part: Part) -> str:
    rows = [
        (
            one.attribute,
            one.judge,
            f"{one.epsilon:g}",
            f"{one.experts} ({one.untested} with too few items)"
            if one.untested
            else f"{one.experts}",
            "-" if one.omega is None else f"{one.omega:.2f}",
            "-" if one.advantage is None else f"{one.advantage:.2f}",
            {True: "yes", False: "not shown", None: "not tested"}[one.passed],
        )
        for one in part.alternative
    ]
    header = ("attribute", "judge", "epsilon", "experts", "omega", "advantage", "may stand in")
    return table(header, rows)


def _means(means: Sequence[MeansAgreement]) -> str:
    rows = [
        (
            one.attribute,
            f"{one.first} and {one.second}",
            f"{one.values} values of {one.facet}",
            f"{one.items:,}",
            shown(one.figures["icc_c"]),
            shown(one.figures["icc_a"]),
        )
        for one in means
    ]
    return table(("attribute", "raters", "means of", "items", "ICC(C,1)", "ICC(A,1)"), rows)


def _consistency(result: AgreementResult) -> str:
    rows = [
        (
            one.rater,
            f"{one.repeats:,}",
            f"{one.same:,}",
            "-" if one.mean_distance is None else f"{one.mean_distance:.2f}",
        )
        for one in result.consistency
    ]
    return table(("rater", "asked again", "answered as before", "mean distance"), rows)
