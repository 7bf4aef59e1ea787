"""The split: who is on which side, and who stays together."""

from psychocounsel_data.records import ClientSpeech, Turn
from psychocounsel_data.splitting import own_key, split_key


def speech(text: str, group: str | None = None, *context: str) -> ClientSpeech:
    turns = tuple(Turn(role="client", text=one) for one in context)
    return ClientSpeech(id="a-0", source="a", row=0, text=text, group=group, context=turns)


def test_a_group_bears_the_key_of_the_speech_it_began_with() -> None:
    """So a speech of a published test set stays there when near-duplicates of it are added."""
    alone = speech("I have not slept for weeks.")
    joined = alone.model_copy(update={"group": own_key(alone)})
    newcomer = speech("I have not slept for many weeks.", own_key(alone))

    assert split_key(joined) == split_key(alone) == split_key(newcomer)


def test_case_punctuation_and_spaces_do_not_change_the_side() -> None:
    """Two cleanings of one text must not end on two sides."""
    assert split_key(speech("So TIRED, really")) == split_key(speech("so tired really!"))


def test_what_was_said_before_belongs_to_the_key() -> None:
    """ "Yes." in one dialogue is not "Yes." in another."""
    assert split_key(speech("Yes.", None, "Safe?")) != split_key(speech("Yes.", None, "Cold?"))
