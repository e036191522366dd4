"""``POST /v1/chat/completions``."""

from __future__ import annotations

from typing import Any

from octarine.core.results import Verdict
from octarine.guard.chat.answer import as_chunks, judge_chat, refused_chat
from octarine.guard.chat.events import DONE, event
from octarine.guard.chat.inspection import AnswerCheck, Judged, OpenOutput
from octarine.guard.chat.request import ChatRequest, read_chat
from octarine.server.guard.chat.stream import ChatStream
from octarine.server.guard.config import GuardConfig
from octarine.server.guard.relay.handler import Stream


class Chat:
    """See ``relay.handler.Dialect``."""

    path = "chat/completions"

    def read(self, body: dict[str, Any], config: GuardConfig) -> ChatRequest:
        """Look through a request."""
        return read_chat(body, config.characters, config.tools)

    def refused(self, name: str, question: ChatRequest, verdict: Verdict) -> dict[str, Any]:
        """The answer to a request that went no further."""
        return refused_chat(name, question.model, question.choices, verdict)

    def judge(self, check: AnswerCheck, body: Any) -> Judged:
        """A whole completion."""
        return judge_chat(check, body)

    def events(self, question: ChatRequest, body: dict[str, Any]) -> bytes:
        """A whole completion as a stream."""
        return b"".join(map(event, as_chunks(body, usage=question.usage))) + DONE

    def open(self, check: AnswerCheck, question: ChatRequest, open_output: OpenOutput) -> Stream:
        """A streamed completion."""
        return ChatStream(check, question.choices, open_output)
