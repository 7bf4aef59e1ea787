"""What is known of the judges, as `pcdata judge-report` last found it."""

from __future__ import annotations

from collections.abc import Mapping

from psychocounsel_data.judge_report.result import Figure, JudgeFigures, JudgeReport
from psychocounsel_data.judge_report.whole import kept
from psychocounsel_data.judge_report.wording import number
from psychocounsel_data.report.section import Section
from psychocounsel_data.run import Run


def judges(run: Run, rubric: str) -> tuple[Section, ...]:
    """What was found in sentences, and the panel; empty where nobody asked with this rubric.

    Raises InputError where judge_report.json is broken.
    """
    report = kept(run, rubric)
    return () if report is None else (_section(report),)


def _section(report: JudgeReport) -> Section:
    panel = report.panel
    alphas = {**panel.alpha, "mean": panel.mean_alpha} if panel else {}
    rows = tuple(
        (name, *_alpha(alphas, name), *(_mean(judge, name) for judge in report.judges))
        for name in (*report.judges[0].principles, *(["mean"] if alphas else ()))
    )
    agreement = ("alpha", "95% from", "to") if alphas else ()
    return Section(
        "judges",
        "What is known of the judges",
        "From their own ratings, the gravest first; whether they agree with people is another "
        "question. The table has the judges' agreement above chance where there are several "
        "(Krippendorff's alpha: 0 is chance, 1 perfect), and each judge's mean rating.",
        said=tuple(one.text.replace("`", "") for one in report.findings),
        columns=("principle", *agreement, *(f"{judge.judge}, mean" for judge in report.judges)),
        rows=rows,
    )


def _alpha(alphas: Mapping[str, Figure], principle: str) -> tuple[str, ...]:
    known = alphas.get(principle)
    return (number(known.value), number(known.low), number(known.high)) if known else ()


def _mean(judge: JudgeFigures, principle: str) -> str:
    known = judge.principles.get(principle)
    return "-" if known is None else number(known.mean)
