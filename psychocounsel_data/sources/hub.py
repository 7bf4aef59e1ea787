"""Data sets on the Hugging Face Hub, through `datasets`."""

from __future__ import annotations

from collections.abc import Iterator

from psychocounsel_data.config import SourceConfig
from psychocounsel_data.errors import ConfigError
from psychocounsel_data.sources.columns import Row


def rows(source: SourceConfig) -> Iterator[Row]:
    """Every row of a split of a Hub data set, in order.

    With `streaming: true` rows are read as they are needed, else the data set is downloaded to
    the cache of `datasets` first.

    Raises:
        ConfigError: the data set, its configuration, split or revision is not there, is gated, or
            cannot be reached.
    """
    from datasets import load_dataset
    from datasets.exceptions import DatasetNotFoundError

    try:
        loaded = load_dataset(
            source.hub,
            name=source.config,
            split=source.split,
            revision=source.revision,
            streaming=source.streaming,
        )
    except DatasetNotFoundError as error:
        raise ConfigError(
            f"Hub data set {source.hub}: not found, private, or gated: check the name, accept its "
            "terms on the Hub, and set HF_TOKEN"
        ) from error
    except (ValueError, ConnectionError, OSError) as error:
        first_line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ConfigError(f"Hub data set {source.hub}: {first_line}") from error
    for number, columns in enumerate(loaded):
        yield Row(number, columns)
