"""HTTP calls of OpenAI's API before the guard: bytes of a request in, bytes of what may go out."""

from __future__ import annotations

from typing import Any

from octarine.core.json_text import dumps, loads
from octarine.core.results import Verdict
from octarine.guard.chat.refusals import Refusal, invalid
from octarine.guard.dialects.chat import Chat
from octarine.guard.dialects.dialect import LEVELS, Dialect, Gate, Stream
from octarine.guard.dialects.embeddings import Embeddings
from octarine.guard.dialects.responses import Responses
from octarine.guard.guard import Guard
from octarine.guard.integrations.exchange import Blocked, Exchange, OnBlock

EVENTS = "text/event-stream"
DIALECTS: tuple[Dialect[Any], ...] = (Chat(), Responses(), Embeddings())
_STORED = frozenset({"responses", "completions"})


def holds_content(method: str, path: str) -> bool:
    """Whether a request that ``dialect_of`` does not know may yet bring or fetch what models read and say:
    completions of the old kind, stored answers and what is below them."""
    return method != "OPTIONS" and not _STORED.isdisjoint(path.split("/"))


def dialect_of(path: str) -> Dialect[Any] | None:
    """What is sent where a path ends in the dialect's."""
    return next((one for one in DIALECTS if path.rstrip("/").endswith(f"/{one.path}")), None)


def told(error: Blocked | Refusal) -> Refusal:
    """What a client is told of a block or an error."""
    return error if isinstance(error, Refusal) else invalid(str(error), code="content_filter")


class Call:
    """One call.

    Args:
        data: the request's body.

    Raises:
        Refusal: it is not what the dialect takes, or nests too deep.
    """

    def __init__(self, guard: Guard, dialect: Dialect[Any], data: bytes, on_block: OnBlock) -> None:
        try:
            body = loads(data, LEVELS)
        except ValueError as error:
            raise invalid(f"The request's body cannot be read: {error}.") from None
        if not isinstance(body, dict):
            raise invalid("The request's body must be an object.")
        self._on_block = on_block
        self.exchange = Exchange(guard, dialect, body)

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
        answer = self.exchange.refused(self.blocked)
        if self._on_block == "raise" or answer is None:
            raise Blocked(self.blocked)
        if self.exchange.asked.stream:
            return self.exchange.events(answer), EVENTS
        return dumps(answer), "application/json"

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

    def open(self) -> Stream:
        """Judges a streamed answer."""
        return self.exchange.open()

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
