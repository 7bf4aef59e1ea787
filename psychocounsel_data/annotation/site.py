"""The pages of `pcdata annotate`: who are you, one comparison, all comparisons.

Pages are made here on the server from the `Book`; a click comes back as a `Saving`. What could
give away who wrote an answer (models, ids, scores, topics) is not sent to the browser at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from psychocounsel_data.annotation.book import Book, Progress, Said
from psychocounsel_data.errors import ChangedElsewhereError
from psychocounsel_data.records import Record
from psychocounsel_data.rubric import HIGHEST, LOWEST, Principle
from psychocounsel_data.web import Access, Pages, application, json_body
from psychocounsel_data.web.guard import Guard

_HERE = Path(__file__).parent
_YEAR_S = 365 * 24 * 3600


class Saving(Record):
    """What a page sends at a click."""

    said: Said
    revision: int
    """The last one that the page knows of."""


class _Nothing(Record):
    """A body without content: that it is JSON is what keeps other sites' forms out."""


class _Known(NamedTuple):
    """Whoever used this browser before."""

    name: str
    path: str
    progress: Progress


def site(book: Book, principles: Sequence[Principle], *, title: str, access: Access) -> Guard:
    """The pages over a book.

    Args:
        principles: those that may be rated, in order.
        title: what is being annotated, in words.
    """
    pages = _Site(book, principles, title, f"pcdata-annotator-{access.port}")
    routes = [
        Route("/", pages.welcome),
        Route("/start", pages.start),
        Route("/as/{annotator}", pages.overview),
        Route("/as/{annotator}/next", pages.resume),
        Route("/as/{annotator}/undo", pages.undo, methods=["POST"]),
        Route("/as/{annotator}/{number:int}", pages.item),
        Route("/as/{annotator}/{number:int}", pages.save, methods=["PUT"]),
    ]
    return application(routes, access=access, static={"annotate": _HERE / "static"})


class _Site:
    def __init__(
        self, book: Book, principles: Sequence[Principle], title: str, cookie: str
    ) -> None:
        self._book = book
        self._principles = tuple(principles)
        self._title = title
        self._cookie = cookie
        self._pages = Pages(_HERE / "templates")

    async def welcome(self, request: Request) -> Response:
        return self._welcome(request, wrong=False)

    async def start(self, request: Request) -> Response:
        """Take the name, and keep it in a cookie for the next time."""
        name = self._book.name(request.query_params.get("name", ""))
        if name is None:
            return self._welcome(request, wrong=True)
        answer = RedirectResponse(f"{_path(name)}/next", 303)
        answer.set_cookie(
            self._cookie, quote(name, safe=""), max_age=_YEAR_S, httponly=True, samesite="lax"
        )
        return answer

    async def overview(self, request: Request) -> Response:
        name = self._annotator(request)
        return self._pages.page(
            "overview.html",
            annotator=name,
            path=_path(name),
            progress=self._book.progress(name),
            states=self._book.states(name),
        )

    async def resume(self, request: Request) -> Response:
        """To where the annotator stopped."""
        name = self._annotator(request)
        number = self._book.next_open(name)
        return RedirectResponse(_path(name) if number is None else f"{_path(name)}/{number}", 303)

    async def item(self, request: Request) -> Response:
        name = self._annotator(request)
        try:
            sheet = self._book.sheet(name, request.path_params["number"])
        except IndexError:
            raise HTTPException(404, "There is no comparison of that number.") from None
        return self._pages.page(
            "item.html",
            annotator=name,
            path=_path(name),
            sheet=sheet,
            progress=self._book.progress(name),
            principles=self._principles,
        )

    async def save(self, request: Request) -> Response:
        name = self._annotator(request)
        saving = await json_body(request, Saving)
        self._check_ratings(saving.said)
        try:
            number = request.path_params["number"]
            revision = self._book.save(name, number, saving.said, saving.revision)
        except IndexError:
            raise HTTPException(404, "There is no comparison of that number.") from None
        except ChangedElsewhereError as error:
            raise HTTPException(409, str(error)) from None
        progress = self._book.progress(name)
        return JSONResponse({"revision": revision, "done": progress.total - progress.left})

    async def undo(self, request: Request) -> Response:
        await json_body(request, _Nothing)
        name = self._annotator(request)
        number = self._book.undo(name)
        if number is None:
            return JSONResponse({"number": None})
        sheet = self._book.sheet(name, number)
        said = sheet.said.model_dump(mode="json")
        return JSONResponse({"number": number, "revision": sheet.revision, "said": said})

    def _welcome(self, request: Request, *, wrong: bool) -> Response:
        return self._pages.page(
            "welcome.html",
            status=422 if wrong else 200,
            title=self._title,
            total=len(self._book.items),
            principles=len(self._principles),
            known=self._known(request),
            wrong=wrong,
        )

    def _known(self, request: Request) -> _Known | None:
        name = self._book.name(unquote(request.cookies.get(self._cookie, "")))
        return _Known(name, _path(name), self._book.progress(name)) if name else None

    def _annotator(self, request: Request) -> str:
        name = self._book.name(request.path_params["annotator"])
        if name is None:
            raise HTTPException(404, "That is no name: begin on the first page.")
        return name

    def _check_ratings(self, said: Said) -> None:
        """Raises HTTPException where a rating is of no principle, or none of the points."""
        known = {one.id for one in self._principles}
        for side in (said.ratings.a, said.ratings.b):
            for principle, rating in side.items():
                if principle not in known or not LOWEST <= rating <= HIGHEST:
                    raise HTTPException(422, "a rating is of no principle, or out of range")


def _path(annotator: str) -> str:
    return f"/as/{quote(annotator, safe='')}"
