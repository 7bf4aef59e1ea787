"""One data set repository on the Hub through huggingface_hub, and nothing of what a push is.

`asking` says which requests are made again, `refusals` in which words they fail.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from psychocounsel_data import __version__
from psychocounsel_data.errors import ConfigError, HubError
from psychocounsel_data.hub.asking import again
from psychocounsel_data.hub.folder import DatasetFile
from psychocounsel_data.hub.refusals import SIGN_IN, Refusals, one_line

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd

KIND = "dataset"
Gate = Literal["manual", "auto"]
"""Readers ask first: the owner lets each one in, or whoever fills in the form is let in."""


class Standing(NamedTuple):
    """A repository as it is found."""

    name: str
    """Its name now; another than was asked for where it was renamed."""
    private: bool
    gate: Gate | None
    """How readers are let in, where they have to ask first."""


class Refs(NamedTuple):
    """Everything that names a commit."""

    branches: Mapping[str, str]
    tags: Mapping[str, str]
    pulls: Mapping[str, str]
    """`refs/pr/N` to the head of that pull request."""


class RemoteFile(NamedTuple):
    """A file as the Hub lists it."""

    git_oid: str
    """git's id of the content, or of the pointer to it where it is stored as a large file."""
    sha256: str | None
    """Of the content, where it is stored as a large file."""

    def holds(self, file: DatasetFile) -> bool:
        """Whether this is the very content of a file of ours."""
        if self.sha256 is None:
            return self.git_oid == file.git_oid
        return self.sha256 == file.sha256


class Commit(NamedTuple):
    """A commit, and the page of the pull request it is in."""

    sha: str
    pr_url: str | None = None


class Change(NamedTuple):
    """What one commit does, and to what."""

    ref: str
    """The branch, or `refs/pr/N`."""
    base: str
    """The head of `ref` that the change was made for."""
    add: Mapping[str, Path | bytes]
    remove: Sequence[str]
    message: str
    create_pr: bool


