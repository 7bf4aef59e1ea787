"""Serves pages on one address until Ctrl-C. Nothing that is asked for is logged."""

from __future__ import annotations

import errno
import socket
from typing import NamedTuple

from psychocounsel_data.errors import ConfigError
from psychocounsel_data.web.access import Access
from psychocounsel_data.web.guard import Guard


class Door(NamedTuple):
    """A socket that listens, and the rules of who comes in."""

    socket: socket.socket
    access: Access

    @property
    def links(self) -> tuple[str, ...]:
        """What a person opens, the token included: the first from this machine."""
        query = f"/?token={self.access.token}" if self.access.token else "/"
        names = _names(self.access.host)
        return tuple(f"http://{name}:{self.access.port}{query}" for name in names)


def open_door(host: str, port: int) -> Door:
    """Listen on an address; port 0 takes a free one.

    Browsers that come before `serve` does wait for it.

    Raises:
        ConfigError: the address is not one of this machine, or the port is taken or reserved.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server(
            (host, port), family=family, dualstack_ipv6=host == "::" and socket.has_dualstack_ipv6()
        )
    except OSError as error:
        raise ConfigError(_refusal(host, port, error)) from error
    return Door(listening, Access.to(host, listening.getsockname()[1]))


def serve(app: Guard, door: Door) -> None:
    """Serve until Ctrl-C, which is the ordinary end and raises nothing."""
    import uvicorn

    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
    )
    try:
        uvicorn.Server(config).run(sockets=[door.socket])
    except KeyboardInterrupt:  # uvicorn raises it anew once it has ended in good order
        return
    finally:
        door.socket.close()


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is taken: stop what serves there, or give --port {port + 1}"
    if error.errno == errno.EACCES:
        return f"port {port} is reserved for the system: give --port with one above 1023"
    why = str(error.strerror).partition(" (while")[0]  # the address is named already
    return f"--host {host}: this machine cannot listen there: {why}"


def _names(host: str) -> tuple[str, ...]:
    """How the address is written in a link."""
    if host not in {"0.0.0.0", "::"}:  # noqa: S104  only told apart here
        return (f"[{host}]" if ":" in host else host,)
    return ("127.0.0.1", *_own_address())


def _own_address() -> tuple[str, ...]:
    """The address other machines reach this one by; sends nothing to find out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1: a route is looked up, no packet leaves
        except OSError:
            return ()
        return (probe.getsockname()[0],)
