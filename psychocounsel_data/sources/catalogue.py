"""Known sources: a data file each in known/, so that `source: counsel-chat` in run.yaml is enough.

What run.yaml says goes before what is known. Where something is not known, the file says so.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field

from psychocounsel_data.config import AnswerConfig, DialogueConfig, SourceConfig
from psychocounsel_data.errors import ConfigError
from psychocounsel_data.records import Record

_FOLDER = Path(__file__).with_name("known")


class KnownSource(Record):
    """What is known of a source of client speeches."""

    name: str
    """What `source:` in run.yaml calls it: its file's name."""
    also_called: tuple[str, ...] = ()
    """Other names of it, such as the prefix of its ids in the published set."""
    title: str
    in_paper: bool
    """Whether the paper names it among its sources."""
    hub: str | None = None
    """`org/name` of the Hub data set; None where a copy has to be given by `path`."""
    config: str | None = None
    """The Hub data set's configuration."""
    split: str = "train"
    """The Hub data set's split."""
    text: str | None = None
    """The speech: a column or a template; None where it is not known."""
    answers: dict[str, str] = Field(default_factory=dict)
    """Existing answers, for `column:` models."""
    dialogue: DialogueConfig | None = None
    """How its dialogues are taken."""
    license: str | None
    """A Hub licence id; None where it is not known."""
    language: str
    """ISO 639 code."""
    access: Literal["open", "gated", "not known"]
    """Whether anybody may have it."""
    addresses: tuple[str, ...]
    """Where it lives and is described."""
    size: str
    columns: dict[str, str]
    """Column to what stands in it."""
    collection: str
    """How it was collected."""
    consent: str
    """On what basis its clients' words are used."""
    uses: str
    """What its licence and makers allow."""
    quirks: tuple[str, ...]
    """What to know before using it."""
    evidence: tuple[str, ...]
    """Where these statements are from."""


@cache
def catalogue() -> tuple[KnownSource, ...]:
    """Every known source: those of the paper first, then by name."""
    known = (
        KnownSource.model_validate({"name": file.stem, **yaml.safe_load(file.read_text("utf-8"))})
        for file in _FOLDER.glob("*.yaml")
    )
    return tuple(sorted(known, key=lambda one: (not one.in_paper, one.name)))


def known(name: str) -> KnownSource:
    """A known source by its name, in any case.

    Raises:
        ConfigError: there is none of that name; names the nearest.
    """
    by_name = {one.name: one for one in catalogue()}
    found = by_name.get(name.casefold())
    if found is None:
        close = difflib.get_close_matches(name.casefold(), by_name, n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(by_name)}"
        raise ConfigError(f"sources: no known source '{name}': {hint}")
    return found


def completed(source: SourceConfig, wanted: Collection[str] = ()) -> SourceConfig:
    """A source with what is known of it where run.yaml says nothing.

    Args:
        source: an entry of `sources:` in run.yaml.
        wanted: names of answers that are asked for; others that are known are left out.

    Raises:
        ConfigError: it is not known, or cannot be read without what only its user can tell.
    """
    if source.source is None:
        return source
    one = known(source.source)
    if source.path is None and source.hub is None and one.hub is None:
        places = ", ".join(one.addresses)
        raise ConfigError(
            f"sources: {source.label}: not on the Hub: give the `path:` of your copy; see {places}"
        )
    if one.text is None and one.dialogue is None and "text" not in source.model_fields_set:
        raise ConfigError(f"sources: {source.label}: name the column with the speech as `text:`")
    return source.model_copy(update=_known_fields(source, one, wanted))


def _known_fields(
    source: SourceConfig, one: KnownSource, wanted: Collection[str]
) -> dict[str, object]:
    """What to fill in: nothing that run.yaml has; the Hub's place only where it has no other."""
    there = {
        "text": one.text,
        "dialogue": one.dialogue,
        "license": one.license,
        "address": one.addresses[0] if one.addresses else None,
        "consent": one.consent,
        "collection": one.collection,
        "uses": one.uses,
    }
    if source.path is None and source.hub is None:
        there |= {"hub": one.hub, "config": one.config, "split": one.split}
    answers = {
        name: AnswerConfig(text=text) for name, text in one.answers.items() if name in wanted
    }
    given = source.model_fields_set
    return {
        **{key: value for key, value in there.items() if key not in given and value is not None},
        "answers": {**answers, **source.answers},
    }
