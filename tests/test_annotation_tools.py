"""The sample for other tools and what comes back, in the forms that those tools document."""

import csv
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from annotating import item
from hypothesis import given
from hypothesis import strategies as st

from psychocounsel_data import journal
from psychocounsel_data.annotation import standing
from psychocounsel_data.annotation.book import Book
from psychocounsel_data.annotation.tools import Imported, export, import_annotations
from psychocounsel_data.annotation.tools.table import _guarded, _unguarded
from psychocounsel_data.errors import ConfigError, InputError
from psychocounsel_data.records import Annotation, SideRatings
from psychocounsel_data.resources import load_rubric

ITEMS = [item(1, speech='=HYPERLINK("x") <b>&amp;', context=()), item(2), item(1, repeat=True)]
PRINCIPLES = load_rubric(Path("no-such-folder")).principles
IDS = tuple(one.id for one in PRINCIPLES)


class Folder:
    """Where files go out and come in, and what annotations.jsonl then holds."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.journal = path / "annotations.jsonl"

    def export(self, format_: str, said: list[Annotation] | None = None) -> Path:
        out = self.path / f"out-{format_}.csv"
        export(format_, out, ITEMS, said or [], PRINCIPLES, "invented")
        return out

    def take_in(self, file: Path) -> Imported:
        with journal.Writer(self.journal) as writer:
            return import_annotations(file, Book(ITEMS, self.lines, writer), IDS)

    def take_in_json(self, content: object) -> Imported:
        file = self.path / "export.json"
        file.write_text(json.dumps(content), "utf-8")
        return self.take_in(file)

    @property
    def lines(self) -> list[Annotation]:
        return list(journal.read(self.journal, Annotation))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def annotation(number: int, annotator: str, **said: Any) -> Annotation:
    one = ITEMS[number]
    return Annotation.model_validate(
        {
            "id": "0" * 32,
            "item_id": one.id,
            "speech_id": one.speech_id,
            "response_a": one.responses[0],
            "response_b": one.responses[1],
            "annotator": annotator,
            "repeat_of": one.repeat_of,
            "at": "2026-01-02T03:04:05.678Z",
            **said,
        }
    )


def content(line: Annotation) -> Annotation:
    """Without what importing makes anew."""
    return line.model_copy(update={"id": "", "at": ""})


# Label Studio: https://labelstud.io/guide/export describes its JSON, task by task.


def exported_task(task: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A task as Label Studio exports it once it is annotated."""
    results = [
        ("preference", "speech", "choices", {"choices": ["-2"]}),
        ("unsafe", "speech", "choices", {"choices": ["Answer A", "Answer B"]}),
        ("a_empathy", "answer_a", "choices", {"choices": ["4"]}),
        ("b_safety", "answer_b", "choices", {"choices": ["1"]}),
        ("comment", "speech", "textarea", {"text": ["Warm.", "And clear."]}),
    ]
    return {
        "id": 7,
        "data": task["data"],
        "annotations": [
            {
                "id": 31,
                "completed_by": 10,
                "result": [
                    {
                        "id": f"r{index}",
                        "from_name": name,
                        "to_name": of,
                        "type": kind,
                        "origin": "manual",
                        "value": value,
                    }
                    for index, (name, of, kind, value) in enumerate(results)
                ],
                "was_cancelled": False,
                "ground_truth": False,
                "created_at": "2026-03-09T22:16:08.728353Z",
                "updated_at": "2026-03-09T22:16:08.728378Z",
                "lead_time": 41.288,
                "result_count": 5,
                "task": 7,
                **changes,
            }
        ],
        "predictions": [],
        "drafts": [],
        "created_at": "2026-03-09T21:52:49.513742Z",
        "updated_at": "2026-03-09T22:16:08.746926Z",
        "project": 83,
    }


def label_studio_tasks(folder: Folder) -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = json.loads(
        (folder.export("label-studio") / "tasks.json").read_text()
    )
    return tasks


