"""`push:` of run.yaml: where the data set is released, to whom, and on what terms."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, field_validator

from psychocounsel_data.config.section import Section

FieldKind = Literal["text", "checkbox", "date_picker", "country"]
"""What the Hub's form can ask for, beside a choice from a list."""


class GateConfig(Section):
    """Who has to ask before they may read the data, and what they are asked."""

    approval: Literal["manual", "auto"] = "manual"
    """`manual`: you let each reader in; `auto`: whoever fills in the form is let in."""
    heading: str | None = None
    """Above the form."""
    description: str | None = None
    """Below the heading."""
    prompt: str | None = None
    """What a reader agrees to, such as not to identify anyone."""
    button: str | None = None
    """The words on the button."""
    fields: dict[str, FieldKind | tuple[str, ...]] = Field(default_factory=dict)
    """What a reader fills in: the question to its kind, or to a list of answers to choose from."""

    @field_validator("fields")
    @classmethod
    def _answers(
        cls, fields: dict[str, FieldKind | tuple[str, ...]]
    ) -> dict[str, FieldKind | tuple[str, ...]]:
        for question, kind in fields.items():
            if not isinstance(kind, str) and len(kind) < 2:
                raise ValueError(f"'{question}': a list needs two answers or more to choose from")
        return fields


class PushConfig(Section):
    """Where the data set is released."""

    repo_id: str | None = None
    """`owner/name` on the Hub."""
    private: bool = True
    """Whether a new repository is private."""
    license: str | None = None
    """The data set's licence, a Hub licence id such as `cc-by-nc-4.0`."""
    gate: GateConfig | None = None
    """Set where readers have to ask first. The gate is closed before anything is uploaded."""
    contact: str | None = None
    """Whom readers write to about the data: an address or a page, printed in the card."""
    creators: dict[str, Literal["person", "organization"]] = Field(default_factory=dict)
    """Who made the data set: each name to what it is, for card and croissant.json."""
    version: str | None = None
    """The release's version, such as `1.0.0`, for croissant.json."""
    published: date | None = None
    """The day it is published, for croissant.json. The program looks at no clock, so that the same
    journals give the same bytes."""
    languages: tuple[str, ...] = ()
    """Languages of the texts, as ISO 639-1 codes such as `en`, for the card."""
