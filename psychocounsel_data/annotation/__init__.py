"""Experts compare pairs: the sample they see, the page they see it on, and what they said.

`annotation_items.jsonl` is drawn once and is the same for every annotator; `annotations.jsonl`
grows by a line at every click. What the annotations are worth is the business of `agreement`.
"""

from psychocounsel_data.annotation.standing import standing

__all__ = ["standing"]
