"""A streamed answer as bytes: server-sent events in, those that may go out out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from octarine.core.json_text import loads
from octarine.guard.chat.events import EventGate
from octarine.guard.chat.inspection import Piece
from octarine.guard.chat.refusals import Refusal
from octarine.guard.dialects.dialect import LEVELS, Chunks, Json


def _body(refusal: Refusal) -> Iterable[Json]:
    return (refusal.body,)


class EventStream(EventGate):
    """See ``dialect.Stream``.

    Args:
        judged: decides what goes out.
        failed: an error as chunks; that of OpenAI's API as it is left out.
        named: whether events carry the name that their JSON has as ``type``.
        ends: whether ``[DONE]`` ends the stream; none follows an error.
    """

    def __init__(
        self,
        judged: Chunks,
        failed: Callable[[Refusal], Iterable[Json]] = _body,
        *,
        named: bool = False,
        ends: bool = True,
    ) -> None:
        super().__init__(judged, partial(loads, most_levels=LEVELS), named=named, ends=ends)
        self._judged = judged
        self._failed = failed

    @property
    def left_out(self) -> frozenset[str]:
        """What came in a form that cannot be judged, and did not go out."""
        return self._judged.left_out

    def pieces(self) -> tuple[Piece, ...]:
        """Every text so far, and what was decided about it."""
        return self._judged.pieces()

    def failed(self, refusal: Refusal) -> bytes:
        """An error behind what has gone out."""
        return self.told(self._failed(refusal))
