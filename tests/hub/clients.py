"""How the real clients are pointed at the small Hub: in a child process, or in this one.

huggingface_hub and datasets read their settings when they are imported. A child process is told
through its environment; in this process the constants have to be replaced, and only those of
huggingface_hub are.
"""

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def environment(url: str, token: str, home: Path) -> dict[str, str]:
    """Variables to lay over ``os.environ``: this Hub, an own cache, nothing else on the network."""
    return {
        "HF_ENDPOINT": url,
        "HF_TOKEN": token,
        "HF_HOME": str(home),
        "HF_HUB_CACHE": str(home / "hub"),
        "HF_DATASETS_CACHE": str(home / "datasets"),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_UPDATE_DOWNLOAD_COUNTS": "0",
        "HF_HUB_OFFLINE": "0",
        "HF_DATASETS_OFFLINE": "0",
        "NO_PROXY": "*",
        "no_proxy": "*",
    }


def point_clients(patch: "pytest.MonkeyPatch", url: str, token: str, home: Path) -> None:
    """Make huggingface_hub in this process talk to ``url``, and not sleep before it tries again."""
    from huggingface_hub import close_session, constants, file_download
    from huggingface_hub.utils import _http

    for name, value in environment(url, token, home).items():
        patch.setenv(name, value)
    template = "/{repo_id}/resolve/{revision}/{filename}"
    patch.setattr(constants, "ENDPOINT", url)
    patch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", url + template)
    patch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    patch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", True)
    patch.setattr(constants, "HF_HUB_OFFLINE", False)
    patch.setattr(constants, "HF_HUB_CACHE", str(home / "hub"))
    patch.setattr(constants, "HF_TOKEN_PATH", str(home / "token"))
    impatient = SimpleNamespace(sleep=lambda seconds: None)
    patch.setattr(_http, "time", impatient)
    patch.setattr(file_download, "time", impatient)
    # The shared session keeps the proxies it saw when it was made.
    close_session()
