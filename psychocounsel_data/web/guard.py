"""Stands before every page: refuses strangers, and tells browsers what a page may not do."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from psychocounsel_data.web.access import Access

_SAFE_METHODS = frozenset({"GET", "HEAD"})
# Nothing from elsewhere, nothing inline: a client's text that got past the escaping would still
# not run, and nothing on the page can send it anywhere.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: with that, browsers send no usable Origin with a form.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


class Guard:
    """An ASGI application that lets through to another one what `Access` allows."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        answer = self._verdict(scope) or self._app
        await answer(scope, receive, send_with_headers)

    def _verdict(self, scope: Scope) -> Response | None:
        """The refusal or redirect that a request gets; None where it may pass."""
        headers = Headers(scope=scope)
        if not self._access.host_known(headers.get("host")):
            return PlainTextResponse("This server does not answer to that name.", 421)
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        brought = dict(query).get("token")
        if brought is not None and self._access.token is not None:
            return self._admitted(scope["path"], query, brought)
        if not self._access.opens(
            cookie_parser(headers.get("cookie", "")).get(self._access.cookie)
        ):
            return _no_entry()
        if scope["method"] not in _SAFE_METHODS and not self._access.may_write(
            headers.get("host"), headers.get("origin"), headers.get("sec-fetch-site")
        ):
            return PlainTextResponse("Only this server's own pages may change anything.", 403)
        return None

    def _admitted(self, path: str, query: list[tuple[str, str]], token: str) -> Response:
        """Keep the right token in a cookie, and take it out of the address bar."""
        if not self._access.opens(token):
            return _no_entry()
        rest = urlencode([(key, value) for key, value in query if key != "token"])
        # A path that began with two slashes would lead to another server.
        place = "/" + path.lstrip("/") + (f"?{rest}" if rest else "")
        answer = RedirectResponse(place, 303)
        # Lax, because a link that is followed from a mail has to keep its cookie over the redirect;
        # what writes is held to its Origin besides.
        answer.set_cookie(self._access.cookie, token, httponly=True, samesite="lax")
        return answer


def _no_entry() -> Response:
    return PlainTextResponse(
        "This page needs the whole link that `pcdata` printed when it was started, the part after "
        "`?token=` included. Ask whoever started it; after a restart there is a new link.",
        403,
    )
