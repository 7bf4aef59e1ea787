"""On which side an annotator sees which answer. Pure.

Each annotator has sides of their own, so that a habit of preferring the left cannot look like
agreement between people. A hidden repeat has them the other way round than its original, so that
the same habit cannot look like consistency: its item lists the two answers in the other order, and
the annotator's draw is that of the original.
"""

from __future__ import annotations

from psychocounsel_data.annotation.sampling import lot
from psychocounsel_data.records import Annotation, AnnotationItem, SideRatings


def shown(item: AnnotationItem, annotator: str) -> tuple[int, int]:
    """Which of the item's two answers this annotator sees as A, and which as B."""
    swapped = lot("sides", item.repeat_of or item.id, annotator)[0] % 2
    return (1, 0) if swapped else (0, 1)


def turned(annotation: Annotation, response_a: str) -> Annotation:
    """The same annotation as it reads with this response as A."""
    if annotation.response_a == response_a:
        return annotation
    return annotation.model_copy(
        update={
            "response_a": annotation.response_b,
            "response_b": annotation.response_a,
            "preference": None if annotation.preference is None else -annotation.preference,
            "ratings": SideRatings(a=annotation.ratings.b, b=annotation.ratings.a),
            "unsafe": (annotation.unsafe[1], annotation.unsafe[0]),
        }
    )
