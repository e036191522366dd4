"""A streamed chat completion as bytes: server-sent events in, those that may go out out.

What may go decides ``octarine.guard.chat.stream``. Everything here runs in a thread, no input or output.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from octarine.core.results import Verdict
from octarine.guard.chat.inspection import AnswerCheck, OpenOutput, Piece
from octarine.guard.chat.stream import ChunkStream, garbage
from octarine.models.http.events import EventParser
from octarine.server.json_text import dumps, loads

DONE = b"data: [DONE]\n\n"
_DEPTH = 64


def event(value: Any) -> bytes:
    """A server-sent event."""
    return b"data: " + dumps(value) + b"\n\n"


class ChatStream:
    """One streamed answer.

    Args:
        check: of the request that it answers.
        choices: how many were asked for.
        open_output: gives the stream that judges one text.
    """

    def __init__(self, check: AnswerCheck, choices: int, open_output: OpenOutput) -> None:
        self._chunks = ChunkStream(check, choices, open_output)
        self._parser = EventParser()
        self._done = False

    @property
    def over(self) -> bool:
        """Whether nothing that may still come could go out: every choice was blocked."""
        return self._chunks.over

    @property
    def blocked(self) -> Verdict | None:
        """The first verdict that blocked a choice."""
        return self._chunks.blocked

    @property
    def left_out(self) -> frozenset[str]:
        """Fields that came in a form that cannot be judged piece by piece, and did not go out."""
        return self._chunks.left_out

    def pieces(self) -> tuple[Piece, ...]:
        """Every text so far, and what was decided about it."""
        return self._chunks.pieces()

    def feed(self, data: bytes) -> bytes:
        """Events that may go out now.

        Raises:
            Refusal: 502, the upstream streams something else, or an error.
        """
        return b"".join(self._taken(item.data) for item in self._parser.feed(data))

    def close(self) -> bytes:
        """What is left when the upstream has ended, and the end of the stream.

        Raises:
            Refusal: as ``feed``; it ended before its answer did.
        """
        out = b"".join(self._taken(item.data) for item in self._parser.close())
        return out + _events(self._chunks.close(done=self._done)) + DONE

    def end(self) -> bytes:
        """The end of the stream, once ``over``."""
        return DONE

    def _taken(self, data: str) -> bytes:
        if self._done or not data.strip():
            return b""
        if data.strip() == "[DONE]":
            self._done = True
            return b""
        try:
            chunk = loads(data, _DEPTH)
        except ValueError as error:
            raise garbage(str(error)) from None
        return _events(self._chunks.take(chunk))


def _events(chunks: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(map(event, chunks))
