"""Routes of an ASGI application behind the guard::

    from octarine.guard.integrations.asgi import GuardMiddleware, JsonRoute

    app = GuardMiddleware(app, "default", routes=[JsonRoute("/ask", input={"$.question": "user"})])

The routes of OpenAI's API (``…/chat/completions``, ``…/responses``, ``…/embeddings``) are guarded without
being named; what else is at or below ``/responses`` and ``/completions`` is refused, unless a ``JsonRoute``
names it. Answers may be JSON, server-sent events, or plain text as it comes. What cannot be looked at on a
guarded route is refused: another media type, a body that is too long, one that is compressed.
"""

from __future__ import annotations

import asyncio
import fnmatch
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from pathlib import Path
from typing import Any

from octarine.core.json_text import dumps
from octarine.core.results import Verdict
from octarine.guard.chat.inspection import AnswerCheck
from octarine.guard.chat.refusals import Refusal, invalid
from octarine.guard.dialects.dialect import Dialect, Gate
from octarine.guard.guard import Guard
from octarine.guard.integrations.exchange import Blocked, OnBlock, check_choice, guard_of
from octarine.guard.integrations.http import EVENTS, Call, dialect_of, holds_content, told
from octarine.guard.integrations.selected import JsonRoute
from octarine.guard.streaming import OutputStream

