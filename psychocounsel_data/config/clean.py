"""`clean:` of run.yaml: which speeches are fit to be answered."""

from __future__ import annotations

from pydantic import Field, model_validator

from psychocounsel_data.config.section import Section


class CleanConfig(Section):
    """Which speeches are fit to be answered. The defaults are the paper's rule."""

    min_chars: int = Field(default=100, ge=0)
    """The least number of characters, inclusive, after normalisation."""
    max_chars: int = Field(default=1000, ge=1)
    """The greatest number of characters, inclusive, after normalisation."""
    deduplicate: bool = True
    """Keep one copy of texts that are equal after normalisation."""

    @model_validator(mode="after")
    def _range(self) -> CleanConfig:
        if self.min_chars > self.max_chars:
            raise ValueError(f"min_chars {self.min_chars} is more than max_chars {self.max_chars}")
        return self
