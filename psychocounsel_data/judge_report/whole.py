"""A judge report from a run folder, made anew or as it was kept."""

from __future__ import annotations

from psychocounsel_data import journal
from psychocounsel_data.agreement.resampling import Resamples
from psychocounsel_data.judge_report.duels import duel_figures
from psychocounsel_data.judge_report.figures import judge_figures, panel_figures
from psychocounsel_data.judge_report.reading import read
from psychocounsel_data.judge_report.result import JudgeReport
from psychocounsel_data.judge_report.wording import findings
from psychocounsel_data.judging.disagreement import contested
from psychocounsel_data.pricing.table import PriceTable
from psychocounsel_data.run import Run

RESAMPLES = 500
"""Resamples of the speeches behind each interval."""


def judge_report(run: Run, *, seed: int = 0) -> JudgeReport:
    """Everything that a run folder's journals tell about its judges.

    Args:
        run: a run folder with judgments.
        seed: of the resamples from which intervals come.

    Raises:
        RunError: there are no judgments with the present rubric.
        ConfigError: run.yaml, the principles or the prompt cannot be used.
        InputError: a line of a journal is broken.
    """
    material = read(run)
    spread = run.config.judge.review_spread
    resamples = Resamples(len(set(material.rated.speech_ids)), RESAMPLES, seed)
    prices = PriceTable(run.config.prices)
    judges = tuple(
        judge_figures(material, sheets, resamples, prices.of(sheets.judge))
        for sheets in material.judges
    )
    panel = panel_figures(material, resamples)
    queue = tuple(contested(run))
    duels = tuple(duel_figures(run, material))
    return JudgeReport(
        rubric=material.rubric,
        findings=findings(judges, panel, queue, spread, duels),
        judges=judges,
        panel=panel,
        review_spread=spread,
        contested=queue,
        duels=duels,
        left_out={reason: count for reason, count in sorted(material.left_out.items()) if count},
    )


def kept(run: Run, rubric: str) -> JudgeReport | None:
    """What `pcdata judge-report` last found; None where it was not asked, or not of this rubric.

    Raises InputError where judge_report.json is broken.
    """
    found = next(journal.read(run.judge_report, JudgeReport), None)
    return found if found and found.rubric == rubric else None
