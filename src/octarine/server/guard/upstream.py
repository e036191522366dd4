"""The model's server behind this one. Never asked twice for one request: an answer costs, and may act."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from octarine.core.errors import OctarineError
from octarine.core.json_text import loads
from octarine.models.http.client import is_loopback
from octarine.models.http.errors import Endpoint, server_message, transport_error
from octarine.models.openai.target import Target
from octarine.server.exchange import Exchange
from octarine.server.refusals import INVALID, Refusal, busy, upstream_failed

_FORWARDED = (b"openai-organization", b"openai-project", b"openai-beta")
"""Headers of a request that go on, beside the key."""
_RETURNED = ("retry-after", "openai-processing-ms", "openai-version")
_RATE = "x-ratelimit-"
_CLIENTS_FAULT = frozenset({400, 404, 409, 413, 415, 422, 429})
_DEPTH = 64
_MOST_ERROR = 64 * 1024


@dataclass(frozen=True, slots=True)
class UpstreamLimits:
    """How long and how much.

    Attributes:
        connect_s: seconds to connect.
        silence_s: seconds between two pieces of an answer, and until its first.
        answer_bytes: of one answer.
        connections: at a time.
    """

    connect_s: float = 10.0
    silence_s: float = 120.0
    answer_bytes: int = 32 * 2**20
    connections: int = 256


@dataclass(frozen=True, slots=True)
class Answer:
    """The head of an answer with status 200, and its bytes as they come.

    Attributes:
        headers: those that may go on to the client.
    """

    kind: str
    headers: Mapping[str, str]
    pieces: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The body of a request that is no JSON, sent as it is read.

    Attributes:
        kind: its ``Content-Type``.
        size: bytes of all pieces.
    """

    kind: bytes
    size: int
    pieces: AsyncIterator[bytes]


Body = bytes | Outgoing | None
"""JSON, something else, or nothing: then it is a GET."""


