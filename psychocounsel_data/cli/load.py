"""`pcdata load`: sources -> speeches.jsonl."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from psychocounsel_data.cli.options import Json, RunDir

if TYPE_CHECKING:
    from psychocounsel_data.loading import LoadSummary
    from psychocounsel_data.run import Run


def load(run: RunDir = Path(), json: Json = False) -> None:
    """Read and clean the client speeches: sources -> speeches.jsonl and dropped.jsonl.

    Where they are from, and what a release of them may be under, goes to sources.json.
    """
    from psychocounsel_data.cli.console import result
    from psychocounsel_data.cli.loading import watch
    from psychocounsel_data.loading import LoadMeter
    from psychocounsel_data.loading import load as load_speeches
    from psychocounsel_data.run import Run

    folder = Run(run)
    meter = LoadMeter()
    with watch(meter):
        summary = load_speeches(folder, meter)
    _report(folder, summary)
    if json:
        result(summary)


def _report(folder: Run, summary: LoadSummary) -> None:
    from psychocounsel_data.cli.console import counted, note, table

    rows = [
        (one.source, f"{one.rows:,}", f"{one.distinct:,}", f"{one.kept:,}", counted(one.dropped))
        for one in summary.sources
    ]
    table(f"load: {folder.speeches}", ("source", "rows", "distinct", "kept", "dropped"), rows)
    done = [one for one in summary.steps if one.changed or one.dropped]
    table(
        "cleaning, in order",
        ("step", "changed", "dropped"),
        [(one.step, f"{one.changed:,}", f"{one.dropped:,}") for one in done],
    )
    _report_screening(folder, summary)
    for one in summary.sources:
        for text in one.notes:
            note(f"{one.source}: {text}")
    _report_terms(folder)
    note(f"{summary.kept:,} speeches; what was dropped, and why: {folder.dropped}")


def _report_screening(folder: Run, summary: LoadSummary) -> None:
    from psychocounsel_data.cli.console import counted, note

    if (privacy := summary.privacy) is not None and privacy.found:
        done = {"flag": "flagged, not scrubbed", "scrub": "scrubbed", "drop": "dropped"}
        note(
            f"may point to a person ({done[privacy.pii]}, not certified): "
            f"{counted(privacy.found)}, in {privacy.speeches:,} speeches and "
            f"{privacy.answers:,} answers; to check: {folder.pii_sample}"
        )
    if (risk := summary.risk) is not None and risk.speeches:
        note(f"signs of danger, speeches: {counted(risk.speeches)}; see `pcdata flags`")
        note(f"what becomes of them (`risk:` in run.yaml): {counted(risk.policies)}")


def _report_terms(folder: Run) -> None:
    from psychocounsel_data import provenance
    from psychocounsel_data.cli.console import note

    found = provenance.read(folder)
    if found is None:
        return
    for reason in found.blocked:
        note(f"may not be made public: {reason}")
    if found.license:
        note(f"a release may be under {found.license}: {'; '.join(found.license_reasons)}")
