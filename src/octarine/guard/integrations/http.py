"""HTTP calls of OpenAI's API before the guard: bytes of a request in, bytes of what may go out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Protocol

from octarine.core.json_text import dumps, loads
from octarine.core.results import Verdict
from octarine.guard.chat.events import EventGate, event
from octarine.guard.chat.refusals import Refusal, invalid
from octarine.guard.guard import Guard
from octarine.guard.integrations.exchange import (
    Blocked,
    Chat,
    Embeddings,
    Exchange,
    OnBlock,
    Responses,
    Route,
)

EVENTS = "text/event-stream"
LEVELS = 64
"""Of nested JSON, at most."""
ROUTES: Mapping[str, Route] = {
    "/chat/completions": Chat(),
    "/responses": Responses(),
    "/embeddings": Embeddings(),
}
"""End of a path → what is sent there."""


_STORED = frozenset({"responses", "completions"})


def holds_content(method: str, path: str) -> bool:
    """Whether a request that is none of ``ROUTES`` may yet bring or fetch what models read and say:
    completions of the old kind, stored answers and what is below them."""
    return method != "OPTIONS" and not _STORED.isdisjoint(path.split("/"))


class Gate(Protocol):
    """What a stream of bytes passes through; see ``chat.events.EventGate``."""

    @property
    def over(self) -> bool: ...

    @property
    def blocked(self) -> Verdict | None: ...

    def feed(self, data: bytes) -> bytes: ...

    def close(self) -> bytes: ...

    def end(self) -> bytes: ...


def route_of(path: str) -> Route | None:
    """The route that a path ends with."""
    return next((route for end, route in ROUTES.items() if path.rstrip("/").endswith(end)), None)


class Call:
    """One call.

    Args:
        data: the request's body.

    Raises:
        Refusal: it is not what the route takes, or nests too deep.
    """

    def __init__(self, guard: Guard, route: Route, data: bytes, on_block: OnBlock) -> None:
        try:
            body = loads(data, LEVELS)
        except ValueError as error:
            raise invalid(f"The request's body cannot be read: {error}.") from None
        if not isinstance(body, dict):
            raise invalid("The request's body must be an object.")
        self._on_block = on_block
        self.streams = bool(body.get("stream"))
        self.exchange = Exchange(guard, route, body)

    @property
    def blocked(self) -> Verdict | None:
        """The verdict that blocks the request."""
        return self.exchange.blocked

    @property
    def body(self) -> bytes:
        """The request as it may go on."""
        return dumps(self.exchange.body)

    def refusal(self) -> tuple[bytes, str]:
        """Body and media type of the answer to a blocked request.

        Raises:
            Blocked: that is how the user wants it, or no answer can say it.
        """
        assert self.blocked
        route, asked = self.exchange.route, self.exchange.asked
        answer = route.refused(asked, self.blocked)
        if self._on_block == "raise" or answer is None:
            raise Blocked(self.blocked)
        if not self.streams:
            return dumps(answer), "application/json"
        chunks = route.streamed_refusal(asked, self.blocked)
        told = b"".join(event(one, str(one.get("type", "")) if route.named else "") for one in chunks)
        return told + (b"data: [DONE]\n\n" if route.ends else b""), EVENTS

    def judged(self, data: bytes) -> tuple[bytes, Verdict | None]:
        """A whole answer as it may go out, and the verdict that blocks it.

        Raises:
            Blocked: it is blocked, and that is how the user wants it.
            Refusal: 502, it is no answer, or nests too deep.
        """
        try:
            body = loads(data, LEVELS)
        except ValueError as error:
            raise Refusal(502, f"The answer is no JSON that can be looked at: {error}.") from None
        verdict = self.exchange.judge(body)
        if verdict is not None and self._on_block == "raise":
            raise Blocked(verdict, output=True)
        return dumps(body), verdict

    def gate(self) -> Gate:
        """Judges a streamed answer."""
        route = self.exchange.route
        read = partial(loads, most_levels=LEVELS)
        return EventGate(self.exchange.open(), read, named=route.named, ends=route.ends)

    def passed(self, gate: Gate, data: bytes | None) -> bytes:
        """What of a streamed answer may go out now; ``data`` None at its end.

        Raises:
            Blocked: it is blocked, and that is how the user wants it.
            Refusal: 502.
        """
        out = gate.close() if data is None else gate.feed(data)
        if gate.blocked is not None and self._on_block == "raise":
            raise Blocked(gate.blocked, output=True)
        return out
