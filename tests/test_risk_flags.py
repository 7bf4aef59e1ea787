"""Signs of danger: what is flagged, with which rule and where, and what is not."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from psychocounsel_data import journal
from psychocounsel_data.config import RiskConfig
from psychocounsel_data.loading import LoadSummary, load
from psychocounsel_data.records import ClientSpeech, Dropped
from psychocounsel_data.risk.flagging import flags
from psychocounsel_data.risk.phrases import compile_phrase
from psychocounsel_data.risk.policy import kinds, policy_for
from psychocounsel_data.risk.rules import lexicon
from psychocounsel_data.run import Run
from tests.labelled import measuring


def said(text: str) -> list[tuple[str, str | None, str]]:
    """Rule, tier, and the words it fired on."""
    return [(one.rule, one.tier, text[one.start : one.end]) for one in flags(text)]


def test_the_rules_find_what_docs_say_they_find() -> None:
    """And nothing in what only sounds like danger."""
    scores = measuring.risk()

    assert {kind: one.wrong for kind, one in scores.items() if one.wrong} == {}
    assert {kind: one.missed for kind, one in scores.items()} == {
        "abuse": 1,
        "crisis": 5,
        "minor": 1,
        "violence": 1,
    }
    assert measuring.tiers() == (35, 35)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I don\u2019t want to live anymore.",
         [("suicide.wish-to-be-dead", "ideation", "don\u2019t want to live")]),
        ("i dont want to live",
         [("suicide.wish-to-be-dead", "ideation", "dont want to live")]),
        ("I have thought about killing myself.",
         [("suicide.thoughts", "ideation", "thought about killing myself")]),
        ("I tried to kill myself.", [("suicide.attempt", "attempt", "tried to kill myself")]),
        ("I want to cut myself.", [("self-harm.urge", "ideation", "want to cut myself")]),
        ("I am hoarding my sleeping pills.",
         [("suicide.preparing", "behaviour", "hoarding my sleeping pills")]),
    ],
)  # fmt: skip
def test_a_flag_names_its_rule_and_its_place_in_the_text_as_it_stands(
    text: str, found: list[tuple[str, str | None, str]]
) -> None:
    """However the contraction is written; of overlapping rules the longer."""
    assert said(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "I am not suicidal.",
        "I'm not suicidal and I have no thoughts of killing myself.",
        "I have never tried or contemplated suicide.",
        "I have no history of self-harm or abuse.",
        "I don't want to die.",
    ],
)
def test_what_is_denied_is_not_flagged(text: str) -> None:
    """A list of words without this flags whoever says that they are safe."""
    assert said(text) == []


def test_a_denial_does_not_reach_across_a_comma() -> None:
    """ "I can't sleep, I want to die" denies nothing."""
    assert said("I do not sleep, I want to die.")[0][1] == "ideation"


def test_a_half_hearted_denial_is_an_indicator() -> None:
    """A counsellor would ask."""
    assert said("I'm not really suicidal.") == [
        ("suicide.thoughts/hedged", "indicator", "suicidal")
    ]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("How do I help my husband after his suicide attempt?", "suicide.attempt/other"),
        ("My friend is suicidal and I promised to tell nobody.", "suicide.thoughts/other"),
        ("I lost my brother to suicide.", "suicide.of-another"),
        ("My daughter cuts herself.", "self-harm.of-another"),
    ],
)
def test_somebody_elses_danger_is_an_indicator_and_says_so(text: str, rule: str) -> None:
    """It is not the client's own, and it is still something to ask about."""
    assert [(one[0], one[1]) for one in said(text)] == [(rule, "indicator")]


def test_thoughts_that_are_over_are_an_indicator_and_acts_stay_what_they_were() -> None:
    """A past attempt is among the strongest predictors of another."""
    assert said("I used to be suicidal.")[0][:2] == ("suicide.thoughts/past", "indicator")
    assert said("I used to cut myself.")[0][:2] == ("self-harm.act/past", "behaviour")
    assert said("Years ago I tried to kill myself.")[0][1] == "attempt"


@pytest.mark.parametrize(
    "text",
    [
        "I'm 15 weeks pregnant.",
        "I am 15 years into this marriage.",
        "When I was 15 we moved.",
        "My 15 year old will not talk to me.",
        "I am the mother of a teenager.",
    ],
)
def test_a_number_or_a_child_does_not_make_the_client_a_minor(text: str) -> None:
    """Only the client's own age counts."""
    assert said(text) == []


