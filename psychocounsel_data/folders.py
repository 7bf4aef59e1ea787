"""A folder that is written whole: the new one takes the old one's place, or nothing changes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from psychocounsel_data.errors import RunError, RunLockedError


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """A new folder that takes the old one's place when the block ends; on an error the old stays.

    A process that is killed leaves the old one too, at worst under its hidden name, from which the
    next call brings it back. A power cut may cost it: it can be built again.

    Raises:
        RunLockedError: another process is writing it.
        RunError: it cannot be written.
    """
    part, old = (folder.with_name(f".{folder.name}.{ending}") for ending in ("part", "old"))
    with _locked(folder):
        try:
            _tidy(folder, part, old)
            part.mkdir(parents=True)
            yield part
            if folder.exists():
                folder.rename(old)
            part.rename(folder)
            shutil.rmtree(old, ignore_errors=True)
        except OSError as error:
            raise _refusal(folder, error) from error
        finally:
            shutil.rmtree(part, ignore_errors=True)


def _tidy(folder: Path, part: Path, old: Path) -> None:
    """Put right what a killed process left behind."""
    if old.exists() and not folder.exists():
        old.rename(folder)
    for remains in (part, old):
        shutil.rmtree(remains, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        held = FileLock(folder.with_name(f".{folder.name}.lock")).acquire(timeout=0)
    except Timeout:
        raise RunLockedError(
            f"{folder} is being written by another pcdata process: wait for it or stop it"
        ) from None
    except OSError as error:
        raise _refusal(folder, error) from error
    with held:
        yield


def _refusal(folder: Path, error: OSError) -> RunError:
    return RunError(f"{folder} cannot be written: {error.strerror or error}")
