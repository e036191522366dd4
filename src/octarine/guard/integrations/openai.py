"""An OpenAI client behind the guard::

    from octarine.guard.integrations.openai import guard_openai

    client = guard_openai(OpenAI(), "default")
    client.chat.completions.create(…)         # and responses.create, embeddings.create; streamed or not

The client that comes back is of the class of the one that went in, and answers with the same types. What is
guarded is what it sends and gets, so helpers such as ``parse``, ``stream``, ``with_raw_response`` and copies
of it by ``with_options`` are guarded too. What nothing here can look into (pictures, sound, files, batches,
stored answers, WebSockets) raises before it is sent; for that use the client that you gave.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn, TypeVar, cast

import httpx

from octarine.core.errors import InputError
from octarine.core.json_text import dumps
from octarine.guard.chat.refusals import Refusal
from octarine.guard.dialects.dialect import Stream
from octarine.guard.guard import Guard
from octarine.guard.integrations.exchange import (
    Blocked,
    MissingLibrary,
    OnBlock,
    check_choice,
    guard_of,
)
from octarine.guard.integrations.http import EVENTS, Call, dialect_of
from octarine.guard.integrations.http import told as told_of

try:
    from openai import AsyncOpenAI, OpenAI
except ImportError:
    raise MissingLibrary("openai", "guard_openai") from None

C = TypeVar("C", OpenAI, AsyncOpenAI)
_PASSING = ("/models",)
"""Beginnings of what follows ``/v1`` and carries no content."""
_LEFT_OUT = ("content-length", "content-encoding", "transfer-encoding")
_MARK = "octarine"


def guard_openai(client: C, policy: Guard | str | Path = "default", *, blocked: OnBlock = "raise") -> C:
    """``client`` behind the guard; the one that was given stays as it is.

    Args:
        client: an ``OpenAI`` or ``AsyncOpenAI``, or of a class below them.
        policy: a guard, the name of a policy, or the path of one.
        blocked: ``raise``: ``Blocked``; ``answer``: an answer with the policy's message, whose
            ``finish_reason`` is ``content_filter`` (of ``responses``: ``incomplete``, for that reason). Of a
            stream what has gone out before stands.

    Raises:
        InputError: ``client`` is none, or stands on another library than httpx.
    """
    check_choice(blocked)
    inner = getattr(client, "_client", None)
    wraps = {httpx.Client: _GuardedClient, httpx.AsyncClient: _GuardedAsyncClient}
    wrap = next((made for kind, made in wraps.items() if isinstance(inner, kind)), None)
    if not isinstance(client, OpenAI | AsyncOpenAI) or wrap is None:
        raise InputError(
            f"guard_openai takes an OpenAI client over httpx, not {type(client).__name__}",
            hint="For example:  guard_openai(OpenAI())",
        )
    passage = _Passage(guard_of(policy), blocked)
    guarded = client.copy(http_client=cast(Any, wrap(cast(Any, inner), passage)))
    guarded.__class__ = _raising(type(client))
    return guarded


class _Passage:
    """What both kinds of client do with a request and an answer; takes the guard's time."""

    def __init__(self, guard: Guard, blocked: OnBlock) -> None:
        self._guard = guard
        self._blocked = blocked

    def begin(self, request: httpx.Request) -> Call | None:
        """The call that a request makes; None for one without content.

        Raises:
            Blocked, Refusal: it must not be sent.
        """
        path = request.url.path
        dialect = dialect_of(path)
        if request.method == "POST" and dialect is not None:
            return Call(self._guard, dialect, request.content, self._blocked)
        if request.method == "GET" and any(begin in path for begin in _PASSING):
            return None
        raise Refusal(
            400,
            f"The guard does not look into {request.method} {path}, so it is not sent. Use the client that "
            "was given to guard_openai for it.",
            code="unsupported_content",
        )

    @staticmethod
    def onward(request: httpx.Request, call: Call) -> httpx.Request:
        """The request as it may go on."""
        headers = [(name, value) for name, value in request.headers.multi_items() if name not in _LEFT_OUT]
        return httpx.Request(
            request.method, request.url, headers=headers, content=call.body, extensions=request.extensions
        )

    @staticmethod
    def refused(request: httpx.Request, call: Call) -> httpx.Response:
        """The answer to a blocked request."""
        body, kind = call.refusal()
        return httpx.Response(200, headers={"content-type": kind}, content=body, request=request)


def _told(request: httpx.Request, error: Blocked | Refusal) -> httpx.Response:
    """An error as an answer that the client raises from; it does not try again."""
    refusal = told_of(error)
    return httpx.Response(
        400,
        headers={"content-type": "application/json", "x-should-retry": "false"},
        content=dumps(refusal.body),
        request=request,
        extensions={_MARK: error},
    )


def _raising(kind: type[C]) -> type[C]:
    """A class like ``kind`` that raises ``Blocked`` where the guard says so, and opens no WebSocket: it would
    not go through the client inside."""

    class Guarded(kind):  # type: ignore[misc, valid-type]
        @cached_property
        def responses(self) -> Any:
            return _unconnected(super().responses)

        @cached_property
        def realtime(self) -> Any:
            return _unconnected(super().realtime)

        @cached_property
        def beta(self) -> Any:
            beta = super().beta
            for name in ("responses", "realtime"):
                # Each is kept by ``beta``. Not every release of the library has both.
                _unconnected(getattr(beta, name, None))
            return beta

        def _make_status_error(self, err_msg: str, *, body: object, response: httpx.Response) -> Any:
            error = response.extensions.get(_MARK)
            if isinstance(error, Blocked):
                return error
            return super()._make_status_error(err_msg, body=body, response=response)

    Guarded.__name__, Guarded.__qualname__, Guarded.__module__ = (
        kind.__name__,
        kind.__qualname__,
        kind.__module__,
    )
    return cast("type[C]", Guarded)


