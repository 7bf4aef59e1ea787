"""`pcdata annotate` as a person types it, for what ends without a browser."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from annotating import run_folder

from psychocounsel_data import journal
from psychocounsel_data.cli import main
from psychocounsel_data.records import Annotation


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    err: str


Annotate = Callable[..., Ended]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return run_folder(tmp_path / "run", items=3)


@pytest.fixture
def annotate(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Annotate:
    """`pcdata annotate` with these flags, in this process."""

    def call(*flags: str | Path) -> Ended:
        monkeypatch.setattr(
            sys, "argv", ["pcdata", "annotate", "--run", str(run), *map(str, flags)]
        )
        with pytest.raises(SystemExit) as end:
            main()
        return Ended(int(end.value.code or 0), capsys.readouterr().err)

    return call


def test_a_table_goes_out_is_filled_in_and_comes_back(
    annotate: Annotate, run: Path, tmp_path: Path
) -> None:
    """The whole way of a team that works with a spreadsheet."""
    table = tmp_path / "table.csv"
    assert annotate("--export", "csv", table).code == 0
    header, *rows = table.read_text("utf-8-sig").splitlines()
    at = header.split(",").index("annotator")
    cells = rows[0].split(",")
    cells[at : at + 2] = ["Ada", "-1"]
    table.write_text("\n".join([header, ",".join(cells), *rows[1:]]), "utf-8-sig")
    first, second = annotate("--import", table), annotate("--import", table)

    assert first.code == second.code == 0
    assert "1 annotations by Ada taken in, 0 stood here already" in first.err
    assert "0 annotations by Ada taken in, 1 stood here already" in second.err
    (line,) = journal.read(run / "annotations.jsonl", Annotation)
    assert (line.annotator, line.preference) == ("Ada", -1)


@pytest.mark.parametrize("format_", ["argilla", "label-studio"])
def test_a_folder_goes_out_once(annotate: Annotate, tmp_path: Path, format_: str) -> None:
    """A second export does not write over it."""
    out = tmp_path / "out"

    assert annotate("--export", format_, out).code == 0
    again = annotate("--export", format_, out)
    assert again.code == 2
    assert "is there already" in again.err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--items", "5"), "the sample is drawn already, 3 items in"),
        (("--from", "elsewhere"), "'--from'"),
        (("--export", "xlsx", "out"), "--export: no format 'xlsx'"),
        (("--import", "no-such.json"), "no-such.json: cannot be read"),
        (("--export", "csv", "out.csv", "--import", "in.csv"), "one at a time"),
        (("--no-browser", "--host", "203.0.113.1"), "--host 203.0.113.1: this machine cannot"),
    ],
)
def test_a_wrong_flag_is_one_clear_line(
    annotate: Annotate, flags: tuple[str, ...], message: str
) -> None:
    """What, where, what to do; nothing is written."""
    ended = annotate(*flags)

    assert ended.code == 2
    assert message in ended.err


def test_a_folder_that_is_no_run_names_the_remedy(annotate: Annotate, run: Path) -> None:
    """The commonest first mistake."""
    (run / "run.yaml").unlink()

    assert "pcdata init" in annotate().err
