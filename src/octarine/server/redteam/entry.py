"""Letting in the person who started the page and nobody else of this machine: what they send is paid for."""

from __future__ import annotations

import secrets
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

NAME = "key"


class Entry:
    """Asks for a key that is in the address which the command prints, and remembers who gave it.

    Two pages of one machine share their cookies, for a cookie knows no port: the key names its own.
    """

    def __init__(self, app: ASGIApp, key: str = "") -> None:
        self.app = app
        self.key = key or secrets.token_urlsafe(24)
        self.cookie = f"octarine_chat_{self.key[:6]}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._answer(scope) if scope["type"] == "http" else None
        await (answer or self.app)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response | None:
        given = parse_qs(scope["query_string"].decode("latin-1")).get(NAME, [""])[0]
        if self._fits(given):
            response = RedirectResponse(scope["path"], 303)
            response.set_cookie(self.cookie, self.key, httponly=True, samesite="strict")
            return response
        if self._fits(_cookie(Headers(scope=scope).get("cookie", ""), self.cookie)):
            return None
        return PlainTextResponse("Open the address that 'octarine redteam chat' printed.", 403)

    def _fits(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self.key.encode())


def _cookie(header: str, name: str) -> str:
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return found.value if found else ""
