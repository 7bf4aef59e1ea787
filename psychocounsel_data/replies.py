"""A pydantic model as the form of a model's reply: its schema, and its validation. Pure."""

from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from psychocounsel_data.errors import UnreadableReplyError
from psychocounsel_data.exchange import ReplySchema
from psychocounsel_data.rubric import closed_schema, complaints, the_one_object

M = TypeVar("M", bound=BaseModel)


class Form(Generic[M]):
    """What a reply has to be.

    Attributes:
        schema: as JSON schema: closed objects, no references, every property required.
    """

    def __init__(self, name: str, model: type[M]) -> None:
        self._model = model
        schema = model.model_json_schema()
        self.schema = ReplySchema(name, closed_schema(schema, schema.get("$defs", {})))

    def read(self, text: str) -> M:
        """The reply as a record.

        Raises:
            UnreadableReplyError: it is not exactly one object of this form; says what is wrong and
                where, without quoting the reply.
        """
        try:
            return self._model.model_validate(the_one_object(text))
        except ValidationError as error:
            raise UnreadableReplyError(complaints(error)) from None
