"""What annotators say is kept at every click, taken back by undo, and worked out from the file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from annotating import item
from hypothesis import given, settings
from hypothesis import strategies as st

from psychocounsel_data import journal
from psychocounsel_data.annotation import standing
from psychocounsel_data.annotation.book import Book, Progress, Said, Sheet
from psychocounsel_data.annotation.sides import shown, turned
from psychocounsel_data.errors import ChangedElsewhereError
from psychocounsel_data.records import Annotation, SideRatings

ITEMS = [item(number) for number in range(1, 6)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "annotations.jsonl"


@pytest.fixture
def book(path: Path) -> Iterator[Book]:
    with journal.Writer(path) as writer:
        yield Book(ITEMS, [], writer)


def reopened(path: Path) -> Book:
    """A book as the next server finds it; it only looks."""
    return Book(ITEMS, journal.read(path, Annotation), journal.Writer(path))


def lines(path: Path) -> list[Annotation]:
    return list(journal.read(path, Annotation))


def test_every_change_is_in_the_file_when_save_returns(book: Book, path: Path) -> None:
    """A killed server loses nothing."""
    revision = book.save("Ada", 1, Said(preference=-2, seconds=3.25), 0)
    book.save("Ada", 1, Said(preference=-1, comment="warm", seconds=5), revision)

    assert [line.preference for line in lines(path)] == [-2, -1]
    assert reopened(path).sheet("Ada", 1) == book.sheet("Ada", 1)
    assert book.sheet("Ada", 1).said == Said(preference=-1, comment="warm", seconds=5)


def test_saving_the_same_again_is_no_change(book: Book, path: Path) -> None:
    """A page repeats what it got no answer to."""
    said = Said(preference=1)

    assert book.save("Ada", 1, said, 0) == 1
    assert book.save("Ada", 1, said, 0) == 1
    assert len(lines(path)) == 1


def test_what_another_window_changed_is_not_overwritten(book: Book, path: Path) -> None:
    """Two tabs of one annotator: the one that does not know the last state is told so."""
    book.save("Ada", 1, Said(preference=1), 0)

    with pytest.raises(ChangedElsewhereError, match="another window"):
        book.save("Ada", 1, Said(preference=-1), 0)
    assert len(lines(path)) == 1


def test_undo_takes_back_change_after_change_over_items(book: Book, path: Path) -> None:
    """Also after a restart, and it takes nothing out of the file."""
    book.save("Ada", 1, Said(preference=1), 0)
    book.save("Ada", 1, Said(preference=1, unsafe=(True, False)), 1)
    book.save("Ada", 2, Said(skipped=True), 0)
    book.save("Ben", 1, Said(preference=0), 0)

    assert book.undo("Ada") == 2
    with_unsafe = reopened(path).sheet("Ada", 1).said
    assert with_unsafe.unsafe == (True, False)
    assert book.undo("Ada") == 1
    assert book.sheet("Ada", 1).said == Said(preference=1)
    assert book.undo("Ada") == 1
    assert book.undo("Ada") is None
    assert [one.annotator for one in standing(lines(path))] == ["Ben"]
    assert len(lines(path)) == 4 + 3


def test_a_comment_is_one_thing_to_undo(book: Book) -> None:
    """It is saved while it is typed, word by word."""
    book.save("Ada", 1, Said(preference=1), 0)
    for revision, words in enumerate(("so", "so warm", "so warm here"), start=1):
        book.save("Ada", 1, Said(preference=1, comment=words), revision)

    assert book.undo("Ada") == 1
    assert book.sheet("Ada", 1).said == Said(preference=1)


def test_a_change_after_an_undo_can_be_undone(book: Book) -> None:
    """The usual order of things: wrong key, undo, right key, and undo again."""
    book.save("Ada", 1, Said(preference=1), 0)
    book.undo("Ada")
    book.save("Ada", 1, Said(preference=2), 2)
    book.undo("Ada")

    assert book.sheet("Ada", 1).said == Said()
    assert book.undo("Ada") is None


def test_each_annotator_goes_on_where_they_stopped(book: Book, path: Path) -> None:
    """Decided and skipped ones are done; what was only begun is not."""
    book.save("Ada", 1, Said(preference=1), 0)
    book.save("Ada", 2, Said(skipped=True), 0)
    book.save("Ada", 3, Said(comment="hm"), 0)

    again = reopened(path)
    assert again.next_open("Ada") == 3
    assert again.next_open("Ben") == 1
    assert again.progress("Ada") == Progress(total=5, decided=1, skipped=1)
    assert again.states("Ada") == ["decided", "skipped", "open", "open", "open"]
    assert again.annotators == ("Ada",)


def test_lines_of_another_sample_count_for_nothing_and_are_counted(book: Book, path: Path) -> None:
    """Somebody moved only one of the two files away."""
    book.save("Ada", 1, Said(preference=1), 0)
    other = Book(ITEMS[1:], journal.read(path, Annotation), journal.Writer(path))

    assert other.other_items == 1
    assert other.annotators == ()
    assert reopened(path).other_items == 0


def test_names_are_the_same_however_they_are_typed(book: Book) -> None:
    """Whoever types `ada ` the next day does not begin anew."""
    book.save("Ada Löw", 1, Said(preference=1), 0)

    assert book.name("  ada  lo\u0308w ") == "Ada Löw"
    assert book.name("Grace") == "Grace"
    for wrong in ("", "   ", "x" * 61, "a/b", "..", ".", "a\x00b", "a\u202eb"):
        assert book.name(wrong) is None


def test_the_file_says_which_answer_was_on_which_side(book: Book, path: Path) -> None:
    """And what was read there."""
    for number in range(1, 6):
        sheet = book.sheet("Ada", number)
        book.save("Ada", number, Said(preference=-1), 0)
        line = lines(path)[-1]

        assert sheet.text_a == f"Text of {line.response_a}."
        assert sheet.text_b == f"Text of {line.response_b}."


def test_sides_differ_between_annotators_and_turn_in_a_repeat() -> None:
    """A habit of preferring the left looks neither like agreement nor like consistency."""
    names = [f"annotator {n}" for n in range(40)]
    original, repeat = item(1), item(1, repeat=True)
    left = [original.responses[shown(original, name)[0]] for name in names]
    left_again = [repeat.responses[shown(repeat, name)[0]] for name in names]

    assert 8 < left.count("01-first") < 32
    assert all(one != other for one, other in zip(left, left_again, strict=True))


ANNOTATIONS = st.builds(
    Annotation,
    id=st.just("0" * 32),
    item_id=st.just("i"),
    speech_id=st.just("s"),
    response_a=st.just("r1"),
    response_b=st.just("r2"),
    annotator=st.just("Ada"),
    at=st.just("now"),
    preference=st.none() | st.integers(-2, 2),
    unsafe=st.tuples(st.booleans(), st.booleans()),
    ratings=st.builds(SideRatings, a=st.just({"empathy": 1}), b=st.just({"empathy": 5})),
)


@given(ANNOTATIONS)
def test_an_annotation_reads_the_same_from_both_sides(line: Annotation) -> None:
    """Turning it twice is turning it not at all."""
    other = turned(line, "r2")

    assert turned(other, "r1") == line
    assert turned(line, "r1") == line
    assert other.ratings.a == line.ratings.b
    if line.preference is not None:
        assert other.preference == -line.preference


SAID = st.builds(
    Said,
    preference=st.none() | st.integers(-2, 2),
    skipped=st.booleans(),
    unsafe=st.tuples(st.booleans(), st.booleans()),
    comment=st.sampled_from(["", "a", "ab"]),
)
STEPS = st.lists(
    st.tuples(st.sampled_from(["Ada", "Ben"]), st.integers(1, 3), st.none() | SAID), max_size=25
)


@settings(deadline=None, max_examples=40)  # every step is forced to the disk
@given(STEPS)
def test_a_book_from_the_file_is_the_book_that_wrote_it(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, Said | None]]
) -> None:
    """Whatever was saved and undone, by whom, in which order: also what undo would do next."""
    path = tmp_path_factory.mktemp("books") / "annotations.jsonl"
    with journal.Writer(path) as writer:
        book = Book(ITEMS, [], writer)
        for name, number, said in steps:
            if said is None:
                book.undo(name)
            else:
                book.save(name, number, said, book.sheet(name, number).revision)
    with journal.Writer(path) as writer:
        again = Book(ITEMS, lines(path), writer)

        for name in ("Ada", "Ben"):
            assert sheets(again, name) == sheets(book, name)
            undone = again.undo(name)
            while undone is not None:
                undone = again.undo(name)
            assert [sheet.said for sheet in sheets(again, name)] == [
                Said(seconds=sheet.said.seconds) for sheet in sheets(again, name)
            ]


def sheets(book: Book, name: str) -> list[Sheet]:
    return [book.sheet(name, number) for number in range(1, 6)]