class Upstream:
    """One OpenAI-compatible server.

    Args:
        target: where it is, and the key that is sent; a target without one passes on the client's, where
            ``pass_key``.
    """

    def __init__(self, target: Target, limits: UpstreamLimits, *, pass_key: bool) -> None:
        self.endpoint = Endpoint(target.base, secrets=(target.key,) if target.key else ())
        self._target = target
        self._limits = limits
        self._pass_key = pass_key
        self._client: httpx.AsyncClient | None = None

    async def start(self) -> None:
        """Open the client; nothing is asked yet."""
        limits = self._limits
        self._client = httpx.AsyncClient(
            # A proxy of the environment is not asked about this machine.
            trust_env=not is_loopback(httpx.URL(self._target.base).host),
            timeout=httpx.Timeout(limits.silence_s, connect=limits.connect_s),
            limits=httpx.Limits(
                max_connections=limits.connections, max_keepalive_connections=limits.connections
            ),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={"user-agent": "octarine"},
        )

    async def stop(self) -> None:
        """Close every connection."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    @asynccontextmanager
    async def ask(self, exchange: Exchange, path: str, body: Body) -> AsyncIterator[Answer]:
        """Send a request on; the answer is let go when the block is left.

        Raises:
            Refusal: the upstream cannot be reached, is too slow, or refuses; also while the pieces are read.
        """
        with exchange.trace.upstream() as traced:
            async with self._asked({**self._headers(exchange, body), **traced}, path, body) as answer:
                yield answer

    @asynccontextmanager
    async def _asked(self, headers: dict[bytes, bytes], path: str, body: Body) -> AsyncIterator[Answer]:
        assert self._client is not None
        content = body.pieces if isinstance(body, Outgoing) else body
        request = self._client.build_request(
            "GET" if body is None else "POST", self._target.url(path), content=content, headers=headers
        )
        try:
            response = await self._client.send(request, stream=True)
        except httpx.PoolTimeout:
            raise busy("All connections to the model's server are taken.", code="upstream_busy") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._failure(error) from None
        try:
            if response.status_code != 200:
                raise await self._refusal(response)
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            yield Answer(kind, _returned(response.headers), self._pieces(response))
        finally:
            # The client may have gone and this task been cancelled: the connection is let go even so.
            await asyncio.shield(response.aclose())

    async def whole(self, exchange: Exchange, path: str, body: Body) -> tuple[bytes, Mapping[str, str]]:
        """A whole answer, and the headers that may go on.

        Raises:
            Refusal: as ``ask``.
        """
        async with self.ask(exchange, path, body) as answer:
            return b"".join([piece async for piece in answer.pieces]), answer.headers

    def _headers(self, exchange: Exchange, body: Body) -> dict[bytes, bytes]:
        headers = {name: exchange.headers[name] for name in _FORWARDED if name in exchange.headers}
        if isinstance(body, Outgoing):
            headers |= {b"content-type": body.kind, b"content-length": b"%d" % body.size}
        elif body is not None:
            headers[b"content-type"] = b"application/json"
        if self._target.key:
            headers[b"authorization"] = b"Bearer " + self._target.key.encode()
        elif self._pass_key and b"authorization" in exchange.headers:
            headers[b"authorization"] = exchange.headers[b"authorization"]
        return headers

    async def _pieces(self, response: httpx.Response) -> AsyncGenerator[bytes]:
        size = 0
        try:
            async for piece in response.aiter_bytes():
                size += len(piece)
                if size > self._limits.answer_bytes:
                    raise upstream_failed(
                        f"The model's server sent more than {self._limits.answer_bytes:,} bytes.",
                        code="bad_upstream",
                    )
                yield piece
        except httpx.HTTPError as error:
            raise self._failure(error) from None

    def _failure(self, error: Exception) -> Refusal:
        if isinstance(error, httpx.TimeoutException):
            limits = self._limits
            seconds = limits.connect_s if isinstance(error, httpx.ConnectTimeout) else limits.silence_s
            told = f"The model's server did not answer within {seconds:g} s."
            return upstream_failed(told, status=504, code="upstream_timeout")
        if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.DecodingError):
            told = "The model's server broke off its answer, or did not speak HTTP."
            return upstream_failed(told, code="upstream_incomplete")
        told_error: OctarineError = transport_error(self.endpoint, error, self._limits.silence_s)
        # Where the upstream is, clients need not know: the log does.
        why = told_error.message.removeprefix(self.endpoint.label).lstrip(": ")
        return upstream_failed(f"The model's server cannot be reached: {why}.", code="upstream_unreachable")

    async def _refusal(self, response: httpx.Response) -> Refusal:
        """The error that the upstream answered with, as this server's own."""
        status = response.status_code
        body = b""
        async for piece in self._pieces(response):
            body += piece
            if len(body) > _MOST_ERROR:
                break
        said = server_message(self.endpoint, body[:_MOST_ERROR])
        told = f"The model's server answered {status}{f': {said}' if said else ''}"
        headers = _returned(response.headers)
        clients = status in _CLIENTS_FAULT or (status in (401, 403) and not self._target.key)
        if not clients:
            code = "upstream_refused_key" if status in (401, 403) else "upstream_error"
            refusal = upstream_failed(told, status=503 if status == 503 else 502, code=code)
        else:
            fields = _error_fields(body)
            refusal = Refusal(
                status, told, fields.get("type") or INVALID, fields.get("code"), fields.get("param")
            )
        refusal.headers = headers
        return refusal


def _returned(headers: httpx.Headers) -> dict[str, str]:
    return {
        name.lower(): value
        for name, value in headers.items()
        if name.lower() in _RETURNED or name.lower().startswith(_RATE)
    }


def _error_fields(body: bytes) -> dict[str, str]:
    try:
        data: Any = loads(body, _DEPTH)
    except ValueError:
        return {}
    error = data.get("error") if isinstance(data, dict) else None
    if not isinstance(error, dict):
        return {}
    return {
        name: value[:100]
        for name in ("type", "code", "param")
        if isinstance(value := error.get(name), str) and value.isprintable()
    }
