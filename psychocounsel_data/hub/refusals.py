"""What the Hub and huggingface_hub object to, each in one line of ours with a remedy.

Their own messages quote addresses and answers at length. Of those only the beginning of what the
Hub itself said is passed on, where we have no better words, and never the token.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from psychocounsel_data.errors import ConfigError, HubError, PcdataError
from psychocounsel_data.hub.asking import TRANSIENT, asked_wait

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

EXCERPT_CHARS = 200
SIGN_IN = "set HF_TOKEN or run `hf auth login`"


class Refusals:
    """Words for what goes wrong with one repository and one token."""

    def __init__(self, repo_id: str, api: HfApi, token: str) -> None:
        self._repo_id = repo_id
        self._api = api
        self._token = token

    @contextmanager
    def reworded(self, doing: str) -> Iterator[None]:
        """Errors of the library in our words.

        Args:
            doing: what was tried, as it stands before the repository's name: `commit to`.

        Raises:
            ConfigError: the token or a setting is at fault.
            HubError: the Hub refused, or was not reached.
        """
        from httpx2 import HTTPError
        from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

        host = self._api.endpoint
        try:
            yield
        except HfHubHTTPError as error:
            raise self._refusal(error, doing) from error
        except OfflineModeIsEnabled as error:
            raise ConfigError("HF_HUB_OFFLINE is set: unset it to push") from error
        except json.JSONDecodeError as error:
            raise HubError(
                f"{host} does not answer as the Hub does: check HF_ENDPOINT and the network"
            ) from error
        except (HTTPError, OSError) as error:
            raise HubError(
                f"cannot {doing} {self._repo_id}: {host} was not reached "
                f"({type(error).__name__}): check the network and run `pcdata push` again"
            ) from error

    def _refusal(self, error: HfHubHTTPError, doing: str) -> PcdataError:
        status = error.response.status_code
        if status == 401:
            return ConfigError(f"the Hub does not accept the token: {self._another_token()}")
        if status == 403:
            return self._forbidden(error, doing)
        return HubError(f"cannot {doing} {self._repo_id}: {self._reason(error, status)}")

    def _reason(self, error: HfHubHTTPError, status: int) -> str:
        if status == 404:
            return "it is not there, or this token may not see it"
        if status == 412:
            return (
                "it was changed on the Hub in the meantime, and nothing was overwritten: "
                "run `pcdata push` again"
            )
        if status == 429:
            wait = asked_wait(error)
            when = "later" if wait is None else f"in {wait:.0f} s"
            return f"the Hub asks for fewer requests: run `pcdata push` again {when}"
        if status in TRANSIENT:
            return f"the Hub is out of order (HTTP {status}): run `pcdata push` again later"
        return f"the Hub refuses it (HTTP {status}{self._said(error)})"

    def _forbidden(self, error: HfHubHTTPError, doing: str) -> PcdataError:
        """Why this is not allowed, as far as the Hub says whose token it is."""
        holder = self._holder()
        namespace = self._repo_id.partition("/")[0]
        if holder is not None and holder.read_only:
            return ConfigError(f"the token can only read: {self._another_token()}")
        if holder is not None and namespace not in holder.namespaces:
            return HubError(
                f"cannot {doing} {self._repo_id}: {holder.namespaces[0]} may not write to "
                f"'{namespace}': choose a name under {' or '.join(holder.namespaces)}, or ask for "
                "the right there"
            )
        return HubError(
            f"cannot {doing} {self._repo_id}: the token has no right to (HTTP 403"
            f"{self._said(error)}): give it one at {self._api.endpoint}/settings/tokens"
        )

    def _another_token(self) -> str:
        return f"make one that may write at {self._api.endpoint}/settings/tokens, then {SIGN_IN}"

    def _holder(self) -> _Holder | None:
        """Whose token it is; None where the Hub does not say."""
        from httpx2 import HTTPError

        try:
            me = self._api.whoami()
        except (HTTPError, OSError, json.JSONDecodeError):
            return None
        access = me.get("auth", {}).get("accessToken", {})
        names = [me.get("name"), *(one.get("name") for one in me.get("orgs", ()))]
        namespaces = tuple(name for name in names if isinstance(name, str))
        return _Holder(namespaces, access.get("role") == "read") if namespaces else None

    def _said(self, error: HfHubHTTPError) -> str:
        said = one_line((error.server_message or "").replace(self._token, "<token>"))
        return f": {said}" if said else ""


class _Holder(NamedTuple):
    """Whose token it is."""

    namespaces: tuple[str, ...]
    """The account, then its organisations."""
    read_only: bool


def one_line(text: str) -> str:
    """Text of others on one line, and not much of it."""
    return " ".join(text.split())[:EXCERPT_CHARS]
