"""The backends, one file each: the folder is the registry.

A backend is a module with `connect(model, settings)`, which gives an `exchange.Backend`, with
`connect_batches(model, settings)` where the provider has batches, and `COSTS_NOTHING = True` where
nobody charges for its tokens. Its file name is its name in `backend:model`, with `-` for `_`. To
add one, add a file. What a wire format is stands in `wire`; asking again, limits and budgets are
the engine's.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Mapping
from types import ModuleType

from psychocounsel_data.config import BackendConfig
from psychocounsel_data.errors import ConfigError
from psychocounsel_data.exchange import Backend, BatchService
from psychocounsel_data.wire import openai_batches


def names() -> tuple[str, ...]:
    """Every backend as run.yaml names it, sorted; none of them is imported."""
    return tuple(sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__)))


def connect(reference: str, settings: Mapping[str, BackendConfig]) -> Backend:
    """A connection to a model.

    Args:
        reference: `backend:model`.
        settings: run.yaml's `backends`; one that is not there has the defaults.

    Raises:
        ConfigError: there is no such backend or model, or its key is missing. Nothing has been
            asked by then.
    """
    backend, _, model = reference.partition(":")
    if backend not in names():
        raise ConfigError(f"unknown backend '{backend}' in '{reference}': {_nearest(backend)}")
    connection: Backend = _module(backend).connect(model, settings.get(backend, BackendConfig()))
    return connection


def connect_batches(reference: str, settings: BackendConfig) -> BatchService | None:
    """A connection to a model's batches; None where its provider has none.

    Args:
        settings: how the service is reached; `batches: true` says that it has OpenAI's routes.

    Raises:
        ConfigError: its key is missing.
    """
    backend, _, model = reference.partition(":")
    if backend not in names() or settings.batches is False:
        return None
    module = _module(backend)
    if hasattr(module, "connect_batches"):
        connection: BatchService = module.connect_batches(model, settings)
        return connection
    if settings.batches and hasattr(module, "SERVICE"):
        return openai_batches.connect(module.SERVICE, model, settings)
    return None


def costs_nothing(reference: str) -> bool:
    """Whether nobody charges for the tokens of a `backend:model`."""
    backend = reference.partition(":")[0]
    return backend in names() and getattr(_module(backend), "COSTS_NOTHING", False)


def check_settings(settings: Mapping[str, BackendConfig]) -> None:
    """Make sure that `backends` in run.yaml names backends, and says of each what it can use.

    Raises:
        ConfigError: one is unknown, and the message names the nearest; or `threads` of a service.
    """
    for backend, given in settings.items():
        if backend not in names():
            raise ConfigError(
                f"unknown backend '{backend}' under `backends:` in run.yaml: {_nearest(backend)}"
            )
        if given.threads is not None and not getattr(_module(backend), "TAKES_THREADS", False):
            raise ConfigError(
                f"backends.{backend}.threads: a service computes elsewhere; set it where it is "
                "started, or remove it"
            )


def _module(backend: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{backend.replace('-', '_')}")


def _nearest(backend: str) -> str:
    known = f"known: {', '.join(names())}"
    close = difflib.get_close_matches(backend, names(), n=1)
    return f"did you mean '{close[0]}'? ({known})" if close else known
