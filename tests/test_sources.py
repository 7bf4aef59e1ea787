"""Reading sources: files as they really are, and data sets from a Hub."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hub import TestHub
from huggingface_hub import CommitOperationAdd, HfApi

from psychocounsel_data.errors import ConfigError, InputError
from psychocounsel_data.sources import local
from psychocounsel_data.sources.columns import Row, Template
from psychocounsel_data.sources.meter import ReadMeter


def columns(path: Path, content: bytes | str) -> list[dict[str, object]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return [dict(row.columns) for row in local.rows(path)]


WORDS = "text\nIch h\u00f6re \u2019s\n"


@pytest.mark.parametrize(
    "content",
    [
        WORDS.encode(),
        b"\xef\xbb\xbf" + WORDS.encode(),
        WORDS.encode("utf-16"),
        WORDS.encode("cp1252"),
        WORDS.replace("\n", "\r\n").encode(),
        WORDS.replace("\n", "\r").encode(),
    ],
    ids=["utf-8", "bom", "utf-16", "cp1252", "crlf", "cr"],
)
def test_whatever_the_encoding_and_line_ends(tmp_path: Path, content: bytes) -> None:
    """Spreadsheets save in all of these."""
    assert columns(tmp_path / "a.csv", content) == [{"text": "Ich h\u00f6re \u2019s"}]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ('a,b\n"one\ntwo","say ""hi"""\n', [{"a": "one\ntwo", "b": 'say "hi"'}]),
        ('a,b\r\n"one\r\ntwo",x\r\n', [{"a": "one\r\ntwo", "b": "x"}]),
        (",q\n0,x\n", [{"column_0": "0", "q": "x"}]),
        ("q,q,q\n1,2,3\n", [{"q": "1", "q_2": "2", "q_3": "3"}]),
        ("a;b\nx, y;z\n", [{"a": "x, y", "b": "z"}]),
        ("a,b\nonly\n\nx,y\n", [{"a": "only", "b": ""}, {"a": "x", "b": "y"}]),
        ("a\nx\0y\n", [{"a": "xy"}]),
        ("", []),
        ("a,b\n", []),
    ],
)
def test_csv_as_people_have_it(tmp_path: Path, content: str, rows: list[dict[str, str]]) -> None:
    """Quoted line ends, unnamed and repeated columns, semicolons, short and empty rows."""
    assert columns(tmp_path / "a.csv", content) == rows


def test_a_text_with_an_unquoted_separator_is_told_with_its_line(tmp_path: Path) -> None:
    """Cutting it off silently would lose half a speech."""
    with pytest.raises(InputError, match=r"a\.csv:3: 3 cells where the header has 2: .*quotes"):
        columns(tmp_path / "a.csv", "a,b\n1,2\n1,2,3\n")


def test_other_formats_give_the_same_rows(tmp_path: Path) -> None:
    """tsv, jsonl, json in two shapes, parquet, compressed."""
    rows = [{"text": "one", "n": 1}, {"text": "two\nlines", "n": 2}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    lines = '{"text": "one", "n": 1}\n\n{"text": "two\\nlines", "n": 2}\n'
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(lines.encode()))

    assert columns(tmp_path / "a.jsonl", lines) == rows
    assert columns(tmp_path / "a.json", f"[{lines.strip().replace(chr(10) * 2, ',')}]") == rows
    assert columns(tmp_path / "b.json", '{"v": 1, "rows": [{"text": "one"}]}') == [{"text": "one"}]
    assert [dict(row.columns) for row in local.rows(tmp_path / "a.parquet")] == rows
    assert [dict(row.columns) for row in local.rows(tmp_path / "a.jsonl.gz")] == rows
    assert columns(tmp_path / "a.tsv", 'text\tn\n"a\tb"\t1\n') == [{"text": "a\tb", "n": "1"}]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", '{"a": 1}\n[2]\n', r"a\.jsonl:2: not a JSON object on one line"),
        ("a.json", "{", "not valid JSON"),
        ("a.json", '{"a": [], "b": []}', "the file has lists under a, b"),
        ("a.json", "[1]", "an item of the list is not an object"),
        ("a.parquet", "no", "not a readable parquet file"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, name: str, content: str, message: str) -> None:
    """With what it should be."""
    with pytest.raises(InputError, match=message):
        columns(tmp_path / name, content)


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    """The commonest mistake is a letter."""
    (tmp_path / "speeches.csv").touch()

    with pytest.raises(ConfigError, match=r"did you mean speeches\.csv"):
        list(local.rows(tmp_path / "speehces.csv"))
    with pytest.raises(ConfigError, match="there is no folder"):
        list(local.rows(tmp_path / "no" / "a.csv"))
    with pytest.raises(ConfigError, match=r"unknown ending '.txt': known are .csv"):
        columns(tmp_path / "a.txt", "x")
    with pytest.raises(ConfigError, match="no file is called"):
        list(local.rows(tmp_path / "*.jsonl"))


