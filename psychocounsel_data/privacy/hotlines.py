"""Emergency numbers and crisis lines: help, not a person's. Read once from hotlines.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from psychocounsel_data.records import Record

_FILE = Path(__file__).with_name("hotlines.yaml")
_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")


class Hotline(Record):
    """A number that stays."""

    number: str
    """Digits only, as it is dialled in its country."""
    where: str
    """Where it works."""
    name: str
    """What answers."""


class _File(Record):
    numbers: tuple[Hotline, ...]
    hosts: tuple[str, ...]


class Hotlines(NamedTuple):
    """What is never scrubbed."""

    numbers: frozenset[str]
    hosts: frozenset[str]

    def has_number(self, text: str) -> bool:
        """Whether a telephone number, as it is written, is one of them.

        Letters count as the keys of a telephone; the code of a country, or the 1 of North America,
        may be there or not.
        """
        dialled = digits(text)
        if dialled in self.numbers or f"1{dialled}" in self.numbers:
            return True
        return any(_abroad(dialled, number) for number in self.numbers)

    def has_address(self, url: str) -> bool:
        """Whether an address on the web belongs to one of them."""
        host = url.lower().partition("://")[2] or url.lower()
        host = host.split("/")[0].removeprefix("www.")
        return any(host == one or host.endswith(f".{one}") for one in self.hosts)


def _abroad(dialled: str, number: str) -> bool:
    """Whether a number is dialled with the code of its country, 1 to 3 digits, before it."""
    national = number.lstrip("0")
    code = dialled.removesuffix(national)
    return len(national) >= 5 and code != dialled and len(code.lstrip("0")) <= 3


def digits(text: str) -> str:
    """The digits of a number as it would be dialled."""
    return "".join(filter(str.isalnum, text.upper())).translate(_KEYPAD)


@cache
def hotlines() -> Hotlines:
    """The list that comes with the package."""
    file = _File.model_validate(yaml.safe_load(_FILE.read_text("utf-8")))
    return Hotlines(frozenset(one.number for one in file.numbers), frozenset(file.hosts))
