"""`annotate:` of run.yaml: which pairs experts see."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from psychocounsel_data.config.section import Section

AnnotationSource = Literal["candidates", "pairs"]


class AnnotateConfig(Section):
    """Which pairs experts see. The sample is drawn once; a change later draws no other."""

    items: int = Field(default=100, ge=1)
    """Pairs in the sample, hidden repeats not counted."""
    source: AnnotationSource = "candidates"
    """`candidates`: any two judged answers to one speech, so that small margins are seen too.
    `pairs`: only what stands in the data set."""
    repeat_share: float = Field(default=0.1, ge=0, le=0.5)
    """Hidden repeats, as a share of `items`: how consistent is each annotator with themselves?"""
    flagged_share: float = Field(default=0.2, ge=0, le=1)
    """The share of items whose speech carries a risk flag, where there are enough."""
    seed: int = 0
    """Another seed draws another sample."""
