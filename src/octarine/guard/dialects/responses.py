"""``POST /v1/responses``."""

from __future__ import annotations

from typing import Any

from octarine.core.results import Verdict
from octarine.guard.chat.inspection import AnswerCheck, Judged, OpenOutput, open_output
from octarine.guard.dialects.dialect import Json, Limits, as_events
from octarine.guard.dialects.event_stream import EventStream
from octarine.guard.responses.answer import judge_response, refused_response
from octarine.guard.responses.request import ResponseRequest, read_response
from octarine.guard.responses.stream import ResponseEvents
from octarine.guard.responses.telling import Teller


class Responses:
    """See ``Dialect``."""

    path = "responses"

    def read(self, body: Json, limits: Limits) -> ResponseRequest:
        """Look through a request."""
        return read_response(body, limits.characters, limits.tools)

    def judge(self, check: AnswerCheck, body: Any) -> Judged:
        """A whole response."""
        return judge_response(check, body)

    def refused(self, name: str, question: ResponseRequest, verdict: Verdict) -> Json:
        """The answer to a request that went no further."""
        return refused_response(name, question.model, verdict)

    def events(self, question: ResponseRequest, body: Json) -> bytes:
        """A whole response as a stream."""
        return as_events(Teller().response(body), named=True)

    def chunks(
        self, check: AnswerCheck, question: ResponseRequest, opens: OpenOutput = open_output
    ) -> ResponseEvents:
        """A streamed response as parsed JSON."""
        return ResponseEvents(check, question.model, opens)

    def open(
        self, check: AnswerCheck, question: ResponseRequest, opens: OpenOutput = open_output
    ) -> EventStream:
        """A streamed response."""
        judged = self.chunks(check, question, opens)
        return EventStream(judged, judged.failed, named=True, ends=False)
