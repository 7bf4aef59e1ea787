"""What may point to a person: what is found, what stays, and what is put in its place."""

import csv
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from psychocounsel_data import journal
from psychocounsel_data.config import PrivacyConfig
from psychocounsel_data.errors import ConfigError
from psychocounsel_data.loading import LoadSummary, load
from psychocounsel_data.privacy.guard import Guard
from psychocounsel_data.privacy.rules import has_card_digits, has_iban_digits
from psychocounsel_data.privacy.scrubbing import find, scrub
from psychocounsel_data.privacy.spans import KINDS
from psychocounsel_data.records import ClientSpeech, Dropped, Turn
from psychocounsel_data.run import Run
from tests.labelled import measuring


def scrubbed(text: str, *names: str) -> str:
    return scrub(text, find(text, kinds=KINDS, known_names=names)).text


def test_the_rules_find_what_docs_say_they_find() -> None:
    """Everything with a form of its own; of names only those that the words around give away."""
    scores = measuring.privacy()

    assert {kind: one.wrong for kind, one in scores.items() if one.wrong} == {}
    assert {kind: one.missed for kind, one in scores.items() if one.missed} == {
        "name": 4,
        "address": 1,
    }


def test_every_find_becomes_its_placeholder_and_nothing_else_changes() -> None:
    """The placeholder says what stood there, so that the sentence can still be read."""
    text = (
        "My name is Ada Lindqvist, born on 4 May 1988. Mail ada@example.org or call "
        "+44 7700 900123; I live at 12 Elm Road. See www.ada.example.org, @ada_l, SSN 536-90-4399."
    )

    assert scrubbed(text) == (
        "My name is [NAME], born on [DATE]. Mail [EMAIL] or call [PHONE]; I live at [ADDRESS]. "
        "See [URL], [HANDLE], SSN [ID]."
    )


@pytest.mark.parametrize(
    "text",
    [
        "Call 911 or 112, or 988.",
        "Text HOME to 741741.",
        "1-800-273-8255, 1 (800) 273-8255 and 800.273.8255",
        "1-800-273-TALK",
        "Samaritans: 116 123, from abroad +44 116 123",
        "Childline 0800 1111",
        "https://www.samaritans.org/how-we-can-help and 988lifeline.org",
    ],
)
def test_a_crisis_line_is_help_and_stays(text: str) -> None:
    """A response that names one must not lose it."""
    assert scrubbed(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "We fight 24/7 and I score 7/10.",
        "From 2009-2014, and (1931-1932).",
        "I owe 12,500.00 and earn 2,300; in all 15 000 000.",
        "It was good.Then she left.He stayed.",
        "From 10:30 to 11:45, 10-15 times, 37.5 mg.",
        "See chapter 3.2.1 and version 10.2.33.4444.",
        "Card 4539 1488 0343 6468 has a wrong digit at its end",
    ],
)
def test_numbers_that_say_nothing_of_a_person_stay(text: str) -> None:
    """A scrubbed text should still be the text."""
    assert scrubbed(text) == text


def test_check_digits_decide_what_is_a_card_or_an_account() -> None:
    """One digit off, and it is some other number."""
    assert has_card_digits("4539 1488 0343 6467")
    assert not has_card_digits("4539 1488 0343 6468")
    assert has_iban_digits("DE89 3704 0044 0532 0130 00")
    assert not has_iban_digits("DE88 3704 0044 0532 0130 00")


def test_a_column_of_names_gives_away_whoever_signs_an_answer() -> None:
    """By the full name or by a part of it that is no other word; titles glued to it are cut off."""
    cell = "Hope Castellane, LCSWCouples and Family Therapist"
    text = "I hope this helps. Be well, Hope Castellane. (Castellane Counselling)"

    assert scrubbed(text, cell) == "I hope this helps. Be well, [NAME]. ([NAME] Counselling)"


WORDS = st.sampled_from(
    ["ring", "555-0147-22", "a@example.org", "my sister Emma", "www.x.example.com/y", "on", "May 3",
     "@ada_l", "\n", ".", "911", "12 Elm Road", "\u00e9", "7/10", "My name is Ada"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=12).map(" ".join))
def test_recorded_places_are_those_of_the_placeholders(text: str) -> None:
    """And what stands between them is the text as it was; scrubbing again finds nothing new."""
    found = find(text, kinds=KINDS)
    done = scrub(text, found)
    places = [done.text[span.start : span.end] for span in done.spans]
    between = done.text
    for place in places:
        between = between.replace(place, "\0", 1)
    original = text
    for one in reversed(found):
        original = original[: one.start] + "\0" + original[one.end :]

    assert places == [f"[{one.kind.upper()}]" for one in found]
    assert between == original
    assert scrubbed(done.text) == done.text


SPEECH = "My name is Ada Lindqvist and I have not slept for three weeks."
ANSWER = "Dear Ada,\nring me on +44 7700 900123 or call 116 123. - Jo Vandermeer"


def loaded(folder: Path, privacy: dict[str, object]) -> LoadSummary:
    with (folder / "a.csv").open("w", newline="") as file:
        csv.writer(file).writerows(
            [["text", "reply", "who"], [SPEECH, ANSWER, "Jo Vandermeer, LPC"]]
        )
    config = {
        "sources": [{"path": "a.csv", "answers": {"human": "reply"}}],
        "clean": {"min_chars": 0},
        "privacy": privacy,
    }
    (folder / "run.yaml").write_text(yaml.safe_dump(config))
    return load(Run(folder))


