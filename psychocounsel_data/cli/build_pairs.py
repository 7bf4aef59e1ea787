"""`pcdata build-pairs`: judgments -> dataset/."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from psychocounsel_data.cli.options import Json, RunDir

if TYPE_CHECKING:
    from psychocounsel_data.config import JudgeConfig, PairsConfig
    from psychocounsel_data.dataset.tally import BuildSummary, SideSummary
    from psychocounsel_data.judging.aggregation import Panel
    from psychocounsel_data.run import Run


def build_pairs(
    run: RunDir = Path(),
    min_margin: Annotated[
        float | None,
        typer.Option(
            "--min-margin", min=0, metavar="X", help="Least difference of mean ratings (training)."
        ),
    ] = None,
    strategy: Annotated[
        str | None,
        typer.Option(
            "--strategy",
            metavar="S",
            help="all_pairs, best_vs_worst, best_vs_rest or best_vs_random (training).",
        ),
    ] = None,
    judge: Annotated[
        str | None, typer.Option("--judge", metavar="M", help="Whose ratings count.")
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain",
            metavar="ID",
            help="Say for one speech which answers it has, and why each two are a pair or not; "
            "builds nothing.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Make chosen and rejected pairs of the rated responses: judgments.jsonl -> dataset/.

    What gates keep out stands in rejected_pairs.jsonl with the reason, and what was counted in
    build.json.
    """
    from psychocounsel_data.cli.console import result
    from psychocounsel_data.cli.explaining import show
    from psychocounsel_data.dataset.building import Recipe, build, explained
    from psychocounsel_data.judging.questionnaire import Questionnaire
    from psychocounsel_data.run import Run

    folder = Run(run)
    config = folder.config
    questionnaire = Questionnaire(run, config.judge)
    recipe = Recipe(
        panel=_panel(config.judge, judge),
        rubric=questionnaire.label,
        pairs=_overridden(config.pairs, min_margin, strategy),
        principles=questionnaire.rubric.principles,
    )
    if explain is not None:
        explanation = explained(folder, recipe, explain)
        result(explanation) if json else show(explanation)
        return
    summary = build(folder, recipe)
    _report(folder, summary)
    if json:
        result(summary)


def _panel(config: JudgeConfig, judge: str | None) -> Panel:
    """run.yaml's judges, or the one that a flag names."""
    from psychocounsel_data.cli.overriding import overriding, reference
    from psychocounsel_data.judging.aggregation import panel_of

    only = {"model": reference(judge, "--judge"), "panel": (), "quorum": None} if judge else {}
    return panel_of(overriding(config, only))


def _overridden(pairs: PairsConfig, min_margin: float | None, strategy: str | None) -> PairsConfig:
    """run.yaml's rules with what the flags say of the training side."""
    from psychocounsel_data.cli.overriding import overriding

    changes: dict[str, object] = {}
    if min_margin is not None:
        changes["min_margin"] = min_margin
    if strategy is not None:
        changes["strategy"] = strategy
    return overriding(pairs, {"train": {**pairs.train.model_dump(), **changes}})


def _report(run: Run, summary: BuildSummary) -> None:
    from psychocounsel_data.cli.console import counted, note, table

    sides = {"train": summary.train, "test": summary.test}
    columns = ("split", "speeches", "with a pair", "pairs", "mean margin")
    table("pairs", columns, [_side(name, side) for name, side in sides.items()])
    names = [one.name for one in summary.models]
    rows = [(name, *(f"{_times(side, name):,}" for side in _columns(summary))) for name in names]
    columns = ("model", "chosen", "rejected", "chosen in test", "rejected in test")
    table("pairs by model", columns, rows)
    if summary.judge.instead_of:
        wanted, model = summary.judge.instead_of, summary.judge.model
        note(f"{wanted} has rated nothing: these ratings are by {model}")
    for name, side in sides.items():
        if side.unpaired:
            note(f"{name}: speeches without a pair: {counted(side.unpaired)}")
        if side.kept_out:
            note(f"{name}: pairs kept out by gates: {counted(side.kept_out)}")
    if summary.responses_left_out:
        note(f"responses left out: {counted(summary.responses_left_out)}")
    if summary.judgments_left_out:
        note(f"judgments left out: {counted(summary.judgments_left_out)}")
    note(f"data set: {run.dataset}\ncard:     {run.dataset / 'README.md'}")


def _side(name: str, side: SideSummary) -> tuple[str, ...]:
    margin = "-" if side.mean_margin is None else f"{side.mean_margin:.2f}"
    return (name, f"{side.speeches:,}", f"{side.paired:,}", f"{side.pairs:,}", margin)


def _columns(summary: BuildSummary) -> tuple[dict[str, int], ...]:
    train, test = summary.train, summary.test
    return (train.chosen_models, train.rejected_models, test.chosen_models, test.rejected_models)


def _times(counts: dict[str, int], name: str) -> int:
    return counts.get(name, 0)
