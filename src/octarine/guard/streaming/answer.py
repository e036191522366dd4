"""A model's streamed answer, from its text to the completion at its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from octarine.core.content import Modality, Part
from octarine.core.results import Completion, Finish, Usage, Verdict
from octarine.guard.conversations.screening import screen_answer
from octarine.guard.scan.language import guess_language
from octarine.guard.streaming.stream import OutputStream
from octarine.guard.streaming.text import StreamedText

if TYPE_CHECKING:
    from octarine.core.content import Conversation
    from octarine.guard.guard import Guard


class EndedAnswer(NamedTuple):
    """How an answer ended: the text that may still go out, the completion as the user may have it, the
    verdicts on its pieces, and the one that blocks."""

    text: str
    completion: Completion
    verdicts: tuple[Verdict, ...]
    blocked: Verdict | None


class AnswerStream:
    """The text of an answer goes out while it comes in (``OutputStream``); tool calls and what is no text are
    looked at whole, at the end, and go out with the completion.

    Args:
        context: the conversation as the user sent it.
        placeholders: of the conversation; they are put back.
    """

    def __init__(self, guard: Guard, context: Conversation, placeholders: Mapping[str, str]) -> None:
        self._guard = guard
        self._context = context
        self._placeholders = placeholders
        spoken = guess_language(context.prompt) if context.prompt else ""
        self._stream = OutputStream(guard, context, message_language=spoken, placeholders=placeholders)
        self._text = StreamedText(self._stream)

    @property
    def blocked(self) -> bool:
        """Whether nothing more of it will go out, so that the model need not go on."""
        return self._stream.blocked is not None

    def waits(self, text: str) -> bool:
        """See ``OutputStream.waits``."""
        return self._stream.waits(text)

    def feed(self, text: str) -> str:
        """The text that may go out now."""
        return self._text.feed(text)

    def finish(self, completion: Completion | None) -> EndedAnswer:
        """The end. Of a completion whose text goes on behind what was streamed, the rest is looked at too;
        text that is another one does not go out.

        Args:
            completion: as the model ended its stream; None where it was stopped.
        """
        before = self._text.passed
        text = self._text.feed(self._left(completion, self._text.came)) + self._text.finish()
        verdict = self._text.verdict
        assert verdict is not None
        if not verdict.allowed:
            return self._refused(before, text, verdict, (verdict,), completion)
        if completion is None:
            completion = Completion(finish=Finish.ERROR, error="the stream ended without a completion")
        others = tuple(part for part in completion.parts if part.modality is not Modality.TEXT)
        screened = screen_answer(
            self._guard, replace(completion, parts=others), self._context, self._placeholders
        )
        verdicts = (verdict, *screened.verdicts)
        if screened.blocked is not None:
            return self._refused(before, "", screened.blocked, verdicts, completion)
        whole, given = self._text.passed, self._text.came
        parts = (*((Part.of_text(whole),) if whole else ()), *screened.completion.parts)
        logprobs = completion.logprobs if whole == given == completion.text else ()
        said = replace(screened.completion, parts=parts, logprobs=logprobs)
        return EndedAnswer(text, said, verdicts, None)

    def _left(self, completion: Completion | None, given: str) -> str:
        if completion is None or completion.error or not completion.text.startswith(given):
            return ""
        return completion.text[len(given) :]

    def _refused(
        self,
        before: str,
        text: str,
        verdict: Verdict,
        verdicts: tuple[Verdict, ...],
        completion: Completion | None,
    ) -> EndedAnswer:
        """What went out before and what may still, and behind it what the policy says to the user."""
        said = before + text
        message = f"\n\n{verdict.message}" if said else verdict.message
        usage = completion.usage if completion is not None else Usage()
        refused = Completion.of_text(said + message, finish=Finish.FILTERED, usage=usage)
        return EndedAnswer(text + message, refused, verdicts, verdict)
