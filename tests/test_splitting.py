"""Which side of the split a speech is on: its own words decide, and nobody else's."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from psychocounsel_data.records import ClientSpeech
from psychocounsel_data.splitting import side, split_key

TEXTS = st.text(min_size=1, max_size=30)
FRACTIONS = st.floats(0, 1)
SEEDS = st.integers(0, 9)


def speech(text: str, id_: str = "s-0", group: str | None = None) -> ClientSpeech:
    return ClientSpeech(id=id_, source="s", row=0, text=text, group=group)


@given(TEXTS, FRACTIONS, SEEDS)
def test_a_speech_is_on_the_same_side_under_any_id_and_in_any_company(
    text: str, fraction: float, seed: int
) -> None:
    """Adding speeches, reordering or renaming them moves none of the others."""
    here = side(split_key(speech(text)), test_fraction=fraction, seed=seed)
    there = side(split_key(speech(text, id_="other-9")), test_fraction=fraction, seed=seed)

    assert here == there


@given(st.lists(TEXTS, min_size=2, max_size=6), FRACTIONS, SEEDS)
def test_speeches_of_one_group_are_on_one_side(
    texts: list[str], fraction: float, seed: int
) -> None:
    """Near-identical speeches on both sides would let the test be learned by heart."""
    keys = {split_key(speech(text, group="g-1")) for text in texts}

    assert len({side(key, test_fraction=fraction, seed=seed) for key in keys}) == 1


@given(st.text(st.characters(categories=["Ll", "Nd"], max_codepoint=0x17F), min_size=1))
def test_white_space_marks_and_case_do_not_separate_equal_words(text: str) -> None:
    """What differs in nothing that is read belongs together."""
    assert split_key(speech(text)) == split_key(speech(f" {text}...\n"))
    assert split_key(speech(text)) == split_key(speech("-".join(text)))


@given(st.lists(TEXTS, unique=True, max_size=20), FRACTIONS, FRACTIONS, SEEDS)
def test_a_greater_fraction_adds_to_the_test_side_and_takes_nothing_away(
    texts: list[str], one: float, other: float, seed: int
) -> None:
    """A released test set stays in a larger one."""
    low, high = sorted((one, other))
    small, large = (
        {text for text in texts if side(text, test_fraction=bound, seed=seed) == "test"}
        for bound in (low, high)
    )

    assert small <= large


@given(TEXTS, SEEDS)
def test_none_and_all_are_exact(key: str, seed: int) -> None:
    """A fraction of 0 puts nobody on the test side, 1 everybody."""
    assert side(key, test_fraction=0, seed=seed) == "train"
    assert side(key, test_fraction=1, seed=seed) == "test"


def test_the_fraction_is_about_kept() -> None:
    """A tenth of 5,000 is 500, give or take what a hash may."""
    sides = [side(f"text {number}", test_fraction=0.1, seed=0) for number in range(5000)]

    assert 420 < sides.count("test") < 580


def test_the_sides_of_a_released_set_do_not_move() -> None:
    """Fixed by example: a change of the rule would put test speeches of others into training."""
    sides = [
        side(split_key(speech(f"Speech number {number}.")), test_fraction=0.3, seed=7)
        for number in range(24)
    ]
    on_test = [number for number, one in enumerate(sides) if one == "test"]

    assert on_test == [0, 3, 5, 10, 14, 15, 16, 20, 23]
