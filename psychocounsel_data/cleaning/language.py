"""Which language a speech is in, as a program guesses it: noted, or required."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from psychocounsel_data.cleaning.step import Unfit
from psychocounsel_data.cleaning.words import words
from psychocounsel_data.errors import ConfigError
from psychocounsel_data.records import ClientSpeech

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

LEAST_WORDS = 6
"""Shorter texts are not judged: too many of them are taken for something else."""
READ_CHARS = 120
"""The beginning decides: the time grows with the length, and of 759 English questions from 60
characters on none was taken for anything else."""


class Language:
    """Notes the language of each speech, and drops those in another than is wanted.

    Args:
        wanted: ISO 639 codes to keep; every language where empty. A text too short to be judged
            is kept either way.
    """

    name = "language"

    def __init__(self, wanted: tuple[str, ...]) -> None:
        """Raises ConfigError where a code is none of those that can be told apart."""
        self._wanted = frozenset(wanted)
        for code in wanted:
            if code not in identifier().labels:
                raise ConfigError(
                    f"clean.language: '{code}' is no language that can be told: write an ISO 639 "
                    f"code such as en, de or zh; there are {', '.join(identifier().labels)}"
                )

    def __call__(self, speech: ClientSpeech) -> ClientSpeech | Unfit:
        """With its language, or the reason to drop it."""
        start = speech.text[:READ_CHARS]
        if len(words(start)) < LEAST_WORDS:
            return speech
        language, sure = identifier().classify(start)
        if self._wanted and language not in self._wanted:
            wanted = ", ".join(sorted(self._wanted))
            return Unfit("language", f"{language} (probability {sure:.2f}), wanted is {wanted}")
        return speech.model_copy(update={"language": language})


@cache
def identifier() -> LanguageIdentifier:
    """The model comes with its package; reading it takes about a second."""
    import numpy as np
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    # Half precision is slow to multiply: with single precision a text takes half the time.
    identifier.nb_ptc = identifier.nb_ptc.astype(np.float32)
    return identifier
