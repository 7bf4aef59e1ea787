"""What of the card on the Hub stays when ours takes its place. Pure.

Our README.md is written anew by every build, so its text replaces the card's. The front matter is
shared with the people who look after the repository there: a key that ours does not have was set
on the Hub, by hand or by one of its pages, and stays as it is written. So gating (`extra_gated_*`),
`viewer`, `language` or a licence chosen there survive every push. A key that ours has is ours; and
where ours states a licence, the details of another licence go with it.
"""

from __future__ import annotations

from typing import NamedTuple

import yaml

from psychocounsel_data.dataset.front_matter import sections, split
from psychocounsel_data.errors import InputError

LICENCE_DETAILS = frozenset({"license_name", "license_link", "license_details"})


class MergedCard(NamedTuple):
    """A card to upload."""

    text: str
    kept: tuple[str, ...]
    """The keys that were taken over from the Hub, in the order they have there."""


def merged(ours: str, theirs: str) -> MergedCard:
    """Our card with the front-matter keys that only the Hub's has.

    Merging the result once more changes nothing, so a second push finds the card as it left it.

    Raises:
        InputError: a front matter is not valid YAML, or is written in a way that cannot be taken
            over word for word.
    """
    front, body = split(ours)
    mine = sections(front, "dataset/README.md")
    all_theirs = sections(split(theirs)[0], "README.md on the Hub")
    kept = {key: lines for key, lines in all_theirs.items() if not _replaced(key, mine)}
    if not kept:
        return MergedCard(ours, ())
    whole = front + "".join(kept.values())
    _refuse_another_meaning(whole, front, theirs, kept)
    return MergedCard(f"---\n{whole}---\n{body}", tuple(kept))


def _replaced(key: str, mine: dict[str, str]) -> bool:
    return key in mine or (key in LICENCE_DETAILS and "license" in mine)


def _refuse_another_meaning(whole: str, front: str, theirs: str, kept: dict[str, str]) -> None:
    """An alias or an unusual notation may mean something else once it stands elsewhere."""
    try:
        remote = yaml.safe_load(split(theirs)[0])
        wanted = {**(yaml.safe_load(front) or {}), **{key: remote[key] for key in kept}}
        same = yaml.safe_load(whole) == wanted
    except (yaml.YAMLError, ValueError, KeyError):
        same = False
    if not same:
        keys = ", ".join(kept)
        raise InputError(
            f"README.md on the Hub: {keys} cannot be taken over into the new card: "
            "write them there as plain `key: value` lines"
        )