__all__ = ["GuardMiddleware", "JsonRoute"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
BODY = 1 << 20
"""Bytes of a request."""
ANSWER = 16 << 20
"""Bytes of an answer that is judged as a whole."""
_JSON = "application/json"
_POLICY_VIOLATION = 1008
"""Code of RFC 6455."""


class GuardMiddleware:
    """An ASGI application around another one.

    Args:
        policy: a guard, the name of a policy, or the path of one.
        routes: what is guarded beside the routes of OpenAI's API.
        blocked: ``answer``: the policy's message in place of an answer, as the route says; ``raise``: an
            error of status 400 with the code ``content_filter``. A stream that is blocked ends with that.
        most_request, most_answer: bytes; more is refused with 413 and 502.
    """

    def __init__(
        self,
        app: App,
        policy: Guard | str | Path = "default",
        *,
        routes: Sequence[JsonRoute] = (),
        blocked: OnBlock = "answer",
        most_request: int = BODY,
        most_answer: int = ANSWER,
    ) -> None:
        check_choice(blocked)
        self._app = app
        self._guard = guard_of(policy)
        self._routes = tuple(routes)
        self._blocked = blocked
        self._most_request = most_request
        self._most_answer = most_answer

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "websocket" and holds_content("GET", scope["path"]):
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            return
        try:
            dialect = self._dialect(scope) if scope["type"] == "http" else None
        except Refusal as refusal:
            await _send_error(send, refusal)
            return
        if dialect is None:
            await self._app(scope, receive, send)
            return
        try:
            data = await self._body(scope, receive)
            call = await asyncio.to_thread(Call, self._guard, dialect, data, self._blocked)
            if call.blocked is not None:
                body, kind = call.refusal()
                await _send_whole(send, 200, body, kind)
                return
        except (Blocked, Refusal) as error:
            await _send_error(send, error)
            return
        answer = _Answer(call, send, self._most_answer)
        await self._app(_onward(scope, call.body), _handed(call.body, receive, answer), answer.send)

    def _dialect(self, scope: MutableMapping[str, Any]) -> Dialect[Any] | None:
        path, method = scope["path"], scope["method"]
        for route in self._routes:
            if route.method == method and _fits(path, route.path):
                return route
        known = dialect_of(path) if method == "POST" else None
        if known is None and holds_content(method, path):
            raise invalid(
                f"The guard does not look into {method} {path}, so it goes no further.",
                code="unsupported_content",
            )
        return known

    async def _body(self, scope: MutableMapping[str, Any], receive: Receive) -> bytes:
        headers = _headers(scope)
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != _JSON and not kind.endswith("+json"):
            raise Refusal(415, f"This route takes {_JSON}.", code="unsupported_media_type")
        if headers.get("content-encoding", "identity") != "identity":
            raise Refusal(415, "A compressed body cannot be looked at.", code="unsupported_media_type")
        pieces, size = [], 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise invalid("The client has gone.")
            pieces.append(message.get("body", b""))
            size += len(pieces[-1])
            if size > self._most_request:
                raise Refusal(413, f"More than {self._most_request:,} bytes.", code="request_too_large")
            if not message.get("more_body", False):
                return b"".join(pieces)


class _Answer:
    """What the application sends, on its way to the client."""

    def __init__(self, call: Call, send: Send, most: int) -> None:
        self._call = call
        self._send = send
        self._most = most
        self._start: Message = {}
        self._began = False
        self._gate: Gate | None = None
        self._pieces: list[bytes] = []
        self._size = 0
        self.over = asyncio.Event()

    async def send(self, message: Message) -> None:
        """One message of the application; once an error is told, none goes out."""
        if self.over.is_set():
            return
        try:
            await self._take(message)
        except (Blocked, Refusal) as error:
            # Not raised: the application would put a page of its own in place of it.
            await self._fail(error)

    async def _take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            self._gate = self._opened(_headers(message))
        elif message["type"] == "http.response.body":
            data, more = message.get("body", b""), message.get("more_body", False)
            if self._gate is None:
                await self._whole(data, more)
            else:
                await self._piece(self._gate, data, more)
        elif message["type"] != "http.response.debug":
            raise _unreadable(f"'{message['type']}'")

    async def _fail(self, error: Blocked | Refusal) -> None:
        """Tell the client of an error: by status while nothing has gone out."""
        self.over.set()
        if not self._began:
            await _send_error(self._send, error)
            return
        body = self._gate.failed(told(error)) if self._gate is not None else b""
        await self._send({"type": "http.response.body", "body": body, "more_body": False})

    def _opened(self, headers: dict[str, str]) -> Gate | None:
        if headers.get("content-encoding", "identity") != "identity":
            raise _unreadable("a compressed answer")
        kind = headers.get("content-type", _JSON).partition(";")[0].strip().lower()
        if kind == EVENTS:
            return self._call.open()
        if kind.startswith("text/"):
            return TextGate(self._call.exchange.check)
        if kind == _JSON or kind.endswith("+json"):
            return None
        raise _unreadable(f"'{kind}'")

    async def _whole(self, data: bytes, more: bool) -> None:
        self._pieces.append(data)
        self._size += len(data)
        if self._size > self._most:
            raise _unreadable(f"an answer of more than {self._most:,} bytes")
        if more:
            return
        body, status = b"".join(self._pieces), self._start["status"]
        if body and (status < 400 or isinstance(self._call.exchange.dialect, JsonRoute)):
            body = await asyncio.to_thread(self._judged, body)
        self.over.set()
        await _send_whole(self._send, status, body, None, self._start.get("headers", ()))

    def _judged(self, data: bytes) -> bytes:
        exchange = self._call.exchange
        body, verdict = self._call.judged(data)
        if verdict is not None and isinstance(exchange.dialect, JsonRoute):
            answer = exchange.refused(verdict)
            if answer is None:
                raise Blocked(verdict, output=True)
            return dumps(answer)
        return body

    async def _piece(self, gate: Gate, data: bytes, more: bool) -> None:
        out = await asyncio.to_thread(self._call.passed, gate, data)
        if gate.over:
            out, more = out + gate.end(), False
        elif not more:
            out += await asyncio.to_thread(self._call.passed, gate, None)
        if out or not more:
            await self._begin()
            if not more:
                self.over.set()
            await self._send({"type": "http.response.body", "body": out, "more_body": more})

    async def _begin(self) -> None:
        if not self._began:
            self._began = True
            await self._send({**self._start, "headers": _without_length(self._start.get("headers", ()))})


class TextGate:
    """A plain text as it comes; satisfies ``dialects.dialect.Gate``. After a blocked one comes the policy's
    message."""

    def __init__(self, check: AnswerCheck) -> None:
        request = check.request
        self._text = OutputStream(
            request.guard,
            request.prompt,
            message_language=request.language,
            placeholders=request.placeholders,
            documents=request.documents,
        )
        self._said = False
        self._told = False
        self.blocked: Verdict | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more may go out."""
        return self.blocked is not None

    def feed(self, data: bytes) -> bytes:
        """What may go out now."""
        out = self._text.feed(data)
        self.blocked = self._text.blocked
        return self._out(out)

    def close(self) -> bytes:
        """The rest."""
        if self.over:
            return b""
        ended = self._text.finish()
        if not ended.verdict.allowed:
            self.blocked = ended.verdict
        return self._out(ended.text)

    def end(self) -> bytes:
        """Nothing ends a text."""
        return b""

    def failed(self, refusal: Refusal) -> bytes:
        """Nothing: a text has no place for an error."""
        return b""

    def _out(self, text: str) -> bytes:
        self._said = self._said or bool(text)
        if self.blocked is not None and not self._told:
            self._told = True
            text += f"\n\n{self.blocked.message}" if self._said else self.blocked.message
        return text.encode("utf-8", "replace")


def _fits(path: str, pattern: str) -> bool:
    ours, theirs = pattern.rstrip("/").split("/"), path.rstrip("/").split("/")
    return len(ours) == len(theirs) and all(map(fnmatch.fnmatchcase, theirs, ours))


def _headers(message: MutableMapping[str, Any]) -> dict[str, str]:
    return {
        bytes(name).decode("latin-1").lower(): bytes(value).decode("latin-1")
        for name, value in message.get("headers", ())
    }


def _without_length(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    # An entity tag is of the bytes that the application sent.
    return [(name, value) for name, value in headers if name.lower() not in (b"content-length", b"etag")]


def _onward(scope: MutableMapping[str, Any], body: bytes) -> MutableMapping[str, Any]:
    length = (b"content-length", str(len(body)).encode())
    left_out = (b"content-length", b"transfer-encoding", b"accept-encoding")
    kept = [(name, value) for name, value in scope["headers"] if name.lower() not in left_out]
    extensions = {
        name: value
        for name, value in (scope.get("extensions") or {}).items()
        if name not in ("http.response.pathsend", "http.response.zerocopysend")
    }
    return {**scope, "headers": [*kept, length], "extensions": extensions}


def _handed(body: bytes, receive: Receive, answer: _Answer) -> Receive:
    """The request as it may go on, and then whether the client is still there and wants more."""
    given = False

    async def handed() -> Message:
        nonlocal given
        if not given:
            given = True
            return {"type": "http.request", "body": body, "more_body": False}
        gone = asyncio.ensure_future(receive())
        over = asyncio.ensure_future(answer.over.wait())
        try:
            await asyncio.wait({gone, over}, return_when=asyncio.FIRST_COMPLETED)
            return gone.result() if gone.done() else {"type": "http.disconnect"}
        finally:
            gone.cancel()
            over.cancel()

    return handed


def _unreadable(what: str) -> Refusal:
    return Refusal(
        502, f"The application answered with {what}, which cannot be looked at.", code="bad_upstream"
    )


async def _send_error(send: Send, error: Blocked | Refusal) -> None:
    refusal = told(error)
    await _send_whole(send, refusal.status, dumps(refusal.body), _JSON)


async def _send_whole(
    send: Send, status: int, body: bytes, kind: str | None, headers: Sequence[tuple[bytes, bytes]] = ()
) -> None:
    told = [*_without_length(headers), (b"content-length", str(len(body)).encode())]
    if kind is not None:
        told.append((b"content-type", kind.encode()))
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": body, "more_body": False})
