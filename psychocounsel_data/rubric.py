"""From principles to the judge's reply: its form, its schema, and its validation. Pure.

The principles are data (principles/*.yaml, read by `resources`). A reply is validated, never
guessed at: a fence or prose around the one JSON object may be removed, a line break inside a string
is taken for one, and nothing else is mended.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Annotated, Any, NamedTuple

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    create_model,
    field_validator,
)

from psychocounsel_data.errors import UnreadableReplyError
from psychocounsel_data.exchange import ReplySchema
from psychocounsel_data.records import Record

LOWEST, HIGHEST = 1, 5
_OBJECT = re.compile(r'\{\s*["}]')
_TYPESET = re.compile(r"\{\s*[\u201c\u201d\u201e\u00ab\u2018\u2019']")


class Principle(Record):
    """One professional principle a response is rated on."""

    id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    """The stem of its columns."""
    order: int = 100
    """Its place among the others; equal ones are sorted by id."""
    name: str
    """Its full name."""
    question: str
    """The question a rater asks of a response."""
    definition: str
    """What it is, what it is not, and where its neighbours begin."""
    why: str
    """Why it matters."""
    anchors: dict[int, str]
    """What each point, 1 to 5, looks like."""
    sources: tuple[str, ...] = Field(min_length=1)
    """The literature it stands on."""

    @field_validator("anchors")
    @classmethod
    def _every_point(cls, anchors: dict[int, str]) -> dict[int, str]:
        if sorted(anchors) != list(range(LOWEST, HIGHEST + 1)):
            raise ValueError(f"needs an anchor for each of {LOWEST} to {HIGHEST}")
        return anchors


# A strict integer, because a Literal of integers takes 4.0 and True for members; an enumeration in
# the schema, because that is the form every server's grammar understands.
Rating = Annotated[
    int,
    Field(strict=True, ge=LOWEST, le=HIGHEST),
    WithJsonSchema({"type": "integer", "enum": list(range(LOWEST, HIGHEST + 1))}),
]


class Rated(BaseModel):
    """A judge's word on one principle: the reason first, then the rating."""

    model_config = ConfigDict(strict=True, extra="ignore")

    # The length is a hint to servers that generate by a grammar, where an unbounded string may
    # never end; a longer reason is no mistake, so it is not validated.
    rationale: str = Field(min_length=1, json_schema_extra={"maxLength": 600})
    rating: Rating


class Ratings(NamedTuple):
    """What a valid reply says, in the rubric's order."""

    ratings: dict[str, int]
    rationales: dict[str, str]
    """Empty where none were asked for."""


class Rubric:
    """The principles that responses are rated on, and the reply that a judge owes.

    Attributes:
        principles: in the order in which they are shown and rated.
        reasons: whether each rating comes after its reason, or the ratings stand alone.
    """

    def __init__(self, principles: Sequence[Principle], *, reasons: bool = True) -> None:
        self.principles = tuple(principles)
        self.reasons = reasons

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The principles' ids, in order."""
        return tuple(principle.id for principle in self.principles)

    @cached_property
    def reply_model(self) -> type[BaseModel]:
        """The pydantic model of a reply: for each principle one `Rated`, or a `Rating` alone."""
        kind = Rated if self.reasons else Rating
        fields: dict[str, Any] = {
            principle.id: (kind, Field(description=principle.question))
            for principle in self.principles
        }
        return create_model("Ratings", __config__=ConfigDict(strict=True, extra="ignore"), **fields)

    @cached_property
    def schema(self) -> ReplySchema:
        """The reply as JSON schema: closed objects, no references, every property required."""
        schema = self.reply_model.model_json_schema()
        return ReplySchema("ratings", closed_schema(schema, schema.get("$defs", {})))

    @cached_property
    def skeleton(self) -> str:
        """The reply's form as a person or a model reads it."""
        rating = "<integer 1 to 5>"
        reasoned = {"rationale": "<one to three sentences>", "rating": rating}
        form = reasoned if self.reasons else rating
        return json.dumps(dict.fromkeys(self.ids, form), indent=2).replace(f'"{rating}"', rating)

    def read(self, text: str) -> Ratings:
        """The ratings in a judge's reply.

        Raises:
            UnreadableReplyError: it is not exactly one object of the right form; says what is
                wrong and where, without quoting the reply.
        """
        try:
            reply = self.reply_model.model_validate(the_one_object(text))
        except ValidationError as error:
            raise UnreadableReplyError(complaints(error)) from None
        if not self.reasons:
            return Ratings({principle: getattr(reply, principle) for principle in self.ids}, {})
        rated: dict[str, Rated] = {principle: getattr(reply, principle) for principle in self.ids}
        return Ratings(
            {principle: one.rating for principle, one in rated.items()},
            {principle: one.rationale.strip() for principle, one in rated.items()},
        )

    def places(self, text: str) -> dict[str, int]:
        """Where each rating stands in a reply that `read` has accepted: its first character."""
        entries = dict(_members(text, _next_object(text, 0)))
        if not self.reasons:
            return {one: entries[one] for one in self.ids}
        return {one: dict(_members(text, entries[one]))["rating"] for one in self.ids}


