"""Puts a kind of page together: its routes, the common style, errors in words, the guard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from psychocounsel_data.errors import PcdataError
from psychocounsel_data.web.access import Access
from psychocounsel_data.web.guard import Guard
from psychocounsel_data.web.pages import Pages

_HERE = Path(__file__).parent


def application(
    routes: Sequence[BaseRoute], *, access: Access, static: Mapping[str, Path]
) -> Guard:
    """A guarded application.

    Args:
        routes: the pages. They may raise HTTPException and PcdataError: a browser gets a page that
            says so, a script of ours gets `{"error": ...}`.
        access: who may see them.
        static: name to folder of files that are served under `/static/<name>/`; `shell` is taken.
    """
    folders = {"shell": _HERE / "static", **static}
    mounts = [
        Mount(f"/static/{name}", StaticFiles(directory=folder)) for name, folder in folders.items()
    ]
    app = Starlette(
        routes=[*mounts, *routes],
        exception_handlers={HTTPException: _refused, PcdataError: _failed},
    )
    return Guard(app, access)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  Starlette calls it for no other
    return _answer(request, error.status_code, error.detail)


def _failed(request: Request, error: Exception) -> Response:
    return _answer(request, 500, str(error))


def _answer(request: Request, status: int, detail: str) -> Response:
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"error": detail}, status)
    title = HTTPStatus(status).phrase
    return Pages(_HERE / "templates").page(
        "error.html", status=status, title=title, detail="" if detail == title else detail
    )
