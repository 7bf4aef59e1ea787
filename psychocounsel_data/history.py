"""What was said before a speech in its dialogue, as counsellor and judge read it. Pure."""

from __future__ import annotations

from psychocounsel_data.errors import ConfigError
from psychocounsel_data.prompts import Prompt
from psychocounsel_data.records import ClientSpeech

_NAMES = {"client": "Client", "counsellor": "Counsellor"}


def history(speech: ClientSpeech) -> str:
    """The turns before it, oldest first, each after the name of its side; empty without any."""
    return "\n\n".join(f"{_NAMES[turn.role]}: {turn.text}" for turn in speech.context)


def identifying(speech: ClientSpeech) -> str:
    """What of a speech is sent, as one text: its own words alone where it has no history."""
    return f"{history(speech)}\0{speech.text}" if speech.context else speech.text


def check_shown(prompt: Prompt, speech: ClientSpeech) -> None:
    """Raises ConfigError where a speech has a history that the prompt would leave out."""
    if speech.context and not prompt.uses("context"):
        raise ConfigError(
            f"prompt '{prompt.name}' does not show what was said before a speech, and {speech.id} "
            "has a history: put {{ context }} into its user block, or load with `take: first`"
        )
