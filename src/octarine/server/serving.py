"""Serving an application on this machine, and keeping strangers out of it."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

from octarine.core.errors import InputError, MissingExtra
from octarine.models.http.client import is_loopback

try:
    from starlette.datastructures import Headers
    from starlette.responses import PlainTextResponse
except ImportError:
    raise MissingExtra("server", "a local page") from None
if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = "127.0.0.1"
EVERY = ("0.0.0.0", "::")  # noqa: S104 - refused
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
    (b"x-frame-options", b"DENY"),
)


class Guarded:
    """Lets requests through that name this host, and form posts that come from its own pages.

    A page elsewhere may send a browser's requests here: by a name that it points at this machine (DNS
    rebinding), which the ``Host`` header tells, or by a form, which ``Origin`` and ``Sec-Fetch-Site`` tell.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope["method"], headers)
        if refusal:
            await PlainTextResponse(refusal, 403)(scope, receive, send)
            return

        async def secured(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                given = message.get("headers")
                message["headers"] = [*(given if isinstance(given, list) else []), *SECURITY_HEADERS]
            await send(message)

        await self.app(scope, receive, secured)  # type: ignore[arg-type]

    def _refusal(self, method: str, headers: Headers) -> str:
        host = headers.get("host", "")
        if not names_host(host, self.hosts):
            return "This page answers under its own address only."
        if method in ("GET", "HEAD"):
            return ""
        origin = headers.get("origin")
        foreign = origin is not None and origin.partition("://")[2] != host
        if foreign or headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return "This form was sent from another page."
        return ""


def names_host(given: str, hosts: frozenset[str]) -> bool:
    """Whether a ``Host`` header, with or without a port, names one of ``hosts``."""
    name = given if given.endswith("]") or ":" not in given else given.rpartition(":")[0]
    return name.strip("[]").lower() in hosts


def hosts_of(address: str) -> frozenset[str]:
    """The names under which a server that is bound to ``address`` may be asked for."""
    return frozenset({address, *(("localhost", LOOPBACK, "::1") if is_loopback(address) else ())})


def free_port(address: str, wanted: int, *, every: bool = False) -> int:
    """``wanted``, or any free port where it is 0.

    Args:
        every: whether an address that stands for all of this machine's will do.

    Raises:
        InputError: something listens there already, the address is not this machine's, or it stands for all.
    """
    if address in EVERY and not every:
        raise InputError(
            f"{address} stands for every address, and the page answers under the one that it is given only",
            hint="Name the address that browsers will be sent to:  --host 192.0.2.7",
        )
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.create_server((address, wanted), family=family, reuse_port=False) as probe:
            port: int = probe.getsockname()[1]
            return port
    except OSError as error:
        raise InputError(
            f"{address}:{wanted} cannot be used: {error.strerror}",
            hint="Choose another with --port; 0 takes any.",
        ) from None


def serve(app: ASGIApp, address: str, port: int) -> None:
    """Serve until interrupted; returns after Ctrl-C."""
    try:
        from granian.constants import Interfaces
        from granian.server.embed import Server
    except ImportError:
        raise MissingExtra("server", "a local page") from None

    server = Server(
        Guarded(app, hosts_of(address)),
        address=address,
        port=port,
        interface=Interfaces.ASGI,
        log_enabled=False,
    )

    async def run() -> None:
        try:
            await server.serve()
        except asyncio.CancelledError:
            server.stop()  # type: ignore[no-untyped-call]

    try:
        asyncio.run(run())
    except KeyboardInterrupt:
        return
