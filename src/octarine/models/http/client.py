"""One HTTP client per model: bounded concurrency, retries, limits, and errors that say what to do.

What the environment says about proxies and certificates (``HTTPS_PROXY``, ``NO_PROXY``, ``SSL_CERT_FILE``) is
obeyed, except that a loopback address is always called directly. Redirects are not followed: they would take
the key to a host that the user did not name.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TypeVar

import httpx
import numpy as np

from octarine.core.errors import BadResponse, ModelUnavailable, OctarineError
from octarine.models.http.errors import Endpoint, Reply, is_certificate_error, status_error, transport_error
from octarine.models.http.retries import Retries, RetryPolicy, retry_after

T = TypeVar("T")

_TRY_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_CONNECT_S = 10.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What a model may take of this machine and of the endpoint.

    ``timeout_s`` is for one try: a whole answer, or the silence between two pieces of a streamed one.
    ``max_bytes`` is of one decompressed answer.
    """

    concurrency: int = 8
    timeout_s: float = 60.0
    max_bytes: int = 32 * 2**20
    retry: RetryPolicy = field(default_factory=RetryPolicy)


@dataclass(frozen=True, slots=True)
class Request:
    """One call.

    Attributes:
        json: the body, or None for no body.
        cookies: the session's own; what the answer sets is added to them. No others are kept.
    """

    url: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    json: object = None
    cookies: httpx.Cookies | None = None


class _Failed(Exception):
    """One try failed in a way that another may not."""

    def __init__(
        self, error: OctarineError, headers: Mapping[str, str] | None = None, *, timed_out: bool = False
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.headers = headers
        self.timed_out = timed_out


class HttpClient:
    """Calls one endpoint. Safe to use concurrently within one event loop.

    Args:
        endpoint: how errors name it.
        rng: for the jitter of the retries only; by default seeded by the system, because clients that share a
            seed would come back together.
    """

    def __init__(
        self, endpoint: Endpoint, limits: Limits | None = None, *, rng: np.random.Generator | None = None
    ) -> None:
        self.endpoint = endpoint
        self.limits = limits or Limits()
        self._rng = rng or np.random.default_rng()
        self._slots = asyncio.Semaphore(self.limits.concurrency)
        self._clients: dict[bool, httpx.AsyncClient] = {}
        self._reached = False
        self._resume_at = 0.0

    async def send(self, request: Request) -> Reply:
        """The whole answer, whatever its status, once no retry is due any more.

        Raises:
            ModelError: where the endpoint cannot be reached, or keeps asking to try later.
            BadResponse: where the answer is larger than ``limits.max_bytes``.
        """
        return await self.whole(lambda: self.once(request))

    async def whole(self, unit: Callable[[], Awaitable[T]]) -> T:
        """Do ``unit``, which calls ``once``; if one of its calls fails for now, do all of it again.

        For calls that stand or fall together: when a turn of a conversation that the server remembers times
        out, nobody knows whether it was taken, and only a new conversation is sound.
        """
        async with self._slots:
            return await self._retrying(unit)

    async def once(self, request: Request) -> Reply:
        """One try. Only inside ``whole``, which catches what asks for another one."""
        try:
            async with asyncio.timeout(self.limits.timeout_s):
                return await self._read(await self._open(request))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise self._failure(error) from error

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[tuple[Reply, AsyncIterator[bytes]]]:
        """The answer in pieces: its head (``Reply.body`` is empty) and an iterator over its bytes.

        Retries happen until the head has come, none later. A slot is held until the block is left.
        """

        async def attempt() -> httpx.Response:
            try:
                async with asyncio.timeout(self.limits.timeout_s):
                    return await self._open(request)
            except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
                raise self._failure(error) from error

        async with self._slots:
            response = await self._retrying(attempt)
            try:
                yield Reply(response.status_code, _lower(response.headers), b""), self._live(response)
            finally:
                await response.aclose()

    async def aclose(self) -> None:
        """Close every connection. May be called twice."""
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.aclose()

    async def _retrying(self, attempt: Callable[[], Awaitable[T]]) -> T:
        retries = Retries(self.limits.retry, self._rng)
        while True:
            await asyncio.sleep(max(0.0, self._resume_at - time.monotonic()))
            try:
                return await attempt()
            except _Failed as failed:
                silent = failed.timed_out or not self._reached
                pause = retries.pause(failed.headers, silent=silent)
                if pause is None:
                    raise failed.error from failed.__cause__
                if failed.headers is not None and retry_after(failed.headers) is not None:
                    # One call that was told to wait speaks for all of them.
                    self._resume_at = max(self._resume_at, time.monotonic() + pause)
            await asyncio.sleep(pause)

    async def _open(self, request: Request) -> httpx.Response:
        """Send and wait for the head. A status that asks for another try is read, closed and raised."""
        client = self._client(request.url)
        built = client.build_request(
            request.method,
            httpx.URL(request.url).copy_merge_params(dict(request.params)),
            headers=dict(request.headers),
            json=request.json,
        )
        if request.cookies is not None:
            request.cookies.set_cookie_header(built)
        response = await client.send(built, stream=True)
        self._reached = True
        if request.cookies is not None:
            request.cookies.extract_cookies(response)
        if response.status_code in _TRY_AGAIN:
            reply = await self._read(response)
            error = status_error(self.endpoint, reply)
            if not error.retryable:
                raise error
            raise _Failed(error, reply.headers)
        return response

    async def _read(self, response: httpx.Response) -> Reply:
        body = bytearray()
        try:
            async with aclosing(self._pieces(response)) as pieces:
                async for piece in pieces:
                    body += piece
        finally:
            await response.aclose()
        return Reply(response.status_code, _lower(response.headers), self.endpoint.without_keys(bytes(body)))

    async def _pieces(self, response: httpx.Response) -> AsyncGenerator[bytes]:
        size = 0
        async for piece in response.aiter_bytes():
            size += len(piece)
            if size > self.limits.max_bytes:
                raise BadResponse(
                    f"{self.endpoint.label} sent more than {self.limits.max_bytes:,} bytes",
                    hint="This is no answer of a model: check the address.",
                )
            yield piece

    async def _live(self, response: httpx.Response) -> AsyncIterator[bytes]:
        """The pieces, for a caller outside: a broken connection comes as a ``ModelError``."""
        try:
            async for piece in self._pieces(response):
                yield piece
        except httpx.HTTPError as error:
            raise transport_error(self.endpoint, error, self.limits.timeout_s) from error

    def _failure(self, error: Exception) -> Exception:
        told = transport_error(self.endpoint, error, self.limits.timeout_s)
        if not isinstance(told, ModelUnavailable) or is_certificate_error(error):
            return told
        return _Failed(told, timed_out=isinstance(error, httpx.TimeoutException | TimeoutError))

    def _client(self, url: str) -> httpx.AsyncClient:
        loopback = is_loopback(httpx.URL(url).host)
        if loopback not in self._clients:
            timeout = self.limits.timeout_s
            self._clients[loopback] = httpx.AsyncClient(
                trust_env=not loopback,
                timeout=httpx.Timeout(timeout, connect=min(_CONNECT_S, timeout), pool=None),
                limits=httpx.Limits(max_connections=self.limits.concurrency),
                # Cookies live in a request's session or nowhere: answers must not depend on earlier samples.
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                headers={"User-Agent": "octarine"},
            )
        return self._clients[loopback]


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _lower(headers: httpx.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
