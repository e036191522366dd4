"""The one application of ``server/``: parts register routes, and it does for all of them what each would do
for itself: keys, limits, back-pressure, errors in one shape, health, metrics.

Raw ASGI: a router or a middleware stack would cost more than the rule tier of the guard.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from octarine import __version__
from octarine.core.errors import OctarineError
from octarine.server import metrics as exposition
from octarine.server.access import Keys
from octarine.server.exchange import ClientGone, Exchange, Receive, Scope, Send
from octarine.server.limits import Admission, Limits
from octarine.server.metrics import COUNTER, GAUGE, HISTOGRAM, Family, Metrics
from octarine.server.openapi import TEXT, About, describe
from octarine.server.refusals import INVALID, Refusal, busy, internal, invalid
from octarine.server.serving import names_host
from octarine.server.tracing.trace import NoTracing, Tracing

log = logging.getLogger("octarine.server")
Handler = Callable[[Exchange], Awaitable[None]]

FAMILIES = (
    Family("octarine_http_requests_total", COUNTER, "Answers; status 0 where the client left."),
    Family("octarine_http_request_seconds", HISTOGRAM, "From a request's head to its answer's end."),
    Family("octarine_http_in_flight", GAUGE, "Requests that are being served."),
    Family("octarine_workers", GAUGE, "Workers that are up."),
)
_HEALTH = About("Whether the process runs at all.")
_READY = About("Whether requests should be sent here.", more={"503": "They should not; the reasons."})
_METRICS = About("Numbers of all workers, as Prometheus reads them.", answers={TEXT: {"type": "string"}})
_OPENAPI = About("This description.")
_PUBLISH_S = 1.0
_UNTOLD = About("")


@dataclass(frozen=True, slots=True)
class Route:
    """What answers a path.

    Attributes:
        path: taken literally, but for whole segments in braces, ``/v1/jobs/{id}``: anything stands there.
        keyed: whether a key is asked for, where the server has any.
        counted: whether it takes a place among the requests in flight.
        about: what ``/openapi.json`` says of it.
    """

    method: str
    path: str
    handler: Handler
    keyed: bool = True
    counted: bool = True
    about: About = _UNTOLD


class Part(Protocol):
    """What an area puts into the application."""

    @property
    def families(self) -> Sequence[Family]:
        """What it counts."""

    def routes(self) -> Iterable[Route]:
        """What it answers."""

    async def start(self, metrics: Metrics) -> None:
        """Get ready, before the first request."""

    async def stop(self) -> None:
        """Let go of everything, after the last one."""

    async def reload(self) -> None:
        """Read again what may have changed; what cannot be read changes nothing. Raises nothing."""

    def unready(self) -> str:
        """Why it cannot serve right now; empty where it can."""


@dataclass(frozen=True, slots=True)
class Door:
    """Who comes in.

    Attributes:
        hosts: names under which the server may be asked for; empty for any. Where anybody may ask, a page
            elsewhere could have a browser ask (DNS rebinding): then the name tells.
    """

    keys: Keys
    hosts: frozenset[str] = frozenset()

    def pass_in(self, exchange: Exchange, *, keyed: bool) -> None:
        """Note who asks.

        Raises:
            Refusal: 401, no key that is accepted; 403, another host's name or page.
        """
        if self.hosts:
            host = exchange.headers.get(b"host", b"").decode("latin-1")
            if not names_host(host, self.hosts):
                raise Refusal(403, "This server answers under its own address only.", code="wrong_host")
            origin = exchange.headers.get(b"origin", b"").decode("latin-1")
            if origin and origin.partition("://")[2] != host:
                raise Refusal(403, "Pages of other hosts may not ask this server.", code="wrong_origin")
        exchange.holder = self.keys.holder(exchange.headers) if keyed else ""


class Application:
    """An ASGI application.

    Args:
        parts: what it serves.
        folder: where the workers' metrics meet.
        read_keys: gives the keys anew.
        tracing: keeps traces; None for none.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        door: Door,
        limits: Limits | None = None,
        folder: Path | None = None,
        read_keys: Callable[[], Keys] | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        self.parts = parts
        self.door = door
        self._read_keys = read_keys
        self._tracing = tracing or NoTracing()
        self.limits = limits or Limits()
        self.metrics = Metrics([*FAMILIES, *(one for part in parts for one in part.families)], folder)
        self._admission = Admission(self.limits)
        self._routes: dict[str, dict[str, Route]] = {}
        self._started = False
        self._reloading: asyncio.Future[None] | None = None
        own = [
            Route("GET", "/healthz", self._healthz, keyed=False, counted=False, about=_HEALTH),
            Route("GET", "/readyz", self._readyz, keyed=False, counted=False, about=_READY),
            Route("GET", "/metrics", self._metrics, counted=False, about=_METRICS),
            Route("GET", "/openapi.json", self._openapi, keyed=False, counted=False, about=_OPENAPI),
        ]
        routes = [*own, *(route for part in parts for route in part.routes())]
        for route in routes:
            self._routes.setdefault(route.path, {})[route.method] = route
        told = ((route.method, route.path, route.keyed, route.about) for route in routes)
        self.description = describe(told, __version__)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection's scope, as ASGI 3 says."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._serve(Exchange(scope, receive, send, self.limits))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})

    async def start(self) -> None:
        """Start every part; where one fails, those before it are stopped."""
        begun: list[Part] = []
        try:
            for part in self.parts:
                begun.append(part)
                await part.start(self.metrics)
        except BaseException:
            for part in reversed(begun):
                await part.stop()
            raise
        self.metrics.set("octarine_workers", 1)
        self._started = True

    async def stop(self) -> None:
        """Stop every part, the last one first."""
        self._started = False
        for part in reversed(self.parts):
            await part.stop()
        self.metrics.publish()
        await asyncio.to_thread(self._tracing.close)

    async def reload(self) -> None:
        """Read keys and policies again, as after SIGHUP. Requests go on with what they began with."""
        if self._read_keys is not None:
            try:
                keys = await asyncio.to_thread(self._read_keys)
            except OctarineError as error:
                log.error("the keys were not read again, those before stay in force: %s", error)
            else:
                self._take_keys(keys)
        for part in self.parts:
            await part.reload()

    def _take_keys(self, keys: Keys) -> None:
        if self.door.keys and not keys:
            # An emptied file must not open the door to everybody.
            log.error("the keys were not read again, those before stay in force: there are none now")
            return
        self.door = replace(self.door, keys=keys)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self.start()
        except OctarineError as error:
            log.error("not started: %s", error)
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        publishing = asyncio.create_task(self._publish())
        _on_hangup(self._hung_up)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        publishing.cancel()
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})

    def _hung_up(self) -> None:
        self._reloading = asyncio.ensure_future(self.reload())

    async def _publish(self) -> None:
        while True:
            await asyncio.sleep(_PUBLISH_S)
            try:
                self.metrics.publish()
            except OSError as error:
                log.warning("metrics cannot be written: %s", error.strerror)

    async def _serve(self, exchange: Exchange) -> None:
        exchange.trace = self._tracing.begin(exchange.method, exchange.headers)
        try:
            async with asyncio.timeout(self.limits.exchange_s):
                await self._answer(exchange)
        except ClientGone:
            if not exchange.body_read:
                # Chunks that are none look like this, too, and that client waits for an answer.
                await self._tell(exchange, invalid("The body broke off.", code="incomplete_body"))
            exchange.status = 0
        except Refusal as refusal:
            await self._tell(exchange, refusal)
        except TimeoutError:
            told = f"The answer took more than {self.limits.exchange_s:g} s."
            await self._tell(exchange, Refusal(504, told, "server_error", "timeout"))
        except Exception:
            log.exception("%s %s failed (%s)", exchange.method, exchange.route or "?", exchange.id)
            await self._tell(exchange, internal(exchange.id))
        finally:
            self._note(exchange)

    async def _answer(self, exchange: Exchange) -> None:
        route = self._route(exchange)
        exchange.route = route.path
        self.door.pass_in(exchange, keyed=route.keyed)
        if not route.counted:
            await route.handler(exchange)
            return
        if not self._started:
            raise busy("This server is starting or stopping.", code="not_ready")
        with self._admission.admit(exchange.holder):
            self.metrics.set("octarine_http_in_flight", self._admission.in_flight)
            try:
                await route.handler(exchange)
            finally:
                self.metrics.set("octarine_http_in_flight", self._admission.in_flight - 1)

    def _route(self, exchange: Exchange) -> Route:
        methods = self._routes.get(exchange.path) or self._fitting(exchange)
        if methods is None:
            known = ", ".join(sorted(self._routes))
            told = (
                f"Nothing is served at this path, so nothing gets past the guard there. There are: {known}."
            )
            raise Refusal(404, told, INVALID, "unknown_url")
        route = methods.get("GET" if exchange.method == "HEAD" else exchange.method)
        if route is None:
            allowed = ", ".join(sorted(methods))
            refusal = invalid(f"This path takes {allowed}.", code="method_not_allowed")
            refusal.status, refusal.headers = 405, {"allow": allowed}
            raise refusal
        return route

    def _fitting(self, exchange: Exchange) -> dict[str, Route] | None:
        """What answers under a path with names in braces that this one fits."""
        given = exchange.path.split("/")
        for path, methods in self._routes.items():
            if "{" not in path:
                continue
            pairs = list(zip(path.split("/"), given, strict=False))
            fits = path.count("/") == exchange.path.count("/")
            if fits and all(part == said or part.startswith("{") for part, said in pairs):
                exchange.parameters = {part[1:-1]: said for part, said in pairs if part.startswith("{")}
                return methods
        return None

    async def _tell(self, exchange: Exchange, refusal: Refusal) -> None:
        """Answer with an error, or break off an answer that has begun."""
        try:
            if not exchange.status:
                await exchange.refuse(refusal)
            elif not exchange.ended:
                await exchange.break_off(refusal)
        except Exception as error:
            log.info("%s: the client did not take the error: %r", exchange.id, error)

    def _note(self, exchange: Exchange) -> None:
        route = exchange.route or "unknown"
        method = exchange.method if exchange.method in ("GET", "HEAD", "POST", "DELETE") else "other"
        self.metrics.count(
            "octarine_http_requests_total", route=route, method=method, status=str(exchange.status)
        )
        self.metrics.observe(
            "octarine_http_request_seconds", time.perf_counter() - exchange.began, route=route
        )
        exchange.trace.end(exchange.route, exchange.status)

    async def _healthz(self, exchange: Exchange) -> None:
        """Whether the process runs at all: 200 as long as it answers."""
        await exchange.reply_json({"status": "ok"})

    async def _readyz(self, exchange: Exchange) -> None:
        """Whether requests should be sent here."""
        reasons = [why for part in self.parts if (why := part.unready())]
        if not self._started:
            reasons.append("starting or stopping")
        if reasons:
            await exchange.reply_json({"status": "unready", "reasons": reasons}, 503)
        else:
            await exchange.reply_json({"status": "ready"})

    async def _openapi(self, exchange: Exchange) -> None:
        """What is served, for programs that make clients or tests of it."""
        await exchange.reply_json(self.description)

    async def _metrics(self, exchange: Exchange) -> None:
        self.metrics.publish()
        text = await asyncio.to_thread(self.metrics.text)
        await exchange.reply(text, kind=exposition.KIND)


def _on_hangup(call: Callable[[], None]) -> None:
    if not hasattr(signal, "SIGHUP") or threading.current_thread() is not threading.main_thread():
        # Another system, or a server within a program, whose signals are its own.
        return
    try:
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, call)
    except NotImplementedError:
        log.warning("this event loop takes no signals: SIGHUP does not have the policy read again")
