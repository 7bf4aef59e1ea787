"""Which lines of annotations.jsonl stand."""

from psychocounsel_data.annotation import standing
from psychocounsel_data.records import Annotation, SideRatings


def line(annotator: str = "Ada", item: str = "i1", **said: object) -> Annotation:
    return Annotation.model_validate(
        {
            "id": f"{annotator}-{item}",
            "item_id": item,
            "speech_id": "s-1",
            "response_a": "r1",
            "response_b": "r2",
            "annotator": annotator,
            "at": "2026-01-02T03:04:05Z",
            **said,
        }
    )


def test_a_later_line_of_the_same_annotator_and_item_takes_the_place_of_an_earlier_one() -> None:
    """Every click is a line; the last one counts."""
    first, other = line(preference=-2), line("Ben", preference=1)
    later = line(preference=0, ratings=SideRatings(a={"empathy": 4}))

    assert standing([first, other, later]) == [later, other]


def test_an_annotation_that_was_undone_altogether_does_not_stand() -> None:
    """Undo writes what stood before, which may be nothing."""
    assert standing([line(preference=2), line(undo=True)]) == []


def test_what_was_begun_and_skipped_stands_without_a_preference() -> None:
    """A flag or a comment on an item that was not decided is not lost; a skip is no tie."""
    flagged, skipped = line(unsafe=(False, True)), line(item="i2", skipped=True)

    assert standing([flagged, skipped]) == [flagged, skipped]
    assert [one.preference for one in standing([flagged, skipped])] == [None, None]
