"""`privacy:` of run.yaml: what happens to what may point to a person."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field, field_validator

from psychocounsel_data.config.section import Section
from psychocounsel_data.records import PiiKind

PiiRule = Literal["off", "flag", "scrub", "drop"]
Engine = Literal["rules", "presidio"]


class PrivacyConfig(Section):
    """What happens to what may point to a person. A scrubbed text is not a certified one."""

    pii: PiiRule = "flag"
    """`flag`: record kind and place, change nothing. `scrub`: put a placeholder such as `[EMAIL]`
    in its place. `drop`: leave the speech or the answer out. `off`: do not look."""
    kinds: tuple[PiiKind, ...] = get_args(PiiKind)
    """What is looked for; all kinds where left out."""
    engine: Engine = "rules"
    """What looks: `rules`, or `presidio` beside them (the extra `presidio`)."""
    spacy_model: str = ""
    """For presidio: the name or path of an installed spaCy pipeline that finds names and places. A
    blank one where left out: it needs no download, and finds neither."""
    name_columns: tuple[str, ...] = ()
    """Columns of the sources that hold people's names, such as an answering therapist's."""
    sample: int = Field(default=50, ge=0)
    """How many finds, and how many texts without one, pii_sample.csv holds for a human check."""

    @field_validator("pii", mode="before")
    @classmethod
    def _switch(cls, value: object) -> object:
        """YAML reads a bare `off` as false."""
        return "off" if value is False else value