def _members(text: str, start: int) -> Iterator[tuple[str, int]]:
    """The keys of a valid object that begins here, and where their values do."""
    decoder = json.JSONDecoder(strict=False)
    at = _next_sign(text, start + 1)
    while text[at] != "}":
        key, at = decoder.raw_decode(text, at)
        at = _next_sign(text, _next_sign(text, at) + 1)  # over the colon
        yield key, at
        _, at = decoder.raw_decode(text, at)
        at = _next_sign(text, at)
        if text[at] == ",":
            at = _next_sign(text, at + 1)


def _next_sign(text: str, at: int) -> int:
    """The first character from here on that is no white space."""
    return at + len(text[at:]) - len(text[at:].lstrip(" \t\n\r"))


def closed_schema(node: Any, definitions: dict[str, Any]) -> Any:
    """A JSON schema in the plain form that every server takes."""
    if isinstance(node, list):
        return [closed_schema(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = definitions[node["$ref"].rsplit("/", 1)[-1]]
        node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
    closed = {
        key: {name: closed_schema(field, definitions) for name, field in value.items()}
        if key == "properties"
        else closed_schema(value, definitions)
        for key, value in node.items()
        if key not in {"title", "$defs"}
    }
    if closed.get("type") == "object":
        closed["additionalProperties"] = False
    return closed


def the_one_object(text: str) -> dict[str, Any]:
    """The single JSON object of a reply, with a fence or prose around it taken off.

    Raises:
        UnreadableReplyError: there is none, it is broken, it says a key twice, or there are two.
    """
    if not text.strip():
        raise UnreadableReplyError("the reply is empty")
    found = list(_objects(text))
    if not found and _TYPESET.search(text):
        raise UnreadableReplyError(
            "the reply holds no JSON object: its keys stand in other quotation marks than the "
            'straight double ones (")'
        )
    if len(found) != 1:
        what = f"{len(found)} JSON objects" if found else "no complete JSON object"
        raise UnreadableReplyError(f"the reply holds {what}; it has to be exactly one")
    return found[0]


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """The outermost objects of a text, left to right. A brace that begins no member is prose."""
    decoder = json.JSONDecoder(
        object_pairs_hook=_no_key_twice, parse_constant=_no_constant, strict=False
    )
    position = _next_object(text, 0)
    while position >= 0:
        try:
            value, end = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            # Looking further inside would take a part of what was meant for the whole.
            raise UnreadableReplyError(
                f"the JSON object is broken or cut off at character {error.pos}: {error.msg}"
            ) from None
        yield value
        position = _next_object(text, end)


def _next_object(text: str, start: int) -> int:
    found = _OBJECT.search(text, start)
    return found.start() if found else -1


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise UnreadableReplyError("a key stands twice in one object")
    return members


def _no_constant(name: str) -> None:
    raise UnreadableReplyError(f"{name} is not a value that JSON knows")


def complaints(error: ValidationError) -> str:
    """What is wrong and where, without the value.

    `empathy.rating: Input should be less than or equal to 5; safety: Field required`.
    """
    details = error.errors(include_input=False, include_url=False)
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in details)
