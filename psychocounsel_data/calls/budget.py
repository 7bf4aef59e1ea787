"""The seam between asking and what it costs: the engine asks leave for every question.

What a question costs, and how much may be spent, is not known here.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from psychocounsel_data.calls.call import Call
from psychocounsel_data.records import Usage

NOTHING: Final = Usage(input_tokens=0, output_tokens=0)
"""What a question used that no model has answered."""
SPENT: Final = "what may be spent is spent"
"""Why a model is stopped whose next question the budget refuses."""


class Budget(Protocol):
    """Says what may still be asked. Called from one thread only."""

    def reserve(self, call: Call) -> bool:
        """Set aside what a question may cost at most; False, and nothing set aside, if it is not
        there.

        A question that a reply was unreadable to is asked once more, and reserves once more. One
        that is refused waits while others are on their way, because what these leave over may be
        enough; after that its model is stopped.
        """

    def settle(self, call: Call, usage: Usage, *, lost: int = 0) -> None:
        """Replace what was set aside by what was used; once for every `reserve` that said True.

        Args:
            usage: tokens of the answer, unknown ones where the server did not count; `NOTHING`
                where there is no answer.
            lost: requests that broke off unanswered, which may have been charged all the same.
        """


class Unlimited:
    """The budget of those who set none."""

    def reserve(self, call: Call) -> bool:  # noqa: ARG002  # see `Budget`
        """Always."""
        return True

    def settle(self, call: Call, usage: Usage, *, lost: int = 0) -> None:
        """Nothing was set aside."""


class Purse:
    """A budget whose refusal is waited out while questions on their way may leave money over."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._out = 0
        self._settled = asyncio.Event()

    async def reserve(self, call: Call) -> bool:
        """Whether the call may be asked; False only when nothing is on its way any more."""
        while not self._budget.reserve(call):
            if not self._out:
                return False
            self._settled.clear()
            await self._settled.wait()
        self._out += 1
        return True

    def settle(self, call: Call, usage: Usage, *, lost: int = 0) -> None:
        """See `Budget.settle`."""
        self._out -= 1
        self._budget.settle(call, usage, lost=lost)
        self._settled.set()