def speeches(folder: Path) -> list[ClientSpeech]:
    return list(journal.read(folder / "speeches.jsonl", ClientSpeech))


def test_flag_records_kind_and_place_and_changes_nothing(tmp_path: Path) -> None:
    """The default: nobody's text is changed without being asked for."""
    loaded(tmp_path, {})
    (speech,) = speeches(tmp_path)

    assert speech.text == SPEECH
    assert [speech.text[one.start : one.end] for one in speech.pii] == ["Ada Lindqvist"]
    assert [one.kind for one in speech.answers[0].pii] == ["name", "phone"]


def test_scrub_reaches_speech_and_answers_and_leaves_no_value_in_speeches(tmp_path: Path) -> None:
    """What is kept is what is sent, so nothing that was found is sent anywhere."""
    summary = loaded(tmp_path, {"pii": "scrub", "name_columns": ["who"]})
    (speech,) = speeches(tmp_path)
    kept = (tmp_path / "speeches.jsonl").read_text()

    assert speech.text == "My name is [NAME] and I have not slept for three weeks."
    assert speech.answers[0].text == "Dear [NAME],\nring me on [PHONE] or call 116 123. - [NAME]"
    assert not any(value in kept for value in ("Ada", "7700", "Vandermeer"))
    assert summary.privacy is not None
    assert summary.privacy.found == {"name": 3, "phone": 1}


def test_what_was_said_before_is_scrubbed_like_the_speech() -> None:
    """It is sent to models, too."""
    said = Turn(role="counsellor", text="Dear Ada,\nwhat happened?")
    speech = ClientSpeech(id="s-0", source="s", row=0, text="Nothing.", context=(said,))
    guarded = Guard(PrivacyConfig(pii="scrub")).speech(speech, ())
    dropped = Guard(PrivacyConfig(pii="drop")).speech(speech, ())

    assert isinstance(guarded, ClientSpeech)
    assert guarded.context[0].text == "Dear [NAME],\nwhat happened?"
    assert (guarded.text, guarded.pii) == ("Nothing.", ())
    assert dropped == "name 1"


def test_drop_leaves_the_speech_out_and_says_why(tmp_path: Path) -> None:
    """With its reason in dropped.jsonl, as every drop."""
    (tmp_path / "b.csv").write_text("text\nI have not slept for three weeks.\n")
    loaded(tmp_path, {})
    config = yaml.safe_load((tmp_path / "run.yaml").read_text())
    config |= {"privacy": {"pii": "drop"}, "sources": [{"path": "a.csv"}, {"path": "b.csv"}]}
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(config))
    load(Run(tmp_path))
    (gone,) = journal.read(tmp_path / "dropped.jsonl", Dropped)

    assert [one.id for one in speeches(tmp_path)] == ["b-0"]
    assert (gone.id, gone.reason, gone.detail) == ("a-0", "pii", "may point to a person: name 1")


def test_off_looks_for_nothing(tmp_path: Path) -> None:
    """And writes no sheet. YAML reads a bare `off` as false."""
    summary = loaded(tmp_path, {"pii": False})

    assert summary.privacy is None
    assert speeches(tmp_path)[0].pii == ()
    assert not (tmp_path / "pii_sample.csv").exists()


def test_the_sheet_shows_finds_in_context_and_is_for_its_owner_only(tmp_path: Path) -> None:
    """Beside finds it has whole texts without one, to see what was missed."""
    loaded(tmp_path, {"pii": "scrub", "sample": 2, "name_columns": ["who"]})
    path = tmp_path / "pii_sample.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))

    assert len(rows) == 2
    assert all(row["found"] in {"Ada Lindqvist", "Ada", "Jo Vandermeer"} or "+" in row["found"]
               for row in rows)  # fmt: skip
    assert path.stat().st_mode & 0o077 == 0


def test_a_column_of_names_that_no_source_has_is_an_error(tmp_path: Path) -> None:
    """A misspelt column would leave every name in."""
    with pytest.raises(ConfigError, match="no source has a column 'whom'"):
        loaded(tmp_path, {"name_columns": ["whom"]})


@pytest.mark.presidio
def test_presidio_works_offline_and_leaves_addresses_on_the_web_to_our_rules(
    tmp_path: Path,
) -> None:
    """A blank pipeline needs no download; a driving licence is one of the things it adds."""
    summary = loaded(tmp_path, {"pii": "scrub", "engine": "presidio"})
    (speech,) = speeches(tmp_path)

    assert summary.privacy is not None
    assert "url" not in summary.privacy.found
    assert speech.answers[0].text.count("[PHONE]") == 1
    assert "116 123" in speech.answers[0].text


def test_presidio_that_is_not_installed_is_said_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line that names the extra."""
    monkeypatch.setitem(__import__("sys").modules, "presidio_analyzer", None)

    with pytest.raises(ConfigError, match=r"psychocounsel-data\[presidio\]"):
        loaded(tmp_path, {"engine": "presidio"})
