"""The offline counsellors: deterministic, grammatical, and plainly different from one another."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psychocounsel_data.offline import COUNSELLORS
from psychocounsel_data.offline.language import clauses, reflect, sentences, shorten, tidy, words
from psychocounsel_data.offline.readiness import stage_of
from psychocounsel_data.offline.risk import risks_in

SPEECHES = (
    "I've been feeling really low since I moved to a new city for work. I don't know anyone here"
    " and I spend every weekend alone in my flat. I thought it would get better but it hasn't.",
    "My husband and I argue every night about money. He says it's my fault because I lost my job"
    " in March. I feel like I can't do anything right.",
    "I can't stop worrying about my health. Every time I have a headache I think it's a tumour,"
    " and I end up reading about it for hours. My wife is losing patience with me.",
    "My mother died six months ago and I still can't go into her room. My sister says I should be"
    " over it by now. I miss her so much that it hurts.",
    "I'm a student in my second year and I have exams in two weeks. I can't sleep, I can't eat, and"
    " I feel sick whenever I open a book. What should I do?",
    "i dont know what is wrong with me. i have a good job and a nice family but i feel empty all"
    " the time. i just go through the motions",
    "I drink a bottle of wine every evening after the children are in bed. I know I should stop,"
    " but it's the only thing that helps me relax. Part of me wants to quit and part of me is"
    " afraid of who I'd be without it.",
    "My wife made me come here. She thinks I have a problem with my temper, but everyone gets angry"
    " sometimes. I don't see why I'm the one who has to change.",
    "I was promoted to team leader last month and I feel like a fraud. Everyone expects me to have"
    " the answers. I lie awake at night thinking about all the mistakes I could make.",
    "I have been sober for three months now. Last weekend my brother got married and I nearly had"
    " a drink. I'm proud that I didn't, but I'm worried about the next party.",
    "I was bullied at school and I still hear their voices when I look in the mirror. I can't"
    " believe it when someone says something nice to me. How can I learn to like myself?",
    "I AM SO TIRED OF BEING IGNORED BY MY OWN FAMILY. NOBODY ASKS HOW I AM. THEY ONLY CALL WHEN"
    " THEY NEED SOMETHING.",
    "I gamble online. It started as fun and now I owe nine thousand pounds. My husband doesn't"
    " know and I feel sick when the post arrives.",
    "I get so nervous before meetings that my hands shake. I have been trying breathing exercises"
    " and they help a little. I want to learn to speak without fear.",
)
AT_RISK = (
    "I want to die. I have felt this way for weeks and I don't see a reason to go on. I haven't"
    " told anybody.",
    "I've started cutting myself again after two years. I feel so ashamed and I hide my arms from"
    " my parents.",
    "My boyfriend hits me when he's drunk. Afterwards he cries and says he loves me. I'm afraid to"
    " leave because I have nowhere to go.",
    "I want to hurt him. My ex took the kids and told the judge lies about me. I lie awake planning"
    " what I would do.",
)
ODD = (
    "",
    "   \n ",
    "😭😭😭",
    "我最近压力很大，晚上睡不着觉，不知道该怎么办。",
    "Je me sens très seule depuis que mon mari est parti.",
    "help",
    "{0} {1} %s \\",
    "\x00\ud800",
    "you you you",
    "my my my I I I was was",
)
EVERY = (*SPEECHES, *AT_RISK, *ODD)
LONG = ("\n ", " ", "I feel ", "and I ", "I want to die. ", "{ ", '"', "my my ", "我", "1. ", "a")

each_counsellor = pytest.mark.parametrize("name", sorted(COUNSELLORS))


@given(speech=st.text(max_size=300))
@each_counsellor
def test_any_text_gets_a_reply_and_the_same_one_again(name: str, speech: str) -> None:
    """Speeches come from anywhere; a stage must not stop at an odd one."""
    reply = COUNSELLORS[name](speech)

    assert reply.strip()
    assert COUNSELLORS[name](speech) == reply


@each_counsellor
def test_odd_speeches_get_a_reply(name: str) -> None:
    """Other languages, one word, nothing at all."""
    for speech in ODD:
        assert COUNSELLORS[name](speech).strip()


@pytest.mark.parametrize("unit", LONG)
@each_counsellor
def test_ten_thousand_characters_take_no_quadratic_time(name: str, unit: str) -> None:
    """Unpunctuated or repetitive text is where a pattern that backtracks would show."""
    speech = (unit * 10_000)[:10_000]
    start = time.perf_counter()

    assert COUNSELLORS[name](speech).strip()
    assert time.perf_counter() - start < 2.0


def test_replies_do_not_depend_on_the_hash_seed() -> None:
    """`hash()` differs by process, and a second run must find the same bytes."""
    code = (
        "from psychocounsel_data.offline import COUNSELLORS\n"
        f"for name in sorted(COUNSELLORS): print(COUNSELLORS[name]({SPEECHES[0]!r}))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(outputs) == 1


@each_counsellor
def test_different_speeches_get_different_replies(name: str) -> None:
    """The rotations start from a hash of the speech."""
    replies = {COUNSELLORS[name](speech) for speech in SPEECHES}

    assert len(replies) >= len(SPEECHES) - 3


_SLIPS = re.compile(
    r"\b(?:you (?:am|was)|I (?:are|were always)|your (?:your|my|me)|you you|me am)\b"
    r"| {2}|\s[.,;?!]|[.?!]{2}|[{}]|\bi\b|\b(?:and|but|because|the|my|than)[.?!]"
)


@each_counsellor
def test_replies_show_no_slips_of_grammar(name: str) -> None:
    """Reflected fragments are the risk: agreement, cut ends, spacing, a small "i"."""
    for speech in (*SPEECHES, *AT_RISK):
        reply = COUNSELLORS[name](speech)

        assert not _SLIPS.search(reply), reply
        assert all(part[0].isupper() for part in sentences(reply)), reply


@pytest.mark.parametrize(
    ("said", "reflected"),
    [
        ("I was late for my son", "you were late for your son"),
        ("I am not sure", "you are not sure"),
        ("I'm afraid I've lost mine", "you're afraid you've lost yours"),
        ("I always was the quiet one", "you always were the quiet one"),
        ("I woke up and was sad", "you woke up and were sad"),
        ("my husband was angry at me", "your husband was angry at you"),
        ("my husband and I argue", "you and your husband argue"),
        ("can you help me", "can I help you"),
        ("do you think I am odd", "do I think you are odd"),
        ("I told you about your book", "you told me about my book"),
        ("Tom said I wasn't kind to myself", "Tom said you weren't kind to yourself"),
    ],
)
def test_pronouns_and_their_verbs_change_person(said: str, reflected: str) -> None:
    """Every echo of the client goes through this."""
    assert reflect(said) == reflected


def test_sentences_and_clauses_are_cut_where_english_cuts_them() -> None:
    """Titles, numbers and list markers are no ends; "my husband and I" is one subject."""
    text = "Dr. Smith told me to rest, but I lost 2,000 dollars at 10:30. My wife and I argue!"

    assert len(sentences(text)) == 2
    assert clauses(sentences(text)[0]) == (
        "Dr Smith told me to rest",
        "I lost 2,000 dollars at 10:30",
    )
    assert clauses(sentences(text)[1]) == ("My wife and I argue",)
    assert sentences("1. Do this.\n2. Do that.") == ("Do this.", "Do that.")


def test_a_fragment_is_cut_at_a_border_or_not_used() -> None:
    """A fragment cut in mid-clause would not be English."""
    assert shorten("tired of the noise when I come home from the office", limit=6) == (
        "tired of the noise"
    )
    assert shorten("one two three four five six seven", limit=5) == ""
    assert shorten("worried about the", limit=5) == "worried about"


def test_contractions_are_mended_and_shouting_is_lowered() -> None:
    """Clients write "dont" and in capitals; the counsellors should hear the same words."""
    assert tidy("i dont know, im lost") == "I don't know, I'm lost"
    assert tidy("I AM SO TIRED OF THIS") == "I am so tired of this"
    assert words("can't cannot I'm") == ("can", "not", "can", "not", "i", "am")


def test_eliza_replies_in_two_to_four_sentences_without_repetition() -> None:
    """A written reply, not a transcript of every turn."""
    for speech in (*SPEECHES, *ODD):
        parts = sentences(COUNSELLORS["eliza"](speech))

        assert 2 <= len(parts) <= 4
        assert len(set(parts)) == len(parts)


def test_eliza_turns_the_client_s_own_words_round() -> None:
    """Decomposition, reflection and reassembly, end to end."""
    reply = COUNSELLORS["eliza"](SPEECHES[1])

    assert "you and your husband" in reply.lower()
    assert "you can't do anything right" in reply


def test_eliza_hears_the_higher_ranked_keyword_first() -> None:
    """A death outranks the office in the same clause."""
    reply = COUNSELLORS["eliza"]("I was in the office when my mother died.")

    assert "your mother" in reply
    assert "office" not in reply


def test_eliza_treats_synonyms_alike() -> None:
    """One rule serves a whole group of words."""
    for person in ("father", "dad", "grandmother", "best friend"):
        reply = COUNSELLORS["eliza"](f"My {person} never listens to me.")

        assert f"your {person} never listens to you" in reply.lower()


def test_eliza_recalls_what_was_said_of_my_when_a_clause_gives_no_keyword() -> None:
    """Weizenbaum's memory: the earlier statement comes back in place of a stock remark."""
    reply = COUNSELLORS["eliza"]("My neighbour plays the drums all night. Purple is a fine colour.")

    assert "your neighbour plays the drums all night" in reply


