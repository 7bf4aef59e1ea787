"""`pcdata sources`: the sources of client speeches that are known by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from psychocounsel_data.cli.options import Json

if TYPE_CHECKING:
    from psychocounsel_data.sources.catalogue import KnownSource


def sources(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="One of them, with all that is known.")
    ] = None,
    json: Json = False,
) -> None:
    """List known sources of client speeches: where they live, licence, access, size, quirks.

    `source: NAME` in run.yaml is enough to load one from the Hub; with `path:` beside it, a copy.
    """
    from psychocounsel_data.sources.catalogue import catalogue, known

    found = catalogue() if name is None else (known(name),)
    if json:
        typer.echo("[" + ",\n".join(one.model_dump_json(indent=2) for one in found) + "]")
    elif name is None:
        _list(found)
    else:
        typer.echo(_described(found[0]))


def _list(found: tuple[KnownSource, ...]) -> None:
    from psychocounsel_data.cli.console import note

    for one in found:
        place = f"hub: {one.hub}" if one.hub else "path: a copy of yours"
        terms = ", ".join((one.license or "licence not known", f"access {one.access}", place))
        paper = "" if one.in_paper else " (not named in the paper)"
        typer.echo(f"{one.name}{paper}\n    {terms}\n    {one.size}")
    note("pcdata sources NAME tells all that is known of one")


def _described(one: KnownSource) -> str:
    facts = {
        "from": f"hub: {one.hub}" if one.hub else "a copy of yours: path: ...",
        "licence": one.license or "not known (blocks a public release)",
        "access": one.access,
        "language": one.language,
        "size": one.size,
        "speech": one.text or ("dialogues" if one.dialogue else "not known: name its column"),
        "answers": ", ".join(f"column:{name}" for name in one.answers) or "none",
        "collected": one.collection,
        "consent": one.consent,
        "uses": one.uses,
    }
    lines = [f"{one.title} (source: {one.name})", ""]
    lines += [f"{name + ':':<11}{fact}" for name, fact in facts.items()]
    for title, items in (
        ("addresses", one.addresses),
        ("columns", tuple(f"{name}: {what}" for name, what in one.columns.items())),
        ("to know", one.quirks),
        ("these statements are from", one.evidence),
    ):
        if items:
            lines += ["", f"{title}:", *(f"  - {item}" for item in items)]
    return "\n".join(lines)
