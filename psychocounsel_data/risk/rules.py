"""The rule files of this folder: one a kind of danger, read once, checked when read.

They are data, to be reviewed by clinicians like the principles: `rules/<kind>.yaml`. Whoever needs
to know what counts as a sign of danger asks here, the offline counsellors included.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import yaml
from pydantic import Field, ValidationError, model_validator

from psychocounsel_data.errors import ConfigError
from psychocounsel_data.records import CrisisTier, Record, RiskKind
from psychocounsel_data.risk.phrases import Phrase, compile_phrase

_FOLDER = Path(__file__).parent / "rules"
KINDS: tuple[RiskKind, ...] = get_args(RiskKind)
TIERS: tuple[CrisisTier, ...] = get_args(CrisisTier)


class Rule(Record):
    """What one rule looks for."""

    id: str = Field(pattern=r"^[a-z-]+\.[a-z-]+$")
    """Its name in every flag it raises."""
    tier: CrisisTier | None = None
    """How far it goes; in crisis.yaml only."""
    whose: Literal["client", "anyone"]
    """Whether the words count at their own tier only where the client speaks of themselves."""
    meaning: str
    """What it stands for, in a sentence."""
    not_before: tuple[str, ...] = ()
    """Words that must not follow."""
    phrases: tuple[str, ...] = Field(min_length=1)
    """What is looked for."""


class RuleFile(Record):
    """Everything that is looked for of one kind."""

    kind: RiskKind
    """What it is about."""
    about: str
    """What is counted in, and what is not."""
    sources: tuple[str, ...] = Field(min_length=1)
    """The literature it stands on."""
    sets: dict[str, tuple[str | int, ...]] = Field(default_factory=dict)
    """Words that phrases share."""
    rules: tuple[Rule, ...] = Field(min_length=1)
    """In order; where two cover the same words the longer wins, then the graver, then the first."""
    except_: tuple[str, ...] = Field(default=(), alias="except")
    """Phrases that mean something else: whatever they touch is not flagged."""

    @model_validator(mode="after")
    def _tiered(self) -> RuleFile:
        for rule in self.rules:
            if (rule.tier is not None) != (self.kind == "crisis"):
                raise ValueError(f"rule {rule.id}: every crisis rule has a tier, and no other")
        return self


class Compiled(NamedTuple):
    """A phrase with the rule it belongs to; None for an exception."""

    phrase: Phrase
    kind: RiskKind
    rule: Rule | None


class Lexicon(NamedTuple):
    """All rules, ready to be applied."""

    files: tuple[RuleFile, ...]
    by_word: dict[str, tuple[Compiled, ...]]
    """Word to the phrases that can only stand where it does."""
    version: str
    """12 hex digits that change with any rule."""


@cache
def lexicon() -> Lexicon:
    """The rules that come with the package.

    Raises:
        ConfigError: a file is not as it should be; names file and rule.
    """
    paths = [_FOLDER / f"{kind}.yaml" for kind in KINDS]
    texts = [path.read_text("utf-8") for path in paths]
    files = tuple(_file(path, text) for path, text in zip(paths, texts, strict=True))
    by_word: dict[str, list[Compiled]] = {}
    for path, file in zip(paths, files, strict=True):
        for one in _compiled(path, file):
            for word in one.phrase.anchors:
                by_word.setdefault(word, []).append(one)
    version = hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]
    return Lexicon(files, {word: tuple(found) for word, found in by_word.items()}, version)


def _file(path: Path, text: str) -> RuleFile:
    try:
        return RuleFile.model_validate(yaml.load(text, yaml.CSafeLoader))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ConfigError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def _compiled(path: Path, file: RuleFile) -> Sequence[Compiled]:
    sets = {name: tuple(map(str, words)) for name, words in file.sets.items()}
    entries: list[tuple[str, Rule | None]] = [(text, None) for text in file.except_]
    entries += [(text, rule) for rule in file.rules for text in rule.phrases]
    found = []
    for text, rule in entries:
        try:
            phrase = compile_phrase(text, sets, rule.not_before if rule else ())
        except ValueError as error:
            raise ConfigError(f"{path}: {rule.id if rule else 'except'}: {error}") from error
        found.append(Compiled(phrase, file.kind, rule))
    return found


@cache
def meanings() -> dict[str, str]:
    """Rule to what it stands for."""
    return {rule.id: rule.meaning for file in lexicon().files for rule in file.rules}
