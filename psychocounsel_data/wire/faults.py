"""What it means to us that a service refused: one short stable kind, one message, one error.

Services agree on HTTP status codes, more or less, and on little else. What they put beside the
code was collected here from their documentation and their error bodies. Pure: no request is made
here; `connection` hands over what came back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from psychocounsel_data.errors import (
    CallError,
    ModelUnavailableError,
    RejectedCallError,
    TransientCallError,
)
from psychocounsel_data.wire import bodies
from psychocounsel_data.wire.endpoint import Endpoint
from psychocounsel_data.wire.headers import retry_after_s
from psychocounsel_data.wire.redaction import safe_message


class Fault(NamedTuple):
    """What a service said when it answered with a status that is no success."""

    status: int
    marks: frozenset[str]
    """What its body calls the fault: codes and types, in lower case."""
    words: str
    """The message in its body. It may repeat the request: never show it as it is."""
    headers: Mapping[str, str]
    retry_delay_s: float | None = None
    """How long to wait, where the body says so and the headers do not."""
    parameter: str = ""
    """The part of the request that the fault is about, where the body names one."""

    @property
    def kind(self) -> str:
        """The fault in one short stable word."""
        return next(
            (kind for kind, holds in _MARKED.items() if holds(self)),
            _BY_STATUS.get(self.status, "server_error" if self.status >= 500 else "bad_request"),
        )

    @property
    def names_the_model(self) -> bool:
        """Whether a 404 is about the model, not about a part of the request or an address."""
        missing = re.search(r"not (found|exist)|no such|unknown", self.words, re.IGNORECASE)
        named = "model" in self.words.lower() and missing is not None
        return self.status == 404 and (named or "model_not_found" in self.marks)


class RefusedError(Exception):
    """A service refused. It becomes a `CallError`, or a reply that says so, and never leaves this
    package: the fault's words are not fit to be shown."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"HTTP {fault.status}")
        self.fault = fault


def read_fault(status: int, body: object, headers: Mapping[str, str]) -> Fault:
    """A fault from a response.

    Args:
        status: the HTTP status code.
        body: the JSON body, or its text where it is no JSON.
        headers: with lower-case names.
    """
    # Gemini's OpenAI route wraps its one error in a list.
    items = bodies.sequence(body)
    outer = bodies.mapping(items[0] if items else body)
    error = bodies.mapping(outer.get("error", outer))
    words = _words(error) or bodies.string(outer.get("error")) or _text(body)
    parameter = bodies.string(error.get("param"))
    return Fault(status, _marks(error), words, headers, _retry_delay_s(error), parameter)


def fault_inside(body: Mapping[str, object], headers: Mapping[str, str]) -> Fault | None:
    """The fault in a body that came with status 200, as OpenRouter sends it once the model has
    started; None where the body is a reply."""
    if not body.get("error") or body.get("choices") or body.get("content"):
        return None
    code = bodies.mapping(body["error"]).get("code")
    status = code if isinstance(code, int) and 400 <= code <= 599 else 500
    return read_fault(status, body, headers)


def call_error(fault: Fault, endpoint: Endpoint, sent: Sequence[str]) -> CallError:
    """The error that the rest of the program sees.

    Args:
        sent: the contents of the messages that were sent; none of them appears in the error.
    """
    kind = fault.kind
    message = _message(fault, endpoint, sent)
    if kind in _UNAVAILABLE:
        return ModelUnavailableError(kind, message)
    if kind in _REJECTED:
        return RejectedCallError(kind, message)
    wait = retry_after_s(fault.headers, now=datetime.now(UTC))
    return TransientCallError(
        kind,
        message,
        retry_after_s=fault.retry_delay_s if wait is None else wait,
        headers=fault.headers,
    )


def _message(fault: Fault, endpoint: Endpoint, sent: Sequence[str]) -> str:
    meaning = _MEANINGS[fault.kind].format(
        key=_named_key(endpoint), url=endpoint.url, backend=endpoint.backend
    )
    words = safe_message(fault.words, key=endpoint.key, sent=sent)
    said = f": {words}" if words else ""
    return f"{endpoint.reference}: {meaning} (HTTP {fault.status}{said})"


def _named_key(endpoint: Endpoint) -> str:
    if endpoint.key_env is None:
        return "the key (none was sent)"
    return f"{endpoint.key_env}{'' if endpoint.key else ' (which is not set)'}"


def _words(error: Mapping[str, object]) -> str:
    """The message: a string, or what FastAPI says of every wrong field."""
    for name in ("message", "detail", "msg"):
        if text := bodies.string(error.get(name)):
            return text
    details = [bodies.string(bodies.mapping(one).get("msg")) for one in _details(error)]
    return "; ".join(filter(None, details))


def _details(error: Mapping[str, object]) -> Sequence[object]:
    return bodies.sequence(error.get("detail")) or bodies.sequence(error.get("details"))


def _text(body: object) -> str:
    """A body that is plain text; a proxy's page of HTML tells a person nothing."""
    text = bodies.string(body)
    return "" if text.lstrip().startswith("<") else text


