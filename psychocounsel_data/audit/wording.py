"""The page that a person reads: plain words, worst first, never a text of the set. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from psychocounsel_data.audit.finding import Audit, Bar, Finding, Level, Models, Place
from psychocounsel_data.audit.fixing import Fixed

EXAMPLES = 5
_MODELS = 10
_WIDTH = 40
_MARKS: dict[Level, str] = {"error": "!!", "warning": "! ", "note": "  "}


def page(audit: Audit) -> Iterator[str]:
    """An audit, line by line."""
    splits = ", ".join(f"{split} {count:,}" for split, count in audit.pairs.items())
    yield f"{audit.dataset}: {sum(audit.pairs.values()):,} pairs ({splits})"
    renamed = ", ".join(f"{ours} = {name}" for ours, name in audit.columns.items() if ours != name)
    if renamed:
        yield f"columns: {renamed}"
    yield ""
    for finding in audit.findings:
        yield from _finding(finding)
    yield "(!! is an error, ! a warning; the row is counted from 0 within its split)"
    yield ""
    if audit.passed:
        yield f"nothing found: {', '.join(audit.passed)}"
    for name, what in audit.not_checked.items():
        yield f"not checked: {name}: the set has not got {what}"
    yield ""
    yield from _lengths(audit)
    if audit.models is not None:
        yield from _models(audit.models)
    if audit.margins:
        yield from _margins(audit.margins)


def _finding(finding: Finding) -> Iterator[str]:
    counted = f"{finding.count:,} of {finding.of:,}"
    share = f"{counted} ({finding.count / finding.of:.1%}): " if finding.of else ""
    yield f"{_MARKS[finding.level]} {finding.name}: {share}{finding.says}"
    yield from (f"     {line}" for line in finding.detail.splitlines())
    if finding.rows:
        more = len(finding.rows) - EXAMPLES
        shown = ", ".join(_place(one) for one in finding.rows[:EXAMPLES])
        yield f"     {shown}{f', and {more:,} more' if more > 0 else ''}"


def _place(place: Place) -> str:
    return f"{place.split} {place.row}" + (f" ({place.id})" if place.id is not None else "")


def _lengths(audit: Audit) -> Iterator[str]:
    found = audit.lengths
    yield (
        f"length: chosen {found.mean_chosen:,.0f} characters, rejected {found.mean_rejected:,.0f}; "
        f"the chosen answer is the longer one in {found.chosen_longer:.1%}; AUC by length alone "
        f"{found.auc:.3f}"
    )


def _models(found: Models) -> Iterator[str]:
    yield (
        f"models: their names alone guess {found.guessed:.1%} of {found.pairs:,} pairs right; AUC "
        f"{found.auc:.3f}"
    )
    for one in found.shares[:_MODELS]:
        share = one.chosen / (one.chosen + one.rejected)
        yield f"  {share:>6.1%} chosen  {one.chosen:>7,} : {one.rejected:<7,} {one.name}"
    if len(found.shares) > _MODELS:
        yield f"  and {len(found.shares) - _MODELS:,} more"


def _margins(bars: tuple[Bar, ...]) -> Iterator[str]:
    yield "margins (score of the chosen answer less that of the rejected one):"
    most = max(one.pairs for one in bars)
    for one in bars:
        filled = "#" * -(-one.pairs * _WIDTH // most)
        yield f"  {one.low:>6g} to {one.high:<6g} {one.pairs:>8,} {filled}"


def fixed_line(fixed: Fixed) -> str:
    """What `--fix` wrote, in a sentence."""
    return (
        f"{fixed.folder}: {fixed.kept:,} pairs kept, {len(fixed.removed):,} removed, each with its "
        "reasons in removed.jsonl"
    )
