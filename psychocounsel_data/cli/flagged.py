"""What `flags` shows: the signs of danger in a run's speeches, and the rules behind them."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator
from typing import get_args

import typer

from psychocounsel_data import journal
from psychocounsel_data.cli.console import note, table
from psychocounsel_data.errors import ConfigError
from psychocounsel_data.participation import Participation
from psychocounsel_data.records import ClientSpeech, Record, RiskFlag, RiskKind
from psychocounsel_data.risk.rules import lexicon
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


def known_kind(text: str | None) -> RiskKind | None:
    """The kind that a flag names, None for all. Raises ConfigError where there is none such."""
    kinds: tuple[RiskKind, ...] = get_args(RiskKind)
    found = next((kind for kind in kinds if kind == text), None)
    if text is not None and found is None:
        close = difflib.get_close_matches(text, kinds, n=1)
        hint = f"did you mean '{close[0]}'? " if close else ""
        raise ConfigError(f"--kind '{text}': {hint}there are {', '.join(kinds)}")
    return found


def show_flags(run: Run, kind: RiskKind | None, *, words: bool, json: bool) -> None:
    """Print every flag, one a line, and how many there are of each kind."""
    run.need(run.speeches, "pcdata load")
    lines = list(_lines(run, kind, words=words))
    for line in lines:
        typer.echo(line.model_dump_json(exclude_none=True) if json else _shown(line))
    _sum_up(lines)


def _lines(run: Run, kind: RiskKind | None, *, words: bool) -> Iterator[FlagLine]:
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


def show_rules(kind: RiskKind | None) -> None:
    """Print the rules of one kind or of all, with their sources."""
    for file in lexicon().files:
        if kind in {None, file.kind}:
            rules = "\n".join(
                f"  {rule.id}{f' ({rule.tier})' if rule.tier else ''}: {rule.meaning}\n"
                + "\n".join(f"      {phrase}" for phrase in rule.phrases)
                for rule in file.rules
            )
            sources = "\n".join(f"  - {source}" for source in file.sources)
            typer.echo(f"{file.kind}\n\n{file.about}\n\n{rules}\n\nSources:\n{sources}\n")
