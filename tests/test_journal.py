"""Journals: nothing received is lost, nothing torn is kept."""

import multiprocessing
import os
import resource
import signal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psychocounsel_data import journal
from psychocounsel_data.errors import InputError, RunError, RunLockedError
from psychocounsel_data.records import Dropped

PLAIN = st.text(st.characters(codec="utf-8"), max_size=60)


def dropped(number: int, text: str = "x") -> Dropped:
    return Dropped(
        id=f"s-{number}", source="s", row=number, reason="empty", detail="none", text=text
    )


@given(st.lists(PLAIN, max_size=5))
def test_what_is_written_is_read_back(texts: list[str]) -> None:
    """Line ends, quotes and any other character inside a text do not break a line."""
    import tempfile

    records = [dropped(number, text) for number, text in enumerate(texts)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "d.jsonl"
        with journal.Writer(path) as writer:
            for record in records:
                writer.append(record)

        assert list(journal.read(path, Dropped)) == records


@given(st.integers(min_value=1, max_value=200))
def test_a_torn_last_line_is_cut_off_and_reported(cut: int) -> None:
    """Power can fail at any byte; the lines before it stay as they are."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "d.jsonl"
        path.write_bytes(journal.dump(dropped(0)))
        whole = path.read_bytes()
        torn = journal.dump(dropped(1, "y" * 200))[:cut]
        path.write_bytes(whole + torn)
        with journal.Writer(path) as writer:
            writer.append(dropped(2))

        assert writer.mended_bytes == len(torn)
        assert list(journal.read(path, Dropped)) == [dropped(0), dropped(2)]


def test_a_whole_last_line_without_its_end_is_kept(tmp_path: Path) -> None:
    """Editors and `jq` may leave the last line end out; that line is an answer all the same."""
    path = tmp_path / "d.jsonl"
    path.write_bytes(journal.dump(dropped(0)).rstrip(b"\n"))
    with journal.Writer(path) as writer:
        writer.append(dropped(1))

    assert writer.mended_bytes == 0
    assert list(journal.read(path, Dropped)) == [dropped(0), dropped(1)]


def test_a_broken_line_in_the_middle_is_named(tmp_path: Path) -> None:
    """It is not ours to throw away: a person has to look at it."""
    path = tmp_path / "d.jsonl"
    path.write_bytes(journal.dump(dropped(0)) + b'{"id": 3}\n' + journal.dump(dropped(1)))

    with pytest.raises(InputError, match=r"d\.jsonl:2: not a Dropped"):
        list(journal.read(path, Dropped))


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    """Two processes on one run would pay for the same answers twice."""
    path = tmp_path / "d.jsonl"
    with (
        journal.Writer(path),
        pytest.raises(RunLockedError, match="another pcdata process"),
        journal.Writer(path),
    ):
        pass


def _write_until_killed(path: Path, ready: "multiprocessing.synchronize.Event") -> None:
    with journal.Writer(path) as writer:
        for number in range(1000):
            writer.append(dropped(number))
        ready.set()
        signal.pause()


def test_a_killed_process_loses_nothing_it_appended_and_leaves_no_lock(tmp_path: Path) -> None:
    """SIGKILL gives no chance to tidy up."""
    path = tmp_path / "d.jsonl"
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    process = context.Process(target=_write_until_killed, args=(path, ready))
    process.start()
    assert ready.wait(20)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    with journal.Writer(path) as writer:
        writer.append(dropped(1000))

    assert sum(1 for _ in journal.read(path, Dropped)) == 1001


def _fill(path: Path, outcome: "multiprocessing.Queue[str]") -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    try:
        with journal.Writer(path) as writer:
            for number in range(100):
                writer.append(dropped(number))
    except RunError as error:
        outcome.put(str(error))


def test_a_full_disk_is_one_clear_line_and_leaves_whole_lines(tmp_path: Path) -> None:
    """The file then ends with the last record that fitted."""
    path = tmp_path / "d.jsonl"
    context = multiprocessing.get_context("spawn")
    outcome: multiprocessing.Queue[str] = context.Queue()
    process = context.Process(target=_fill, args=(path, outcome))
    process.start()
    message = outcome.get(timeout=20)
    process.join()

    assert "cannot be written" in message
    assert path.read_bytes().endswith(b"\n")
    assert [one.row for one in journal.read(path, Dropped)] == list(
        range(path.read_bytes().count(b"\n"))
    )


def _fail_half_way(path: Path) -> None:
    with journal.Replacement(path) as file:
        file.append(dropped(1))
        raise ZeroDivisionError


def test_a_replacement_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    """`load` writes its files anew; a crash half-way must not cost the old ones."""
    path = tmp_path / "d.jsonl"
    journal.replace(path, [dropped(0)])
    with pytest.raises(ZeroDivisionError):
        _fail_half_way(path)

    assert list(journal.read(path, Dropped)) == [dropped(0)]
    assert [one.name for one in tmp_path.iterdir()] == ["d.jsonl"]


def test_empty_lines_are_passed_over_and_counted(tmp_path: Path) -> None:
    """So that the line that an error names is the one an editor shows."""
    path = tmp_path / "d.jsonl"
    journal.replace(path, [dropped(0)])
    path.write_bytes(path.read_bytes() + b"\n" + path.read_bytes() + b"{}\n")

    assert [line.number for line in journal.lines(path)] == [1, 3, 4]
    with pytest.raises(InputError, match=r"d\.jsonl:4: "):
        list(journal.read(path, Dropped))


def test_records_are_read_at_their_positions(tmp_path: Path) -> None:
    """So that texts need not stay in memory."""
    path = tmp_path / "d.jsonl"
    journal.replace(path, [dropped(number, "ü" * number) for number in range(5)])
    positions = [line.position for line in journal.lines(path)]
    with journal.Reader(path, Dropped) as reader:
        read = [reader.at(position).row for position in reversed(positions)]

    assert read == [4, 3, 2, 1, 0]
