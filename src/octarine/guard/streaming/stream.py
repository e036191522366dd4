"""An answer on its way to the user, piece by piece."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from octarine.core.results import Verdict
from octarine.guard.conversations.cover import Cover
from octarine.guard.conversations.pieces import documents_of
from octarine.guard.streaming import restoring
from octarine.guard.streaming.blocks import HOLD_BACK, LONGEST
from octarine.guard.streaming.fold import Fold

if TYPE_CHECKING:
    from octarine.core.content import Conversation
    from octarine.guard.guard import Guard

MOST_HELD = LONGEST + HOLD_BACK + 1
"""Code points of an answer that are held back at most; where placeholders are put back, so many more as the
longest of them may take."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a streamed answer ended.

    Attributes:
        text: the rest that may go out.
        verdict: on the whole answer, as ``Guard.check_output`` gives it: before placeholders are put back,
            and with no text where the answer was blocked, though some of it may have gone out.
    """

    text: str
    verdict: Verdict


class OutputStream:
    """Judges an answer while it comes in. What went out is the same however the answer was cut.

    Args:
        context: what was asked; the output heads see its last user message.
        language: of the answer, ISO 639-1; guessed where it is empty.
        message_language: of the user, where it is not that of the answer.
        placeholders: of the conversation: what they stand for is put back.
        documents: see ``Guard.check_output``.
    """

    def __init__(
        self,
        guard: Guard,
        context: Conversation | str | None = None,
        *,
        language: str = "",
        message_language: str = "",
        placeholders: Mapping[str, str] | None = None,
        documents: Sequence[str] = (),
    ) -> None:
        prompt = (context or "") if context is None or isinstance(context, str) else context.prompt
        # What is covered in the answer must not be called as something of the conversation is.
        cover = Cover(placeholders)
        self._fold = Fold(
            guard,
            prompt,
            language=language,
            message_language=message_language,
            cover=cover,
            evidence=guard.evidence((*documents, *documents_of(context)), prompt),
        )
        self._restorer = (
            restoring.Restorer(partial(guard.restore, dict(placeholders))) if placeholders else None
        )
        self._ended: Ended | None = None

    @property
    def blocked(self) -> Verdict | None:
        """The verdict that blocked, as soon as it is known."""
        return self._fold.blocked

    @property
    def held(self) -> int:
        """Code points that are held back for judgement, ``MOST_HELD`` at most between two calls."""
        return 0 if self.blocked or self._ended else self._fold.held

    def waits(self, chunk: str | bytes) -> bool:
        """Whether ``feed(chunk)`` would only keep it: it then costs next to nothing. Otherwise it looks at a
        block, which takes milliseconds."""
        return self.blocked is not None or self._fold.waits(chunk)

    def feed(self, chunk: str | bytes) -> str:
        """Text that may go out now; empty while it is held back, and always once the answer is blocked.

        Raises:
            InputError: bytes among text, or text among bytes.
        """
        if self.blocked is not None or self._ended is not None:
            return ""
        passed = self._fold.feed(chunk)
        if self._restorer is None:
            return passed
        passed = self._restorer.feed(passed)
        return passed + self._restorer.finish() if self.blocked else passed

    def finish(self) -> Ended:
        """The rest, and the verdict; the same again without the text where it is called again."""
        if self._ended is not None:
            return self._ended
        rest = self._fold.finish()
        if self._restorer is not None:
            rest = self._restorer.feed(rest) + self._restorer.finish()
        self._ended = Ended("", self._fold.verdict)
        return Ended(rest, self._fold.verdict)
