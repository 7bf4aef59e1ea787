"""What one call is: the question, and an id that is a hash of exactly what is sent.

The words sent are a function of the prompt's version and the inputs, so the id is taken from
these: a call that was answered already is recognised without rendering its prompt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import orjson

from psychocounsel_data.exchange import Message, ReplySchema, Request
from psychocounsel_data.prompts import Prompt
from psychocounsel_data.records import Sampling

ID_BYTES = 16


class Identity:
    """Makes the ids of calls that share model, prompt and parameters."""

    def __init__(self, model: str, prompt: Prompt, sampling: Sampling) -> None:
        shared = [model, prompt.version, sampling.model_dump(exclude_none=True)]
        self._shared = hashlib.sha256(orjson.dumps(shared, option=orjson.OPT_SORT_KEYS))

    def of(self, *texts: str, sample: int = 0) -> bytes:
        """The id of a call, 16 bytes.

        Args:
            texts: the inputs' values, always in the same order.
            sample: which of several answers to the same question.
        """
        digest = self._shared.copy()
        digest.update(orjson.dumps([sample, *texts]))
        return digest.digest()[:ID_BYTES]


@dataclass(frozen=True)
class Call:
    """One question to one model.

    Attributes:
        id: 32 hex digits, a hash of exactly what is sent.
        subject: id of the speech or response it is about.
        speech_id: the speech behind it.
        model: `backend:model`.
        prompt: the template.
        inputs: what the template's messages are rendered from.
        sampling: the parameters.
        schema: the JSON that the reply has to be, if any.
        sample: which of several answers to the same question.
        top_logprobs: how many alternatives to each token are wanted, which changes no word of the
            answer and is no part of the id.
    """

    id: str
    subject: str
    speech_id: str
    model: str
    prompt: Prompt
    inputs: Mapping[str, str]
    sampling: Sampling
    schema: ReplySchema | None = None
    sample: int = 0
    top_logprobs: int = 0

    @cached_property
    def messages(self) -> tuple[Message, ...]:
        """The messages as they are sent at first."""
        return self.prompt.messages(self.inputs)

    def request(self) -> Request:
        """The question as a backend takes it."""
        return self._request(self.messages)

    def repair(self, reply: str, error: str) -> Request:
        """The question put once more, with the reply that did not validate and what is wrong."""
        return self._request(self.prompt.repair(self.inputs, reply, error))

    def messages_hash(self) -> str:
        """32 hex digits over the messages as they are sent at first."""
        messages = [list(message) for message in self.messages]
        return hashlib.sha256(orjson.dumps(messages)).hexdigest()[: 2 * ID_BYTES]

    def _request(self, messages: tuple[Message, ...]) -> Request:
        model = self.model.partition(":")[2]
        return Request(model, messages, self.sampling, self.schema, self.inputs, self.top_logprobs)