def _marks(error: Mapping[str, object]) -> frozenset[str]:
    inner = bodies.mapping(error.get("innererror"))
    flagged = "flagged_input" in bodies.mapping(error.get("metadata"))
    names = (error.get("code"), error.get("type"), error.get("status"), inner.get("code"))
    marks = {bodies.string(name).lower() for name in names} - {""}
    return frozenset(marks | ({"flagged_input"} if flagged else set()))


def _retry_delay_s(error: Mapping[str, object]) -> float | None:
    """Google's RetryInfo, such as `{"retryDelay": "34s"}`."""
    for detail in bodies.sequence(error.get("details")):
        delay = re.fullmatch(
            r"(\d+(?:\.\d+)?)s", bodies.string(bodies.mapping(detail).get("retryDelay"))
        )
        if delay:
            return float(delay[1])
    return None


_FILTER_MARKS = frozenset(
    {
        "content_filter",
        "content_policy_violation",
        "responsibleaipolicyviolation",
        "invalid_prompt",  # OpenAI: "flagged as potentially violating our usage policy"
        "flagged_input",  # OpenRouter's moderation
    }
)
_FILTER_WORDS = re.compile(r"content exists risk|content management policy", re.IGNORECASE)
_LENGTH_MARKS = frozenset(
    {
        "context_length_exceeded",
        "string_above_max_length",
        "exceed_context_size_error",  # llama.cpp
        "request_too_large",  # Anthropic
    }
)
_LENGTH_WORDS = re.compile(
    r"context (length|window|size)|maximum context|prompt is too long|too many tokens"
    r"|input is too long",
    re.IGNORECASE,
)
_QUOTA_MARKS = frozenset(
    {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "billing_error"}
)
_QUOTA_WORDS = re.compile(
    r"credit balance is too low|insufficient (balance|credits)", re.IGNORECASE
)

_SAMPLING = frozenset(
    {
        "temperature",
        "top_p",
        "top_k",
        "seed",
        "logprobs",
        "top_logprobs",
        "max_tokens",
        "max_completion_tokens",
        "reasoning_effort",
        "thinking",
    }
)
_SAMPLING_WORDS = re.compile(
    rf"\b({'|'.join(sorted(_SAMPLING))})\b.*"
    r"\b(deprecated|unsupported|not (be )?(supported|allowed|permitted)|does not support"
    r"|cannot (both )?be (used|specified|set)|may only be)",
    re.IGNORECASE,
)


def _is_content_filter(fault: Fault) -> bool:
    told = fault.marks & _FILTER_MARKS or _FILTER_WORDS.search(fault.words)
    return fault.status in {400, 403, 422} and bool(told)


def _is_context_length(fault: Fault) -> bool:
    told = fault.marks & _LENGTH_MARKS or _LENGTH_WORDS.search(fault.words)
    return fault.status == 413 or (fault.status in {400, 422} and bool(told))


def _is_quota(fault: Fault) -> bool:
    told = fault.marks & _QUOTA_MARKS or _QUOTA_WORDS.search(fault.words)
    return fault.status == 402 or (fault.status in {400, 403, 429} and bool(told))


def _is_parameter(fault: Fault) -> bool:
    """Whether it is about a parameter, which is the same in every question to this model."""
    if fault.status not in {400, 422}:
        return False
    named = fault.parameter in _SAMPLING and fault.marks & {
        "unsupported_parameter",
        "unsupported_value",
        "integer_above_max_value",
    }
    unknown = "unknown_parameter" in fault.marks
    return bool(named or unknown or _SAMPLING_WORDS.search(fault.words))


_MARKED: Final = {
    "content_filter": _is_content_filter,
    "context_length": _is_context_length,
    "quota_exhausted": _is_quota,
    "unsupported_parameter": _is_parameter,
}
_BY_STATUS: Final = {
    401: "unauthorised",
    403: "forbidden",
    404: "not_found",
    405: "not_found",
    408: "timeout",
    409: "conflict",
    429: "rate_limited",
    498: "overloaded",  # Groq: no capacity left in the flexible tier
    503: "overloaded",
    529: "overloaded",  # Anthropic
}
_UNAVAILABLE: Final = frozenset(
    {"unauthorised", "forbidden", "not_found", "quota_exhausted", "unsupported_parameter"}
)
_REJECTED: Final = frozenset({"bad_request", "context_length", "content_filter"})
_MEANINGS: Final = {
    "bad_request": "the service does not accept this request",
    "conflict": "the service reports a conflict with another request",
    "content_filter": "the service's content filter blocked this request",
    "context_length": "the request is longer than this model takes",
    "forbidden": "the key in {key} has no right to this model: ask for it, or take another model",
    "not_found": "no such model at {url}: check the model's name, and `base_url` where run.yaml "
    "has one (most end in /v1); the key is that in {key}",
    "overloaded": "the service is overloaded",
    "quota_exhausted": "the account behind {key} has no credit or quota left: add credit, or take "
    "another model",
    "rate_limited": "the account has asked as often as it may for now",
    "server_error": "the service failed",
    "timeout": "the service gave up waiting",
    "unsupported_parameter": "this model does not take a parameter as it is sent: give it a "
    "`sampling:` of its own in run.yaml, where what is left out is not sent",
    "unauthorised": "the key in {key} was not accepted: set a valid one, or name its variable in "
    "run.yaml: `backends: {{{backend}: {{api_key_env: NAME}}}}`",
}