def test_label_studio_gets_what_our_page_shows_and_no_more(folder: Folder) -> None:
    """Texts as they are, an id to come back by, and nothing that gives an answer away."""
    tasks = label_studio_tasks(folder)

    assert [task["data"]["item_id"] for task in tasks] == [one.id for one in ITEMS]
    assert tasks[0]["data"]["speech"] == ITEMS[0].speech
    assert tasks[1]["data"]["context"] == "Counsellor: What are your nights like?"
    assert "secret" not in json.dumps(tasks)
    assert {key for task in tasks for key in task["data"]} == {
        *("item_id", "context", "speech", "answer_a", "answer_b")
    }


def test_the_labelling_configuration_names_what_the_tasks_have(folder: Folder) -> None:
    """Each control has a text it is about, each text stands in the tasks; anchors are at hand."""
    out = folder.export("label-studio")
    view = Xml.parse(out / "labelling.xml").getroot()
    texts = {text.get("name"): text.get("value") for text in view.iter("Text")}
    controls = [one for kind in ("Choices", "TextArea") for one in view.iter(kind)]
    names = [str(one.get("name")) for one in controls]

    assert view.tag == "View"
    assert texts == {name: f"${name}" for name in ("context", "speech", "answer_a", "answer_b")}
    assert {one.get("toName") for one in controls} <= texts.keys()
    assert sorted(names) == sorted(
        ["preference", "unsafe", "comment", *(f"{side}_{id_}" for side in "ab" for id_ in IDS)]
    )
    shown = [str(header.get("value")) for header in view.iter("Header")]
    for principle in PRINCIPLES:
        assert all(f"{n}: {text}" in shown for n, text in principle.anchors.items())


def test_what_label_studio_exports_comes_back(folder: Folder) -> None:
    """Preference, ratings, flags, comment, time; the account stands for the annotator."""
    first, _, repeat = label_studio_tasks(folder)
    skipped = exported_task(
        repeat, result=[], was_cancelled=True, completed_by={"id": 11, "email": "ben@example.org"}
    )
    done = folder.take_in_json([exported_task(first), skipped])

    assert (done.added, done.known, done.other_items) == (2, 0, 0)
    assert done.annotators == ("ben@example.org", "label-studio 10")
    assert [content(line) for line in folder.lines] == [
        content(
            annotation(
                0,
                "label-studio 10",
                preference=-2,
                unsafe=(True, True),
                ratings=SideRatings(a={"empathy": 4}, b={"safety": 1}),
                comment="Warm.\nAnd clear.",
                seconds=41.3,
            )
        ),
        content(annotation(2, "ben@example.org", skipped=True, seconds=41.3)),
    ]
    assert folder.lines[0].at == "2026-03-09T22:16:08.728378Z"


def test_of_two_annotations_by_one_person_the_newer_one_stands(folder: Folder) -> None:
    """Whatever the order in the file."""
    (first, *_) = label_studio_tasks(folder)
    newer, older = exported_task(first), exported_task(first, updated_at="2025-01-01T00:00:00Z")
    choice = older["annotations"][0]["result"][0]["value"]
    choice["choices"] = ["2"]
    newer["annotations"] += older["annotations"]
    folder.take_in_json([newer])

    assert [line.preference for line in standing(folder.lines)] == [-2]


def test_a_preference_in_words_is_understood_and_any_other_refused(folder: Folder) -> None:
    """Without the alias Label Studio exports what the annotator read."""
    (first, *_) = label_studio_tasks(folder)
    task = exported_task(first)
    choice = task["annotations"][0]["result"][0]["value"]
    choice["choices"] = ["B is better"]
    folder.take_in_json([task])
    choice["choices"] = ["B is so-so"]

    assert folder.lines[0].preference == 1
    with pytest.raises(InputError, match="task 1: preference: is not a whole number"):
        folder.take_in_json([task])


# Argilla: https://docs.argilla.io describes `Dataset.to_disk` and `Record.to_dict`.


def argilla_records(folder: Folder) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = json.loads(
        (folder.export("argilla") / "records.json").read_text()
    )
    return records


def answered(record: dict[str, Any], user: str, **values: Any) -> dict[str, Any]:
    """A record as Argilla writes it to disk once it is answered."""
    given = {name: [{"value": value, "user_id": user}] for name, value in values.items()}
    return {**record, "status": "completed", "_server_id": "77", "responses": given}


