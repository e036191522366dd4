"""A streamed chat completion as bytes: server-sent events in, those that may go out out.

What may go decides ``octarine.guard.chat.stream``. Everything here runs in a thread, no input or output.
"""

from __future__ import annotations

from functools import partial

from octarine.core.json_text import loads
from octarine.guard.chat.events import EventGate, event
from octarine.guard.chat.inspection import AnswerCheck, OpenOutput, Piece
from octarine.guard.chat.refusals import Refusal
from octarine.guard.chat.stream import ChunkStream

_DEPTH = 64


class ChatStream(EventGate):
    """One streamed answer.

    Args:
        check: of the request that it answers.
        choices: how many were asked for.
        open_output: gives the stream that judges one text.
    """

    def __init__(self, check: AnswerCheck, choices: int, open_output: OpenOutput) -> None:
        self._judged = ChunkStream(check, choices, open_output)
        super().__init__(self._judged, partial(loads, most_levels=_DEPTH))

    @property
    def left_out(self) -> frozenset[str]:
        """Fields that came in a form that cannot be judged piece by piece, and did not go out."""
        return self._judged.left_out

    def pieces(self) -> tuple[Piece, ...]:
        """Every text so far, and what was decided about it."""
        return self._judged.pieces()

    def failed(self, refusal: Refusal) -> bytes:
        """An error behind what has gone out; no ``[DONE]`` follows it."""
        return event(refusal.body)
