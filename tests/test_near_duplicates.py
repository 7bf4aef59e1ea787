"""Near-duplicates: how alike texts are, who belongs together, and that the split keeps it so."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psychocounsel_data.cleaning import Unfit
from psychocounsel_data.cleaning.contamination import Contamination
from psychocounsel_data.cleaning.near import (
    Clusters,
    Signatures,
    band_width,
    jaccard,
    plain,
    signature,
    signatures,
)
from psychocounsel_data.config import CleanConfig
from psychocounsel_data.neighbours import Belonging, Neighbours
from psychocounsel_data.records import ClientSpeech, Turn
from psychocounsel_data.splitting import own_key, side, split_key

VOCABULARY = (
    "mother work night river letter door fear hope voice garden winter friend doctor train sleep "
    "silence promise kitchen neighbour exam illness money brother anger window distance memory"
).split()


def text(seed: int, words: int = 60) -> str:
    return " ".join(random.Random(seed).choices(VOCABULARY, k=words))


def edited(original: str, seed: int, words: int) -> str:
    """Some words replaced by one that stands nowhere else."""
    parts = original.split()
    for place in random.Random(seed).sample(range(len(parts)), words):
        parts[place] = f"changed{seed}"
    return " ".join(parts)


def speech(words: str, row: int = 0, *, turn: int | None = None, said: tuple[str, ...] = (),
           source: str = "s") -> ClientSpeech:  # fmt: skip
    id_ = f"{source}-{row}" if turn is None else f"{source}-{row}-{turn}"
    context = tuple(Turn(role="client", text=one) for one in said)
    return ClientSpeech(id=id_, source=source, row=row, text=words, context=context)


def settled(folder: Path, speeches: list[ClientSpeech], **rule: object) -> Belonging:
    with Neighbours(CleanConfig.model_validate(rule), folder) as neighbours:
        for one in speeches:
            neighbours.add(one)
        return neighbours.settle()


def test_signatures_estimate_the_likeness_of_texts() -> None:
    """Within four standard errors, for likeness from none to nearly all."""
    for seed in range(60):
        original = text(seed)
        other = edited(original, seed, seed % 30)
        mine, theirs = signatures([plain(original), plain(other)])

        assert abs((mine == theirs).mean() - jaccard(original, other)) < 4 * 0.5 / 128**0.5


def test_case_punctuation_and_spaces_do_not_count() -> None:
    """As in the rule for duplicates."""
    assert jaccard("I am SO tired,\nreally.", "i am so tired really") == 1
    assert jaccard("", "") == 0


@pytest.mark.parametrize("threshold", [0.5, 0.6, 0.7, 0.8, 0.9, 0.95])
def test_bands_miss_a_pair_at_the_threshold_once_in_a_hundred(threshold: float) -> None:
    """And are no narrower than that needs: narrow bands compare everything with everything."""
    width = band_width(threshold)

    assert (1 - threshold**width) ** (128 // width) <= 0.01
    assert (1 - threshold ** (width + 1)) ** (128 // (width + 1)) > 0.01


@given(st.permutations(range(12)))
@settings(max_examples=20, deadline=None)
def test_clusters_do_not_depend_on_the_order(order: list[int]) -> None:
    """Three texts in four versions each, whatever order the sources bring them in."""
    versions = [edited(text(one // 4), one, one % 4) for one in range(12)]
    with Signatures(Path("/tmp")) as found:
        for place in order:
            found.add(versions[place])
        clusters = Clusters(12)
        for pair in found.pairs(0.8):
            clusters.join(pair.first, pair.second)
    together = {frozenset(order[place] for place in one) for one in clusters.members().values()}

    assert together == {frozenset(range(at, at + 4)) for at in (0, 4, 8)}


def test_texts_without_words_are_like_none_other(tmp_path: Path) -> None:
    """Nothing to compare is not the same as nothing different."""
    assert settled(tmp_path, [speech("...", 0), speech("!!!", 1), speech("\U0001f622", 2)]) == (
        {},
        {},
    )


def test_grouping_keeps_all_and_dropping_keeps_the_preferred(tmp_path: Path) -> None:
    """The first, or the longest; of exact likeness the detail tells."""
    first, longer = text(1), text(1) + " garden"
    speeches = [speech(first, 0), speech(text(2), 1), speech(longer, 2)]

    assert settled(tmp_path, speeches) == ({}, {0: 0, 2: 0})
    assert list(settled(tmp_path, speeches, near_duplicates="drop").dropped) == [2]
    preferring = settled(tmp_path, speeches, near_duplicates="drop", prefer="longest")
    assert list(preferring.dropped) == [0]
    assert preferring.dropped[0].place == 2
    assert preferring.dropped[0].likeness > 0.9
    assert settled(tmp_path, speeches, near_duplicates="off") == ({}, {})


def test_turns_of_one_dialogue_belong_together_and_are_never_near_duplicates(
    tmp_path: Path,
) -> None:
    """Each has the one before it in its history: on two sides, one would give away the other."""
    hello, story, more = "Hello", text(1), text(1) + " and more"
    speeches = [
        speech(hello, 0, turn=0),
        speech(story, 0, turn=2, said=(hello,)),
        speech(more, 0, turn=4, said=(hello, story)),
        speech(hello + " there", 1, turn=0),
    ]

    assert settled(tmp_path, speeches, near_duplicates="drop") == ({}, {0: 2, 1: 2, 2: 2})


def test_a_dialogue_that_opens_like_another_belongs_with_it(tmp_path: Path) -> None:
    """Its opening is dropped as a duplicate, but stands in the history of what follows."""
    opening = speech(text(1), 0, turn=0)
    again = speech(text(1), 1, turn=0)
    with Neighbours(CleanConfig(), tmp_path) as neighbours:
        neighbours.add(opening)
        neighbours.add(speech(text(2), 0, turn=2, said=(text(1),)))
        neighbours.echo(again, opening.id)
        neighbours.add(speech(text(3), 1, turn=2, said=(text(1),)))
        neighbours.add(speech(text(4), 2))

        assert neighbours.settle().groups == {0: 1, 1: 1, 2: 1}


SIMILAR = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 99), st.integers(0, 3)), min_size=2, max_size=12
)


@given(SIMILAR, st.floats(0.05, 0.95), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_the_split_never_separates_near_duplicates(
    versions: list[tuple[int, int, int]], fraction: float, seed: int
) -> None:
    """Whatever the fraction and the seed: who is clearly above the threshold is on one side."""
    texts = [edited(text(base), edit, words) for base, edit, words in versions]
    speeches = [speech(one, row) for row, one in enumerate(texts)]
    groups = settled(Path("/tmp"), speeches).groups
    grouped = [
        one.model_copy(update={"group": own_key(speeches[groups[at]]) if at in groups else None})
        for at, one in enumerate(speeches)
    ]
    sides = [side(split_key(one), test_fraction=fraction, seed=seed) for one in grouped]

    for at in range(len(texts)):
        for other in range(at):
            if jaccard(texts[at], texts[other]) > 0.8 + 3 * 0.035:
                assert sides[at] == sides[other]


@given(st.integers(0, 50), st.integers(0, 3))
@settings(max_examples=20, deadline=None)
def test_a_speech_keeps_its_side_when_near_duplicates_of_it_are_added(
    base: int, words: int
) -> None:
    """A published test set stays what it is."""
    old = speech(text(base))
    groups = settled(Path("/tmp"), [old, speech(edited(text(base), 7, words), 1)]).groups

    assert groups == {0: 0, 1: 0}
    assert own_key(old) == split_key(old.model_copy(update={"group": own_key(old)}))


QUESTION = text(5, 40)
WORDS = QUESTION.split()
NO_THIRTEEN = " ".join("no" if at in {12, 25, 38} else word for at, word in enumerate(WORDS))


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (QUESTION.upper() + "!", "same text as test row 0"),
        (NO_THIRTEEN, " alike to test row 0"),
        (" ".join([text(8), *WORDS[10:23]]), "13 words in a row with test row 0"),
        (" ".join([text(8), *WORDS[10:22], text(9)]), ""),
        (text(8), ""),
    ],
)
def test_what_stands_in_a_benchmark_does_not_end_in_the_data(words: str, why: str) -> None:
    """Twelve words in a row are chance, thirteen are not."""
    step = Contamination([("test row 0", QUESTION), ("test row 1", "")], 0.6)
    outcome = step(speech(words))

    assert outcome.detail.endswith(why) if isinstance(outcome, Unfit) else why == ""


def test_a_benchmark_question_in_the_history_counts_too() -> None:
    """It would be in the training data all the same."""
    step = Contamination([("test row 0", QUESTION)], 0.8)

    assert isinstance(step(speech("Yes, that is so.", said=(QUESTION,))), Unfit)


@given(st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=6))
def test_a_signature_is_the_same_alone_and_among_others(texts: list[str]) -> None:
    """No 5-gram runs into the next text."""
    together = signatures(texts)

    assert all((signature(one) == row).all() for one, row in zip(texts, together, strict=True))
