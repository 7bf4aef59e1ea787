"""Our pages on a real socket, and a client that sends exactly the headers a test names."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import uvicorn

from psychocounsel_data.web import Access, Door, open_door
from psychocounsel_data.web.guard import Guard


@contextmanager
def served(app: Callable[[Access], Guard], host: str = "127.0.0.1") -> Iterator[Door]:
    """A server of its own on a free port, in a thread."""
    door = open_door(host, 0)
    config = uvicorn.Config(app(door.access), lifespan="off", log_config=None, ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door.socket]})
    thread.start()
    try:
        yield door
    finally:
        server.should_exit = True
        thread.join()
        door.socket.close()


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    """By lower-case name."""
    text: str


def ask(
    door: Door,
    path: str = "/",
    *,
    method: str = "GET",
    body: str | None = None,
    host: str | None = None,
    **headers: str,
) -> Answer:
    """One request; `Content_Type="..."` is the header Content-Type."""
    connection = http.client.HTTPConnection("127.0.0.1", door.access.port, timeout=10)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    sent["Host"] = host or f"127.0.0.1:{door.access.port}"
    connection.request(method, path, body, sent)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    lowered = {name.lower(): value for name, value in answer.getheaders()}
    return Answer(answer.status, lowered, text)
