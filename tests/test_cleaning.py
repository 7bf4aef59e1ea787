"""Cleaning: each step alone, and the chain that runs them in order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psychocounsel_data.cleaning import Chain, TextStep, Unfit, chain, normalise, words
from psychocounsel_data.cleaning.duplicates import Duplicates, same_text_key
from psychocounsel_data.cleaning.language import Language
from psychocounsel_data.cleaning.length import Length
from psychocounsel_data.cleaning.words import composed, spaced, unglued, visible
from psychocounsel_data.config import CleanConfig
from psychocounsel_data.errors import ConfigError
from psychocounsel_data.records import ClientSpeech, Turn

TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)


def speech(text: str, id_: str = "a-0", *context: str) -> ClientSpeech:
    turns = tuple(Turn(role="client", text=one) for one in context)
    return ClientSpeech(id=id_, source="a", row=0, text=text, context=turns)


def reason(outcome: ClientSpeech | Unfit) -> str:
    return outcome.reason if isinstance(outcome, Unfit) else "kept"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("cafe\u0301", "caf\u00e9"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("a\u00a0b \t c", "a b c"),
        ("  a  \n\n\n\n  b  ", "a\n\nb"),
        ("zero\u200bwidth \ufeffmark soft\u00adhyphen", "zerowidth mark softhyphen"),
        ("bell\x07 and \x9f", "bell and"),
        ("\u202bright to left\u202c", "right to left"),
        ("\u00bd of it \u2026", "\u00bd of it \u2026"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
    ],
)  # fmt: skip
def test_text_comes_into_one_form_and_loses_nothing_that_is_read(written: str, read: str) -> None:
    """Fractions, joined emoji and the Persian non-joiner carry meaning and stay."""
    assert normalise(written) == read


@given(TEXTS)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    """So a data set that is loaded again from its own speeches stays as it is."""
    once = normalise(text)

    assert normalise(once) == once


@given(TEXTS)
def test_each_text_step_alone_is_stable(text: str) -> None:
    """Each can be switched on by itself."""
    for step in (composed, visible, spaced):
        assert step(step(text)) == step(text)


@pytest.mark.parametrize(
    ("glued", "apart"),
    [
        ("hang out with.Seriously, it helps.", "hang out with. Seriously, it helps."),
        ("Why me?Everyone else is fine!I am not.", "Why me? Everyone else is fine! I am not."),
        ("Read www.help.Example.org now.Then call.", "Read www.help.Example.org now. Then call."),
        ("The U.S.Army and e.g.Something", "The U.S.Army and e.g.Something"),
        ("at 3.5 mg by node.JS", "at 3.5 mg by node.JS"),
        ("nothing glued. At all.", "nothing glued. At all."),
    ],
)
def test_glued_sentences_come_apart_and_names_do_not(glued: str, apart: str) -> None:
    """A stop between a lower-case word and a capital is a sentence's end, except in an address."""
    assert unglued(glued) == apart


@pytest.mark.parametrize(
    ("text", "count"),
    [("I can't go on", 4), ("我睡不着觉", 5), ("well-being, 2 times", 4), ("", 0), ("... !", 0)],
)
def test_words_are_counted_in_any_script(text: str, count: int) -> None:
    """Where no spaces are written, a character is a word."""
    assert len(words(text)) == count


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", "empty"), ("x" * 9, "too_short"), ("x" * 10, "kept"), ("x" * 20, "kept"),
     ("x" * 21, "too_long")],
)  # fmt: skip
def test_both_ends_of_the_length_are_inclusive(text: str, expected: str) -> None:
    """The paper says "under 100 and over 1,000"."""
    step = Length(CleanConfig(min_chars=10, max_chars=20))

    assert reason(step(speech(text))) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("one two", "too_short"), ("1 2 3", "kept"), ("1 2 3 4 5", "too_long")]
)
def test_words_can_be_bounded_too(text: str, expected: str) -> None:
    """Off unless run.yaml asks for it."""
    step = Length(CleanConfig(min_chars=0, min_words=3, max_words=4))

    assert reason(step(speech(text))) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("normalised", ["kept", "duplicate", "same_words", "kept"]),
        ("exact", ["kept", "duplicate", "kept", "kept"]),
        ("off", ["kept", "kept", "kept", "kept"]),
    ],
)
def test_what_counts_as_the_same_text_is_a_choice(rule: str, expected: list[str]) -> None:
    """The first is kept, and the reason names it."""
    step = Duplicates(CleanConfig.model_validate({"duplicates": rule}).duplicates)
    texts = ["I am lost.", "I am lost.", "i AM lost!", "I am found."]

    assert [reason(step(speech(t, f"a-{i}"))) for i, t in enumerate(texts)] == expected
    assert step.distinct == (3 if rule == "exact" else 2)


