"""Answers that stand in the source already: `column:<name>` takes them in as a counsellor's.

Nothing is asked of anybody: the stage that plans the question has found the answer and hands it
over as the input `answer`.
"""

from __future__ import annotations

from typing import Final

from psychocounsel_data.config import BackendConfig
from psychocounsel_data.exchange import Backend, Reply, Request

COSTS_NOTHING: Final = True
"""The answers are there."""


class Column:
    """A `Backend` that gives back what it is given."""

    async def ask(self, request: Request) -> Reply:
        """The existing answer, stripped; `empty` where it has no text."""
        text = request.inputs["answer"].strip()
        return Reply(text=text, finish="stop" if text else "empty")

    async def close(self) -> None:
        """Nothing is open."""


def connect(model: str, settings: BackendConfig) -> Backend:  # noqa: ARG001  # no service, no settings
    """The backend for every column."""
    return Column()
