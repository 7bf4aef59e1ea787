"""Microsoft Presidio beside our own rules, as an extra.

What it knows of e-mail and web addresses is left to our rules: its address rule takes two sentences
that run into one another for an address ("with.Seriously"), and both ask the internet for a list of
domains when they first run. Without a spaCy pipeline it finds no names and no places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from psychocounsel_data.errors import ConfigError
from psychocounsel_data.privacy.hotlines import hotlines
from psychocounsel_data.privacy.spans import Found
from psychocounsel_data.records import PiiKind

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngine

Finder = Callable[[str], Iterator[Found]]
LEAST_SCORE: Final = 0.4
"""Presidio's own certainty, 0 to 1; below it are bare numbers with nothing to say what they are."""
_KINDS: Final[dict[str, PiiKind]] = {
    "PERSON": "name",
    "LOCATION": "address",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "id",
    "CRYPTO": "id",
    "IBAN_CODE": "id",
    "IP_ADDRESS": "id",
    "MEDICAL_LICENSE": "id",
    "UK_NHS": "id",
    "US_BANK_NUMBER": "id",
    "US_DRIVER_LICENSE": "id",
    "US_ITIN": "id",
    "US_PASSPORT": "id",
    "US_SSN": "id",
}


def finder(spacy_model: str) -> Finder:
    """What Presidio finds in a text; English.

    Args:
        spacy_model: name or path of an installed spaCy pipeline; a blank one where empty.

    Raises:
        ConfigError: Presidio or the pipeline is not installed.
    """
    analyzer = _analyzer(spacy_model)
    known = set(analyzer.get_supported_entities("en"))
    wanted = sorted(known & _KINDS.keys())

    def find(text: str) -> Iterator[Found]:
        results = analyzer.analyze(text, "en", entities=wanted, score_threshold=LEAST_SCORE)
        for one in results:
            kind = _KINDS[one.entity_type]
            if kind != "phone" or not hotlines().has_number(text[one.start : one.end]):
                yield Found(one.start, one.end, kind)

    return find


def _analyzer(spacy_model: str) -> AnalyzerEngine:
    try:
        from presidio_analyzer import AnalyzerEngine
    except ModuleNotFoundError as error:
        if error.name != "presidio_analyzer":
            raise
        raise ConfigError(
            "privacy.engine: presidio is not installed: pip install 'psychocounsel-data[presidio]',"
            " or write `engine: rules`"
        ) from error
    return AnalyzerEngine(nlp_engine=_pipeline(spacy_model), supported_languages=["en"])


def _pipeline(spacy_model: str) -> NlpEngine:
    import spacy
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    engine = SpacyNlpEngine()
    try:
        engine.nlp = {"en": spacy.load(spacy_model) if spacy_model else spacy.blank("en")}
    except OSError as error:
        raise ConfigError(
            f"privacy.spacy_model: no spaCy pipeline '{spacy_model}': "
            f"python -m spacy download {spacy_model}, or leave it out"
        ) from error
    return engine