def test_a_star_reads_all_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    """Rows are numbered through."""
    (tmp_path / "b.csv").write_text("text\nthree\n", "utf-8")
    (tmp_path / "a.csv").write_text("text\none\ntwo\n", "utf-8")

    found = [(row.number, row.columns["text"]) for row in local.rows(tmp_path / "*.csv")]
    assert found == [(0, "one"), (1, "two"), (2, "three")]


@pytest.mark.parametrize(
    ("template", "row", "text"),
    [
        ("q", {"q": "  Why? "}, "Why?"),
        ("q", {"q": 17}, "17"),
        ("q", {"q": None}, ""),
        ("q", {"q": float("nan")}, ""),
        ("q", {"q": "N/A"}, ""),
        ("{t}\n\n{b}", {"t": "Sad", "b": "I am low."}, "Sad\n\nI am low."),
        ("{t}\n\n{b}", {"t": "I am", "b": "I  am low."}, "I am low."),
        ("{t}\n\n{b}", {"t": "I'm LOW", "b": "So. I'm low"}, "So. I'm low"),
        ("{t}\n\n{b}", {"t": "Same", "b": "same"}, "same"),
        ("{t}\n\n{b}", {"t": "n/a", "b": "I am low."}, "I am low."),
        ("{t}\n\n{b}", {"t": "nan", "b": None}, ""),
        ("Client: {b}", {"b": None}, ""),
        ("{turns[0]}", {"turns": ["first", "second"]}, "first"),
        ("{turns[-1]}", {"turns": ["first", "second"]}, "second"),
        ("{turns[5]}", {"turns": ["first"]}, ""),
        ("{c[0][turns][1]}", {"c": [{"turns": ["a", "b"]}]}, "b"),
        ("{a.b} {c d}", {"a.b": "x", "c d": "y"}, "x y"),
    ],
)
def test_templates_take_what_is_there(template: str, row: dict[str, object], text: str) -> None:
    """Missing values in every spelling; a title that the body has is not said twice."""
    assert Template(template, "here").text(Row(0, row)) == text


def test_a_misspelt_column_names_the_nearest() -> None:
    """Before anything is read."""
    with pytest.raises(ConfigError, match="no column 'tekst'; did you mean 'text'"):
        Template("tekst", "sources: a: text").check(["id", "text"])


LOAD = """
import json, sys
from pathlib import Path
from psychocounsel_data.errors import PcdataError
from psychocounsel_data.loading import load
from psychocounsel_data.run import Run
said = {}
for folder in Path(sys.argv[1]).iterdir():
    try:
        load(Run(folder))
        lines = (folder / "speeches.jsonl").read_text().splitlines()
        said[folder.name] = [[one["id"], one["text"]] for one in map(json.loads, lines)]
    except PcdataError as error:
        said[folder.name] = f"{type(error).__name__}: {error}"
print(json.dumps(said))
"""
ROWS = b'{"title": "At night", "body": "I cannot sleep."}\n{"title": null, "body": "I am low."}\n'
CARD = b"""---
configs:
- config_name: old
  default: true
  data_files: [{split: train, path: old.jsonl}]
- config_name: new
  data_files: [{split: test, path: new.jsonl}]
- config_name: broken
  data_files: [{split: train, path: broken.jsonl}]
---
"""
PLACES: dict[str, dict[str, object]] = {
    "plain": {"hub": "maria/speeches"},
    "streamed": {"hub": "maria/speeches", "streaming": True},
    "other": {"hub": "maria/speeches", "config": "new", "split": "test"},
    "tagged": {"hub": "maria/speeches", "revision": "v1"},
    "no_split": {"hub": "maria/speeches", "split": "dev"},
    "no_config": {"hub": "maria/speeches", "config": "newer"},
    "no_revision": {"hub": "maria/speeches", "revision": "v9"},
    "broken": {"hub": "maria/speeches", "config": "broken"},
    "broken_stream": {"hub": "maria/speeches", "config": "broken", "streaming": True},
    "no_set": {"hub": "maria/peaches"},
    "closed": {"hub": "paul/private"},
    "no_column": {"hub": "maria/speeches", "text": "question"},
}


