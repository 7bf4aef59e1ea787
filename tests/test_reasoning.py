"""What counts as reasoning in front of an answer, and what stays in the answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psychocounsel_data.wire.reasoning import split_reasoning

TAGS = st.sampled_from(["think", "thinking", "reasoning", "THINK", "Thinking", "Reasoning"])
PROSE = st.text(alphabet=st.characters(exclude_characters="<>", exclude_categories=["Cs"]))
SPOKEN = PROSE.filter(lambda text: text.strip() != "")
BLANKS = st.text(alphabet=" \n\t\r", max_size=4)
ANYTHING = st.lists(
    st.sampled_from(["<think>", "</think>", "</THINK>", "<reasoning>", "`", '"', " ", "\n", "so"])
).map("".join)


@given(BLANKS, TAGS, PROSE, PROSE)
def test_a_leading_block_is_taken_off(blank: str, tag: str, thoughts: str, answer: str) -> None:
    """In any case and after any white space, as models write it."""
    split = split_reasoning(f"{blank}<{tag}>{thoughts}</{tag}>{answer}")

    assert split.answer == answer.strip()
    assert split.reasoning == (thoughts.strip() or None)


@given(st.lists(st.tuples(TAGS, SPOKEN), min_size=2, max_size=5), SPOKEN)
def test_several_blocks_are_one_reasoning(blocks: list[tuple[str, str]], answer: str) -> None:
    """A model may think, stop, and think again before it answers."""
    text = "\n".join(f"<{tag}>{thoughts}</{tag}>" for tag, thoughts in blocks) + answer

    split = split_reasoning(text)

    assert split.answer == answer.strip()
    assert split.reasoning == "\n\n".join(thoughts.strip() for _, thoughts in blocks)


@given(SPOKEN.filter(lambda text: text[-1] not in "`\"'“«"), TAGS, PROSE)
def test_a_closing_tag_alone_ends_what_the_template_opened(
    thoughts: str, tag: str, answer: str
) -> None:
    """Some chat templates end the prompt with the opening tag, so the reply starts without it."""
    split = split_reasoning(f"{thoughts}</{tag}>{answer}")

    assert split.answer == answer.strip()
    assert split.reasoning == thoughts.strip()


@given(TAGS, PROSE)
def test_a_block_that_never_closes_leaves_no_answer(tag: str, thoughts: str) -> None:
    """The token limit came while the model was thinking: half a thought is no answer."""
    split = split_reasoning(f"<{tag}>{thoughts}")

    assert split.answer == ""
    assert split.reasoning == (thoughts.strip() or None)


@given(PROSE)
def test_a_text_without_tags_is_the_answer(text: str) -> None:
    """Most answers come from models that do not think aloud."""
    assert split_reasoning(text) == (text.strip(), None)


@pytest.mark.parametrize(
    "answer",
    [
        "Some models write <think> before they answer.",
        "A model may write <think>so</think> in front, and you would never see it.",
        "It ends with `</think>`, which your reader should not see.",
        'It ends with "</think>", which your reader should not see.',
        "Let us think</b> about it.",
        "<thinker> is a tag of its own.",
    ],
)
def test_a_mention_of_the_tags_stays_in_the_answer(answer: str) -> None:
    """Counsellors do not talk of tags, but an answer that does must not lose its first half."""
    assert split_reasoning(answer) == (answer, None)


def test_only_the_leading_blocks_are_reasoning() -> None:
    """After the first word of the answer a tag is part of it."""
    split = split_reasoning("<think>first</think>I hear you. <think>second</think>")

    assert split == ("I hear you. <think>second</think>", "first")


@given(ANYTHING)
def test_an_answer_has_no_reasoning_left(text: str) -> None:
    """What is stored as an answer may be read again and must not shrink."""
    answer = split_reasoning(text).answer

    assert split_reasoning(answer) == (answer, None)


@given(ANYTHING)
def test_nothing_is_invented(text: str) -> None:
    """Answer and reasoning are pieces of the text and together no longer than it."""
    split = split_reasoning(text)

    assert split.answer in text
    assert all(piece in text for piece in (split.reasoning or "").split("\n\n"))
