"""`pcdata agreement`: may the judge be trusted? Its agreement with people, and theirs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from psychocounsel_data.cli.options import Json, RunDir

if TYPE_CHECKING:
    from psychocounsel_data.agreement.layout import Wanted
    from psychocounsel_data.agreement.ratings import Scale
    from psychocounsel_data.agreement.reading import Raters
    from psychocounsel_data.agreement.result import AgreementResult
    from psychocounsel_data.agreement.study import Settings


def agreement(
    ratings: Annotated[
        Path | None,
        typer.Argument(
            metavar="RATINGS",
            help="A table of ratings: csv, tsv, json, jsonl, parquet or xlsx. Without it, what "
            "experts said in `pcdata annotate`.",
            show_default=False,
        ),
    ] = None,
    run: RunDir = Path(),
    judge: Annotated[
        list[str] | None,
        typer.Option(
            "--judge", metavar="RATER", help="Of a table: a rater that is a judge. Repeatable."
        ),
    ] = None,
    human: Annotated[
        list[str] | None,
        typer.Option(
            "--human", metavar="RATER", help="A rater that is a person; all others if left out."
        ),
    ] = None,
    scale: Annotated[
        str | None,
        typer.Option("--scale", metavar="LOW-HIGH", help="Scores outside are left out: 1-5."),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="COLUMN", help="Compare mean scores too: the writing model."),
    ] = None,
    leave_out: Annotated[
        list[str] | None,
        typer.Option(
            "--leave-out", metavar="COLUMN=VALUE", help="Leave out such rows. Repeatable."
        ),
    ] = None,
    item: Annotated[
        list[str] | None,
        typer.Option(
            "--item", metavar="COLUMN", help="The column that says what was scored. Repeatable."
        ),
    ] = None,
    group: Annotated[
        str | None,
        typer.Option("--group", metavar="COLUMN", help="The column of the client speech."),
    ] = None,
    rater: Annotated[
        str | None, typer.Option("--rater", metavar="COLUMN", help="The column of who scored.")
    ] = None,
    attribute: Annotated[
        str | None,
        typer.Option("--attribute", metavar="COLUMN", help="The column of what a score is about."),
    ] = None,
    score: Annotated[
        list[str] | None,
        typer.Option(
            "--score",
            metavar="COLUMN",
            help="A column of scores, or a pattern such as {rater}_{attribute}. Repeatable.",
        ),
    ] = None,
    target: Annotated[
        float,
        typer.Option(
            "--target",
            min=0.5,
            max=1,
            metavar="X",
            help="How often experts should agree with the labels, for the advice on min_margin.",
        ),
    ] = 0.9,
    epsilon: Annotated[
        float,
        typer.Option(
            "--epsilon",
            min=0,
            max=1,
            metavar="X",
            help="Handicap in the alternative annotator test: 0.2 experts, 0.1 crowd.",
        ),
    ] = 0.2,
    resamples: Annotated[
        int,
        typer.Option(
            "--resamples", min=0, max=100_000, metavar="N", help="Resamples for the intervals."
        ),
    ] = 1_000,
    seed: Annotated[int, typer.Option("--seed", min=0, metavar="N", help="Of the resamples.")] = 0,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="HTML", help="Draw the margin curve, as a page."),
    ] = None,
    markdown: Annotated[
        Path | None,
        typer.Option("--markdown", metavar="FILE", help="Write the data card's section."),
    ] = None,
    json: Json = False,
) -> None:
    """Measure how far a judge agrees with experts, and experts with each other."""
    from psychocounsel_data.agreement.layout import Wanted
    from psychocounsel_data.agreement.reading import Raters
    from psychocounsel_data.agreement.study import Settings
    from psychocounsel_data.cli.agreeing import report
    from psychocounsel_data.cli.console import result

    settings = Settings(resamples, seed, epsilon, target)
    wanted = Wanted(tuple(item or ()), group, rater, attribute, tuple(score or ()), by)
    raters = Raters(tuple(judge or ()), tuple(human or ()))
    if ratings is None:
        _refuse_table_flags(wanted, raters, scale, leave_out)
        found = _of_run(run, settings)
    else:
        found = _of_table(ratings, wanted, raters, scale, leave_out or (), settings)
    report(found)
    _write(found, plot, markdown)
    if json:
        result(found)


def _of_table(
    path: Path,
    wanted: Wanted,
    raters: Raters,
    scale: str | None,
    leave_out: Sequence[str],
    settings: Settings,
) -> AgreementResult:
    from psychocounsel_data.agreement.reading import read_table
    from psychocounsel_data.agreement.whole import of_table

    table = read_table(path, wanted, raters, scale=_scale(scale), leave_out=_filters(leave_out))
    return of_table(table, path.name, settings)


def _of_run(folder: Path, settings: Settings) -> AgreementResult:
    """What experts said of a run, also kept in it for the data card."""
    from psychocounsel_data import journal
    from psychocounsel_data.agreement.annotated import read_annotations
    from psychocounsel_data.agreement.whole import of_annotations
    from psychocounsel_data.run import Run

    run = Run(folder)
    found = of_annotations(read_annotations(run), run.config.name, settings)
    journal.replace(run.agreement, [found])
    return found


def _refuse_table_flags(
    wanted: Wanted, raters: Raters, scale: str | None, leave_out: Sequence[str] | None
) -> None:
    """Flags that say how to read a table mean nothing for a run folder."""
    from psychocounsel_data.errors import ConfigError

    if any((*wanted, *raters, scale, leave_out)):
        raise ConfigError(
            "--item, --group, --rater, --attribute, --score, --by, --judge, --human, --scale and "
            "--leave-out say how to read a table: name it, as in `pcdata agreement ratings.csv`"
        )


def _scale(text: str | None) -> Scale | None:
    """`1-5` as a range."""
    from psychocounsel_data.agreement.ratings import Scale
    from psychocounsel_data.errors import ConfigError

    if text is None:
        return None
    match = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*(?:-|\.\.|to)\s*(-?\d+(?:\.\d+)?)\s*", text)
    if match is None or float(match[1]) >= float(match[2]):
        raise ConfigError(f"--scale '{text}': write the lowest and the highest score, such as 1-5")
    return Scale(float(match[1]), float(match[2]))


def _filters(texts: Sequence[str]) -> dict[str, str]:
    from psychocounsel_data.errors import ConfigError

    found: dict[str, str] = {}
    for text in texts:
        column, mark, value = text.partition("=")
        if not mark:
            raise ConfigError(f"--leave-out '{text}': write COLUMN=VALUE, such as model=gpt4o")
        found[column] = value
    return found


def _write(found: AgreementResult, plot: Path | None, markdown: Path | None) -> None:
    from psychocounsel_data.agreement.card import card_section
    from psychocounsel_data.agreement.drawing import draw
    from psychocounsel_data.cli.console import note
    from psychocounsel_data.errors import ConfigError

    if markdown is not None:
        try:
            markdown.write_text(card_section(found), "utf-8")
        except OSError as error:
            raise ConfigError(f"{markdown}: cannot be written: {error.strerror}") from error
        note(f"section for the data card: {markdown}")
    if plot is not None:
        draw(found, plot)
        note(f"plot: {plot}")
