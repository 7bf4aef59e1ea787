"""`clean:` of run.yaml: what is done to speeches, in what order, and which of them are fit."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from psychocounsel_data.config.section import Section
from psychocounsel_data.config.sources import Place


def _switch(off: str, on: str) -> BeforeValidator:
    """YAML reads a bare `off` as false and `on` as true; these are what they stand for."""

    def spelt(value: object) -> object:
        if isinstance(value, bool):
            return on if value else off
        return value

    return BeforeValidator(spelt)


HtmlRule = Annotated[Literal["off", "auto", "always"], _switch("off", "auto")]
NearRule = Annotated[Literal["off", "group", "drop"], _switch("off", "group")]
DuplicateRule = Annotated[Literal["off", "exact", "normalised"], _switch("off", "normalised")]


def _languages(value: object) -> object:
    if isinstance(value, bool):
        return "flag" if value else "off"
    return (value,) if isinstance(value, str) and value not in {"off", "flag"} else value


LanguageRule = Annotated[Literal["off", "flag"] | tuple[str, ...], BeforeValidator(_languages)]


class CleanConfig(Section):
    """What is done to speeches, in the order of these keys. The defaults are the paper's rule."""

    unicode: bool = True
    """Letters and their accents become one character (form C)."""
    html: HtmlRule = "auto"
    """HTML becomes the text that a reader saw. `auto`: where a tag of HTML or a character
    reference stands in a text; `always`: every text is taken for HTML."""
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
    language: LanguageRule = "flag"
    """`flag`: each speech's language is noted; a list (`[en, de]`): others are dropped, but for
    speeches of under six words, which nobody can tell; `off`."""
    decontaminate_against: tuple[Place, ...] = ()
    """Benchmarks whose questions must not be in the data: files or Hub data sets, each with its
    `text:`. Equal, nearly equal, or 13 words in a row is too much."""
    near_duplicates: NearRule = "group"
    """`group`: near-duplicates are kept on one side of the split; `drop`: one of them is kept."""
    near_threshold: float = Field(default=0.8, ge=0.5, le=1)
    """From which share of common character 5-grams (Jaccard index) on two texts are nearly the
    same."""
    prefer: Literal["first", "longest"] = "first"
    """Which near-duplicate `drop` keeps: the first in the order of `sources:`, or the longest."""

    @model_validator(mode="after")
    def _range(self) -> CleanConfig:
        if self.min_chars > self.max_chars:
            raise ValueError(f"min_chars {self.min_chars} is more than max_chars {self.max_chars}")
        if self.max_words is not None and self.min_words > self.max_words:
            raise ValueError(f"min_words {self.min_words} is more than max_words {self.max_words}")
        return self