@pytest.fixture(scope="module")
def from_hub(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What `pcdata load` makes of each place, in one process: `datasets` takes long to start."""
    root = tmp_path_factory.mktemp("hub")
    for name, place in PLACES.items():
        (root / "runs" / name).mkdir(parents=True)
        source = {"text": "{title}\n\n{body}", "name": "s", **place}
        config = {"sources": [source], "clean": {"min_chars": 0, "language": "off"}}
        (root / "runs" / name / "run.yaml").write_text(yaml.safe_dump(config), "utf-8")
    with TestHub() as hub:
        paul = HfApi(endpoint=hub.url, token=hub.add_user("paul"))
        paul.create_repo("paul/private", repo_type="dataset", private=True)
        maria = HfApi(endpoint=hub.url, token=hub.token)
        maria.create_repo("maria/speeches", repo_type="dataset")
        files = {"README.md": CARD, "old.jsonl": ROWS, "new.jsonl": ROWS, "broken.jsonl": b"{"}
        commit(maria, files)
        maria.create_tag("maria/speeches", tag="v1", repo_type="dataset")
        commit(
            maria, {"old.jsonl": ROWS.splitlines()[1] + b"\n", "new.jsonl": ROWS.splitlines()[0]}
        )
        result = subprocess.run(
            [sys.executable, "-c", LOAD, str(root / "runs")],
            env={**os.environ, **hub.environment(root / "home")},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert result.returncode == 0, result.stderr
    return dict(json.loads(result.stdout.splitlines()[-1]))


def commit(api: HfApi, files: dict[str, bytes]) -> None:
    operations = [CommitOperationAdd(path, content) for path, content in files.items()]
    api.create_commit("maria/speeches", operations, commit_message="x", repo_type="dataset")


@pytest.mark.parametrize(
    ("place", "speeches"),
    [
        ("plain", [["s-0", "I am low."]]),
        ("streamed", [["s-0", "I am low."]]),
        ("other", [["s-0", "At night\n\nI cannot sleep."]]),
        ("tagged", [["s-0", "At night\n\nI cannot sleep."], ["s-1", "I am low."]]),
    ],
)
def test_a_data_set_comes_from_the_hub(
    from_hub: dict[str, object], place: str, speeches: list[list[str]]
) -> None:
    """As `config`, `split` and `revision` say, downloaded or streamed."""
    assert from_hub[place] == speeches


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("no_split", "ConfigError: Hub data set maria/speeches: "),
        ("no_config", "ConfigError: Hub data set maria/speeches: "),
        ("no_revision", "ConfigError: Hub data set maria/speeches: "),
        ("broken", "InputError: Hub data set maria/speeches: cannot be read: "),
        ("broken_stream", "InputError: Hub data set maria/speeches: cannot be read: "),
        ("no_set", "ConfigError: Hub data set maria/peaches: not found, private, or gated"),
        ("closed", "ConfigError: Hub data set paul/private: not found, private, or gated"),
        ("no_column", "ConfigError: sources: s: text: no column 'question'"),
    ],
)
def test_what_the_hub_does_not_give_is_one_clear_line(
    from_hub: dict[str, object], place: str, message: str
) -> None:
    """A name, a configuration, a split, a revision, a right, a column."""
    assert str(from_hub[place]).startswith(message)
    assert "\n" not in str(from_hub[place])


def test_a_meter_tells_how_far_the_reading_is(tmp_path: Path) -> None:
    """Compressed files too; None before anything is known."""
    lines = "text\n" + "".join(f"line {number}\n" for number in range(20_000))
    (tmp_path / "a.csv").write_text(lines, "utf-8")
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(lines.encode()))
    table = pa.table({"text": [str(number) for number in range(5)]})
    pq.write_table(table, tmp_path / "c.parquet")
    for path in (tmp_path / "a.csv", tmp_path / "b.csv.gz", tmp_path / "c.parquet"):
        meter = ReadMeter()
        assert meter.share is None

        shares = [meter.share for _ in local.rows(path, meter=meter)]

        assert all(share is not None for share in shares)
        assert shares == sorted(shares)
        assert meter.share == 1.0
