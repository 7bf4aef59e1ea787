"""What licences of data allow, as far as a release depends on it. Pure; no legal advice.

A release made from several sources has to keep the conditions of each. From the sources' licences
follows the least restrictive one that does, or the reason why there is none. Whether models' terms
allow what is done with their answers is another question, and not asked here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Licence(NamedTuple):
    """The conditions of one licence."""

    id: str
    """As the Hub spells it."""
    attribution: bool = True
    """Who made it has to be named, or a notice kept."""
    noncommercial: bool = False
    share_alike: str = ""
    """What is made from it has to be under a licence of this family; empty where not."""
    no_derivatives: bool = False
    """Nothing made from it may be published."""


LICENCES: Mapping[str, Licence] = {
    one.id: one
    for one in (
        Licence("cc0-1.0", attribution=False),
        Licence("unlicense", attribution=False),
        Licence("pddl", attribution=False),
        Licence("mit"),
        Licence("bsd-2-clause"),
        Licence("bsd-3-clause"),
        Licence("apache-2.0"),
        Licence("odc-by"),
        Licence("cc-by-2.0"),
        Licence("cc-by-2.5"),
        Licence("cc-by-3.0"),
        Licence("cc-by-4.0"),
        Licence("odbl", share_alike="odbl"),
        Licence("cc-by-sa-3.0", share_alike="cc-by-sa"),
        Licence("cc-by-sa-4.0", share_alike="cc-by-sa"),
        Licence("cc-by-nc-2.0", noncommercial=True),
        Licence("cc-by-nc-3.0", noncommercial=True),
        Licence("cc-by-nc-4.0", noncommercial=True),
        Licence("cc-by-nc-sa-2.0", noncommercial=True, share_alike="cc-by-nc-sa"),
        Licence("cc-by-nc-sa-3.0", noncommercial=True, share_alike="cc-by-nc-sa"),
        Licence("cc-by-nc-sa-4.0", noncommercial=True, share_alike="cc-by-nc-sa"),
        Licence("cc-by-nd-4.0", no_derivatives=True),
        Licence("cc-by-nc-nd-3.0", noncommercial=True, no_derivatives=True),
        Licence("cc-by-nc-nd-4.0", noncommercial=True, no_derivatives=True),
    )
}
"""From the least to the most restrictive; of a family, the latest version last."""
_ORDER = tuple(LICENCES)
_SPDX: Mapping[str, str] = {
    "unlicense": "Unlicense",
    "pddl": "PDDL-1.0",
    "apache-2.0": "Apache-2.0",
    "odc-by": "ODC-By-1.0",
    "odbl": "ODbL-1.0",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
}
"""SPDX's spelling, where it is not the Hub's in capitals."""


class Source(NamedTuple):
    """A source and what it is under."""

    name: str
    license: str | None
    """A Hub licence id in any case; None where it is not known."""


class Derived(NamedTuple):
    """What a release made from some sources may be under."""

    license: str | None
    """The least restrictive licence that keeps every condition; None where there is none."""
    reasons: tuple[str, ...]
    """Which source asks for what, the decisive ones first."""
    blocked: tuple[str, ...]
    """Why nothing may be published; empty where something may."""


def address(license_id: str) -> str:
    """The page of a licence at SPDX; the words themselves where it is none of ours."""
    known = license_id.strip().lower()
    if known not in LICENCES:
        return license_id
    return f"https://spdx.org/licenses/{_SPDX.get(known, known.upper())}"


def derive(sources: Sequence[Source]) -> Derived:
    """The licence that follows from those of the sources, whose order does not matter."""
    blocked = _blocked(sources)
    if blocked:
        return Derived(None, (), blocked)
    licences = {one.name: LICENCES[_id(one)] for one in sources}
    families = {one.share_alike for one in licences.values() if one.share_alike}
    pool = [one for one in licences.values() if not families or one.share_alike]
    chosen = max(pool, key=lambda one: (one.noncommercial, _ORDER.index(one.id)), default=None)
    deciding = [name for name, one in licences.items() if chosen and one.id == chosen.id]
    reasons = tuple(f"{name} is under {licences[name].id}" for name in deciding)
    return Derived(chosen.id if chosen else None, reasons, ())


def conflict(sources: Sequence[Source], wanted: str) -> str | None:
    """Why a release of these sources may not be under a licence; None where it may.

    A licence that is not in the table cannot be compared, and is a conflict for that reason. What
    blocks a release altogether (see `derive`) is no conflict with this licence or that.
    """
    mine = LICENCES.get(wanted.strip().lower())
    if mine is None:
        return f"what '{wanted}' allows is not known here: known are {', '.join(_ORDER)}"
    for one in sources:
        theirs = LICENCES.get(_id(one))
        lost = "" if theirs is None or theirs.no_derivatives else _lost(theirs, mine)
        if theirs is not None and lost:
            return f"{one.name} is under {theirs.id}, which {lost}; {mine.id} does not"
    return None


def _blocked(sources: Sequence[Source]) -> tuple[str, ...]:
    reasons: list[str] = []
    for one in sources:
        known = LICENCES.get(_id(one))
        if one.license is None:
            reasons.append(f"the licence of {one.name} is not known: name it under `sources:`")
        elif known is None:
            reasons.append(f"what '{one.license}' ({one.name}) allows is not known here")
        elif known.no_derivatives:
            reasons.append(f"{one.name} is under {known.id}: nothing made from it may be published")
    return tuple(reasons) or _incompatible(sources)


def _incompatible(sources: Sequence[Source]) -> tuple[str, ...]:
    """Share-alike licences bind the whole: to their own family, without further conditions."""
    for one in sources:
        mine = LICENCES[_id(one)]
        for other in sources:
            theirs = LICENCES[_id(other)]
            if not mine.share_alike or theirs.share_alike == mine.share_alike:
                continue
            if theirs.share_alike or (theirs.noncommercial and not mine.noncommercial):
                return (
                    f"{one.name} is under {mine.id}, which binds the whole to it, and "
                    f"{other.name} is under {theirs.id}: they cannot be released together",
                )
    return ()


def _lost(theirs: Licence, mine: Licence) -> str:
    """The condition of a source that a licence would not keep."""
    if theirs.share_alike and mine.share_alike != theirs.share_alike:
        return "asks that what is made from it is under the same licence"
    if theirs.share_alike and _ORDER.index(mine.id) < _ORDER.index(theirs.id):
        return "asks for its own version of the licence or a later one"
    if theirs.noncommercial and not mine.noncommercial:
        return "forbids commercial use"
    if theirs.attribution and not mine.attribution:
        return "asks that its makers are named"
    return ""


def _id(source: Source) -> str:
    return (source.license or "").strip().lower()
