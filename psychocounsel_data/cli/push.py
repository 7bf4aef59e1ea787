"""`pcdata push`: dataset/ -> the Hub."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from psychocounsel_data.cli.options import Json, RunDir


def push(
    run: RunDir = Path(),
    repo_id: Annotated[
        str | None,
        typer.Option("--repo-id", metavar="OWNER/NAME", help="The data set on the Hub."),
    ] = None,
    private: Annotated[
        bool | None,
        typer.Option(
            "--private/--public", help="Who may see a new data set; run.yaml's, else private."
        ),
    ] = None,
    create_pr: Annotated[
        bool, typer.Option("--create-pr", help="Open a pull request instead of committing.")
    ] = False,
    tag: Annotated[
        str | None, typer.Option("--tag", metavar="TAG", help="Name the release, such as v1.0.")
    ] = None,
    revision: Annotated[
        str | None,
        typer.Option(
            "--revision", metavar="BRANCH", help="The branch to push to; made if need be."
        ),
    ] = None,
    message: Annotated[
        str | None, typer.Option("--message", metavar="TEXT", help="What the commit says.")
    ] = None,
    allow_offline: Annotated[
        bool,
        typer.Option("--allow-offline", help="Release data that rule-based programs made."),
    ] = False,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify", help="Load it again into an empty cache and compare it row by row."
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List what would go up; upload nothing.")
    ] = False,
    json: Json = False,
) -> None:
    """Release the data set on the Hugging Face Hub: exactly dataset/, checked once it is there."""
    from psychocounsel_data.cli.releasing import announce, release
    from psychocounsel_data.provenance import check_release
    from psychocounsel_data.run import Run

    folder = Run(run)
    config = folder.config.push
    repo_id = repo_id or config.repo_id
    private = config.private if private is None else private
    check_release(folder, public=not private)
    if dry_run:
        announce(folder, repo_id=repo_id, private=private, gate=config.gate, json=json)
        return
    release(
        folder,
        repo_id=repo_id,
        private=private,
        gate=config.gate,
        create_pr=create_pr,
        tag=tag,
        revision=revision,
        message=message,
        allow_offline=allow_offline,
        verify=verify,
        json=json,
    )
