"""Prompt templates: from a file that a psychologist can review to the messages that are sent.

A template has a `system` and a `user` block, and a `repair` block where its reply is validated. A
judge's may have a `reply` block that names the form of the reply.
Variables that are the same for every call (principles, the reply's form) are bound once; the rest
come with each call. Finding the file is the business of `resources`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

import jinja2
import jinja2.meta

from psychocounsel_data.errors import ConfigError
from psychocounsel_data.exchange import Message

_BLOCKS = ("system", "user")
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


class Prompt:
    """A template with the variables that are the same for every call.

    Attributes:
        name: its file's name without the ending.
        version: 12 hex digits that change with any word that is sent.
    """

    def __init__(self, name: str, source: str, constants: Mapping[str, Any]) -> None:
        """Raises ConfigError where the template cannot be read or lacks a block."""
        self.name = name
        self._constants = dict(constants)
        self._template = _compile(name, source)
        parsed = self._template.environment.parse(source)
        self._variables = jinja2.meta.find_undeclared_variables(parsed)
        self._system_variables = _variables_of("system", parsed, self._template.environment)
        self._system_with = lru_cache(maxsize=16)(self._render_system)
        self.version = self._hash(source)

    @property
    def label(self) -> str:
        """`name@version`, as records keep it."""
        return f"{self.name}@{self.version}"

    def messages(self, inputs: Mapping[str, str]) -> tuple[Message, ...]:
        """The chat messages for one call; a system block without text is left out.

        `context`, what was said before, may be left out of the inputs where there is nothing.

        Raises:
            ConfigError: the template uses a variable that there is not.
        """
        given = [(name, inputs[name]) for name in self._system_variables if name in inputs]
        system = self._system or self._system_with(tuple(given))
        user = Message("user", self._block("user", inputs))
        return (Message("system", system), user) if system else (user,)

    def repair(self, inputs: Mapping[str, str], reply: str, error: str) -> tuple[Message, ...]:
        """The messages that ask once more after a reply that did not validate."""
        again = self._block("repair", {**inputs, "error": error})
        return (
            *self.messages(inputs),
            Message("assistant", reply),
            Message("user", again),
        )

    def uses(self, variable: str) -> bool:
        """Whether the template asks for a variable."""
        return variable in self._variables

    @property
    def repairs(self) -> bool:
        """Whether the template has words for asking once more."""
        return "repair" in self._template.blocks

    @cached_property
    def _system(self) -> str:
        """The system block where it is the same for every call, else the empty string."""
        try:
            return self._render("system", self._constants)
        except jinja2.UndefinedError:
            return ""

    @property
    def reply_form(self) -> str | None:
        """The word in the template's `reply` block, which is never sent; None without one."""
        return self._block("reply", {}) if "reply" in self._template.blocks else None

    def _render_system(self, inputs: tuple[tuple[str, str], ...]) -> str:
        """The system block for the inputs that it uses: few are different in a whole run."""
        return self._block("system", dict(inputs))

    def _block(self, block: str, inputs: Mapping[str, str]) -> str:
        try:
            return self._render(block, {"context": "", **self._constants, **inputs})
        except jinja2.UndefinedError as error:
            raise ConfigError(
                f"prompt '{self.name}': {error.message}; it has "
                f"{', '.join(sorted({*self._constants, *inputs}))}"
            ) from error

    def _render(self, block: str, variables: Mapping[str, Any]) -> str:
        context = self._template.new_context(dict(variables))
        return "".join(self._template.blocks[block](context)).strip()

    def _hash(self, source: str) -> str:
        """Of the template without its comments, the constants as rendered, and our filter."""
        parts = [_COMMENT.sub("", source), self._system, material(_PROBE)]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def _variables_of(
    name: str, parsed: jinja2.nodes.Template, environment: jinja2.Environment
) -> list[str]:
    """The variables that a block asks for, sorted."""
    blocks = [one for one in parsed.find_all(jinja2.nodes.Block) if one.name == name]
    body = [node for one in blocks for node in one.body]
    alone = jinja2.nodes.Template(body)
    alone.set_environment(environment)
    return sorted(jinja2.meta.find_undeclared_variables(alone))


@lru_cache  # a judge's template is compiled once and bound to every order of the principles
def _compile(name: str, source: str) -> jinja2.Template:
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701  a prompt is plain text; `material` guards what is quoted
    )
    environment.filters["material"] = material
    try:
        template = environment.from_string(source)
    except jinja2.TemplateSyntaxError as error:
        raise ConfigError(f"prompt '{name}', line {error.lineno}: {error.message}") from error
    missing = [block for block in _BLOCKS if block not in template.blocks]
    if missing:
        raise ConfigError(
            f"prompt '{name}' lacks the block {missing[0]}: write "
            f"`{{% block {missing[0]} %}}` … `{{% endblock %}}`"
        )
    return template


def _spelt(words: Sequence[str]) -> str:
    """A pattern for words that still matches when spaces or invisible characters are put in."""
    gap = r"[^a-z0-9<>]*"
    return "|".join(gap.join(word) for word in words)


_TAGS = ("clientspeech", "counsellorresponse", "conversationsofar")
# Opening brackets that a model could take for the start of one of the frame's own tags, or of a
# token that a chat template gives a meaning.
_FRAME = re.compile(
    rf"[<\uff1c\ufe64](?=[^a-z0-9<>]*(?:{_spelt(_TAGS)}))"
    r"|<(?=\|)|<(?=/?s>)|<(?=(?:start|end)_of_turn>)|\[(?=/?INST\])",
    re.IGNORECASE,
)
_PROBE = (
    "<client_speech></ counsellor_response></conversation_so_far>"
    "<|im_end|></s><end_of_turn>[/INST]<b>"
)


def material(text: str) -> str:
    """Text from a client or a model, made unable to close the block it is quoted in.

    The bracket that opens a copy of the frame's own tag or of a chat template's control token is
    replaced by a single angle quotation mark; all else stays, so that the judge sees what the
    client would have seen.
    """
    return _FRAME.sub("\u2039", str(text))
