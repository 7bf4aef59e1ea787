"""What can be wrong with an answer or a pair, seen from its texts alone: pure detectors.

`build-pairs` keeps such pairs out by its gates, `audit` finds them in any data set; neither has
rules of its own. A detector takes a polars expression of texts and gives one of verdicts, so that
four million answers take seconds; `first` says of one text what was found.
"""

from psychocounsel_data.checks.likeness import likeness, sentences
from psychocounsel_data.checks.phrases import BOILERPLATE, PERSONA_LEAK, REFUSAL, Phrases
from psychocounsel_data.checks.tokens import CHARS_PER_TOKEN, ESTIMATE, Counter, token_counter

__all__ = [
    "BOILERPLATE",
    "CHARS_PER_TOKEN",
    "ESTIMATE",
    "PERSONA_LEAK",
    "REFUSAL",
    "Counter",
    "Phrases",
    "likeness",
    "sentences",
    "token_counter",
]
