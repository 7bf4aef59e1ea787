"""`pcdata judge-report`: what the judgments tell about the judges themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from psychocounsel_data.cli.options import Json, RunDir

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psychocounsel_data.judge_report.result import (
        DuelFigures,
        JudgeFigures,
        JudgeReport,
        Level,
        PanelFigures,
        PrincipleFigures,
    )
    from psychocounsel_data.judging.disagreement import Contested

SHOWN = 10
"""Contested responses on the screen; --json has all."""
_MARKS: dict[Level, str] = {"worry": "!!", "watch": "! ", "fine": "  "}


def judge_report(run: RunDir = Path(), json: Json = False) -> None:
    """Say how far the judges can be trusted: scores, ties, repeats, panel, biases, failures.

    Everything comes from the run folder; nothing is asked. What is found is kept as
    judge_report.json, for the data card. Whether a judge agrees with people is what `pcdata
    agreement` measures.
    """
    from psychocounsel_data import journal
    from psychocounsel_data.cli.console import result
    from psychocounsel_data.judge_report.whole import judge_report as make
    from psychocounsel_data.run import Run

    folder = Run(run)
    report = make(folder)
    journal.replace(folder.judge_report, [report])
    if json:
        result(report)
        return
    _show(report)


def _show(report: JudgeReport) -> None:
    from psychocounsel_data.cli.console import counted, note

    for finding in report.findings:
        note(f"{_MARKS[finding.level]} {finding.text}")
    note("\n(!! do not go on before this is understood; ! look at it)\n")
    for judge in report.judges:
        _judge(judge)
    if report.panel is not None:
        _panel(report.panel)
    if report.contested:
        _contested(report)
    for duel in report.duels:
        _duel(duel)
    _spending(report)
    if report.left_out:
        note(f"judgments left out: {counted(report.left_out)}")


def _judge(judge: JudgeFigures) -> None:
    from psychocounsel_data.cli.console import table

    repeated = judge.repeats > 1
    columns = ("principle", "1", "2", "3", "4", "5", "mean")
    again = ("same again", "above chance") if repeated else ()
    rows = [
        (
            name,
            *(_percent(count, sum(one.counts.values())) for count in one.counts.values()),
            _number(one.mean),
            *((_share(one.retest_exact), _kappa(one)) if repeated else ()),
        )
        for name, one in judge.principles.items()
    ]
    title = f"{judge.judge}: {judge.judgments:,} judgments of {judge.responses:,} responses"
    table(title, (*columns, *again), rows)
    if judge.halo is not None:
        names = list(judge.principles)
        table(
            f"{judge.judge}: correlation between principles",
            ("", *names[:-1]),
            [
                (one, *(_number(judge.correlations[one][other]) for other in names[:place]))
                for place, one in enumerate(names)
                if place
            ],
        )
    if judge.places is not None:
        from psychocounsel_data.judge_report.wording import signed

        places = [str(place + 1) for place in range(len(judge.places.deviations))]
        row = ("points", *(signed(one) for one in judge.places.deviations))
        table(f"{judge.judge}: by the place a principle is asked at", ("place", *places), [row])


def _panel(panel: PanelFigures) -> None:
    from psychocounsel_data.cli.console import table

    rows = [
        (name, _number(one.value), _number(one.low), _number(one.high))
        for name, one in [*panel.alpha.items(), ("mean", panel.mean_alpha)]
    ]
    title = f"the panel, {panel.responses:,} responses"
    table(title, ("principle", "alpha", "95% from", "to"), rows)
    pairs = [(name, _number(value)) for name, value in panel.kappas.items()]
    table("two by two", ("judges", "weighted kappa"), pairs)
    from psychocounsel_data.judge_report.wording import signed

    severity = [(judge, signed(points)) for judge, points in panel.severity.items()]
    if severity:
        table("severity", ("judge", "points above the panel"), severity)


def _contested(report: JudgeReport) -> None:
    from psychocounsel_data.cli.console import note, table

    rows = [(one.response_id, one.speech_id, *_widest(one)) for one in report.contested[:SHOWN]]
    title = f"to review: {len(report.contested):,} responses"
    table(title, ("response", "speech", "principles", "widest on", "ratings"), rows)
    if len(report.contested) > SHOWN:
        note(f"and {len(report.contested) - SHOWN:,} more, in --json")
    note("`pcdata review` shows them with their words, for a person to decide\n")


def _widest(one: Contested) -> tuple[str, str, str]:
    """How many principles are in question, and the one whose ratings lie furthest apart."""
    name, given = max(one.ratings.items(), key=lambda entry: max(entry[1]) - min(entry[1]))
    return str(len(one.ratings)), name, " ".join(map(str, given))


def _duel(duel: DuelFigures) -> None:
    from psychocounsel_data.cli.console import note, table

    rows = [
        (name, f"{duel.met[name]:,}", f"{rate:.0%}")
        for name, rate in sorted(duel.win_rates.items(), key=lambda one: -one[1])
    ]
    title = f"{duel.judge}: win rates"
    table(title, ("model", "pairs", "win rate"), rows)
    if duel.half:
        note(f"{duel.half:,} comparisons lack their other order: run `pcdata compare` again")


def _spending(report: JudgeReport) -> None:
    from psychocounsel_data.cli.console import note, table
    from psychocounsel_data.pricing.cost import dollars

    rows = [
        (
            judge.judge,
            "unknown" if spent.usd is None else dollars(spent.usd),
            _tokens(spent.input_tokens),
            "-" if spent.cached is None else f"{spent.cached:.0%}",
            _tokens(spent.output_tokens),
            f"{spent.asked_again:.1%}",
        )
        for judge in report.judges
        for spent in (judge.spending,)
    ]
    columns = ("judge", "cost", "input tokens", "cached", "output tokens", "asked again")
    table("per 1,000 judgments, asked live", columns, rows)
    for line in _grounds(report):
        note(line)


def _grounds(report: JudgeReport) -> Iterator[str]:
    """What the cost stands on, and why it is not known where it is not."""
    dates = sorted({one.spending.as_of for one in report.judges if one.spending.as_of})
    if dates:
        yield f"prices: from the providers' pages as of {', '.join(dates)}; see docs/cost.md"
    if unpriced := [one.judge for one in report.judges if not one.spending.priced]:
        yield f"no price is known for {', '.join(unpriced)}: add it under `prices:` in run.yaml"
    unknown = [one for one in report.judges if one.spending.usd is None]
    if mute := [one.judge for one in unknown if one.spending.input_tokens is None]:
        yield f"no tokens were counted by the servers of {', '.join(mute)}"


def _tokens(count: int | None) -> str:
    return "unknown" if count is None else f"{count:,}"


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "-"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def _kappa(one: PrincipleFigures) -> str:
    return _number(None if one.retest_kappa is None else one.retest_kappa.value)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{round(value, 2) + 0.0:.2f}"
