"""What is known of the judges, as `pcdata judge-report` last found it."""

from __future__ import annotations

from psychocounsel_data.judge_report.result import JudgeFigures, JudgeReport
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
        (
            name,
            *(_mean(judge, name) for judge in report.judges),
            *(
                (number(alphas[name].value), number(alphas[name].low), number(alphas[name].high))
                if alphas
                else ()
            ),
        )
        for name in (*report.judges[0].principles, *(["mean"] if alphas else ()))
    )
    beside = ("alpha", "95% from", "to") if alphas else ()
    return Section(
        "judges",
        "What is known of the judges",
        "From their own ratings, the gravest first; whether they agree with people is another "
        "question. The table has each judge's mean rating, and the judges' agreement above chance "
        "where there are several (Krippendorff's alpha: 0 is chance, 1 perfect).",
        said=tuple(one.text.replace("`", "") for one in report.findings),
        columns=("principle", *(f"mean of {judge.judge}" for judge in report.judges), *beside),
        rows=rows,
    )


def _mean(judge: JudgeFigures, principle: str) -> str:
    known = judge.principles.get(principle)
    return "-" if known is None else number(known.mean)
