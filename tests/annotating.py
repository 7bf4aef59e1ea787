"""Invented items and run folders for the tests of annotation."""

from pathlib import Path

from psychocounsel_data import journal
from psychocounsel_data.annotation.drawing import item_id
from psychocounsel_data.records import AnnotationItem, Turn

RUN_YAML = "name: invented\nsources: [{path: speeches.csv}]\n"


def item(number: int, *, repeat: bool = False, **changes: object) -> AnnotationItem:
    """An item whose texts say which answer is which."""
    responses = (f"{number:02}-first", f"{number:02}-second")
    original = item_id(responses, repeat=False)
    shown = responses[::-1] if repeat else responses
    return AnnotationItem.model_validate(
        {
            "id": item_id(responses, repeat=repeat),
            "speech_id": f"invented-{number}",
            "responses": shown,
            "speech": f"Speech {number}: I count the cracks in the ceiling and cannot sleep.",
            "context": (Turn(role="counsellor", text="What are your nights like?"),),
            "texts": tuple(f"Text of {id_}." for id_ in shown),
            "repeat_of": original if repeat else None,
            "stratum": "0.5-1",
            "scores": (3.0, 3.5),
            "models": ("secret-model-one", "secret-model-two"),
            "topic": "secret-topic",
            **changes,
        }
    )


def run_folder(folder: Path, items: int = 20) -> Path:
    """A run folder whose sample is drawn."""
    folder.mkdir()
    (folder / "run.yaml").write_text(RUN_YAML, "utf-8")
    journal.replace(
        folder / "annotation_items.jsonl", [item(number) for number in range(1, items + 1)]
    )
    return folder
