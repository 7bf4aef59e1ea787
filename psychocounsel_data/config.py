"""run.yaml: its shape, its defaults, and errors that name the line and the nearest valid key.

What the data *is* stands here and nowhere else. This module knows the words and their types;
whether a model, prompt or principle exists is asked of those who know, before the first call.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from psychocounsel_data.errors import ConfigError
from psychocounsel_data.records import Finish, Sampling

COLUMN = "column:"
"""Models of this backend answer with what stands in the source already."""

Strategy = Literal["all_pairs", "best_vs_worst", "best_vs_rest", "best_vs_random"]


class Section(BaseModel):
    """A part of run.yaml: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class AnswerConfig(Section):
    """Where answers to a source's rows stand already: in the row itself or in another file."""

    text: str
    """The answer: a column or a template over columns."""
    path: Path | None = None
    """A csv, tsv, json, jsonl or parquet file, relative to run.yaml; the source's own row where
    left out."""
    key: str | None = None
    """The column of that file which names the row it answers."""
    on: str | None = None
    """The source's own column to match; the same name as `key` where left out."""

    @model_validator(mode="after")
    def _keyed(self) -> AnswerConfig:
        if (self.path is None) != (self.key is None):
            raise ValueError("answers in a file need both `path:` and `key:`, the column to match")
        return self


