"""Which of two responses is better: a judge's reply, and what two replies come to. Pure.

Judges favour a place, mostly the first (Wang et al., 2024, arXiv:2305.17926). So every two
responses are shown in both orders, and a preference counts only where it holds in both.
"""

from __future__ import annotations

import json
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from psychocounsel_data.errors import UnreadableReplyError
from psychocounsel_data.exchange import ReplySchema
from psychocounsel_data.records import Preferred
from psychocounsel_data.rubric import closed_schema, complaints, the_one_object

_PLACES: Final[dict[str, Preferred]] = {"A": "first", "B": "second", "tie": "tie"}


class Preference(BaseModel):
    """A judge's reply: the reason first, then the choice."""

    model_config = ConfigDict(strict=True, extra="ignore")

    rationale: str = Field(min_length=1, json_schema_extra={"maxLength": 600})
    preferred: Literal["A", "B", "tie"]

    @property
    def place(self) -> Preferred:
        """The choice, by the place in which the response was shown."""
        return _PLACES[self.preferred]


SKELETON: Final = json.dumps(
    {"rationale": "<one to four sentences>", "preferred": "<A, B or tie>"}, indent=2
)
"""The reply's form as a person or a model reads it."""


def reply_schema() -> ReplySchema:
    """The reply as JSON schema."""
    schema: dict[str, Any] = closed_schema(Preference.model_json_schema(), {})
    return ReplySchema("preference", schema)


def read_preference(text: str) -> Preference:
    """The preference in a judge's reply.

    Raises:
        UnreadableReplyError: it is not exactly one object of the right form; says what is wrong
            and where, without quoting the reply.
    """
    try:
        return Preference.model_validate(the_one_object(text))
    except ValidationError as error:
        raise UnreadableReplyError(complaints(error)) from None


def both_ways(shown_first: Preferred, shown_second: Preferred) -> Preferred:
    """What two replies on the same two responses come to: a tie unless they favour the same one.

    Args:
        shown_first: the choice where the response in question was shown first.
        shown_second: the choice where it was shown second.

    Returns:
        `first` where the response in question is preferred in both, `second` where the other is.
    """
    turned: dict[Preferred, Preferred] = {"first": "second", "second": "first", "tie": "tie"}
    return shown_first if shown_first == turned[shown_second] else "tie"
