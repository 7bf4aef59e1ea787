"""Data sets on the Hugging Face Hub, through `datasets`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from psychocounsel_data.config import Place
from psychocounsel_data.errors import ConfigError, InputError
from psychocounsel_data.sources.columns import Row
from psychocounsel_data.sources.meter import ReadMeter


def rows(place: Place, *, meter: ReadMeter | None = None) -> Iterator[Row]:
    """Every row of a split of a Hub data set, in order.

    With `streaming: true` rows are read as they are needed, else the data set is downloaded to
    the cache of `datasets` first.

    Raises:
        ConfigError: the data set, its configuration, split or revision is not there, is gated, or
            cannot be reached.
        InputError: its files are not what they should be.
    """
    from datasets import load_dataset
    from datasets.exceptions import DatasetNotFoundError, DatasetsError
    from pyarrow import ArrowInvalid

    try:
        loaded = load_dataset(
            place.hub,
            name=place.config,
            split=place.split,
            revision=place.revision,
            streaming=place.streaming,
        )
        meter = meter or ReadMeter()
        meter.begin(0 if place.streaming else len(loaded))
        for number, columns in enumerate(loaded):
            meter.follow(partial(int, number))
            yield Row(number, columns)
    except DatasetNotFoundError as error:
        raise ConfigError(
            f"Hub data set {place.hub}: not found, private, or gated: check the name, accept its "
            "terms on the Hub, and set HF_TOKEN"
        ) from error
    except (ArrowInvalid, DatasetsError) as error:
        cause = _first_line(error.__cause__ or error)
        raise InputError(f"Hub data set {place.hub}: cannot be read: {cause}") from error
    except (ValueError, ConnectionError, OSError) as error:
        raise ConfigError(f"Hub data set {place.hub}: {_first_line(error)}") from error


def commit(place: Place) -> str | None:
    """The commit that a Hub data set's revision stands for now; None where it cannot be asked."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    try:
        return HfApi().dataset_info(str(place.hub), revision=place.revision).sha
    except (HfHubHTTPError, ConnectionError, OSError):
        return None  # reading it will say what is wrong, or find it in the cache


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