def test_argilla_gets_a_data_set_that_asks_everything(folder: Folder) -> None:
    """Settings as `Settings.from_json` reads them, records as `Record.from_dict` does."""
    out = folder.export("argilla")
    settings = json.loads((out / ".argilla/settings.json").read_text())
    records = json.loads((out / "records.json").read_text())
    fields = [field["name"] for field in settings["fields"]]
    questions = {question["name"]: question for question in settings["questions"]}

    assert fields == ["context", "speech", "answer_a", "answer_b"]
    assert [field["required"] for field in settings["fields"]] == [False, True, True, True]
    assert [name for name, one in questions.items() if one["required"]] == ["preference"]
    assert questions["preference"]["settings"]["type"] == "label_selection"
    assert questions["a_empathy"]["settings"]["options"] == [{"value": n} for n in range(1, 6)]
    assert len(questions) == 3 + 2 * len(IDS)
    # The server takes no longer guidelines than that.
    assert len(settings["guidelines"]) <= 10_000
    assert json.loads((out / ".argilla/dataset.json").read_text())["name"] == "invented"
    assert [record["id"] for record in records] == [one.id for one in ITEMS]
    assert set(records[0]["fields"]) == {"speech", "answer_a", "answer_b"}
    assert set(records[1]["fields"]) == set(fields)
    assert "secret" not in json.dumps(records)


def test_what_argilla_writes_to_disk_comes_back(folder: Folder) -> None:
    """Several annotators on one record; the folder as a whole, or its records.json."""
    out = folder.path / "from-argilla"
    out.mkdir()
    first, second, repeat = argilla_records(folder)
    ada = answered(first, "u-ada", preference="1", a_empathy=5, unsafe=["b"], comment="Good")
    ada["responses"]["preference"].append({"value": "-1", "user_id": "u-ben"})
    (out / "records.json").write_text(json.dumps([ada, second, repeat]))
    done = folder.take_in(out)

    assert (done.added, done.annotators) == (2, ("u-ada", "u-ben"))
    assert [content(line) for line in folder.lines] == [
        content(
            annotation(
                0,
                "u-ada",
                preference=1,
                unsafe=(False, True),
                ratings=SideRatings(a={"empathy": 5}),
                comment="Good",
            )
        ),
        content(annotation(0, "u-ben", preference=-1)),
    ]
    assert folder.take_in(out / "records.json").known == 2


# CSV


SAID = [
    annotation(0, "Ada", preference=-2, ratings=SideRatings(a={"empathy": 4}, b={"safety": 1})),
    annotation(0, "Ben", preference=0, unsafe=(False, True), comment="=1+1, he said\nand left"),
    annotation(2, "Ada", skipped=True, seconds=3.5),
]


def rows(file: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text, delimiter=delimiter))


def test_a_table_goes_out_and_comes_back_the_same(folder: Folder) -> None:
    """Every annotation, and a second time nothing new."""
    file = folder.export("csv", SAID)

    assert folder.take_in(file) == Imported(
        added=3, known=0, other_items=0, annotators=("Ada", "Ben")
    )
    assert [content(line) for line in folder.lines] == [content(line) for line in SAID]
    assert [line.at for line in folder.lines] == [line.at for line in SAID]
    assert folder.take_in(file).known == 3
    assert len(folder.lines) == 3


def test_sides_in_a_table_are_those_of_the_item(folder: Folder) -> None:
    """Who saw the two the other way round stands in it turned: texts and preference fit."""
    seen_turned = annotation(0, "Ada", preference=-2, unsafe=(True, False)).model_copy(
        update={"response_a": ITEMS[0].responses[1], "response_b": ITEMS[0].responses[0]}
    )
    row = rows(folder.export("csv", [seen_turned]))[0]

    assert (row["preference"], row["unsafe_a"], row["unsafe_b"]) == ("2", "", "yes")
    assert (row["answer_a"], row["response_a"]) == (ITEMS[0].texts[0], ITEMS[0].responses[0])


