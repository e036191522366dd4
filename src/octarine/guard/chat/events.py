"""Server-sent events on their way to a user: bytes in, bytes of what may go out out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from octarine.core.json_text import dumps
from octarine.core.results import Verdict
from octarine.guard.chat.held import garbage
from octarine.models.http.events import EventParser

DONE = b"data: [DONE]\n\n"
Json = dict[str, Any]


class Chunks(Protocol):
    """A streamed answer, chunk by chunk as parsed JSON; see ``chat.stream.ChunkStream``."""

    @property
    def over(self) -> bool:
        """Whether nothing that may still come could go out."""

    @property
    def blocked(self) -> Verdict | None:
        """The first verdict that blocked any of it."""

    def take(self, chunk: Any) -> Iterator[Json]:
        """The chunks that may go out for one that came."""

    def close(self, *, done: bool) -> Iterator[Json]:
        """What is left when the model has ended; ``done``: it said so."""


def event(value: Any, kind: str = "") -> bytes:
    """A server-sent event."""
    head = b"event: " + kind.encode() + b"\n" if kind else b""
    return head + b"data: " + dumps(value) + b"\n\n"


class EventGate:
    """One streamed answer.

    Args:
        chunks: decides what goes out.
        loads: reads the JSON of an event; raises ValueError.
        named: whether events carry the name that their JSON has as ``type``.
        ends: whether ``[DONE]`` ends the stream.
    """

    def __init__(
        self,
        chunks: Chunks,
        loads: Callable[[str], Any] = json.loads,
        *,
        named: bool = False,
        ends: bool = True,
    ) -> None:
        self._chunks = chunks
        self._loads = loads
        self._named = named
        self._end = DONE if ends else b""
        self._parser = EventParser()
        self._done = False

    @property
    def over(self) -> bool:
        """Whether nothing that may still come could go out."""
        return self._chunks.over

    @property
    def blocked(self) -> Verdict | None:
        """The first verdict that blocked any of it."""
        return self._chunks.blocked

    def feed(self, data: bytes) -> bytes:
        """Events that may go out now.

        Raises:
            Refusal: 502, the model streams something else, or an error.
        """
        return b"".join(self._taken(item.data) for item in self._parser.feed(data))

    def close(self) -> bytes:
        """What is left when the model has ended, and the end of the stream.

        Raises:
            Refusal: as ``feed``; it ended before its answer did.
        """
        out = b"".join(self._taken(item.data) for item in self._parser.close())
        return out + self.told(self._chunks.close(done=self._done)) + self._end

    def end(self) -> bytes:
        """The end of the stream, once ``over``."""
        return self._end

    def _taken(self, data: str) -> bytes:
        if self._done or not data.strip():
            return b""
        if data.strip() == "[DONE]":
            self._done = True
            return b""
        try:
            chunk = self._loads(data)
        except ValueError as error:
            raise garbage(str(error)) from None
        return self.told(self._chunks.take(chunk))

    def told(self, chunks: Iterable[Json]) -> bytes:
        """Chunks as events."""
        return b"".join(event(one, str(one.get("type", "")) if self._named else "") for one in chunks)
