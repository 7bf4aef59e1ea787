"""The backends, one file each: the folder is the registry.

A backend is a module with `connect(model, settings)`, which gives an `exchange.Backend`. Its file
name is its name in `backend:model`, with `-` for `_`. To add one, add a file. What a wire format
is stands in `wire`; asking again, limits and budgets are the engine's.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Mapping

from psychocounsel_data.config import BackendConfig
from psychocounsel_data.errors import ConfigError
from psychocounsel_data.exchange import Backend


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
    module = importlib.import_module(f"{__name__}.{backend.replace('-', '_')}")
    connection: Backend = module.connect(model, settings.get(backend, BackendConfig()))
    return connection


def check_settings(settings: Mapping[str, BackendConfig]) -> None:
    """Make sure that every key under `backends` in run.yaml names a backend.

    Raises:
        ConfigError: one does not; the message names the nearest.
    """
    for backend in settings:
        if backend not in names():
            raise ConfigError(
                f"unknown backend '{backend}' under `backends:` in run.yaml: {_nearest(backend)}"
            )


def _nearest(backend: str) -> str:
    known = f"known: {', '.join(names())}"
    close = difflib.get_close_matches(backend, names(), n=1)
    return f"did you mean '{close[0]}'? ({known})" if close else known