def test_a_table_filled_in_with_a_spreadsheet_is_read(folder: Folder) -> None:
    """Semicolons, empty rows, spaces; rows that nobody filled in are left alone."""
    table = rows(folder.export("csv"))
    table[1] |= {"annotator": " Ada ", "preference": "1", "b_clarity": "3"}
    file = folder.path / "filled.csv"
    with file.open("w", encoding="utf-8-sig", newline="") as text:
        writer = csv.DictWriter(text, list(table[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(table)

    assert folder.take_in(file).added == 1
    assert (folder.lines[0].annotator, folder.lines[0].ratings.b) == ("Ada", {"clarity": 3})


def test_no_cell_is_a_formula(folder: Folder) -> None:
    """A client's words and a model's must not run in somebody's spreadsheet (CSV injection)."""
    for row in rows(folder.export("csv", SAID)):
        for column in ("context", "speech", "answer_a", "answer_b", "comment", "annotator"):
            assert not row[column].startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.text())
def test_an_apostrophe_that_was_put_is_taken_off_and_no_other(text: str) -> None:
    """Whatever the text, unless it is one that could not be told from a guarded one."""
    if not text.startswith(("'=", "'+", "'-", "'@", "'\t", "'\r")):
        assert _unguarded(_guarded(text)) == text


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"preference": "3"}, "row 2: preference: 3 is not one of -2 to 2"),
        ({"preference": "1.5"}, "row 2: preference: is not a whole number"),
        ({"a_empathy": "6"}, "row 2: a_empathy: 6 is not one of 1 to 5"),
        ({"a_empathy": "0"}, "row 2: a_empathy: 0 is not one of 1 to 5"),
        ({"preference": "1", "skipped": "yes"}, "row 2: is skipped and has a preference"),
        ({"unsafe_a": "perhaps"}, "row 2: unsafe_a: write yes"),
        ({"seconds": "-1"}, "row 2: seconds"),
        ({"seconds": "nan"}, "row 2: seconds"),
        ({"annotator": "", "preference": "1"}, "row 2: is filled in and says no annotator"),
        ({"annotator": "a/b", "preference": "1"}, "row 2: the annotator's name"),
        ({"response_a": "another", "preference": "1"}, "row 2: response_a"),
    ],
)
def test_one_bad_cell_is_named_and_nothing_is_taken_in(
    folder: Folder, cells: dict[str, str], message: str
) -> None:
    """Never clamped, never left out without a word; the good rows wait for the correction."""
    table = rows(folder.export("csv", SAID))
    table[0] = {**table[0], "preference": "", "a_empathy": "", "b_safety": "", **cells}
    file = folder.path / "bad.csv"
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, list(table[0]))
        writer.writeheader()
        writer.writerows(table)

    with pytest.raises(InputError, match=message):
        folder.take_in(file)
    assert folder.lines == []


# Whatever the form


def test_what_is_not_of_this_sample_is_counted(folder: Folder) -> None:
    """And where nothing is, that is an error."""
    tasks = [exported_task(task) for task in label_studio_tasks(folder)]
    tasks[0]["data"]["item_id"] = "of another run"

    assert folder.take_in_json(tasks).other_items == 1
    with pytest.raises(InputError, match="none is of an item of this run's sample"):
        folder.take_in_json(tasks[:1])


def test_an_unknown_principle_is_refused(folder: Folder) -> None:
    """A rubric that has changed since is not guessed at."""
    record = answered(argilla_records(folder)[0], "u", a_kindness=3)

    with pytest.raises(InputError, match="a_kindness: no such principle"):
        folder.take_in_json([record])


@pytest.mark.parametrize("text", ["", "{", "[{}]", '{"annotations": []}', '[{"text": "min"}]'])
def test_a_file_of_no_known_form_says_which_are(folder: Folder, text: str) -> None:
    """JSON-MIN is the commonest mistake."""
    file = folder.path / "strange.json"
    file.write_text(text)

    with pytest.raises(InputError, match="neither Label Studio's export in the format JSON"):
        folder.take_in(file)


def test_nothing_is_overwritten_and_formats_are_named(folder: Folder) -> None:
    """An export may hold somebody's work."""
    folder.export("csv")

    with pytest.raises(ConfigError, match="is there already"):
        folder.export("csv")
    with pytest.raises(ConfigError, match="one of argilla, label-studio, csv"):
        folder.export("xlsx")
