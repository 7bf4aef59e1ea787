"""The taxonomy: 8 coarse and 42 fine topics, read once from taxonomy.yaml beside this file."""

from __future__ import annotations

import hashlib
from functools import cache, cached_property
from pathlib import Path
from typing import Final

import yaml
from pydantic import Field

from psychocounsel_data.records import Record

_FILE: Final = Path(__file__).with_name("taxonomy.yaml")
UNCLEAR: Final = "unclear"
"""The label of a speech that says nothing of what it is about; no topic has this id."""


class FineTopic(Record):
    """One concern that clients bring."""

    id: str = Field(pattern=r"^[a-z][a-z_]*$")
    """Its label."""
    name: str
    """Its name for people."""
    definition: str
    """What a person or a model labels by."""
    telling: tuple[str, ...]
    """Phrases that speak for it strongly; see `risk.phrases` for how they are written."""
    words: tuple[str, ...]
    """Phrases that speak for it."""


class CoarseTopic(Record):
    """A family of concerns."""

    id: str = Field(pattern=r"^[a-z][a-z_]*$")
    """Its label."""
    name: str
    """Its name for people."""
    definition: str
    """What its fine topics have in common."""
    fine: tuple[FineTopic, ...] = Field(min_length=1)
    """Its topics."""


class Taxonomy(Record):
    """All topics, in order."""

    sources: tuple[str, ...] = Field(min_length=1)
    """The lists of problems it was made from."""
    coarse: tuple[CoarseTopic, ...] = Field(min_length=1)
    """The families."""

    @cached_property
    def fine(self) -> tuple[FineTopic, ...]:
        """Every fine topic, in order."""
        return tuple(topic for family in self.coarse for topic in family.fine)

    @cached_property
    def family(self) -> dict[str, str]:
        """Fine topic to its coarse one, `unclear` to itself."""
        families = {topic.id: family.id for family in self.coarse for topic in family.fine}
        return {**families, UNCLEAR: UNCLEAR}

    @cached_property
    def version(self) -> str:
        """12 hex digits that change with anything in it."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


@cache
def taxonomy() -> Taxonomy:
    """The one that comes with the package."""
    return Taxonomy.model_validate(yaml.load(_FILE.read_text("utf-8"), yaml.CSafeLoader))
