"""A small Hugging Face Hub in memory, on which the real clients make whole round trips.

    with TestHub() as hub:
        HfApi(endpoint=hub.url, token=hub.token).create_repo("maria/speeches", repo_type="dataset")
        hub.files("maria/speeches")

It keeps data sets only, and stores large files as git LFS does: the clients must run with
``HF_HUB_DISABLE_XET=1`` (``hub.environment`` and ``hub.point_clients`` see to it).

    answers.py   what goes back: a result, or a refusal with the Hub's error codes
    people.py    accounts, tokens, and what each of them may do
    store.py     repositories: blobs, commits, branches, tags, pull requests
    reading.py   the endpoints that look
    writing.py   the endpoints that change something
    server.py    HTTP, injected faults, the request log, and `TestHub` itself
    clients.py   how the real clients are pointed at it
"""

from .server import Call, TestHub

__all__ = ["Call", "TestHub"]
