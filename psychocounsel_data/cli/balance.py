"""`pcdata balance`: which speeches `balance:` of run.yaml draws for the set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from psychocounsel_data.cli.options import Json, RunDir

if TYPE_CHECKING:
    from psychocounsel_data.config import BalanceConfig


def balance(
    run: RunDir = Path(),
    n: Annotated[
        int | None, typer.Option("-n", min=1, metavar="N", help="Try another size of the set.")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="B", help="Try topic, fine_topic, source or risk."),
    ] = None,
    json: Json = False,
) -> None:
    """Show how `balance:` of run.yaml spreads the set. Asks and writes nothing.

    `generate` and the stages after it apply the section themselves; the flags here only try out.
    """
    from json import dumps

    from psychocounsel_data.cli.console import note, table
    from psychocounsel_data.participation import selection
    from psychocounsel_data.run import Run

    folder = Run(run)
    folder.need(folder.speeches, "pcdata load")
    config = _overridden(folder.config.balance, n, by)
    strata = selection(folder, config)
    if json:
        for one in strata:
            line = {"stratum": one.name, "there": one.there, "drawn": one.drawn}
            typer.echo(dumps(line, ensure_ascii=False))
        return
    rows = [(one.name, f"{one.there:,}", f"{one.drawn:,}") for one in strata]
    table(f"balance by {config.by.replace('_', ' ')}", (config.by, "there", "drawn"), rows)
    there, drawn = sum(one.there for one in strata), sum(one.drawn for one in strata)
    note(f"{drawn:,} of {there:,} speeches are drawn; the others stay in {folder.speeches.name}")


def _overridden(config: BalanceConfig | None, n: int | None, by: str | None) -> BalanceConfig:
    from psychocounsel_data.cli.overriding import overriding
    from psychocounsel_data.config import BalanceConfig
    from psychocounsel_data.errors import ConfigError

    changes: dict[str, object] = {} if by is None else {"by": by}
    if n is not None:
        changes["n"] = n
    if config is None and n is None:
        raise ConfigError("there is no `balance:` in run.yaml: add one, or try with -n N")
    return overriding(config or BalanceConfig(n=1), changes, n="-n")
