"""Dialogues to client speeches, in whatever words a data set names its roles. Pure.

A dialogue is a list of turns; a turn is an object with who speaks and what is said (`role` and
`content`, ShareGPT's `from` and `value`, `speaker` and `text`, and the like). Turns in a row by the
same side are one turn. A system prompt is not part of the dialogue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from psychocounsel_data.config import DialogueConfig, Role
from psychocounsel_data.errors import ConfigError, InputError
from psychocounsel_data.records import Turn
from psychocounsel_data.sources.columns import Row, missing

ROLES: Mapping[str, Role] = {
    **dict.fromkeys(
        ("client", "user", "usr", "human", "patient", "seeker", "help-seeker", "helpseeker",
         "speaker", "visitor", "caller", "student", "prompter"),
        "client",
    ),
    **dict.fromkeys(
        ("counsellor", "counselor", "therapist", "assistant", "gpt", "bot", "model", "chatbot",
         "supporter", "listener", "helper", "psychologist", "psychotherapist", "doctor", "sys"),
        "counsellor",
    ),
    **dict.fromkeys(("system", "tool", "function", "observation"), "skip"),
}  # fmt: skip
"""Who a role is, spelt in lower case with `-` for spaces and underscores."""
WHO = ("role", "from", "speaker", "sender", "author", "speaker_role")
SAID = ("content", "value", "text", "utterance", "message")


class Said(NamedTuple):
    """A client turn that is to be a speech."""

    number: int
    """Its place among the turns of the dialogue, counted from 0."""
    text: str
    context: tuple[Turn, ...]


class Dialogues:
    """What `dialogue:` in run.yaml says, ready to be applied to rows.

    Args:
        config: the rule.
        place: where it stands, for messages.
    """

    def __init__(self, config: DialogueConfig, place: str) -> None:
        self._config = config
        self._place = place
        self._column = config.column or FILE_COLUMN
        self._roles = {**ROLES, **{_spelt(name): role for name, role in config.roles.items()}}

    def check(self, columns: Sequence[str]) -> None:
        """Raises ConfigError where the source has no such column."""
        if self._column not in columns:
            raise ConfigError(
                f"{self._place}: no column '{self._column}'; there are: {', '.join(columns)}"
            )

    def speeches(self, row: Row, clean: Callable[[str], str]) -> Iterator[Said]:
        """The client's turns that become speeches; none where the client says nothing.

        Raises:
            InputError: it is not a list of turns, or a role is unknown.
        """
        turns = self._turns(row, clean)
        for number, turn in enumerate(turns):
            if turn.role != "client":
                continue
            if self._config.take == "first":
                yield Said(number, turn.text, ())
                return
            yield Said(number, turn.text, tuple(turns[:number]))

    def _turns(self, row: Row, clean: Callable[[str], str]) -> list[Turn]:
        """The dialogue with what each side says in a row put together."""
        turns: list[Turn] = []
        for item in self._items(row):
            role, text = self._turn(item, row.number)
            said = clean(text)
            if role == "skip" or not said:
                continue
            if turns and turns[-1].role == role:
                turns[-1] = Turn(role=role, text=f"{turns[-1].text}\n{said}")
            else:
                turns.append(Turn(role=role, text=said))
        return turns

    def _items(self, row: Row) -> Sequence[object]:
        value = row.columns.get(self._column)
        if isinstance(value, str) and value.lstrip().startswith("["):
            value = _parsed(value)
        if missing(value):
            return ()
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise InputError(f"{self._place}: row {row.number}: '{self._column}' is not a list")
        return value

    def _turn(self, item: object, number: int) -> tuple[Role, str]:
        if not isinstance(item, Mapping):
            raise InputError(f"{self._place}: row {number}: a turn is not an object with a role")
        who = next((str(item[key]) for key in WHO if item.get(key) is not None), None)
        said = next((item[key] for key in SAID if item.get(key) is not None), "")
        if who is None:
            raise InputError(
                f"{self._place}: row {number}: a turn has none of the keys {', '.join(WHO)}"
            )
        role = self._roles.get(_spelt(who))
        if role is None:
            raise InputError(
                f"{self._place}: row {number}: who is '{who}'? Write `roles: {{{who}: client}}`, "
                "counsellor or skip, under `dialogue:`"
            )
        return role, _text(said)


FILE_COLUMN = "dialogue"
"""What the only column is called where a whole file is a dialogue."""


def _spelt(role: str) -> str:
    return role.strip().casefold().replace(" ", "-").replace("_", "-")


def _text(said: object) -> str:
    """A turn's text; of a list of parts, those that are text."""
    if isinstance(said, Sequence) and not isinstance(said, str):
        parts = (part.get("text") if isinstance(part, Mapping) else part for part in said)
        return "\n".join(part for part in parts if isinstance(part, str))
    return str(said)


def _parsed(value: str) -> object:
    """A list that a csv holds as JSON; the string itself where it is none."""
    import orjson

    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value
