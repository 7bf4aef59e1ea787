"""How a reply is made to be the JSON that was asked for: by the strongest means a server has.

Servers differ: some enforce a JSON schema, some know only that JSON is wanted, some fail on both,
some ignore them. None says so beforehand, so the strongest is tried first, and what a server
refused is not asked of it again. Whatever the means, the judge prompt describes the JSON in words,
and the reply is validated afterwards.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Literal

from psychocounsel_data.exchange import Reply
from psychocounsel_data.wire.faults import Fault, RefusedError

Means = Literal["json_schema", "json_object", "prompt"]
"""A schema that the server enforces, the promise of some JSON object, the prompt's words alone."""

STRONGEST_FIRST: Final[tuple[Means, ...]] = ("json_schema", "json_object", "prompt")

_REFUSALS = frozenset({400, 404, 422, 501})


class Ladder:
    """The means one connection still believes in, strongest first."""

    def __init__(self, rungs: Sequence[Means]) -> None:
        self._rungs = tuple(rungs)
        self._proved: set[Means] = set()

    async def ask(self, once: Callable[[Means], Awaitable[Reply]]) -> Reply:
        """Ask with the strongest means, and with weaker ones while it is the means that is refused.

        A means that is refused before it ever worked is not tried again once a weaker one has
        worked. One that has worked before is left out for this question only.

        Raises:
            RefusedError: the first one where every means was refused; otherwise the one that has
                nothing to do with the means.
        """
        refused: list[RefusedError] = []
        rungs = self._rungs
        for means in rungs:
            try:
                reply = await once(means)
            except RefusedError as error:
                if not self._concerns(error.fault, means):
                    raise
                refused.append(error)
            else:
                self._learn(means, rungs[: len(refused)])
                return reply
        raise refused[0]

    def _concerns(self, fault: Fault, means: Means) -> bool:
        """Whether the fault may be the means' own, so that a weaker one may fare better."""
        if fault.status == 500:
            return means not in self._proved
        return (
            fault.status in _REFUSALS
            and fault.kind in {"bad_request", "not_found", "server_error"}
            and not fault.names_the_model
        )

    def _learn(self, means: Means, refused: Sequence[Means]) -> None:
        self._proved.add(means)
        if not self._proved.intersection(refused):
            self._rungs = tuple(rung for rung in self._rungs if rung not in refused)