def _unconnected(resource: Any) -> Any:
    """``resource``, whose ``connect`` now raises."""
    if hasattr(resource, "connect"):
        resource.connect = _no_connection
    return resource


def _no_connection(*args: Any, **named: Any) -> NoReturn:
    """Raise Refusal."""
    raise Refusal(
        400,
        "The guard does not look into WebSockets, so none is opened. For one use the client that was given "
        "to guard_openai.",
        code="unsupported_content",
    )


class _GuardedClient(httpx.Client):
    """Sends through another client, and looks at what goes there and comes back."""

    def __init__(self, inner: httpx.Client, passage: _Passage) -> None:
        super().__init__(transport=_NoTransport(), timeout=inner.timeout, trust_env=False)
        self._inner = inner
        self._passage = passage

    def build_request(self, *args: Any, **named: Any) -> httpx.Request:
        """As the client inside does."""
        return self._inner.build_request(*args, **named)

    def send(self, request: httpx.Request, **how: Any) -> httpx.Response:
        """See ``httpx.Client``."""
        request.read()
        try:
            call = self._passage.begin(request)
            if call is None:
                return self._inner.send(request, **how)
            if call.blocked is not None:
                return self._passage.refused(request, call)
        except (Blocked, Refusal) as error:
            return _told(request, error)
        response = self._inner.send(self._passage.onward(request, call), **(how | {"stream": True}))
        if response.is_error:
            response.read()
            return response
        headers = _headers(response)
        try:
            if _is_stream(response):
                stream = _Bytes(response, call)
                return httpx.Response(response.status_code, headers=headers, stream=stream, request=request)
            content, _ = call.judged(response.read())
        except (Blocked, Refusal) as error:
            return _told(request, error)
        return httpx.Response(response.status_code, headers=headers, content=content, request=request)

    def close(self) -> None:
        """Close the client inside, too."""
        self._inner.close()
        super().close()


class _GuardedAsyncClient(httpx.AsyncClient):
    """The same for ``AsyncOpenAI``; the guard is asked in threads."""

    def __init__(self, inner: httpx.AsyncClient, passage: _Passage) -> None:
        super().__init__(transport=_NoTransport(), timeout=inner.timeout, trust_env=False)
        self._inner = inner
        self._passage = passage

    def build_request(self, *args: Any, **named: Any) -> httpx.Request:
        """As the client inside does."""
        return self._inner.build_request(*args, **named)

    async def send(self, request: httpx.Request, **how: Any) -> httpx.Response:
        """See ``httpx.AsyncClient``."""
        await request.aread()
        try:
            call = await asyncio.to_thread(self._passage.begin, request)
            if call is None:
                return await self._inner.send(request, **how)
            if call.blocked is not None:
                return self._passage.refused(request, call)
        except (Blocked, Refusal) as error:
            return _told(request, error)
        response = await self._inner.send(self._passage.onward(request, call), **(how | {"stream": True}))
        if response.is_error:
            await response.aread()
            return response
        headers = _headers(response)
        try:
            if _is_stream(response):
                stream = _AsyncBytes(response, call)
                return httpx.Response(response.status_code, headers=headers, stream=stream, request=request)
            content, _ = await asyncio.to_thread(call.judged, await response.aread())
        except (Blocked, Refusal) as error:
            return _told(request, error)
        return httpx.Response(response.status_code, headers=headers, content=content, request=request)

    async def aclose(self) -> None:
        """Close the client inside, too."""
        await self._inner.aclose()
        await super().aclose()


class _Bytes(httpx.SyncByteStream):
    """What may go out of a streamed answer."""

    def __init__(self, response: httpx.Response, call: Call) -> None:
        self._response = response
        self._call = call
        self._stream = call.open()

    def __iter__(self) -> Iterator[bytes]:
        for data in self._response.iter_bytes():
            if out := _judged(self._call, self._stream, data):
                yield out
            if self._stream.over:
                yield self._stream.end()
                return
        yield _judged(self._call, self._stream, None)

    def close(self) -> None:
        self._response.close()


class _AsyncBytes(httpx.AsyncByteStream):
    """The same, asked in threads."""

    def __init__(self, response: httpx.Response, call: Call) -> None:
        self._response = response
        self._call = call
        self._stream = call.open()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for data in self._response.aiter_bytes():
            if out := await asyncio.to_thread(_judged, self._call, self._stream, data):
                yield out
            if self._stream.over:
                yield self._stream.end()
                return
        yield await asyncio.to_thread(_judged, self._call, self._stream, None)

    async def aclose(self) -> None:
        await self._response.aclose()


class _NoTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Nothing is sent but through the client inside."""


def _judged(call: Call, stream: Stream, data: bytes | None) -> bytes:
    try:
        return call.passed(stream, data)
    except Refusal as refusal:
        # The client raises an APIError from it, as from an error of the endpoint itself.
        return stream.failed(refusal)


def _is_stream(response: httpx.Response) -> bool:
    return str(response.headers.get("content-type", "")).partition(";")[0].strip() == EVENTS


def _headers(response: httpx.Response) -> list[tuple[str, str]]:
    return [(name, value) for name, value in response.headers.multi_items() if name not in _LEFT_OUT]
