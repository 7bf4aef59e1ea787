"""The card of a filtered copy: it says that it is one, and its front matter is true of it. Pure.

The words about how the set was made stay: what they count is the set before, and is said to be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import yaml

from psychocounsel_data.dataset.card import size_category
from psychocounsel_data.dataset.front_matter import sections, split
from psychocounsel_data.errors import InputError


class Filtered(NamedTuple):
    """What became of the pairs."""

    kept: Mapping[str, int]
    """Split to number of pairs in the copy; 0 where it has none left."""
    removed: Sequence[Sequence[str]]
    """The reasons of each pair that is gone."""

    def sentence(self) -> str:
        """What the copy lacks and has, for card and croissant.json."""
        total = sum(self.kept.values())
        reasons = Counter(reason for reasons in self.removed for reason in reasons)
        listed = ", ".join(f"{reason} {count:,}" for reason, count in reasons.most_common())
        left = ", ".join(f"{split} {count:,}" for split, count in self.kept.items())
        return (
            f"A filtered copy: pcdata audit --fix left out {len(self.removed):,} of "
            f"{total + len(self.removed):,} pairs{f' ({listed})' if listed else ''}; it holds "
            f"{total:,} pairs ({left})."
        )


def card_of_copy(card: str, filtered: Filtered, there: Callable[[str], bool]) -> str:
    """The card with a notice before its words, and without what no longer holds in front.

    `dataset_info` goes, as `datasets` would check its sizes; `size_categories` is that of the copy;
    `configs` loses the splits that have no file. A front matter that cannot be read stays as it is.

    Args:
        card: the card of the set.
        filtered: what became of its pairs.
        there: whether the copy has a file that a pattern of `configs` means.
    """
    parts = split(card)
    notice = (
        f"> **{filtered.sentence().replace(':', ':**', 1)} What follows was written of the set "
        "before that, and counts its pairs; `removed.jsonl` names those that are gone.\n"
    )
    front = _front(parts.front, filtered, there)
    fenced = f"---\n{front}---\n" if front else ""
    return f"{fenced}\n{notice}\n{parts.body.lstrip()}"


def _front(front: str, filtered: Filtered, there: Callable[[str], bool]) -> str:
    try:
        said = sections(front, "the card")
        values = yaml.safe_load(front) or {}
    except (InputError, yaml.YAMLError):
        return front
    said.pop("dataset_info", None)
    if "size_categories" in said:
        category = [size_category(sum(filtered.kept.values()))]
        said["size_categories"] = yaml.safe_dump({"size_categories": category})
    if "configs" in said:
        left = [_with_files(one, there) for one in values["configs"]]
        if left != values["configs"]:
            whole = {"configs": [one for one in left if one.get("data_files") != []]}
            said["configs"] = yaml.safe_dump(whole, sort_keys=False, allow_unicode=True)
    return "".join(said.values())


def _with_files(config: dict[str, object], there: Callable[[str], bool]) -> dict[str, object]:
    """A configuration without the splits that have no file; others ways of naming files stay."""
    files = config.get("data_files")
    if not isinstance(files, list) or not all(isinstance(one, dict) for one in files):
        return config
    return {**config, "data_files": [one for one in files if there(str(one.get("path")))]}
