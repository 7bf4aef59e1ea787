"""The small Hub over HTTP: addresses, faults on demand, the log of requests, and `TestHub`.

One thread a connection, one lock around every request: what a test sees between two calls is a
consistent state. The endpoints themselves are in `reading.py` and `writing.py`.
"""

import re
import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import RLock, Thread
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self, cast
from urllib.parse import parse_qs, unquote, urlsplit

from . import clients, reading, writing
from .answers import NO_HEADERS, Answer, Refusal, as_json
from .people import Role
from .store import Commit, Repo, World

if TYPE_CHECKING:
    import pytest

OWNER = "maria"
ORGANIZATION = "clinic"

Endpoint = Callable[[World, reading.Request], Answer]

ID = r"(?P<repo>[^/]+/[^/]+)"
API = rf"/api/datasets/{ID}"
GIT = rf"/datasets/{ID}\.git/info/lfs/objects"
REVISION = r"(?P<revision>refs/(?:pr|convert)/[^/]+|[^/]+)"

ROUTES: tuple[tuple[str, str, Endpoint], ...] = (
    ("POST", "/api/repos/create", writing.create_repo),
    ("DELETE", "/api/repos/delete", writing.delete_repo),
    ("POST", "/api/validate-yaml", writing.validate_yaml),
    ("GET", "/api/whoami-v2", reading.whoami),
    ("GET", API, reading.info),
    ("GET", f"{API}/revision/{REVISION}", reading.info),
    ("GET", f"{API}/auth-check(?P<write>/write)?", reading.auth_check),
    ("GET", f"{API}/refs", reading.refs),
    ("GET", f"{API}/commits/{REVISION}", reading.commits),
    ("GET", f"{API}/tree/{REVISION}(?:/(?P<path>.+))?", reading.tree),
    ("POST", f"{API}/paths-info/{REVISION}", reading.paths_info),
    ("POST", f"{API}/preupload/{REVISION}", writing.preupload),
    ("POST", f"{API}/commit/{REVISION}", writing.commit),
    ("POST", f"{API}/tag/{REVISION}", writing.create_tag),
    ("DELETE", f"{API}/tag/(?P<name>[^/]+)", writing.delete_tag),
    ("POST", f"{API}/branch/(?P<name>[^/]+)", writing.create_branch),
    ("DELETE", f"{API}/branch/(?P<name>[^/]+)", writing.delete_branch),
    ("PUT", f"{API}/settings", writing.settings),
    ("POST", f"{GIT}/batch", writing.lfs_batch),
    ("POST", f"{GIT}/verify", writing.lfs_verify),
    ("PUT", f"/storage/{ID}/(?P<oid>[0-9a-f]{{64}})", writing.lfs_put),
    ("GET", f"/datasets/{ID}/resolve/{REVISION}/(?P<path>.+)", reading.resolve),
)


class Call(NamedTuple):
    """One request as it arrived; the path keeps its query and its percent signs."""

    method: str
    path: str


@dataclass
class Fault:
    """What goes wrong with the next requests of a kind."""

    method: str
    path: re.Pattern[str]
    status: int | None
    times: int
    headers: Mapping[str, str]
    applied: bool

    def strikes(self, call: Call) -> bool:
        hit = self.times > 0 and self.method == call.method and bool(self.path.search(call.path))
        self.times -= hit
        return hit