@given(st.text(max_size=200))
def test_any_text_passes_and_places_lie_inside_it(text: str) -> None:
    """Whatever the script; letters that grow when they are lower-cased included."""
    for one in flags(text + " I\u2019m suicidal \u0130 " + text):
        assert 0 <= one.start < one.end <= 2 * len(text) + 16


def test_every_rule_finds_one_of_its_own_phrases() -> None:
    """A phrase with a slip of the pen would lie in the file and never fire."""
    index = lexicon().by_word
    filed = {one.rule.id for found in index.values() for one in found if one.rule}

    assert filed == {rule.id for file in lexicon().files for rule in file.rules}


@pytest.mark.parametrize(
    ("phrase", "text", "fits"),
    [
        ("want/wants to [really] die", " i want to die ", True),
        ("want/wants to [really] die", " he wants to really die ", True),
        ("want/wants to [really] die", " want to maybe die ", False),
        ("took ... pills", " took all of my pills ", True),
        ("took ... pills", " took . pills ", False),
        ("a * teenager", " a shy teenager ", True),
        ("a * teenager", " a teenager ", False),
        ("hit my <kin>", " hit my little one ", True),
    ],
)
def test_phrases_mean_what_docs_say(phrase: str, text: str, fits: bool) -> None:
    """Either word, an optional word, any one word, up to three words, a set."""
    compiled = compile_phrase(phrase, {"kin": ["son", "little one"]})

    assert bool(compiled.pattern.search(text)) is fits
    assert not fits or any(word in text.split() for word in compiled.anchors)


def test_a_phrase_with_an_unknown_set_or_no_word_is_refused() -> None:
    """When the file is read, not when a text is."""
    with pytest.raises(ValueError, match="no set <kin>"):
        compile_phrase("hit my <kin>", {})
    with pytest.raises(ValueError, match="no word that has to be there"):
        compile_phrase("[a] ...", {})


def test_the_strictest_policy_of_a_speech_counts() -> None:
    """A minor who cuts: `hold` for the one is not lost to `keep` for the other."""
    found = flags("I am 15 years old and I cut myself.")
    config = RiskConfig.model_validate({"crisis": {"behaviour": "hold"}, "minor": "keep"})
    other = RiskConfig.model_validate({"crisis": "keep", "minor": "drop"})

    assert kinds(found) == ["crisis behaviour", "minor"]
    assert policy_for(found, config) == "hold"
    assert policy_for(found, other) == "drop"
    assert policy_for((), config) == "keep"


def loaded(folder: Path, **sections: object) -> LoadSummary:
    (folder / "a.csv").write_text(
        "text\nI am 15 years old and I cut myself.\nI have not slept for three weeks.\n"
    )
    config = {"sources": [{"path": "a.csv"}], "clean": {"min_chars": 0}, **sections}
    (folder / "run.yaml").write_text(yaml.safe_dump(config))
    return load(Run(folder))


def test_load_records_flags_and_counts_them(tmp_path: Path) -> None:
    """On the scrubbed text, so that their places are right."""
    summary = loaded(tmp_path)
    first, second = journal.read(tmp_path / "speeches.jsonl", ClientSpeech)

    assert [one.rule for one in first.flags] == ["minor.age", "self-harm.act"]
    assert second.flags == ()
    assert summary.risk is not None
    assert summary.risk.speeches == {"crisis behaviour": 1, "minor": 1}
    assert summary.risk.policies == {"veto": 1}


def test_a_policy_of_drop_leaves_the_speech_out_with_its_rules(tmp_path: Path) -> None:
    """Never silently."""
    loaded(tmp_path, risk={"minor": "drop"})
    (gone,) = journal.read(tmp_path / "dropped.jsonl", Dropped)

    assert (gone.id, gone.reason) == ("a-0", "risk")
    assert gone.detail == "left out by `risk:` in run.yaml: minor.age, self-harm.act"


def test_flagging_can_be_switched_off(tmp_path: Path) -> None:
    """For languages that the rules do not know."""
    assert loaded(tmp_path, risk={"flag": False}).risk is None
    assert all(not one.flags for one in journal.read(tmp_path / "speeches.jsonl", ClientSpeech))
