"""One request and its answer, over raw ASGI."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, MutableMapping
from typing import Any, TypeVar

from octarine.core.json_text import dumps, loads
from octarine.server.limits import Limits
from octarine.server.refusals import Refusal, invalid
from octarine.server.tracing.trace import Trace, Untraced

T = TypeVar("T")
Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

JSON = b"application/json"
EVENTS = b"text/event-stream; charset=utf-8"
_DROPPED, _DROPPED_S = 16 * 2**20, 2.0
"""Bytes and seconds of a refused request that are read, so that its client sees why."""
_ALWAYS = ((b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store"))


class ClientGone(Exception):
    """The client hung up; there is nobody to answer."""


class Exchange:
    """A request as it came, and the one answer that it gets.

    Attributes:
        id: made here; the answer carries it as ``x-request-id``.
        headers: name in lower case → value; of one that came twice the last.
        holder: name of the key.
        route: the path that a part registered, for metrics.
        parameters: what stands in the path for the names in braces of the route.
        query: what follows ``?`` in the address, as it came.
        status: of the answer; 0 until it has begun.
        notes: what the handler wants said about it in headers of the answer.
        trace: where it spends its time.
        last_words: how a stream of events tells that it breaks off; dialects differ.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send, limits: Limits) -> None:
        self.id = f"req_{secrets.token_hex(12)}"
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query: bytes = scope.get("query_string", b"")
        self.parameters: Mapping[str, str] = {}
        self.headers: dict[bytes, bytes] = {name.lower(): value for name, value in scope["headers"]}
        self.holder = ""
        self.route = ""
        self.status = 0
        self.ended = False
        self.notes: dict[str, str] = {}
        self.trace: Trace = Untraced()
        self.began = time.perf_counter()
        self._limits = limits
        self._receive = receive
        self._send = send
        self._read = False
        self._events = False
        self.last_words: Callable[[Refusal], bytes] = _error_event

    async def body(self) -> bytes:
        """All of the request.

        Raises:
            Refusal: 413, it is too large; 408, it does not come; 415, it is compressed.
            ClientGone: it ends early.
        """
        try:
            async with asyncio.timeout(self._limits.body_s):
                return b"".join([piece async for piece in self.pieces(self._limits.body_bytes)])
        except TimeoutError:
            raise self._too_slow(self._limits.body_s) from None

    async def pieces(self, most: int, silence_s: float | None = None) -> AsyncIterator[bytes]:
        """The request as it comes, for what is too large to hold.

        Args:
            most: bytes of all pieces.
            silence_s: how long the next piece may take; None for no bound.

        Raises:
            Refusal: 413, it is too large, as soon as that shows; 408, it does not come; 415, it is
                compressed.
            ClientGone: it ends early.
        """
        if self.headers.get(b"content-encoding", b"identity").lower() not in (b"", b"identity"):
            raise Refusal(415, "Compressed requests are not read here. Send the body as it is.", close=True)
        said = self.headers.get(b"content-length", b"")
        if said.isdigit() and (len(said) > 18 or int(said) > most):
            raise self._too_large(most)
        size, more = 0, True
        while more:
            try:
                async with asyncio.timeout(silence_s):
                    message = await self._receive()
            except TimeoutError:
                raise self._too_slow(silence_s or 0) from None
            if message["type"] == "http.disconnect":
                raise ClientGone
            piece = message.get("body", b"")
            size += len(piece)
            if size > most:
                raise self._too_large(most)
            more = message.get("more_body", False)
            self._read = not more
            yield piece

    @property
    def body_read(self) -> bool:
        """Whether all of the request has come."""
        return self._read

    async def json(self) -> dict[str, Any]:
        """The request as a JSON object.

        Raises:
            Refusal: as ``body``; 415 and 400, it is none.
            ClientGone: it ends early.
        """
        kind = self.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if kind != JSON:
            # A page elsewhere can have a browser send a form or plain text here, and no JSON.
            raise Refusal(415, "Send JSON, with the header 'Content-Type: application/json'.", close=True)
        try:
            value = loads(await self.body(), self._limits.depth)
        except ValueError as error:
            raise invalid(f"The body cannot be read: {error}.", code="invalid_json") from None
        if not isinstance(value, dict):
            raise invalid("The body must be a JSON object.", code="invalid_json")
        return value

    async def disconnected(self) -> None:
        """Returns when the client hangs up. Only once the body has been read."""
        while self._read:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return
        await asyncio.get_running_loop().create_future()

    async def while_there(self, work: Coroutine[Any, Any, T]) -> T:
        """Do ``work`` for as long as somebody waits for it.

        Raises:
            ClientGone: the client hung up; the work was cancelled.
        """
        task = asyncio.create_task(work)
        gone = asyncio.create_task(self.disconnected())
        try:
            await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done() and not self.ended:
                raise ClientGone
            # Once the answer is out, whoever leaves breaks nothing off: what is left is to clean up.
            return await task
        finally:
            gone.cancel()
            if not task.done():
                task.cancel()
            await asyncio.gather(task, gone, return_exceptions=True)

    async def reply(
        self, body: bytes, status: int = 200, *, kind: bytes = JSON, headers: Mapping[str, str] | None = None
    ) -> None:
        """The whole answer."""
        await self._begin(status, kind, headers or {}, ((b"content-length", b"%d" % len(body)),))
        await self._send({"type": "http.response.body", "body": b"" if self.method == "HEAD" else body})
        self.ended = True

    async def reply_json(self, value: Any, status: int = 200) -> None:
        """The whole answer, as JSON."""
        await self.reply(dumps(value), status)

    async def refuse(self, refusal: Refusal) -> None:
        """The answer where the request is not served.

        A connection that is closed while its client still sends is reset, and the client may never see the
        answer: so what is left of a request is read and dropped, as far as that is little.
        """
        headers = dict(refusal.headers)
        if refusal.close or not await self._dropped():
            headers["connection"] = "close"
        await self.reply(dumps(refusal.body), refusal.status, headers=headers)

    async def begin_events(self) -> None:
        """Begin an answer of server-sent events."""
        self._events = True
        await self._begin(200, EVENTS, {"x-accel-buffering": "no"}, ())

    async def write(self, data: bytes) -> None:
        """A piece of an answer that has begun."""
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self) -> None:
        """The end of an answer that came in pieces."""
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        self.ended = True

    async def break_off(self, refusal: Refusal) -> None:
        """End an answer that has begun and cannot be finished. The last of its events is the error: without
        one, what came would look whole."""
        if self._events:
            await self.write(self.last_words(refusal))
        await self.end()

    async def _begin(
        self, status: int, kind: bytes, headers: Mapping[str, str], more: tuple[tuple[bytes, bytes], ...]
    ) -> None:
        self.status = status
        told = [(b"content-type", kind), (b"x-request-id", self.id.encode()), *_ALWAYS, *more]
        for name, value in (*self.notes.items(), *headers.items()):
            told.append((name.encode("latin-1"), value.encode("latin-1", "replace")))
        await self._send({"type": "http.response.start", "status": status, "headers": told})

    async def _dropped(self) -> bool:
        """Whether all of the request has come, once some more of it was waited for."""
        size, more = 0, not self._read
        try:
            async with asyncio.timeout(_DROPPED_S):
                while more and size <= _DROPPED:
                    message = await self._receive()
                    if message["type"] == "http.disconnect":
                        return False
                    size += len(message.get("body", b""))
                    more = message.get("more_body", False)
        except TimeoutError:
            return False
        self._read = not more
        return not more

    def _too_slow(self, seconds: float) -> Refusal:
        return Refusal(408, f"The body did not come within {seconds:g} s.", code="too_slow", close=True)

    def _too_large(self, most: int) -> Refusal:
        return Refusal(413, f"The body is larger than {most:,} bytes.", code="request_too_large", close=True)


def _error_event(refusal: Refusal) -> bytes:
    return b"data: " + dumps(refusal.body) + b"\n\n"
