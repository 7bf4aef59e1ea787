"""`pcdata flags`: which speeches have signs of danger, by which rule, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from psychocounsel_data.cli.options import RunDir
from psychocounsel_data.records import Record, RiskKind

if TYPE_CHECKING:
    from psychocounsel_data.records import RiskFlag
    from psychocounsel_data.run import Run


class FlagLine(Record):
    """One flag of one speech, as `--json` prints it, one a line."""

    speech_id: str
    kind: RiskKind
    tier: str | None
    rule: str
    start: int
    end: int
    words: str | None = None
    """What the rule fired on, where `--words` asks for it."""


def flags(
    run: RunDir = Path(),
    kind: Annotated[
        RiskKind | None,
        typer.Option("--kind", metavar="K", help="Only crisis, minor, abuse or violence."),
    ] = None,
    words: Annotated[
        bool, typer.Option("--words", help="Show the client's words that a rule fired on.")
    ] = False,
    rules: Annotated[
        bool, typer.Option("--rules", help="Print the rules themselves, with their sources.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a flag.")] = False,
) -> None:
    """List signs of danger in speeches.jsonl, each with its rule and place: flags, no verdicts."""
    if rules:
        _print_rules(kind)
        return
    from psychocounsel_data.run import Run

    folder = Run(run)
    folder.need(folder.speeches, "pcdata load")
    lines = list(_lines(folder, kind, words=words))
    for line in lines:
        typer.echo(line.model_dump_json(exclude_none=True) if json else _shown(line))
    _sum_up(lines)


def _lines(run: Run, kind: RiskKind | None, *, words: bool) -> Iterator[FlagLine]:
    from psychocounsel_data import journal
    from psychocounsel_data.participation import Participation
    from psychocounsel_data.records import ClientSpeech

    participation = Participation(run)
    for speech in journal.read(run.speeches, ClientSpeech):
        for flag in participation.flags(speech):
            if kind in {None, flag.kind}:
                yield _line(speech.id, flag, speech.text[flag.start : flag.end] if words else None)


def _line(speech_id: str, flag: RiskFlag, words: str | None) -> FlagLine:
    return FlagLine(speech_id=speech_id, words=words, **flag.model_dump())


def _shown(line: FlagLine) -> str:
    what = f"{line.kind} {line.tier}" if line.tier else line.kind
    shown = f"{line.speech_id:24} {what:18} {line.rule:32} {line.start}-{line.end}"
    return f"{shown}  {' '.join(line.words.split())}" if line.words else shown


def _sum_up(lines: list[FlagLine]) -> None:
    from psychocounsel_data.cli.console import note, table

    speeches: dict[str, set[str]] = {}
    counts: Counter[str] = Counter()
    for line in lines:
        speeches.setdefault(line.kind, set()).add(line.speech_id)
        counts[line.kind] += 1
    rows = [(kind, f"{len(ids):,}", f"{counts[kind]:,}") for kind, ids in sorted(speeches.items())]
    if not rows:
        note("no flags; that does not mean that there is no danger")
        return
    table("signs of danger", ("kind", "speeches", "flags"), rows)
    note("a flag is no verdict, and a speech without one is not a safe one")


def _print_rules(kind: RiskKind | None) -> None:
    from psychocounsel_data.risk.rules import lexicon

    for file in lexicon().files:
        if kind in {None, file.kind}:
            rules = "\n".join(
                f"  {rule.id}{f' ({rule.tier})' if rule.tier else ''}: {rule.meaning}\n"
                + "\n".join(f"      {phrase}" for phrase in rule.phrases)
                for rule in file.rules
            )
            sources = "\n".join(f"  - {source}" for source in file.sources)
            typer.echo(f"{file.kind}\n\n{file.about}\n\n{rules}\n\nSources:\n{sources}\n")
