"""``POST /v1/chat/completions``."""

from __future__ import annotations

from typing import Any

from octarine.core.results import Verdict
from octarine.guard.chat.answer import as_chunks, judge_chat, refused_chat
from octarine.guard.chat.events import DONE
from octarine.guard.chat.inspection import AnswerCheck, Judged, OpenOutput, open_output
from octarine.guard.chat.request import ChatRequest, read_chat
from octarine.guard.chat.stream import ChunkStream
from octarine.guard.dialects.dialect import Json, Limits, as_events
from octarine.guard.dialects.event_stream import EventStream


class Chat:
    """See ``Dialect``."""

    path = "chat/completions"

    def read(self, body: Json, limits: Limits) -> ChatRequest:
        """Look through a request."""
        return read_chat(body, limits.characters, limits.tools)

    def judge(self, check: AnswerCheck, body: Any) -> Judged:
        """A whole completion."""
        return judge_chat(check, body)

    def refused(self, name: str, question: ChatRequest, verdict: Verdict) -> Json:
        """The answer to a request that went no further."""
        return refused_chat(name, question.model, question.choices, verdict)

    def events(self, question: ChatRequest, body: Json) -> bytes:
        """A whole completion as a stream."""
        return as_events(as_chunks(body, usage=question.usage)) + DONE

    def chunks(
        self, check: AnswerCheck, question: ChatRequest, opens: OpenOutput = open_output
    ) -> ChunkStream:
        """A streamed completion as parsed JSON."""
        return ChunkStream(check, question.choices, opens)

    def open(self, check: AnswerCheck, question: ChatRequest, opens: OpenOutput = open_output) -> EventStream:
        """A streamed completion."""
        return EventStream(self.chunks(check, question, opens))