def _answer_entry(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


AnswerEntry = Annotated[AnswerConfig, BeforeValidator(_answer_entry)]


class SourceConfig(Section):
    """Where speeches come from: a file or a Hub data set."""

    path: Path | None = None
    """csv, tsv, json, jsonl or parquet; relative to run.yaml."""
    hub: str | None = None
    """`org/name` of a Hub data set."""
    config: str | None = None
    """The Hub data set's configuration."""
    split: str = "train"
    """The Hub data set's split."""
    revision: str | None = None
    """The Hub data set's tag, branch or commit."""
    streaming: bool = False
    """Read a Hub data set row by row instead of downloading it first."""
    name: str = ""
    """Prefix of the ids; the file's or data set's own name where left out."""
    text: str = "text"
    """The speech: a column (`questionText`) or a template over columns (`{title}\\n\\n{body}`)."""
    license: str | None = None
    """The source's licence, named in the data card."""
    answers: dict[str, AnswerEntry] = Field(default_factory=dict)
    """Answers that exist already: a name for each, and the column, template or file it is in."""

    @model_validator(mode="after")
    def _one_place(self) -> SourceConfig:
        if (self.path is None) == (self.hub is None):
            raise ValueError("a source has either `path:` (a file) or `hub:` (org/name)")
        return self

    @property
    def label(self) -> str:
        """The source's name: as given, else the file's stem or the data set's last part."""
        if self.name:
            return self.name
        return self.path.stem if self.path else str(self.hub).rsplit("/", 1)[-1]


class CleanConfig(Section):
    """Which speeches are fit to be answered. The defaults are the paper's rule."""

    min_chars: int = Field(default=100, ge=0)
    """The least number of characters, inclusive, after normalisation."""
    max_chars: int = Field(default=1000, ge=1)
    """The greatest number of characters, inclusive, after normalisation."""
    deduplicate: bool = True
    """Keep one copy of texts that are equal after normalisation."""

    @model_validator(mode="after")
    def _range(self) -> CleanConfig:
        if self.min_chars > self.max_chars:
            raise ValueError(f"min_chars {self.min_chars} is more than max_chars {self.max_chars}")
        return self


def model_reference(text: str) -> str:
    """`backend:model` from what a person writes.

    Args:
        text: `openai:gpt-4o`, or `gpt-…`, `o3…`, `chatgpt-…` and `claude-…` alone.

    Raises:
        ValueError: there is no backend in it and none can be told from the name.
    """
    backend, colon, model = text.partition(":")
    if colon and backend and model:
        return text
    if text.startswith("claude-"):
        return f"anthropic:{text}"
    if text.startswith(("gpt-", "chatgpt-", "o1", "o3", "o4")):
        return f"openai:{text}"
    raise ValueError(f"unknown model '{text}': write `backend:model`, such as `openai:gpt-4o`")


class ModelConfig(Section):
    """A counsellor in the pool."""

    model: str
    """`backend:model`; `gpt-…` and `claude-…` alone mean `openai:` and `anthropic:`."""
    name: str = ""
    """Its name in the released columns; the model's name without organisation where left out."""
    sampling: Sampling | None = None
    """Its own parameters instead of `generate.sampling`."""

    @field_validator("model")
    @classmethod
    def _reference(cls, value: str) -> str:
        return model_reference(value)

    @property
    def label(self) -> str:
        """The released name: as given, else what follows the last `/` or `:` of the model."""
        return self.name or self.model.partition(":")[2].rsplit("/", 1)[-1]


def _model_entry(value: object) -> object:
    return {"model": value} if isinstance(value, str) else value


ModelEntry = Annotated[ModelConfig, BeforeValidator(_model_entry)]


class GenerateConfig(Section):
    """Who answers, how often, and with which words."""

    models: tuple[ModelEntry, ...] = Field(
        default=(
            ModelConfig(model="openai:gpt-4o-mini"),
            ModelConfig(model="openai:gpt-4.1-mini"),
            ModelConfig(model="anthropic:claude-sonnet-4-5"),
            ModelConfig(model="anthropic:claude-haiku-4-5"),
        ),
        min_length=1,
    )
    """The pool of counsellors."""
    per_speech: int = Field(default=4, ge=1)
    """How many of the pool answer one speech; all of them where the pool is smaller."""
    prompt: str = "counselor"
    """The template in prompts/ that is sent."""
    sampling: Sampling = Sampling(temperature=1.0, max_tokens=1024)
    """Parameters for every model without its own."""
    seed: int = 0
    """Changes which models are drawn for which speech."""

    @field_validator("models")
    @classmethod
    def _distinct(cls, models: tuple[ModelConfig, ...]) -> tuple[ModelConfig, ...]:
        for field in ("model", "label"):
            values = [getattr(model, field) for model in models]
            for value in values:
                if values.count(value) > 1:
                    what = "model" if field == "model" else "released name"
                    raise ValueError(f"two entries have the {what} '{value}': rename or remove one")
        return models


class JudgeConfig(Section):
    """Who rates, on what."""

    model: str = "openai:gpt-4o"
    """`backend:model` of the judge."""
    prompt: str = "judge"
    """The template in prompts/ that is sent."""
    principles: tuple[str, ...] = ()
    """Ids of the principles to rate, all of principles/ where left out."""
    sampling: Sampling = Sampling(temperature=0.0, max_tokens=4096)
    """The judge's parameters."""
    accept: tuple[Finish, ...] = ("stop",)
    """Which responses are rated, by how they ended: empty, refused and cut-off ones are not."""

    @field_validator("model")
    @classmethod
    def _reference(cls, value: str) -> str:
        return model_reference(value)


class PairRule(Section):
    """How pairs are made on one side of the split."""

    strategy: Strategy
    """Which two responses of a speech meet."""
    min_margin: float = Field(ge=0)
    """The least difference of mean ratings, inclusive; equal scores never pair."""


class PairsConfig(Section):
    """How judged responses become chosen and rejected. The defaults are the paper's rule."""

    test_fraction: float = Field(default=0.1, ge=0, le=1)
    """The share of speeches on the test side."""
    seed: int = 0
    """Changes which speeches are on the test side, and the draws of `best_vs_random`."""
    train: PairRule = PairRule(strategy="all_pairs", min_margin=1.0)
    """The rule for training pairs."""
    test: PairRule = PairRule(strategy="best_vs_worst", min_margin=0.0)
    """The rule for test pairs."""
    weights: dict[str, float] = Field(default_factory=dict)
    """Principle id to its weight in the mean; 1 where left out."""
    exclude_models: tuple[str, ...] = ()
    """Models whose responses stay out of pairs, by `backend:model` or released name."""

    @field_validator("train", "test", mode="before")
    @classmethod
    def _fill(cls, value: object, info: Any) -> object:
        """A rule that names only one of its two keys keeps the other's default."""
        if isinstance(value, dict):
            return {**cls.model_fields[info.field_name].default.model_dump(), **value}
        return value

    @field_validator("weights")
    @classmethod
    def _positive(cls, weights: dict[str, float]) -> dict[str, float]:
        if any(weight < 0 for weight in weights.values()):
            raise ValueError("a weight is 0 or more")
        return weights


class BackendConfig(Section):
    """How a service is reached, only where its default does not serve. Keys are never here."""

    base_url: str | None = None
    """Where the service answers."""
    api_key_env: str | None = None
    """The environment variable that holds the key."""
    concurrency: int = Field(default=32, ge=1)
    """The most requests in flight at once, per model."""
    rpm: int = Field(default=0, ge=0)
    """Requests a minute that the account allows, per model; 0 where unlimited or unknown."""
    tpm: int = Field(default=0, ge=0)
    """Tokens a minute that the account allows, per model; 0 where unlimited or unknown."""
    timeout_s: float = Field(default=120.0, gt=0)
    """Seconds one request may take."""
    attempts: int = Field(default=6, ge=1)
    """Requests one call may take where the server is busy or the connection breaks."""

    @field_validator("api_key_env")
    @classmethod
    def _a_name(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
            raise ValueError("is the name of an environment variable, never the key itself")
        return value


class PushConfig(Section):
    """Where the data set is released."""

    repo_id: str | None = None
    """`owner/name` on the Hub."""
    private: bool = True
    """Whether a new repository is private."""
    license: str | None = None
    """The data set's licence, a Hub licence id such as `cc-by-nc-4.0`."""


class RunConfig(Section):
    """A whole run.yaml."""

    name: str = "preferences"
    """The data set's name."""
    sources: tuple[SourceConfig, ...] = Field(min_length=1)
    """Where speeches come from."""
    clean: CleanConfig = CleanConfig()
    generate: GenerateConfig = GenerateConfig()
    judge: JudgeConfig = JudgeConfig()
    pairs: PairsConfig = PairsConfig()
    backends: dict[str, BackendConfig] = Field(default_factory=dict)
    """Backend name to how it is reached."""
    push: PushConfig = PushConfig()

    @field_validator("sources")
    @classmethod
    def _distinct(cls, sources: tuple[SourceConfig, ...]) -> tuple[SourceConfig, ...]:
        labels = [source.label for source in sources]
        for label in labels:
            if labels.count(label) > 1:
                raise ValueError(f"two sources are called '{label}': give one another `name:`")
        return sources


def load_config(path: Path) -> RunConfig:
    """Read and validate a run.yaml.

    Raises:
        ConfigError: one line for each mistake, with file, line, key and remedy.
    """
    try:
        text = path.read_text("utf-8-sig")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    except yaml.MarkedYAMLError as error:
        raise ConfigError(_yaml_mistake(path, error)) from error
    if not isinstance(root, yaml.MappingNode):
        raise ConfigError(f"{path}: is empty or not `key: value` lines; it needs `sources:`")
    _refuse_repeated_keys(path, root)
    try:
        return RunConfig.model_validate(yaml.safe_load(text))
    except ValidationError as error:
        lines = [_mistake(path, root, details) for details in _deepest(error.errors())]
        raise ConfigError("\n".join(lines)) from error


def _deepest(mistakes: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without those that only follow from a mistake further inside."""
    places = [mistake["loc"] for mistake in mistakes]
    return [
        mistake
        for mistake in mistakes
        if not any(_inside(place, mistake["loc"]) for place in places)
    ]


def _inside(place: tuple[int | str, ...], outer: tuple[int | str, ...]) -> bool:
    return len(place) > len(outer) > 0 and place[: len(outer)] == outer


def _yaml_mistake(path: Path, error: yaml.MarkedYAMLError) -> str:
    line = error.problem_mark.line + 1 if error.problem_mark else 1
    return f"{path}:{line}: not valid YAML: {error.problem}"


def _refuse_repeated_keys(path: Path, node: yaml.Node) -> None:
    """YAML takes the last of two equal keys without a word; a person means neither."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_repeated_keys(path, item)
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        if key.value in seen:
            line = key.start_mark.line + 1
            raise ConfigError(f"{path}:{line}: '{key.value}' stands here twice: remove one")
        seen.add(key.value)
        _refuse_repeated_keys(path, value)


def _mistake(path: Path, root: yaml.Node, details: ErrorDetails) -> str:
    """`run.yaml:7: generate.per_speach: unknown key; did you mean 'per_speech'?`"""
    loc = details["loc"]
    key = ".".join(str(part) for part in loc)
    where = f"{path}:{_line(root, loc)}: {key}" if key else f"{path}"
    if details["type"] == "extra_forbidden":
        return f"{where}: unknown key; {_nearest(loc)}"
    if details["type"] == "missing":
        return f"{where}: is missing"
    message = details["msg"].removeprefix("Value error, ")
    if details["type"] == "value_error":
        return f"{where}: {message}"
    return f"{where}: {message} (it is {details['input']!r})"


def _line(root: yaml.Node, loc: Sequence[int | str]) -> int:
    """The line of the deepest node that the location leads to, counted from 1."""
    line = root.start_mark.line
    node: yaml.Node | None = root
    for part in loc:
        found = _child(node, part)
        if found is None:
            break
        line, node = found
    return line + 1


def _child(node: yaml.Node | None, part: int | str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line, node.value[part]
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return key.start_mark.line, value
    return None


def _nearest(loc: Sequence[int | str]) -> str:
    known = sorted(_fields_at(loc[:-1]))
    close = difflib.get_close_matches(str(loc[-1]), known, n=1)
    return f"did you mean '{close[0]}'?" if close else f"known are {', '.join(known)}"


def _fields_at(loc: Sequence[int | str]) -> set[str]:
    """The keys that are valid at a place, through lists, mappings, unions and optional sections."""
    sections: list[type[BaseModel]] = [RunConfig]
    for part in loc:
        if isinstance(part, int):
            continue
        found = [
            section
            for parent in sections
            if part in parent.model_fields
            for section in _sections_in(parent.model_fields[part].annotation)
        ]
        sections = found or sections
    return {name for section in sections for name in section.model_fields}


def _sections_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _sections_in(argument)
