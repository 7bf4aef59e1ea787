"""Counsellors and a judge that need no network, no key and no model.

They exist so that every command can be seen working on a bare machine: four counsellors of
plainly different quality (`COUNSELLORS`), and a judge (`offline.rubric`) that rates from
features anyone can count. All are pure functions of their text: same text in, same text out.

**They are no basis for real data.** A counsellor here matches words and fills sentences; the
judge counts. Ratings made with them say that the machinery runs, and nothing about counselling.

`language`, `lexicon`, `feelings`, `topics`, `risk` and `readiness` are what they share. Nothing
here opens a file or a socket; the rest of the package meets it in the `offline` backend only.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from psychocounsel_data.offline.advice import reply as advise
from psychocounsel_data.offline.dismissive import reply as dismiss
from psychocounsel_data.offline.eliza import reply as ask_like_eliza
from psychocounsel_data.offline.reflective import reply as reflect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

COUNSELLORS: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {
        "eliza": ask_like_eliza,
        "reflective": reflect,
        "advice": advise,
        "dismissive": dismiss,
    }
)
"""The offline counsellors by name: a client speech in, a written reply out, never empty."""
