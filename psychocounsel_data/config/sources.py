"""`sources:` of run.yaml: where speeches, and answers that exist already, come from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from psychocounsel_data.config.section import Section


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


class SourceConfig(Section):
    """Where speeches come from: a file or a Hub data set."""

    path: Path | None = None
    """csv, tsv, json, jsonl or parquet; relative to run.yaml."""
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
    name: str = ""
    """Prefix of the ids; the file's or data set's own name where left out."""
    text: str = "text"
    """The speech: a column (`questionText`) or a template over columns (`{title}\\n\\n{body}`)."""
    license: str | None = None
    """The source's licence, named in the data card."""
    answers: dict[str, AnswerEntry] = Field(default_factory=dict)
    """Answers that exist already: a name for each, and the column, template or file it is in."""

    @model_validator(mode="after")
    def _one_place(self) -> SourceConfig:
        if (self.path is None) == (self.hub is None):
            raise ValueError("a source has either `path:` (a file) or `hub:` (org/name)")
        return self

    @property
    def label(self) -> str:
        """The source's name: as given, else the file's stem or the data set's last part."""
        if self.name:
            return self.name
        return self.path.stem if self.path else str(self.hub).rsplit("/", 1)[-1]