def test_eliza_falls_back_on_remarks_and_rotates_them() -> None:
    """Nothing to go by still gets an answer, and not always the same one."""
    replies = {COUNSELLORS["eliza"](f"Purple {number}") for number in range(12)}

    assert len(replies) > 3


def test_eliza_does_not_turn_a_wish_to_die_into_a_question_about_it() -> None:
    """ "What would it mean to you to die?" is what a naive script would ask."""
    reply = COUNSELLORS["eliza"](AT_RISK[0])

    assert "to die" not in reply
    assert re.search(r"safe|ending your life", reply)


def test_the_reflective_counsellor_names_the_feeling_in_the_client_s_word() -> None:
    """Naming a feeling is the core of an empathic reply."""
    assert "fraud" in COUNSELLORS["reflective"](SPEECHES[8])
    assert "nervous" in COUNSELLORS["reflective"](SPEECHES[13])


def test_the_reflective_counsellor_shows_both_sides_of_a_conflict() -> None:
    """A double-sided reflection is made of the client's own two clauses."""
    reply = COUNSELLORS["reflective"](SPEECHES[6])

    assert "part of you wants to quit" in reply
    assert "part of you is afraid" in reply


def test_the_reflective_counsellor_asks_one_open_question_and_leaves_the_choice() -> None:
    """One question, no orders."""
    for speech in SPEECHES:
        reply = COUNSELLORS["reflective"](speech)

        assert reply.count("?") == 1
        assert re.search(r"\b(?:What|How|When|Where)\b[^.]*\?", reply)
        assert re.search(r"up to you|you decide|keep only what fits", reply)


