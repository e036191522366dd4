"""``POST /v1/responses``."""

from __future__ import annotations

from typing import Any

from octarine.core.results import Verdict
from octarine.guard.chat.events import event
from octarine.guard.chat.inspection import AnswerCheck, Judged, OpenOutput
from octarine.guard.responses.answer import judge_response, refused_response
from octarine.guard.responses.request import ResponseRequest, read_response
from octarine.guard.responses.telling import Teller
from octarine.server.guard.config import GuardConfig
from octarine.server.guard.relay.handler import Stream
from octarine.server.guard.responses.stream import ResponseStream


class Responses:
    """See ``relay.handler.Dialect``."""

    path = "responses"

    def read(self, body: dict[str, Any], config: GuardConfig) -> ResponseRequest:
        """Look through a request."""
        return read_response(body, config.characters, config.tools)

    def refused(self, name: str, question: ResponseRequest, verdict: Verdict) -> dict[str, Any]:
        """The answer to a request that went no further."""
        return refused_response(name, question.model, verdict)

    def judge(self, check: AnswerCheck, body: Any) -> Judged:
        """A whole response."""
        return judge_response(check, body)

    def events(self, question: ResponseRequest, body: dict[str, Any]) -> bytes:
        """A whole response as a stream."""
        return b"".join(event(one, one["type"]) for one in Teller().response(body))

    def open(self, check: AnswerCheck, question: ResponseRequest, open_output: OpenOutput) -> Stream:
        """A streamed response."""
        return ResponseStream(check, question.model, open_output)
