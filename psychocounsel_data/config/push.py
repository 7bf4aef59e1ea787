"""`push:` of run.yaml: where the data set is released."""

from __future__ import annotations

from psychocounsel_data.config.section import Section


class PushConfig(Section):
    """Where the data set is released."""

    repo_id: str | None = None
    """`owner/name` on the Hub."""
    private: bool = True
    """Whether a new repository is private."""
    license: str | None = None
    """The data set's licence, a Hub licence id such as `cc-by-nc-4.0`."""