class TestHub:
    """A Hub that lives as long as its ``with`` block.

    ``token`` is that of the owner, ``maria``, who may also write to the organisation ``clinic``.
    """

    __test__ = False

    def __init__(self) -> None:
        self.requests: list[Call] = []
        self._faults: list[Fault] = []
        self._lock = RLock()
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._world = World(self.url)
        self.token = self.add_user(OWNER, "write", organizations=[ORGANIZATION])
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), name="test-hub")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Go down for good: connections that a client keeps open are cut too."""
        self._server.shutdown()
        self._thread.join()
        self._server.cut_connections()
        self._server.server_close()

    def add_user(self, name: str, role: Role = "write", organizations: Iterable[str] = ()) -> str:
        """A token for ``name``; called again for the same name, a further token."""
        with self._lock:
            return self._world.people.add(name, role, organizations).token

    def repo(self, repo_id: str) -> Repo:
        """The repository as kept: ``private``, ``gated``, ``tags``, ``pulls``, ..."""
        with self._lock:
            return self._world.repos[repo_id]

    def files(self, repo_id: str, revision: str = "main") -> dict[str, bytes]:
        """Every file of a revision; ``.gitattributes`` is there from the first commit."""
        with self._lock:
            tree = self.repo(repo_id).at(revision).tree
            return {path: blob.content for path, blob in sorted(tree.items())}

    def commits(self, repo_id: str, revision: str = "main") -> list[Commit]:
        """Newest first; the last is the ``initial commit`` of every repository."""
        with self._lock:
            return list(self.repo(repo_id).history(revision))

    def tamper(self, repo_id: str, revision: str, path: str, content: bytes) -> None:
        """Serve other bytes for a committed file; size, sha256 and ETag stay as committed."""
        with self._lock:
            self.repo(repo_id).tamper(revision, path, content)

    def fail_next(
        self,
        method: str,
        path_regex: str,
        status: int | None,
        times: int = 1,
        headers: Mapping[str, str] = NO_HEADERS,
        *,
        applied: bool = False,
    ) -> None:
        """Answer the next ``times`` matching requests with ``status``; None drops the connection.

        With ``applied`` the request is carried out first, and only its answer is lost.
        """
        fault = Fault(method, re.compile(path_regex), status, times, headers, applied)
        with self._lock:
            self._faults.append(fault)

    def called(self, method: str, path_regex: str) -> list[Call]:
        """The requests so far with this method and a path that matches somewhere."""
        with self._lock:
            return [
                call
                for call in self.requests
                if call.method == method and re.search(path_regex, call.path)
            ]

    def environment(self, home: Path, token: str | None = None) -> dict[str, str]:
        """Variables for a child process, to lay over ``os.environ``; an empty token is nobody's."""
        return clients.environment(self.url, self.token if token is None else token, home)

    def point_clients(
        self, patch: "pytest.MonkeyPatch", home: Path, token: str | None = None
    ) -> None:
        """Point huggingface_hub in this process here, for the length of a test."""
        clients.point_clients(patch, self.url, self.token if token is None else token, home)

    def answer(self, call: Call, headers: Message, body: bytes) -> Answer | None:
        """Log a request, carry it out, and say what goes back; None is a dropped connection."""
        with self._lock:
            self.requests.append(call)
            fault = next((fault for fault in self._faults if fault.strikes(call)), None)
            if fault is None or fault.applied:
                result = self._carry_out(call, headers, body)
            if fault is None:
                return result
            if fault.status is None:
                return None
            return as_json({"error": "injected fault"}, fault.status, fault.headers)

    def _carry_out(self, call: Call, headers: Message, body: bytes) -> Answer:
        address = urlsplit(call.path)
        try:
            endpoint, parts = _route(call.method, address.path)
            account = self._world.people.identify(headers.get("Authorization"))
            query = parse_qs(address.query)
            return endpoint(self._world, reading.Request(account, parts, query, headers, body))
        except Refusal as refusal:
            return refusal.answer()


def _route(method: str, path: str) -> tuple[Endpoint, dict[str, str]]:
    for allowed, pattern, endpoint in ROUTES:
        match = re.fullmatch(pattern, path)
        if match and method in (allowed, "HEAD" if allowed == "GET" else allowed):
            named = {key: unquote(text) for key, text in match.groupdict().items() if text}
            return endpoint, named
    raise Refusal(404, f"Sorry, we can't find the page you are looking for: {method} {path}")


class _Server(ThreadingHTTPServer):
    """Knows its hub and its open connections, so that both ends can be closed."""

    # Threads are joined on closing: nothing of one test may run on into the next.
    daemon_threads = False
    request_queue_size = 64

    def __init__(self, hub: TestHub) -> None:
        self.hub = hub
        self.connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: object, client_address: object) -> None:
        self.connections.add(cast("socket.socket", request))
        super().process_request(request, client_address)  # type: ignore[arg-type]

    def shutdown_request(self, request: object) -> None:
        self.connections.discard(cast("socket.socket", request))
        super().shutdown_request(request)  # type: ignore[arg-type]

    def cut_connections(self) -> None:
        for connection in list(self.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is its own affair; anything else is a bug to be shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer leaves in one piece. In two, the second waits 40 ms for the first to be confirmed.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as inherited
        """Stay silent: the log of a test is `TestHub.requests`."""

    def _serve(self) -> None:
        body = self._body()
        answer = self.server.hub.answer(Call(self.command, self.path), self.headers, body)
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815  # as http.server asks

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(iter(self._chunk, b""))
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline().split(b";")[0], 16)
        chunk = self.rfile.read(size)
        self.rfile.readline()
        return chunk
