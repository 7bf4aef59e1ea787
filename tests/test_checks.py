"""Detectors of what no counsellor says, and of answers that are alike. All texts are invented."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from psychocounsel_data.checks import (
    BOILERPLATE,
    PERSONA_LEAK,
    REFUSAL,
    Phrases,
    likeness,
    sentences,
    token_counter,
)
from psychocounsel_data.errors import ConfigError

LEAKS = (
    "As a therapist, I hear how heavy this is.",
    "That is hard. As your counsellor, I would like to ask what you need.",
    "Speaking as a licensed mental health professional, I think you are brave.",
    "My role as a counselor is to listen.",
    "Therapist: What happened then?",
    "**Counselor's response:** It sounds lonely.",
    "Take care, [Your Name]",
)
REFUSALS = (
    "I'm sorry, but I can't help with that.",
    "I\N{RIGHT SINGLE QUOTATION MARK}m really sorry that you feel this way, but I"
    "\N{RIGHT SINGLE QUOTATION MARK}m unable to provide the help that you need.",
    "I cannot assist with this request.",
    "I am unable to provide therapy. Please talk to somebody else.",
    "I'm sorry, however I won't be able to continue this conversation.",
)
BOILERPLATES = (
    "As an AI, I do not feel, but I can listen.",
    "I'm just an AI and have no memory of you.",
    "Here is a possible response: that sounds hard.",
    "Sure! Here's a compassionate reply to the client.",
    "Breathe slowly. This is not a substitute for professional care.",
    "I hope this response helps!",
)
GOOD = (
    "It could help to talk to a therapist. I wonder what holds you back.",
    "You say you can't help it, and I'm sorry that it hurts so much. But I hear strength too.",
    "If you think of ending your life, please call your local crisis line now. You matter.",
    "What would you say to a friend who felt as a therapist might, tired of listening?",
    "I cannot imagine how hard this year was. What has kept you going?",
    "Here is what I hear: you are tired, and you go on all the same.",
)


@pytest.mark.parametrize(
    ("phrases", "texts"),
    [(PERSONA_LEAK, LEAKS), (REFUSAL, REFUSALS), (BOILERPLATE, BOILERPLATES)],
)
def test_each_kind_is_found(phrases: Phrases, texts: tuple[str, ...]) -> None:
    """In the column and in the single text alike."""
    for text in texts:
        assert phrases.first(text) is not None, text
        assert found(phrases, text), text


@pytest.mark.parametrize("phrases", [PERSONA_LEAK, REFUSAL, BOILERPLATE])
def test_good_counselling_passes(phrases: Phrases) -> None:
    """A referral, a crisis line, regret and plain words are none of them."""
    for text in GOOD:
        assert phrases.first(text) is None, text
        assert not found(phrases, text), text


def found(phrases: Phrases, text: str | None) -> bool:
    frame = pl.DataFrame({"text": [text]}, schema={"text": pl.String})
    return bool(frame.select(phrases.found(pl.col("text"))).item())


@given(st.lists(st.sampled_from([*LEAKS, *REFUSALS, *BOILERPLATES, *GOOD]), max_size=3))
def test_column_and_single_text_agree(parts: list[str]) -> None:
    """Python's regular expressions and Rust's read the patterns alike."""
    text = " ".join(parts)
    for phrases in (PERSONA_LEAK, REFUSAL, BOILERPLATE):
        assert found(phrases, text) == (phrases.first(text) is not None)


def test_no_text_holds_nothing() -> None:
    """An empty cell is no leak."""
    assert not found(PERSONA_LEAK, None)


def test_a_refusal_counts_only_where_an_answer_begins() -> None:
    """Later on it may be the client's own words, given back."""
    assert REFUSAL.first("You told me a lot about it. " * 20 + REFUSALS[0]) is None


def alike(one: str, other: str) -> float:
    frame = pl.DataFrame({"one": [one], "other": [other]})
    return float(
        frame.select(likeness(*(sentences(pl.col(name)) for name in frame.columns))).item()
    )


def test_likeness_is_the_share_of_common_sentences() -> None:
    """Three of five different sentences are in both."""
    one = "You are tired. Work is hard. Who helps you. You sleep badly."
    other = "you are tired. Work is hard. You sleep badly. Take a walk."

    assert alike(one, other) == pytest.approx(3 / 5)
    assert alike(one, one) == 1
    assert alike(one, "Nothing in common") == 0


@given(st.text(max_size=40), st.text(max_size=40))
def test_likeness_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    """Whatever the texts, empty ones among them."""
    assert alike(one, other) == alike(other, one)
    assert 0 <= alike(one, other) <= 1
    assert alike(one, one) == 1


def test_an_estimate_is_called_one_and_a_missing_tokenizer_is_named(tmp_path: Path) -> None:
    """Nothing is downloaded in its place."""
    count = token_counter("characters/4", tmp_path)

    assert count(["", "abc", "abcde"]) == [0, 1, 2]
    with pytest.raises(ConfigError, match="no tokenizer at"):
        token_counter("gpt2", tmp_path)


def test_a_tokenizer_that_a_model_came_with_counts_its_own_tokens(tmp_path: Path) -> None:
    """From a file, without a network."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer(models.WordLevel({"you": 0, "matter": 1, "?": 2}, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "other.json").write_text("[]")

    assert token_counter("tokenizer.json", tmp_path)(["you matter", "", "you matter you"]) == [
        2,
        0,
        3,
    ]
    with pytest.raises(ConfigError, match="not a tokenizer"):
        token_counter("other.json", tmp_path)
