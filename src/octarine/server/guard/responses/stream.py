"""A streamed response as bytes: server-sent events in, those that may go out out.

What may go decides ``octarine.guard.responses.stream``. Everything here runs in a thread, no input or output.
"""

from __future__ import annotations

from functools import partial

from octarine.core.json_text import loads
from octarine.guard.chat.events import EventGate
from octarine.guard.chat.inspection import AnswerCheck, OpenOutput, Piece
from octarine.guard.chat.refusals import Refusal
from octarine.guard.responses.stream import ResponseEvents

_DEPTH = 64


class ResponseStream(EventGate):
    """One streamed response; see ``relay.handler.Stream``.

    Args:
        check: of the request that it answers.
        model: that was asked for.
    """

    def __init__(self, check: AnswerCheck, model: str, open_output: OpenOutput) -> None:
        self._judged = ResponseEvents(check, model, open_output)
        super().__init__(self._judged, partial(loads, most_levels=_DEPTH), named=True, ends=False)

    @property
    def left_out(self) -> frozenset[str]:
        """Events that nothing here knows, and that did not go out."""
        return self._judged.left_out

    def pieces(self) -> tuple[Piece, ...]:
        """Every text so far, and what was decided about it."""
        return self._judged.pieces()

    def failed(self, refusal: Refusal) -> bytes:
        """An error behind what has gone out."""
        return self.told(self._judged.failed(refusal))
