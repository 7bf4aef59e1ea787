"""The command line: one file a command, named here. Words and tables for people, no rules.

Only `main` turns errors into exit codes: 0 done, 1 some items failed, 2 wrong usage or
configuration, 130 interrupted. What a command needs is imported when it runs, so that `--help`
answers at once.
"""

from __future__ import annotations

import sys

import typer

from psychocounsel_data.cli.agreement import agreement
from psychocounsel_data.cli.annotate import annotate
from psychocounsel_data.cli.audit import audit
from psychocounsel_data.cli.balance import balance
from psychocounsel_data.cli.batches import batches
from psychocounsel_data.cli.build_pairs import build_pairs
from psychocounsel_data.cli.compare import compare
from psychocounsel_data.cli.diff import diff
from psychocounsel_data.cli.export import export
from psychocounsel_data.cli.failures import failures
from psychocounsel_data.cli.flags import flags
from psychocounsel_data.cli.generate import generate
from psychocounsel_data.cli.init import init
from psychocounsel_data.cli.judge import judge
from psychocounsel_data.cli.judge_report import judge_report
from psychocounsel_data.cli.load import load
from psychocounsel_data.cli.principles import principles
from psychocounsel_data.cli.push import push
from psychocounsel_data.cli.report import report
from psychocounsel_data.cli.review import review
from psychocounsel_data.cli.run import run
from psychocounsel_data.cli.second_opinion import second_opinion
from psychocounsel_data.cli.sources import sources
from psychocounsel_data.cli.status import status
from psychocounsel_data.cli.topics import topics
from psychocounsel_data.errors import PcdataError

app = typer.Typer(
    name="pcdata",
    help="Build preference data for psycho-counselling: speeches, responses, ratings, pairs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (
    init,
    load,
    flags,
    second_opinion,
    review,
    topics,
    balance,
    generate,
    judge,
    compare,
    judge_report,
    batches,
    build_pairs,
    annotate,
    report,
    push,
    export,
    diff,
    audit,
    agreement,
    run,
    status,
    failures,
    principles,
    sources,
):
    app.command()(command)


def main() -> None:
    """Run `pcdata` and exit with its code."""
    try:
        app()
    except PcdataError as error:
        sys.stderr.write(f"pcdata: {error}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.stderr.write("pcdata: interrupted\n")
        sys.exit(130)
