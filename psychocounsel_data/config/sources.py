"""`sources:` of run.yaml: where speeches, and answers that exist already, come from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from psychocounsel_data.config.section import Section

Role = Literal["client", "counsellor", "skip"]


class AnswerConfig(Section):
    """Where answers to a source's rows stand already: in the row itself or in another file."""

    text: str
    """The answer: a column or a template over columns."""
    path: Path | None = None
    """A csv, tsv, json, jsonl or parquet file, relative to run.yaml; the source's own row where
    left out."""
    key: str | None = None
    """The column of that file which names the row it answers."""
    on: str | None = None
    """The source's own column to match; the same name as `key` where left out."""

    @model_validator(mode="after")
    def _keyed(self) -> AnswerConfig:
        if (self.path is None) != (self.key is None):
            raise ValueError("answers in a file need both `path:` and `key:`, the column to match")
        return self


def _answer_entry(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


AnswerEntry = Annotated[AnswerConfig, BeforeValidator(_answer_entry)]


class DialogueConfig(Section):
    """How a dialogue becomes client speeches."""

    column: str | None = None
    """The column that holds the list of turns; where left out, each file is one dialogue."""
    take: Literal["first", "every"] = "first"
    """`first`: the first client turn, alone. `every`: each client turn, with all that was said
    before it as its context."""
    roles: dict[str, Role] = Field(default_factory=dict)
    """Who it is that a role names, beyond the usual ones, such as `narrator: skip`."""


def _dialogue_entry(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


DialogueEntry = Annotated[DialogueConfig, BeforeValidator(_dialogue_entry)]


class Place(Section):
    """Rows in a file or a Hub data set, and the text in them."""

    path: Path | None = None
    """csv, tsv, json, jsonl or parquet; relative to run.yaml; `*` stands for any name."""
    hub: str | None = None
    """`org/name` of a Hub data set."""
    config: str | None = None
    """The Hub data set's configuration."""
    split: str = "train"
    """The Hub data set's split."""
    revision: str | None = None
    """The Hub data set's tag, branch or commit."""
    streaming: bool = False
    """Read a Hub data set row by row instead of downloading it first."""
    text: str = "text"
    """The text: a column (`questionText`) or a template over columns (`{title}\\n\\n{body}`)."""

    @model_validator(mode="after")
    def _one_place(self) -> Place:
        if (self.path is not None) + (self.hub is not None) != 1:
            raise ValueError("give either `path:` (a file) or `hub:` (org/name)")
        return self

    @property
    def label(self) -> str:
        """The file's stem, the folder of several files, or the data set's last part."""
        if self.path is None:
            return str(self.hub).rsplit("/", 1)[-1]
        return self.path.parent.name or "files" if "*" in self.path.name else self.path.stem


class SourceConfig(Place):
    """Where speeches come from: a known source, a file or a Hub data set."""

    source: str | None = None
    """A source that is known by name (`pcdata sources` lists them); what is said beside it goes
    before what is known."""
    name: str = ""
    """Prefix of the ids; the file's or data set's own name where left out."""
    dialogue: DialogueEntry | None = None
    """The rows hold dialogues: the column with the turns, or how to take them."""
    license: str | None = None
    """The source's licence, a Hub licence id such as `cc-by-nc-4.0`."""
    address: str | None = None
    """Where it can be had, for sources.json and the data card."""
    consent: str | None = None
    """On what basis clients' words are used, such as `public forum posts, no consent asked`."""
    collection: str | None = None
    """How it was collected."""
    uses: str | None = None
    """What its licence and makers allow."""
    answers: dict[str, AnswerEntry] = Field(default_factory=dict)
    """Answers that exist already: a name for each, and the column, template or file it is in."""

    @property
    def label(self) -> str:
        """The source's name: as given, else the known one's, the file's or the data set's own."""
        return self.name or self.source or super().label

    @model_validator(mode="after")
    def _one_place(self) -> SourceConfig:
        places = (self.path is not None) + (self.hub is not None)
        if places > 1 or (not places and self.source is None):
            raise ValueError(
                "a source has `source:` (a known one), `path:` (a file) or `hub:` (org/name)"
            )
        return self
