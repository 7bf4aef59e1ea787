"""Who is asking, and what they may do: accounts, tokens, organisations.

A token is read-only or may write, as on the Hub; membership of an organisation gives its members
the rights of an owner in that namespace. Nothing here knows about HTTP beyond the one header.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from .answers import Refusal, repo_not_found

Role = Literal["read", "write"]


@dataclass(frozen=True)
class Account:
    """One token of one person."""

    name: str
    token: str
    role: Role
    organizations: tuple[str, ...] = ()

    def belongs_to(self, namespace: str) -> bool:
        return namespace == self.name or namespace in self.organizations

    def may_write_to(self, namespace: str) -> bool:
        return self.role == "write" and self.belongs_to(namespace)


class People:
    """Every account that was handed a token."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}

    def add(self, name: str, role: Role, organizations: Iterable[str] = ()) -> Account:
        """Give ``name`` a further token; the same name may hold a reading and a writing one."""
        token = f"hf_{name}_{role}_{len(self._accounts) + 1}"
        account = Account(name, token, role, tuple(organizations))
        self._accounts[token] = account
        return account

    def identify(self, authorization: str | None) -> Account | None:
        """The account behind an ``Authorization`` header, or nobody where there is none.

        Raises:
            Refusal: 401, the token is unknown; so it is even where no token would have been needed.
        """
        if authorization is None:
            return None
        account = self._accounts.get(authorization.removeprefix("Bearer "))
        if account is None:
            raise Refusal(401, "Invalid credentials in Authorization header")
        return account


def signed_in(account: Account | None) -> Account:
    if account is None:
        raise Refusal(401, "Invalid username or password.")
    return account


def may_create_in(account: Account | None, namespace: str) -> Account:
    account = signed_in(account)
    if not account.may_write_to(namespace):
        raise Refusal(
            403, f'You don\'t have the rights to create a dataset under the namespace "{namespace}"'
        )
    return account


def may_change(account: Account | None, namespace: str) -> Account:
    account = _known_to_the_repo(account)
    if not account.belongs_to(namespace):
        raise Refusal(403, "pass `create_pr=1` as a query parameter to create a Pull Request")
    return _with_writing_token(account)


def may_suggest(account: Account | None) -> Account:
    """Anybody who can see a repository may open a pull request, with a token that writes."""
    return _with_writing_token(_known_to_the_repo(account))


def _known_to_the_repo(account: Account | None) -> Account:
    """Nobody is answered about a repository as if it did not exist."""
    if account is None:
        raise repo_not_found(signed_in=False)
    return account


def _with_writing_token(account: Account) -> Account:
    if account.role != "write":
        raise Refusal(403, "This token is read-only: it has no write permission")
    return account