@pytest.mark.parametrize("speech", AT_RISK)
def test_danger_is_asked_about_and_help_named_without_inventing_a_number(speech: str) -> None:
    """It cannot know the country, so it names services in general terms."""
    reply = COUNSELLORS["reflective"](speech)

    assert re.search(r"directly: .*safe.*\?", reply)
    assert "emergency services" in reply
    assert "crisis line" in reply
    assert not re.search(r"\d", reply)


def test_the_advice_counsellor_directs_and_asks_nothing() -> None:
    """It stands for fluent advice without listening."""
    for speech in SPEECHES:
        reply = COUNSELLORS["advice"](speech)

        assert "?" not in reply
        assert re.search(r"^1\. |\b[Yy]ou (?:should|need to|have to|must)\b", reply, re.MULTILINE)


def test_the_dismissive_counsellor_is_short_and_still_points_to_help() -> None:
    """The bad example must not harm anyone who reads it."""
    for speech in SPEECHES:
        assert len(COUNSELLORS["dismissive"](speech).split()) < 40
    for speech in AT_RISK:
        assert "crisis line" in COUNSELLORS["dismissive"](speech)


def test_nobody_is_blamed_for_a_loss_even_by_the_bad_example() -> None:
    """Minimising grief is bad enough."""
    reply = COUNSELLORS["dismissive"]("My daughter died in the spring and I can't work any more.")

    assert not re.search(r"own doing|overthinking|sensitive|harder than|[Cc]omplaining", reply)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (AT_RISK[0], ("suicide",)),
        (AT_RISK[1], ("self-harm",)),
        (AT_RISK[2], ("abuse",)),
        (AT_RISK[3], ("violence",)),
        ("I can't sleep, I want to die.", ("suicide",)),
        ("I dont want to live anymore", ("suicide",)),
        ("I'm not suicidal, only tired.", ()),
        ("I have no plans to kill myself.", ()),
        ("My uncle died by suicide when I was nine.", ()),
        ("I keep beating myself up over it.", ()),
        (SPEECHES[0], ()),
    ],
)
def test_danger_is_found_where_it_is_said_and_not_where_it_is_denied(
    text: str, found: tuple[str, ...]
) -> None:
    """The list leans towards asking; a denial just before the phrase is believed."""
    assert risks_in(text) == found


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        (SPEECHES[7], "precontemplation"),
        (SPEECHES[6], "contemplation"),
        (SPEECHES[10], "preparation"),
        ("I have started to keep a diary and I have cut down on coffee.", "action"),
        (SPEECHES[0], "unclear"),
    ],
)
def test_the_stage_of_change_is_read_from_change_talk(text: str, stage: str) -> None:
    """Counsellor and judge both meet the client where they stand."""
    assert stage_of(words(text)) == stage
