"""Two releases beside each other: every pair that changed is found, under the right word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from psychocounsel_data.changes import compare
from psychocounsel_data.errors import InputError, RunError

BASE: list[dict[str, Any]] = [
    {
        "ID": f"invented-{number}",
        "prefID": number,
        "question": f"What of number {number}?",
        "chosen": f"You ask about {number}.",
        "rejected": "Never mind.",
        "chosen_empathy_rating": 4,
        "chosen_safety_rating": 5,
        "rejected_empathy_rating": 2,
        "rejected_safety_rating": 3,
    }
    for number in range(6)
]


def release(folder: Path, **splits: list[dict[str, Any]]) -> Path:
    (folder / "data").mkdir(parents=True)
    for split, rows in splits.items():
        name = f"{split}-00000-of-00001.parquet"
        pq.write_table(pa.Table.from_pylist(rows), folder / "data" / name)
    return folder


def test_a_release_is_the_same_as_itself(tmp_path: Path) -> None:
    """Whatever the order and the numbers of its pairs."""
    old = release(tmp_path / "old", train=BASE)
    other = [{**row, "prefID": number} for number, row in enumerate(reversed(BASE))]
    found = compare(old, release(tmp_path / "new", train=other))

    assert not found.differ
    assert (found.same, found.changes) == (6, ())


def test_every_kind_of_change_is_told_from_the_others(tmp_path: Path) -> None:
    """One pair for each, and one that is as it was."""
    turned = {**BASE[1], "chosen": BASE[1]["rejected"], "rejected": BASE[1]["chosen"]}
    for side, other in (("chosen", "rejected"), ("rejected", "chosen")):
        for one in ("empathy", "safety"):
            turned[f"{side}_{one}_rating"] = BASE[1][f"{other}_{one}_rating"]
    rated = {**BASE[2], "rejected_safety_rating": 2}
    renamed = {**BASE[3], "ID": "other-3"}
    added = {**BASE[5], "question": "Something else?"}
    old = release(tmp_path / "old", train=BASE[:5])
    new = release(tmp_path / "new", train=[BASE[0], BASE[0], turned, rated, renamed], test=[added])
    new_moved = release(tmp_path / "moved", train=BASE[1:5], test=[BASE[0]])

    found = compare(old, new, names=("v1", "v2"))
    assert found.counts == {"added": 1, "rated": 1, "removed": 1, "renamed": 1, "turned": 1}
    assert found.same == 1
    assert found.repeated == 1
    details = {one.kind: (one.id, one.detail) for one in found.changes}
    assert details["rated"] == ("invented-2", "other ratings on safety")
    assert details["renamed"] == ("other-3", "was invented-3")
    assert details["removed"] == ("invented-4", "")
    moved = compare(old, new_moved)
    assert [(one.kind, one.detail) for one in moved.changes] == [("moved", "from train to test")]


def test_a_principle_that_one_release_lacks_is_no_change(tmp_path: Path) -> None:
    """Only what both have rated can have been rated otherwise; columns may stand in any order."""
    fewer = [{key: row[key] for key in reversed(row) if "safety" not in key} for row in BASE]
    old = release(tmp_path / "old", train=BASE)

    assert not compare(old, release(tmp_path / "new", train=fewer)).differ


@given(kept=st.sets(st.integers(0, 5)), new=st.sets(st.integers(6, 9)))
def test_counts_add_up(
    tmp_path_factory: pytest.TempPathFactory, kept: set[int], new: set[int]
) -> None:
    """Every pair of either release is the same, gone, or new."""
    folder = tmp_path_factory.mktemp("releases")
    rows = [BASE[one] for one in sorted(kept)]
    rows += [{**BASE[0], "question": f"New {one}?"} for one in sorted(new)]
    if not rows:
        return
    found = compare(release(folder / "old", train=BASE), release(folder / "new", train=rows))

    assert found.same == len(kept)
    assert found.counts.get("removed", 0) == 6 - len(kept)
    assert found.counts.get("added", 0) == len(new)


def test_what_is_no_release_is_said_in_one_line(tmp_path: Path) -> None:
    """No tables, or other columns."""
    good = release(tmp_path / "good", train=BASE)
    other = release(tmp_path / "other", train=[{"prompt": "a", "chosen": "b"}])

    with pytest.raises(RunError, match=r"no data/\*\.parquet"):
        compare(good, tmp_path)
    with pytest.raises(InputError, match="no column ID, question, rejected"):
        compare(good, other)
