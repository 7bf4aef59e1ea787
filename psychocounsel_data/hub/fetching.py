"""Fetch a data set from the Hub as files: what comparing and auditing read."""

from __future__ import annotations

from pathlib import Path

from psychocounsel_data.errors import ConfigError, HubError

MAIN = "main"


def fetched(reference: str, *, cache: Path | None = None) -> Path:
    """A folder with a data set's tables and card.

    Args:
        reference: `owner/name`, or `owner/name@revision` with a tag, branch or commit.
        cache: where files are kept, and taken from if they are there already; the cache of
            huggingface_hub where left out.

    Raises:
        ConfigError: the data set or the revision is not there, or this token may not see it.
        HubError: the Hub was not reached.
    """
    from httpx2 import HTTPError
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    repo_id, _, revision = reference.partition("@")
    try:
        folder = snapshot_download(
            repo_id,
            repo_type="dataset",
            revision=revision or MAIN,
            cache_dir=cache,
            allow_patterns=[
                "*.parquet",
                "**/*.parquet",
                "*.jsonl",
                "**/*.jsonl",
                "README.md",
                "croissant.json",
            ],
        )
    except HFValidationError as error:
        raise ConfigError(
            f"'{reference}' is neither a folder here nor a data set's name on the Hub: write "
            "`owner/name`, or `owner/name@tag`"
        ) from error
    except RevisionNotFoundError as error:
        raise ConfigError(f"{repo_id} has no revision '{revision}' on the Hub") from error
    except RepositoryNotFoundError as error:
        raise ConfigError(
            f"{repo_id}: not on the Hub, private, or gated: check the name, accept its terms "
            "there, and set HF_TOKEN"
        ) from error
    except HfHubHTTPError as error:
        status = error.response.status_code
        raise HubError(f"{repo_id}: the Hub refuses it (HTTP {status})") from error
    except (LocalEntryNotFoundError, HTTPError, OSError) as error:
        raise HubError(
            f"{repo_id}: the Hub was not reached ({type(error).__name__}): check the network"
        ) from error
    return Path(folder)
