"""A GGUF file, run by llama.cpp inside this process: `llamacpp:path/to/model.gguf`.

Needs the extra `psychocounsel-data[llamacpp]`. The file is served on a free port of this machine
alone and asked over the same wire as every other server. Connections to one file share one
server, which stops with the last of them.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from psychocounsel_data.config import BackendConfig
from psychocounsel_data.errors import ConfigError
from psychocounsel_data.exchange import Backend, Reply, Request
from psychocounsel_data.wire.endpoint import Endpoint
from psychocounsel_data.wire.openai_chat import Service

if TYPE_CHECKING:
    # The extra has no type information, and is not installed everywhere.
    import xllamacpp  # type: ignore[import-untyped, import-not-found, unused-ignore]

SERVICE = Service(
    name="llamacpp",
    base_url="http://127.0.0.1",
    key_required=False,
    refused_keywords=frozenset(),
    schema_with_object=True,
)

TAKES_THREADS: Final = True
COSTS_NOTHING: Final = True
"""A token on one's own machine has no price."""
MOST_SLOTS: Final = 4
"""Answers written at once: more share the same processor and only take memory."""
TOKENS_PER_SLOT: Final = 12_288
"""Room for the judge prompt, a speech, a response and seven rationales. `concurrency: 1` in
run.yaml takes a quarter of the memory that four slots do."""


def connect(model: str, settings: BackendConfig) -> Backend:
    """A connection to a file's server, which is started where it does not run yet.

    Args:
        model: the file's path, relative to the current folder where it is not absolute.

    Raises:
        ConfigError: the extra is not installed; the file is missing, or is no model.
    """
    path = Path(model).expanduser().resolve()
    url = _SERVERS.take(path, settings)
    endpoint = Endpoint("llamacpp", model, url, key_env=None, key=None)
    return InProcess(SERVICE.connection(endpoint, settings), path)


class InProcess(NamedTuple):
    """A `Backend` that gives its server back when it is closed."""

    wire: Backend
    path: Path

    async def ask(self, request: Request) -> Reply:
        """Ask once; see `exchange.Backend`."""
        return await self.wire.ask(request)

    async def close(self) -> None:
        """Close the sockets, and stop the server where nobody else uses it."""
        await self.wire.close()
        _SERVERS.give_back(self.path)


@dataclass
class _Running:
    server: xllamacpp.Server
    users: int = 1


class _Servers:
    """The servers of this process, one for each file."""

    def __init__(self) -> None:
        self._running: dict[Path, _Running] = {}
        self._lock = threading.Lock()

    def take(self, path: Path, settings: BackendConfig) -> str:
        """The address of the file's server, started where it does not run."""
        with self._lock:
            running = self._running.get(path)
            if running is None:
                running = self._running[path] = _Running(_start(path, settings))
            else:
                running.users += 1
            return f"{running.server.listening_address}/v1"

    def give_back(self, path: Path) -> None:
        """One user less; the server stops when its object goes, with the last of them."""
        with self._lock:
            running = self._running[path]
            running.users -= 1
            if running.users == 0:
                del self._running[path]


_SERVERS: Final = _Servers()


def _start(path: Path, settings: BackendConfig) -> xllamacpp.Server:
    _require_gguf(path)
    try:
        import xllamacpp
    except ImportError as error:
        raise ConfigError(
            f"llamacpp:{path.name} runs in this process and needs an extra: "
            "pip install 'psychocounsel-data[llamacpp]'"
        ) from error
    try:
        server = xllamacpp.Server(_parameters(path, settings))
    except RuntimeError as error:
        raise ConfigError(f"{path}: llama.cpp cannot load it: download the file again") from error
    # A first task proves that the server's loop runs: stopped before that, it never ends.
    server.handle_metrics()
    return server


def _require_gguf(path: Path) -> None:
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise ConfigError(
            f"llamacpp: cannot read {path}: {error.strerror}: write `llamacpp:` and the path of a "
            "GGUF file"
        ) from error
    if magic != b"GGUF":
        raise ConfigError(f"{path}: is no GGUF file: llama.cpp runs models in that format only")


def _parameters(path: Path, settings: BackendConfig) -> xllamacpp.CommonParams:
    import xllamacpp

    slots = min(settings.concurrency, MOST_SLOTS)
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.model_alias = {path.stem}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    if settings.threads is not None:
        params.cpuparams.n_threads = settings.threads
        params.cpuparams_batch.n_threads = settings.threads
    params.n_parallel = slots
    params.n_ctx = slots * TOKENS_PER_SLOT
    # A long question may use room that the others leave.
    params.kv_unified = True
    # Every open connection holds a thread until it has been idle for seconds.
    params.n_threads_http = max(64, 2 * settings.concurrency)
    # A slot keeps its last prompt; a further cache of prompts takes 8 GB and saves nothing here.
    params.cache_ram_mib = 0
    params.endpoint_metrics = True
    params.verbosity = -1
    return params
