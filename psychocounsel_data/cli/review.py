"""`pcdata review`: which speeches and responses wait for a person, and what people decided."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from psychocounsel_data.cli.options import Json, RunDir

if TYPE_CHECKING:
    from psychocounsel_data.review.deciding import Case
    from psychocounsel_data.run import Run


def review(
    run: RunDir = Path(),
    everything: Annotated[
        bool, typer.Option("--all", help="Also what is decided, or flagged and held by nothing.")
    ] = False,
    export: Annotated[
        Path | None,
        typer.Option("--export", metavar="CSV", help="Write them to a sheet to be filled in."),
    ] = None,
    decisions: Annotated[
        Path | None,
        typer.Option(
            "--decisions", metavar="FILE", help="Take decisions from a filled sheet (csv, jsonl)."
        ),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser", help="Decide in the browser, on this machine.")
    ] = False,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Where --browser serves; 0: any.")
    ] = 8010,
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help="Who decides, for the record.")
    ] = None,
    json: Json = False,
) -> None:
    """List what waits for a person, and take decisions: keep, veto or drop.

    A held speech is answered by no model until somebody has decided. A contested response, whose
    ratings lie `judge.review_spread` apart, is paired unless somebody leaves it out. Decisions
    stand in reviews.jsonl, with who, when and why.
    """
    from psychocounsel_data.run import Run

    folder = Run(run)
    if decisions is not None:
        _take(folder, decisions, by, json=json)
    elif browser:
        _serve(folder, by, port, everything=everything)
    else:
        _list(folder, export, everything=everything, json=json)


def _take(run: Run, path: Path, by: str | None, *, json: bool) -> None:
    from psychocounsel_data.cli.console import note, result
    from psychocounsel_data.review.deciding import record

    outcome = record(run, path, by=by)
    note(
        f"{outcome.recorded:,} decisions recorded in {run.reviews}, {outcome.repeated:,} stood "
        f"already, {outcome.undecided:,} rows without one; {outcome.waiting:,} wait"
    )
    if json:
        result(outcome)


def _list(run: Run, export: Path | None, *, everything: bool, json: bool) -> None:
    from psychocounsel_data.cli.console import note
    from psychocounsel_data.review.deciding import cases, write_sheet

    found = list(cases(run, everything=everything))
    if export is not None:
        write_sheet(export, found)
        note(f"{len(found):,} rows in {export}: fill `decision` (keep, veto, drop) and `why`,")
        note(f"then `pcdata review --decisions {export} --by NAME`. It holds the clients' words.")
        return
    for case in found:
        typer.echo(_as_json(case) if json else _shown(case))
    waiting = [case for case in found if case.waits]
    disputed = sum(case.disputed is not None for case in waiting)
    said = f"{len(waiting) - disputed:,} speeches and {disputed:,} contested responses wait"
    note(f"{said} for a decision{_how(len(waiting))}")


def _how(waiting: int) -> str:
    return ": `--export FILE.csv`, or `--browser`" if waiting else ""


def _shown(case: Case) -> str:
    from psychocounsel_data.review.deciding import described

    if case.decision is not None:
        where = f"{case.decision.decision} ({case.decision.by}: {case.decision.why})"
    elif case.disputed:
        where = f"response {case.id}"
    else:
        where = (case.place.reason or ("veto" if case.place.veto else "keep")).replace("_", " ")
    return f"{case.speech.id:24} {described(case):32} {where}"


def _as_json(case: Case) -> str:
    import orjson

    line = {
        "speech_id": case.speech.id,
        "response_id": case.disputed.response.id if case.disputed else None,
        "flags": [flag.model_dump(exclude_none=True) for flag in case.flags],
        "reason": case.reason,
        "ratings": case.disputed.contested.ratings if case.disputed else None,
        "veto": case.place.veto,
        "decision": case.decision.model_dump() if case.decision else None,
    }
    return orjson.dumps(line).decode()


def _serve(run: Run, by: str | None, port: int, *, everything: bool) -> None:
    from psychocounsel_data.cli.console import note
    from psychocounsel_data.errors import ConfigError
    from psychocounsel_data.review.site import site
    from psychocounsel_data.web import open_door, serve

    if not by:
        raise ConfigError("who decides? Give --by NAME: it is kept with every decision")
    door = open_door("127.0.0.1", port)
    app = site(run, by=by, everything=everything, access=door.access)
    note(f"open {door.links[0]}\nCtrl-C ends; every decision is kept the moment it is made")
    serve(app, door)
