"""Who may see a page: which Host headers are ours, which requests may write, which token opens.

A page on loopback is open to whoever sits at the machine, and the Host header keeps other sites
out that point their own name here (DNS rebinding). A page that others can reach needs a random
token as well. Pure: headers in, verdict out.
"""

from __future__ import annotations

import ipaddress
import secrets
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit


def loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True)
class Access:
    """The rules of one server.

    Attributes:
        host: the address it listens on.
        port: the port it listens on.
        token: what a browser has to bring once; None where only this machine can reach it.
    """

    host: str
    port: int
    token: str | None

    @classmethod
    def to(cls, host: str, port: int) -> Access:
        """The rules for an address: with a new random token unless it is loopback."""
        return cls(host, port, None if loopback(host) else secrets.token_urlsafe(32))

    @property
    def cookie(self) -> str:
        """The cookie that keeps the token; browsers share cookies between ports, so it has one."""
        return f"pcdata-token-{self.port}"

    def host_known(self, header: str | None) -> bool:
        """Whether a Host header names this server.

        Rebinding needs a name, so beyond loopback any address that is written as a number will do,
        and of names only this machine's own.
        """
        name, port = _split(header)
        if name is None or (port or 80) != self.port:
            return False
        if self.token is None:
            return loopback(name)
        return _is_address(name) or name in {"localhost", self.host.lower(), *_own_names()}

    def may_write(self, host: str | None, origin: str | None, site: str | None) -> bool:
        """Whether a request that changes something comes from one of our own pages.

        Args:
            host: the Host header.
            origin: the Origin header, which browsers send with every such request.
            site: the Sec-Fetch-Site header, which newer browsers send.
        """
        if origin is None or host is None or site not in {None, "same-origin"}:
            return False
        return origin.partition("://")[2].lower() == host.lower()

    def opens(self, token: str | None) -> bool:
        """Whether a token is the right one; always where none is needed."""
        if self.token is None:
            return True
        return token is not None and secrets.compare_digest(token.encode(), self.token.encode())


def _split(header: str | None) -> tuple[str | None, int | None]:
    """Name and port of a Host header; no name where it is not one."""
    if not header:
        return None, None
    try:
        parts = urlsplit(f"//{header}")
        name, port = parts.hostname, parts.port
    except ValueError:
        return None, None
    return name, port


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _own_names() -> set[str]:
    name = socket.gethostname().lower()
    return {name, f"{name.partition('.')[0]}.local"}
