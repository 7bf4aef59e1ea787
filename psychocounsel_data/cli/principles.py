"""`pcdata principles`: the rubric, as a person reads it."""

from __future__ import annotations

from pathlib import Path

import typer

from psychocounsel_data.cli.options import Json, RunDir


def principles(run: RunDir = Path(), json: Json = False) -> None:
    """Print the principles that responses are rated on, with their anchors and sources."""
    from psychocounsel_data.resources import load_rubric

    rubric = load_rubric(run)
    if json:
        typer.echo(
            "[" + ",\n".join(one.model_dump_json(indent=2) for one in rubric.principles) + "]"
        )
        return
    for one in rubric.principles:
        anchors = "\n".join(f"  {point}  {text}" for point, text in sorted(one.anchors.items()))
        sources = "\n".join(f"  - {source}" for source in one.sources)
        typer.echo(
            f"{one.name} ({one.id})\n\n{one.question}\n\n{one.definition}\n\n"
            f"Why: {one.why}\n\n{anchors}\n\nSources:\n{sources}\n\n"
        )
