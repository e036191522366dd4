"""JSON routes of any form: which of their texts are input and which output, by JSONPath (RFC 9535)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import jsonpath

from octarine.core.errors import InputError
from octarine.core.results import Verdict
from octarine.guard.chat.inspection import AnswerCheck, Judged, OpenOutput, Piece, open_output
from octarine.guard.chat.refusals import Refusal
from octarine.guard.chat.slots import Slot, bounded, leaves, text_slot
from octarine.guard.conversations.positions import HEADS, OUTPUT
from octarine.guard.dialects.dialect import Asked, Json, Limits, as_events
from octarine.guard.dialects.event_stream import EventStream
from octarine.guard.streaming.text import StreamedText

EVERYTHING = "$"
"""The selector of every text."""


@dataclass(frozen=True)
class JsonRoute:
    """A route whose requests and answers are JSON; satisfies ``dialects.dialect.Dialect``.

    ::

        JsonRoute("/ask", {"$.question": "user", "$.pages[*].text": "tool_results"}, ["$.answer"])

    Args:
        path: of the request, whole; ``*`` stands for anything but a slash.
        input: selector → position of what it selects; a selector that chooses no text chooses all below it.
        output: the same of answers, and of the events of a streamed answer.
        refusal: JSON that answers what is blocked; ``{message}`` in it becomes the policy's message. None: an
            error of status 400 in the shape of OpenAI's API.
        method: of the request.

    Raises:
        InputError: a selector is none, or a position unknown.
    """

    path: str
    input: Mapping[str, str] = field(default_factory=lambda: {EVERYTHING: "user"})
    output: Sequence[str] = (EVERYTHING,)
    refusal: Json | None = None
    method: str = "POST"

    def __post_init__(self) -> None:
        for selector in (*self.input, *self.output):
            try:
                jsonpath.compile(selector)
            except jsonpath.JSONPathError as error:
                raise InputError(f"'{selector}' is no JSONPath: {error}", hint="As in  $.question") from None
        for position in self.input.values():
            if position not in HEADS or position == OUTPUT:
                known = ", ".join(one for one in HEADS if one != OUTPUT)
                raise InputError(f"'{position}' is no position of an input", hint=f"There are: {known}")

    def read(self, body: Json, limits: Limits) -> Asked:
        """See ``Dialect``."""
        slots = [
            slot for selector, position in self.input.items() for slot in _slots(body, selector, position)
        ]
        asked = [slot.text for slot in slots if slot.position == "user" and slot.text]
        return Asked(
            body,
            bounded(slots, limits.characters),
            "\n".join(asked),
            stream=bool(body.get("stream")),
            # What the application keeps of earlier requests nobody here knows.
            elsewhere=True,
        )

    def judge(self, check: AnswerCheck, body: Any) -> Judged:
        """See ``Dialect``; a blocked answer is left to ``refused``."""
        pieces, verdict, _ = check.judge(self._outputs(body))
        return Judged(body, tuple(pieces), verdict)

    def refused(self, name: str, question: Asked, verdict: Verdict) -> Json | None:
        """See ``Dialect``."""
        return None if self.refusal is None else cast(Json, _filled(self.refusal, verdict.message))

    def events(self, question: Asked, body: Json) -> bytes:
        """See ``Dialect``."""
        return as_events([body])

    def chunks(self, check: AnswerCheck, question: Asked, opens: OpenOutput = open_output) -> SelectedEvents:
        """See ``Dialect``."""
        return SelectedEvents(self, check, question, opens)

    def open(self, check: AnswerCheck, question: Asked, opens: OpenOutput = open_output) -> EventStream:
        """See ``Dialect``."""
        return EventStream(self.chunks(check, question, opens), ends=False)

    def _outputs(self, body: Any) -> Iterator[Slot]:
        return (slot for selector in self.output for slot in _slots(body, selector, OUTPUT))


class SelectedEvents:
    """Judges the events of a streamed answer: what a selector chooses in one goes on in the next. Events
    without text wait for the text that is held back; see ``dialects.dialect.Chunks``."""

    left_out: frozenset[str] = frozenset()

    def __init__(self, route: JsonRoute, check: AnswerCheck, asked: Asked, opens: OpenOutput) -> None:
        self._route = route
        self._check = check
        self._asked = asked
        self._open = opens
        self._live: dict[str, StreamedText] = {}
        self._fixed: list[Piece] = []
        self._places: dict[str, tuple[Json, list[Slot], Slot]] = {}
        self._waiting: list[Any] = []
        self.blocked: Verdict | None = None

    @property
    def over(self) -> bool:
        """Whether nothing that may still come could go out."""
        return self.blocked is not None

    def pieces(self) -> tuple[Piece, ...]:
        """Every text so far, and what was decided about it."""
        live = (Piece(OUTPUT, path, text.came, text.verdict) for path, text in self._live.items())
        return (*live, *self._fixed)

    def take(self, chunk: Any) -> Iterator[Json]:
        """The events that may go out for one that came.

        Raises:
            Refusal: 502, it is neither an object nor a list, so nothing could be written into it.
        """
        if self.over:
            return
        if not isinstance(chunk, dict | list):
            raise Refusal(502, "An event is no JSON object, so it cannot be looked at.", code="bad_upstream")
        found = list(self._route._outputs(chunk))
        # Names of fields, and what nothing here can read, go out as they are or not at all.
        if fixed := [slot for slot in found if slot.holder is None]:
            pieces, self.blocked, _ = self._check.judge(fixed)
            self._fixed += pieces
        slots = [slot for slot in found if slot.holder is not None and slot.text]
        if self.blocked:
            yield from self._refused()
            return
        if not slots:
            self._waiting.append(chunk)
            return
        yield from self._fed(chunk, slots)

    def _fed(self, chunk: Any, slots: list[Slot]) -> Iterator[Json]:
        passed = False
        for slot in slots:
            if self.blocked:
                slot.write("")
                continue
            stream = self._stream(slot.path)
            text = stream.feed(cast(str, slot.text))
            slot.write(text)
            self._places[slot.path] = (chunk, slots, slot)
            passed = passed or bool(text)
            self.blocked = stream.blocked
        if passed:
            yield chunk
        if self.blocked:
            yield from self._refused()

    def close(self, *, done: bool) -> Iterator[Json]:
        """The rest of each text, in the form of the last event that had a piece of it; then those that
        waited."""
        if self.over:
            return
        for path, stream in self._live.items():
            chunk, slots, place = self._places[path]
            rest = stream.finish()
            for slot in slots:
                slot.write("")
            place.write(rest)
            if rest:
                yield chunk
            if stream.blocked is not None:
                self.blocked = stream.blocked
                yield from self._refused()
                return
        yield from self._waiting

    def _stream(self, path: str) -> StreamedText:
        if path not in self._live:
            self._live[path] = self._check.request.stream(self._open)
        return self._live[path]

    def _refused(self) -> Iterator[Json]:
        assert self.blocked
        verdict = self.blocked
        answer = self._route.refused("", self._asked, verdict)
        yield (
            answer
            if answer is not None
            else {"error": {"message": verdict.message, "code": "content_filter"}}
        )


def _slots(body: Any, selector: str, position: str) -> Iterator[Slot]:
    for match in jsonpath.finditer(selector, body):
        if isinstance(match.obj, str):
            if match.parent is None:
                yield Slot(position, match.path, match.obj)
            else:
                yield text_slot(match.parent.obj, match.parts[-1], match.path, position)
        else:
            yield from leaves(match.obj, match.path, position)


def _filled(form: Any, message: str) -> Any:
    if isinstance(form, str):
        return form.replace("{message}", message)
    if isinstance(form, Mapping):
        return {name: _filled(value, message) for name, value in form.items()}
    if isinstance(form, list | tuple):
        return [_filled(value, message) for value in form]
    return form
