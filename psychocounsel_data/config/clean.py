"""`clean:` of run.yaml: what is done to speeches, in what order, and which of them are fit."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from psychocounsel_data.config.section import Section


def _switch(off: str, on: str) -> BeforeValidator:
    """YAML reads a bare `off` as false and `on` as true; these are what they stand for."""

    def spelt(value: object) -> object:
        if isinstance(value, bool):
            return on if value else off
        return value

    return BeforeValidator(spelt)


HtmlRule = Annotated[Literal["off", "auto", "always"], _switch("off", "auto")]
DuplicateRule = Annotated[Literal["off", "exact", "normalised"], _switch("off", "normalised")]


class CleanConfig(Section):
    """What is done to speeches, in the order of these keys. The defaults are the paper's rule."""

    unicode: bool = True
    """Letters and their accents become one character (form C)."""
    invisible: bool = True
    """Control, zero-width and directional characters are removed."""
    white_space: bool = True
    """One kind of space and line end, none doubled, at most one blank line."""
    unglue: bool = False
    """Put a space where two sentences run into one another (`with.Seriously`)."""
    min_chars: int = Field(default=100, ge=0)
    """The least number of characters, inclusive."""
    max_chars: int = Field(default=1000, ge=1)
    """The greatest number of characters, inclusive."""
    min_words: int = Field(default=0, ge=0)
    """The least number of words, inclusive."""
    max_words: int | None = Field(default=None, ge=1)
    """The greatest number of words, inclusive."""
    duplicates: DuplicateRule = "normalised"
    """Which texts are the same: `exact`, or `normalised` (but for case, punctuation, spaces); the
    first one in the order of `sources:` is kept. `off` keeps all."""

    @model_validator(mode="after")
    def _range(self) -> CleanConfig:
        if self.min_chars > self.max_chars:
            raise ValueError(f"min_chars {self.min_chars} is more than max_chars {self.max_chars}")
        if self.max_words is not None and self.min_words > self.max_words:
            raise ValueError(f"min_words {self.min_words} is more than max_words {self.max_words}")
        return self
