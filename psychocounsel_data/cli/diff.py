"""`pcdata diff`: what has changed between two releases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from psychocounsel_data.cli.options import Json

if TYPE_CHECKING:
    from psychocounsel_data.changes import Comparison


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The earlier release.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The later release.")],
    json: Json = False,
) -> None:
    """Compare two releases pair by pair; exits with 1 where they differ.

    A release is a run folder, its dataset/, or a Hub data set: owner/name, owner/name@tag.
    """
    from psychocounsel_data.changes import compare
    from psychocounsel_data.cli.console import result

    comparison = compare(_folder(old), _folder(new), names=(old, new))
    _report(comparison)
    if json:
        result(comparison)
    if comparison.differ:
        raise typer.Exit(1)


def _folder(where: str) -> Path:
    """The folder with the tables: as named, the dataset/ of a run, or fetched from the Hub."""
    from psychocounsel_data.hub.fetching import fetched

    path = Path(where)
    if not path.exists():
        return fetched(where)
    return path / "dataset" if (path / "dataset").is_dir() else path


def _report(comparison: Comparison) -> None:
    from psychocounsel_data.changes import EXAMPLES
    from psychocounsel_data.cli.console import note, table

    if not comparison.differ:
        note(f"the same {comparison.same:,} pairs in both")
        return
    sides = sorted({*comparison.old_pairs, *comparison.new_pairs})
    rows = [
        (side, f"{comparison.old_pairs.get(side, 0):,}", f"{comparison.new_pairs.get(side, 0):,}")
        for side in sides
    ]
    table("pairs", ("split", comparison.old, comparison.new), rows)
    counts = {"same": comparison.same, **comparison.counts}
    table("changes", ("what", "pairs"), [(kind, f"{count:,}") for kind, count in counts.items()])
    for kind in comparison.counts:
        those = [one for one in comparison.changes if one.kind == kind]
        for one in those[:EXAMPLES]:
            number = "" if one.pref_id is None else f", prefID {one.pref_id}"
            detail = f": {one.detail}" if one.detail else ""
            note(f"{kind}: {one.id} ({one.split}{number}){detail}")
        if len(those) > EXAMPLES:
            note(f"{kind}: and {len(those) - EXAMPLES:,} more (all of them with --json)")
    if comparison.repeated:
        note(f"{comparison.repeated:,} rows repeat another row's words and were not compared")
