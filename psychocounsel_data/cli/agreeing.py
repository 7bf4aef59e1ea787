"""What `agreement` shows: sentences first, then the tables behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from psychocounsel_data.agreement.result import (
    AgreementResult,
    Average,
    MarginCurve,
    MarginPoint,
    Part,
    Statistic,
)
from psychocounsel_data.agreement.wording import percent, shown, summary
from psychocounsel_data.cli.console import note, table

CATEGORIES: dict[Statistic, str] = {
    "raw": "raw",
    "kappa": "kappa",
    "kappa_quadratic": "weighted",
    "ac1": "AC1",
    "alpha_nominal": "alpha nom.",
    "alpha_ordinal": "ordinal",
}
MEASURES: dict[Statistic, str] = {
    "alpha_interval": "alpha int.",
    "icc_c": "ICC(C,1)",
    "icc_a": "ICC(A,1)",
    "spearman": "rho",
    "kendall": "tau",
}
"""What fits a terminal; all statistics, with their intervals, are in --json and --markdown."""
_BAR = 12


def report(result: AgreementResult) -> None:
    """Say and show what was found."""
    for line in summary(result):
        note(f"- {line}")
    note("")
    for curve in result.margins:
        _margins(curve)
    for part in result.parts:
        _averages(part)
        _alternative(part)
    _means(result)


def _margins(curve: MarginCurve) -> None:
    human = any(point.human_compared for point in curve.points)
    columns = ("min-margin", "pairs", "", "50% to 100%", "experts and label", "verdicts")
    rows = [_row(point, human=human) for point in _printed(curve.points)]
    title = f"{curve.judge}: agreement by margin ({curve.tied:,} pairs tied)"
    table(title, (*columns, *(("two experts",) if human else ())), rows)


def _printed(points: Sequence[MarginPoint]) -> Iterator[MarginPoint]:
    """Every quarter point up to 1.5, then every half, then every whole one."""
    for point in points:
        step = 0.25 if point.min_margin <= 1.5 else 0.5 if point.min_margin <= 3 else 1
        if (point.min_margin / step).is_integer():
            yield point


def _row(point: MarginPoint, *, human: bool) -> tuple[str, ...]:
    return (
        f"{point.min_margin:g}" if point.min_margin else "any",
        f"{point.pairs:,}",
        f"{point.share:.0%}",
        _bar(point.agreement.value),
        percent(point.agreement),
        f"{point.compared:,}",
        *((percent(point.human),) if human else ()),
    )


def _bar(value: float | None) -> str:
    if value is None:
        return ""
    eighths = round(max(0.0, value - 0.5) * 2 * _BAR * 8)
    bar = "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()
    return f"{bar:░<{_BAR}}"


def _averages(part: Part) -> None:
    """For each judge, one row an attribute, and under it that of the experts with each other."""
    judges: list[str | None] = list(dict.fromkeys(one.judge for one in part.averages if one.judge))
    for judge in judges or [None]:
        who = f"{judge} and the experts" if judge else "the experts with each other"
        rows = [
            (one.attribute if one.judge == judge else "  among experts", one)
            for one in sorted(
                (one for one in part.averages if one.judge in {judge, None}),
                key=lambda one: (part.attributes.index(one.attribute), one.judge is None),
            )
        ]
        question = "the same choice?" if part.subject == "preference" else "the same answers?"
        _table_of(f"{who}: {question}", rows, CATEGORIES)
        if part.subject == "ratings":
            _table_of(f"{who}: the same differences?", rows, MEASURES)


def _table_of(
    title: str, averages: Sequence[tuple[str, Average]], names: dict[Statistic, str]
) -> None:
    statistics = [name for name in names if any(name in one.figures for _, one in averages)]
    level = names is MEASURES and any(one.difference for _, one in averages)
    rows = [
        (
            name,
            f"{one.items:,}",
            *(_plain(one, statistic) for statistic in statistics),
            *((_level(one),) if level else ()),
        )
        for name, one in averages
        if any(statistic in one.figures for statistic in statistics)
    ]
    if rows:
        last = ("judge higher by",) if level else ()
        table(title, ("", "items", *(names[name] for name in statistics), *last), rows)


def _level(one: Average) -> str:
    found = one.difference.value if one.difference else None
    return "" if found is None else f"{found:+.2f}"


def _plain(one: Average, name: Statistic) -> str:
    found = one.figures.get(name)
    return "-" if found is None or found.value is None else f"{found.value:.2f}"


def _alternative(part: Part) -> None:
    rows = [
        (
            one.attribute,
            one.judge,
            f"{one.experts}",
            "-" if one.omega is None else f"{one.omega:.2f}",
            "-" if one.advantage is None else f"{one.advantage:.2f}",
            {True: "yes", False: "not shown", None: "not tested"}[one.passed],
        )
        for one in part.alternative
    ]
    if any(one.omega is not None for one in part.alternative):  # else a sentence says why
        columns = ("", "judge", "experts", "omega", "advantage", "may stand in")
        table(f"alternative annotator test, epsilon {part.alternative[0].epsilon:g}", columns, rows)


def _means(result: AgreementResult) -> None:
    between = list(dict.fromkeys(f"{one.first} - {one.second}" for one in result.means))
    several = len(between) > 1  # one pair of raters is named in the title: a narrow screen suffices
    rows = [
        (
            one.attribute,
            *((f"{one.first} - {one.second}",) if several else ()),
            f"{one.values}",
            f"{one.items:,}",
            shown(one.figures["icc_c"]),
            shown(one.figures["icc_a"]),
        )
        for one in result.means
    ]
    if rows:
        title = f"mean scores by {result.means[0].facet}"
        columns = ("values", "items", "ICC(C,1)", "ICC(A,1)")
        if several:
            table(title, ("", "between", *columns), rows)
        else:
            table(f"{title}, {between[0]}", ("", *columns), rows)