class Remote:
    """A repository `owner/name`, for the holder of one token.

    Every method may raise ConfigError, where the token or the name is at fault, and HubError for
    all else that the Hub refuses or does not answer.

    Attributes:
        repo_id: `owner/name`.
        url: its page.
    """

    def __init__(self, repo_id: str, *, endpoint: str | None, token: str | None) -> None:
        """Raises ConfigError for a name that no repository can have, and without a token."""
        from huggingface_hub import HfApi

        self.repo_id = _valid(repo_id)
        self._token = _found(token)
        self._api = HfApi(
            endpoint=endpoint,
            token=self._token,
            library_name="psychocounsel-data",
            library_version=__version__,
        )
        self._words = Refusals(repo_id, self._api, self._token)
        self.url = f"{self._api.endpoint}/datasets/{repo_id}"

    def look(self) -> Standing | None:
        """The repository as it is, or None where this token can see none of that name."""
        from huggingface_hub.errors import RepositoryNotFoundError

        with self._words.reworded("look at"):
            try:
                info = again(self._api.dataset_info, self.repo_id)
            except RepositoryNotFoundError as error:
                if error.response.status_code != 404:
                    raise
                return None
        return Standing(info.id, bool(info.private), info.gated or None)

    def create(self, *, private: bool) -> bool:
        """Make the repository; False where there is one of that name after all."""
        from huggingface_hub.errors import HfHubHTTPError

        with self._words.reworded("create"):
            try:
                again(self._api.create_repo, self.repo_id, repo_type=KIND, private=private)
            except HfHubHTTPError as error:
                if error.response.status_code != 409:
                    raise
                return False
        return True

    def close_gate(self, gate: Gate) -> None:
        """Let nobody read the files who has not asked."""
        with self._words.reworded("set the gate of"):
            again(self._api.update_repo_settings, self.repo_id, gated=gate, repo_type=KIND)

    def publish(self) -> None:
        """Let everybody see the repository."""
        with self._words.reworded("make public"):
            again(self._api.update_repo_settings, self.repo_id, private=False, repo_type=KIND)

    def refs(self) -> Refs:
        """Branches, tags and pull requests."""
        with self._words.reworded("look at"):
            found = again(
                self._api.list_repo_refs,
                self.repo_id,
                repo_type=KIND,
                include_pull_requests=True,
            )
        return Refs(
            branches={one.name: one.target_commit for one in found.branches},
            tags={one.name: one.target_commit for one in found.tags},
            pulls={one.ref: one.target_commit for one in found.pull_requests or ()},
        )

    def tree(self, commit: str) -> dict[str, RemoteFile]:
        """Path to file, all of a commit."""
        from huggingface_hub.hf_api import RepoFile

        with self._words.reworded("list the files of"):
            return {
                entry.path: RemoteFile(entry.blob_id, entry.lfs.sha256 if entry.lfs else None)
                for entry in self._api.list_repo_tree(
                    self.repo_id, recursive=True, revision=commit, repo_type=KIND
                )
                if isinstance(entry, RepoFile)
            }

    def read(self, commit: str, path: str) -> str:
        """The text of a small file."""
        from huggingface_hub import hf_hub_url

        url = hf_hub_url(
            self.repo_id, path, repo_type=KIND, revision=commit, endpoint=self._api.endpoint
        )
        with self._words.reworded(f"read {path} of"):
            try:
                return again(self._get, url).decode("utf-8-sig")
            except UnicodeDecodeError as error:
                raise HubError(f"{path} in {self.repo_id} is not UTF-8: mend it there") from error

    def _get(self, url: str) -> bytes:
        from huggingface_hub import get_session, hf_raise_for_status

        response = get_session().get(url, headers={"Authorization": f"Bearer {self._token}"})
        hf_raise_for_status(response)
        return response.content

    def upload(self, change: Change, files: Mapping[str, DatasetFile]) -> list[CommitOperationAdd]:
        """Send the contents ahead of the commit that will name them.

        Raises:
            HubError: also where a file is no longer what it was when it was planned.
        """
        from httpx2 import HTTPError
        from huggingface_hub import CommitOperationAdd
        from huggingface_hub.errors import HfHubHTTPError

        with self._words.reworded("upload to"):
            try:
                additions = [
                    CommitOperationAdd(path, content) for path, content in change.add.items()
                ]
                # The Hub would leave out, without a word, what a .gitignore there names.
                self._api.preupload_lfs_files(
                    self.repo_id,
                    additions,
                    repo_type=KIND,
                    revision=change.ref,
                    create_pr=change.create_pr,
                    free_memory=False,
                    gitignore_content="",
                )
            except HfHubHTTPError:
                raise
            except RuntimeError as error:
                # It names the file; what is wrong with the Hub is its cause, where there is one.
                if isinstance(error.__cause__, (HTTPError, OSError)):
                    raise error.__cause__ from error
                raise HubError(self._broke_off(error)) from error
            except ValueError as error:
                raise HubError(self._broke_off(error)) from error
        for one in additions:
            if one.upload_info.sha256.hex() != files[one.path_in_repo].sha256:
                path = one.path_in_repo
                raise HubError(f"{path} was changed while it was uploaded: run `pcdata push` again")
        return additions

    def _broke_off(self, error: Exception) -> str:
        kind = type(error).__name__
        return f"the upload to {self.repo_id} broke off ({kind}): run `pcdata push` again"

    def commit(
        self,
        change: Change,
        additions: Sequence[CommitOperationAdd],
        landed: Callable[[], Commit | None],
    ) -> Commit:
        """Make all additions and removals in one commit upon `change.base`, or none of them.

        Args:
            landed: says whether the change is there already. It is asked before a repetition,
                because a commit can be made and its answer be lost: a second one would be refused
                as a conflict, or open a second pull request.
        """
        from huggingface_hub.errors import HfHubHTTPError

        sent = 0

        def send() -> Commit:
            nonlocal sent
            sent += 1
            arrived = landed() if sent > 1 else None
            if arrived is not None:
                return arrived
            try:
                return self._commit(change, additions)
            except HfHubHTTPError as error:
                if error.response.status_code != 412 or (arrived := landed()) is None:
                    raise
                return arrived

        with self._words.reworded("commit to"):
            return again(send)

    def _commit(self, change: Change, additions: Sequence[CommitOperationAdd]) -> Commit:
        from huggingface_hub import CommitOperationDelete
        from huggingface_hub.errors import HfHubHTTPError

        removals = [CommitOperationDelete(path, is_folder=False) for path in change.remove]
        try:
            made = self._api.create_commit(
                self.repo_id,
                [*additions, *removals],
                commit_message=change.message,
                repo_type=KIND,
                revision=change.ref,
                create_pr=change.create_pr,
                parent_commit=change.base,
            )
        except (HfHubHTTPError, json.JSONDecodeError):
            raise  # A bad request and an unreadable answer are ValueErrors too.
        except ValueError as error:
            raise HubError(
                "the Hub does not accept the front matter of dataset/README.md: "
                f"{one_line(str(error))}"
            ) from error
        return Commit(made.oid, made.pr_url)

    def create_branch(self, name: str, commit: str) -> None:
        """Begin a branch at a commit."""
        with self._words.reworded(f"create the branch {name} in"):
            again(
                self._api.create_branch,
                self.repo_id,
                branch=name,
                revision=commit,
                repo_type=KIND,
                exist_ok=True,
            )

    def delete_branch(self, name: str) -> None:
        """Remove a branch."""
        with self._words.reworded(f"remove the branch {name} from"):
            again(self._api.delete_branch, self.repo_id, branch=name, repo_type=KIND)

    def create_tag(self, name: str, commit: str) -> None:
        """Name a commit; one that has the name already is fine."""
        from huggingface_hub.errors import HfHubHTTPError

        with self._words.reworded(f"create the tag {name} in"):
            try:
                again(self._api.create_tag, self.repo_id, tag=name, revision=commit, repo_type=KIND)
            except HfHubHTTPError as error:
                if error.response.status_code != 409 or self.refs().tags.get(name) != commit:
                    raise

    def delete_if_empty(self) -> bool:
        """Remove the repository if it has its initial commit and nothing else; say whether."""
        refs = self.refs()
        heads = {*refs.branches.values(), *refs.tags.values(), *refs.pulls.values()}
        with self._words.reworded("remove"):
            if len(heads) != 1 or len(self._history(heads.pop())) != 1:
                return False
            again(self._api.delete_repo, self.repo_id, repo_type=KIND, missing_ok=True)
        return True

    def _history(self, commit: str) -> list[str]:
        commits = self._api.list_repo_commits(self.repo_id, repo_type=KIND, revision=commit)
        return [one.commit_id for one in commits]


def _valid(repo_id: str) -> str:
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    try:
        validate_repo_id(repo_id)
    except HFValidationError as error:
        raise ConfigError(
            f"'{repo_id}' cannot be a name on the Hub: write `owner/name` with letters, digits, "
            "`-`, `_` and `.`"
        ) from error
    if "/" not in repo_id:
        raise ConfigError(f"'{repo_id}' does not say whose it is: write `owner/{repo_id}`")
    return repo_id


def _found(token: str | None) -> str:
    """The token that was given, else the one huggingface_hub is configured with."""
    from httpx2 import HTTPError
    from huggingface_hub import get_token
    from huggingface_hub.errors import OIDCError

    try:
        found = token or get_token()
    except (OIDCError, HTTPError) as error:
        raise ConfigError("HF_OIDC_RESOURCE is set and gives no token: mend or unset it") from error
    if not found:
        raise ConfigError(f"no token for the Hub: {SIGN_IN}")
    if not found.isascii() or not found.isprintable() or " " in found:
        raise ConfigError(f"the token for the Hub is not one: {SIGN_IN} with the token alone")
    return found