def test_a_short_text_does_not_make_a_longer_one_a_duplicate() -> None:
    """What another step dropped is counted, but the next of its kind may still be kept."""
    step = Duplicates("normalised")
    step.note(speech("Help", "a-0"))

    assert reason(step(speech("Help!!!", "a-1"))) == "kept"
    assert reason(step(speech("help", "a-2"))) == "same_words"
    assert step.first == "a-1"
    assert step.distinct == 1


def test_the_same_words_after_another_history_are_another_speech() -> None:
    """ "Yes." means something else in every dialogue."""
    step = Duplicates("normalised")

    assert reason(step(speech("Yes.", "a-0", "Are you safe?"))) == "kept"
    assert reason(step(speech("Yes.", "a-1", "Are you cold?"))) == "kept"
    assert reason(step(speech("yes", "a-2", "Are you safe?"))) == "same_words"


@given(TEXTS, TEXTS)
def test_texts_without_letters_are_the_same_only_if_equal(first: str, second: str) -> None:
    """Else all emoji would be one text."""
    if not any(c.isalnum() for c in first + second) and first != second:
        assert same_text_key(f"!{first}") != same_text_key(f"!{second}")


def test_the_chain_says_what_each_step_did() -> None:
    """Every drop has a reason, and every step its count, in order."""
    config = CleanConfig(min_chars=3, unglue=True)
    steps = chain(config, Duplicates(config.duplicates))
    for index, raw in enumerate(("so  sad.Really, I am", "so sad. Really, I am", "no", "fine now")):
        steps.speech(speech(steps.text(raw), f"a-{index}"))

    assert [(one.step, one.changed, one.dropped) for one in steps.counts()] == [
        ("unicode", 0, 0),
        ("html", 0, 0),
        ("invisible", 0, 0),
        ("white_space", 1, 0),
        ("unglue", 1, 0),
        ("length", 0, 1),
        ("duplicates", 0, 1),
        ("language", 0, 0),
    ]


def test_steps_can_be_switched_off() -> None:
    """`clean:` has a key for each."""
    off = CleanConfig.model_validate(
        {
            **dict.fromkeys(("unicode", "html", "invisible", "white_space", "language"), False),
            "min_chars": 0,
        }
    )
    steps = chain(off, Duplicates("off"))

    assert steps.text("<p>a\u0301\u200b  b") == "<p>a\u0301\u200b  b"


def test_a_step_is_a_name_and_a_function() -> None:
    """What others add to the chain needs nothing else."""

    class Loud:
        name = "loud"

        def __call__(self, one: ClientSpeech) -> ClientSpeech | Unfit:
            return one.model_copy(update={"text": one.text.upper()})

    steps = Chain([TextStep("strip", str.strip)], [Loud()])
    outcome = steps.speech(speech(steps.text(" a ")))

    assert isinstance(outcome, ClientSpeech)
    assert outcome.text == "A"
    assert [(one.step, one.changed) for one in steps.counts()] == [("strip", 1), ("loud", 1)]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I have not slept for three weeks and I am afraid.", "en"),
        ("Seit drei Wochen schlafe ich kaum und habe Angst.", "de"),
        ("我已经三个星期没有睡好觉了，我很害怕。", "zh"),
        ("Depuis trois semaines je ne dors plus et j'ai peur.", "fr"),
        ("Je ne dors plus", None),
    ],
)
def test_the_language_is_noted_from_six_words_on(text: str, language: str | None) -> None:
    """Shorter texts are too often taken for something else."""
    outcome = Language(())(speech(text))

    assert isinstance(outcome, ClientSpeech)
    assert outcome.language == language


def test_other_languages_than_wanted_are_dropped_and_short_texts_are_not() -> None:
    """What cannot be told is kept."""
    step = Language(("en", "de"))
    french = step(speech("Depuis trois semaines je ne dors plus et j'ai peur."))

    assert isinstance(french, Unfit)
    assert french.detail.startswith("fr (probability ")
    assert french.detail.endswith("wanted is de, en")
    assert reason(step(speech("Je ne dors plus"))) == "kept"


@pytest.mark.parametrize(
    ("written", "meant"),
    [("off", "off"), (False, "off"), (True, "flag"), ("de", ("de",)), (["en", "de"], ("en", "de"))],
)
def test_yaml_reads_off_as_false_and_it_means_off(written: object, meant: object) -> None:
    """`language: off` must not end as a language called `False`."""
    assert CleanConfig.model_validate({"language": written}).language == meant


def test_a_language_that_cannot_be_told_is_a_mistake() -> None:
    """`eng` would drop everything."""
    with pytest.raises(ConfigError, match=r"clean.language: 'eng' is no language .* such as en"):
        Language(("eng",))
