"""What the small Hub answers: a result, or a refusal with the Hub's own error codes.

Endpoints return an `Answer` or raise a `Refusal`; `server.py` writes either to the socket. The
clients choose their exception by the ``X-Error-Code`` header, so it is part of every refusal that
has one on the real Hub.
"""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

Json = dict[str, Any]

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Answer(NamedTuple):
    """A response before HTTP: status, body and the headers that carry meaning."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = NO_HEADERS


class Refusal(Exception):  # noqa: N818  # a refusal is an ordinary answer, not a failure of ours
    """A request that is not granted."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        fields: Mapping[str, object] = NO_HEADERS,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.fields = fields
        self.headers = {"X-Error-Message": message, **headers}
        if code is not None:
            self.headers["X-Error-Code"] = code

    def answer(self) -> Answer:
        return as_json({"error": self.message, **self.fields}, self.status, self.headers)


def as_json(value: object, status: int = 200, headers: Mapping[str, str] = NO_HEADERS) -> Answer:
    body = json.dumps(value).encode()
    return Answer(status, body, {"Content-Type": "application/json; charset=utf-8", **headers})


def repo_not_found(*, signed_in: bool) -> Refusal:
    """The same for a repository that does not exist and for one that may not be seen."""
    if signed_in:
        return Refusal(404, "Repository not found", code="RepoNotFound")
    return Refusal(401, "Invalid username or password.", code="RepoNotFound")


def revision_not_found(revision: str) -> Refusal:
    return Refusal(404, f"Invalid rev id: {revision}", code="RevisionNotFound")


def entry_not_found(message: str, commit: str) -> Refusal:
    return Refusal(404, message, code="EntryNotFound", headers={"X-Repo-Commit": commit})
