"""Every error that `pcdata` raises on purpose. The tree is the documentation:

    PcdataError                     ends a command: one line on stderr, exit code 2
    ├── ConfigError                 run.yaml, a flag, a principle, a prompt or a key is wrong
    ├── InputError                  a file that was given to us cannot be read as what it should be
    ├── RunError                    the run folder is not as a command needs it
    │   └── RunLockedError          another process is writing to it
    └── HubError                    the Hub refused, or what it holds is not what we sent

    ChangedElsewhereError           a page would save on top of what it has not seen; it is told so

    CallError                       one call to a model went wrong; never ends a command
    ├── TransientCallError          worth asking again: busy, timeout, broken connection or body
    ├── RejectedCallError           this request will never succeed: bad request, too long, blocked
    ├── ModelUnavailableError       no request to this model can succeed: key, permission, name
    └── UnreadableReplyError        an answer came, and it is not what was asked for

Messages name the thing, the place and the remedy. They carry ids, never client text, never keys.
Anything else that is raised is a bug and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Mapping


class PcdataError(Exception):
    """Ends a command with one clear line and exit code 2."""


class ConfigError(PcdataError):
    """Something the user wrote is wrong or missing, found before anything is paid for."""


class InputError(PcdataError):
    """A file that was given to us cannot be read as what it should be."""


class RunError(PcdataError):
    """The run folder is not in the state a command needs; the message says what to do first."""


class RunLockedError(RunError):
    """Another process is writing to the run folder."""


class HubError(PcdataError):
    """The Hub refused, could not be reached, or holds something else than what was sent."""


class ChangedElsewhereError(Exception):
    """Something was saved in another window since this page was opened."""


class CallError(Exception):
    """One call to a model did not give a usable answer.

    Attributes:
        kind: a short stable word for grouping, such as ``rate_limited`` or ``timeout``.
    """

    kind: str

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class TransientCallError(CallError):
    """Worth asking again.

    Attributes:
        retry_after_s: how long the server asked us to wait, in seconds; None where it did not say.
        headers: the response's, lower-case, where there was one: rate limits are read from them.
    """

    def __init__(
        self,
        kind: str,
        message: str,
        *,
        retry_after_s: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(kind, message)
        self.retry_after_s = retry_after_s
        self.headers = headers or {}


class RejectedCallError(CallError):
    """The server understood this request and will never answer it."""


class ModelUnavailableError(CallError):
    """No request to this model can succeed until somebody mends the key, the right, the name or the
    parameters."""


class UnreadableReplyError(CallError):
    """A reply that does not validate. The message says where and why, without quoting it."""

    def __init__(self, message: str) -> None:
        super().__init__("unreadable_reply", message)
