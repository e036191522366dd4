"""OpenAI's ``/responses``: the texts of a request, of a whole answer and of a streamed one.

======================================================  ================
where                                                   position
======================================================  ================
``instructions``, ``tools``, ``text``; system messages  system
messages before the last user message, reasoning        history
``input`` as a text, the last user message, all else    user
arguments of function calls                             tool_arguments
what functions and tools gave back                      tool_results
======================================================  ================
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from octarine.core.results import Verdict
from octarine.guard.chat.answer import no_completion
from octarine.guard.chat.events import Chunks
from octarine.guard.chat.inspection import AnswerCheck, Output, opened
from octarine.guard.chat.refusals import invalid
from octarine.guard.chat.request import calls
from octarine.guard.chat.slots import MEDIA, Slot, bounded, field_leaves, leaves, text_slot
from octarine.guard.chat.stream import streamed_error
from octarine.guard.conversations.positions import OUTPUT
from octarine.guard.integrations.exchange import CHARACTERS, Asked

Json = dict[str, Any]
_SYSTEM = ("instructions", "tools", "text")
_UNREAD = frozenset(
    {
        "model",
        "stream",
        "stream_options",
        "store",
        "metadata",
        "user",
        "service_tier",
        "truncation",
        "include",
    }
    | {"reasoning", "tool_choice", "previous_response_id", "conversation", "safety_identifier"}
    | {"prompt_cache_key", "prompt_cache_retention", "background"}
)
_SEES = frozenset({"image_generation", "computer_use_preview", "computer"})
_TEXTS = ("input_text", "output_text", "text", "refusal", "summary_text", "reasoning_text")
_LIVE = {
    "response.output_text.delta": "text",
    "response.refusal.delta": "refusal",
    "response.reasoning_text.delta": "text",
    "response.reasoning_summary_text.delta": "text",
}
"""Events that bring a piece of a text → the field of the ``done`` event that has all of it."""
_HELD = ("response.function_call_arguments.delta", "response.mcp_call_arguments.delta",
         "response.custom_tool_call_input.delta", "response.code_interpreter_call_code.delta")  # fmt: skip
"""Pieces that cannot be judged before the whole is there; they go out as one with it."""
_ENDS = ("response.completed", "response.incomplete")


class Responses:
    """The route; see ``exchange.Route``."""

    named, ends = True, False

    def read(self, body: Json) -> Asked:
        """See ``Route``."""
        if body.get("background"):
            raise invalid("An answer that is fetched later cannot be looked at here.", "background")
        tools = body.get("tools")
        kinds = {one.get("type") for one in tools if isinstance(one, dict)} if isinstance(tools, list) else ()
        if found := _SEES.intersection(kinds):
            raise invalid(f"What '{min(found)}' shows or sees cannot be looked at here.", "tools")
        given = body.get("input")
        if not isinstance(given, str | list | None):
            raise invalid("'input' must be a text or a list of items.", "input")
        slots, prompt = [], ""
        if isinstance(given, str):
            slots, prompt = [text_slot(body, "input", "input", "user")], given
        elif given:
            last = max((at for at, one in enumerate(given) if _role(one) == "user"), default=-1)
            slots = [slot for at, one in enumerate(given) for slot in _item(given, at, one, last)]
            prompt = "\n".join(slot.text or "" for slot in slots if slot.message == last)
        for name in body:
            if name != "input" and name not in _UNREAD:
                position = "system" if name in _SYSTEM else "user"
                slots += field_leaves(body, name, "", position, media=position != "system")
        return Asked(bounded(slots, CHARACTERS), prompt, str(body.get("model", "")))

    def judge(self, check: AnswerCheck, body: Any) -> Verdict | None:
        """See ``Route``."""
        output = body.get("output") if isinstance(body, dict) else None
        if not isinstance(output, list):
            raise no_completion("it has no list of outputs")
        _, verdict, _ = check.judge(_answer(output))
        if verdict is not None:
            _refuse(body, verdict)
        elif isinstance(body.get("output_text"), str):
            body["output_text"] = "".join(_said(output))
        return verdict

    def refused(self, asked: Asked, verdict: Verdict) -> Json | None:
        """See ``Route``."""
        body: Json = {
            "id": "resp_octarine",
            "object": "response",
            "created_at": int(time.time()),
            "model": asked.model,
            "output": [],
            "tools": [],
            "tool_choice": "auto",
            "parallel_tool_calls": True,
        }
        _refuse(body, verdict)
        return body

    def open(self, check: AnswerCheck, asked: Asked) -> Chunks:
        """See ``Route``."""
        return ResponseEvents(self, check, asked)

    def streamed_refusal(self, asked: Asked, verdict: Verdict) -> Iterator[Json]:
        """See ``Route``."""
        body = self.refused(asked, verdict)
        assert body is not None
        begun = body | {"output": [], "status": "in_progress", "incomplete_details": None}
        yield {"type": "response.created", "sequence_number": 0, "response": begun}
        yield from _message_events(verdict.message, 0, 1)
        yield {"type": "response.incomplete", "sequence_number": 5, "response": body}


@dataclass
class _Live:
    """A text of the answer that is coming in: the stream that judges it, and its last event."""

    stream: Output
    event: Json


class ResponseEvents:
    """Judges the events of a streamed response; see ``events.Chunks``. Text goes out as ``OutputStream`` lets
    it; every event that holds a whole text holds what may go out of it; arguments go out once they are
    whole."""

    def __init__(self, route: Responses, check: AnswerCheck, asked: Asked) -> None:
        self._route = route
        self._check = check
        self._asked = asked
        self._live: dict[tuple[Any, ...], _Live] = {}
        self._response: Json = {}
        self._said = False
        self._ended = False
        self._sent = 0
        self.blocked: Verdict | None = None

    @property
    def over(self) -> bool:
        """Whether nothing that may still come could go out."""
        return self.blocked is not None

    def take(self, chunk: Any) -> Iterator[Json]:
        """The events that may go out for one that came."""
        if not isinstance(chunk, dict) or not isinstance(chunk.get("type"), str):
            raise no_completion("an event has no type")
        if self.over or self._ended:
            return
        kind = chunk["type"]
        if kind == "error":
            raise streamed_error(chunk)
        if kind in _LIVE:
            yield from self._delta(chunk, kind)
        elif kind not in _HELD:
            yield from self._whole(chunk, kind)
        if self.blocked:
            yield from self._refused()

    def close(self, *, done: bool) -> Iterator[Json]:
        """What is left. The protocol says the end by an event."""
        if not self._ended and not self.over:
            raise no_completion("it ended before its answer did")
        return iter(())

    def _delta(self, chunk: Json, kind: str) -> Iterator[Json]:
        key = _key(chunk, kind)
        live = self._live.get(key)
        if live is None:
            live = self._live[key] = _Live(opened(self._check.request), chunk)
        # Log-probabilities would give away what is covered, and what is held back.
        live.event = {**chunk, "logprobs": []} if "logprobs" in chunk else chunk
        text = live.stream.feed(str(chunk.get("delta") or ""))
        if text:
            yield self._numbered({**live.event, "delta": text})
            self._said = True
        self.blocked = live.stream.blocked

    def _whole(self, chunk: Json, kind: str) -> Iterator[Json]:
        """An event that may hold whole texts: what was held back goes out before it."""
        if kind.endswith(".done") or kind in _ENDS:
            for key in [
                key for key in self._live if kind in _ENDS or key[1:2] == (chunk.get("output_index"),)
            ]:
                yield from self._end(key)
                if self.blocked:
                    return
        response = chunk.get("response")
        if isinstance(response, dict):
            self._response = response
            if isinstance(response.get("output"), list):
                self.blocked = self._route.judge(self._check, response)
            self._ended = kind in _ENDS or kind == "response.failed"
        else:
            _, self.blocked, _ = self._check.judge(_answer([chunk]))
        if self.blocked is None:
            if kind == "response.function_call_arguments.done":
                delta: Json = {name: chunk[name] for name in ("item_id", "output_index") if name in chunk}
                yield self._numbered({**delta, "type": _HELD[0], "delta": chunk.get("arguments", "")})
            if kind.endswith(".done") and "logprobs" in chunk:
                chunk["logprobs"] = []
            yield self._numbered(chunk)

    def _end(self, key: tuple[Any, ...]) -> Iterator[Json]:
        live = self._live.pop(key)
        ended = live.stream.finish()
        if ended.text:
            yield self._numbered({**live.event, "delta": ended.text})
            self._said = True
        if not ended.verdict.allowed:
            self.blocked = ended.verdict

    def _refused(self) -> Iterator[Json]:
        assert self.blocked
        self._ended = True
        if not self._said:
            for one in _message_events(self.blocked.message, 0, 0):
                yield self._numbered(one)
        body = dict(self._response or self._route.refused(self._asked, self.blocked) or {})
        _refuse(body, self.blocked)
        yield self._numbered({"type": "response.incomplete", "response": body})

    def _numbered(self, chunk: Json) -> Json:
        self._sent += 1
        return {**chunk, "sequence_number": self._sent - 1}


def _key(chunk: Json, kind: str) -> tuple[Any, ...]:
    return kind, chunk.get("output_index"), chunk.get("content_index"), chunk.get("summary_index")


def _role(item: Any) -> str:
    role = item.get("role") if isinstance(item, dict) else None
    return role if isinstance(role, str) else ""


def _item(holder: list[Any], at: int, item: Any, last: int) -> Iterator[Slot]:
    path = f"input[{at}]"
    if not isinstance(item, dict):
        raise invalid(f"{path} must be an object.", path)
    kind = str(item.get("type", "message"))
    if kind.endswith("_output"):
        yield from leaves(item, path, "tool_results", at)
    elif kind.endswith("_call"):
        yield from calls(item, path, "history", at)
    elif kind == "message":
        role = _role(item)
        position = "system" if role in ("system", "developer") else "user" if at == last else "history"
        yield from _content(item, path, position, at)
    else:
        yield from leaves(item, path, "history", at)


def _content(message: Json, path: str, position: str, at: int) -> Iterator[Slot]:
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    texts = []
    for number, part in enumerate(parts):
        here = f"{path}.content[{number}]"
        kind = str(part.get("type")) if isinstance(part, dict) else ""
        if not isinstance(part, dict) or kind not in _TEXTS or any(name in MEDIA for name in part):
            yield Slot(position, here, None, at, unscannable=MEDIA.get(kind, "document"))
        else:
            yield from leaves(part, here, position, at)
            texts += [part["text"]] if isinstance(part.get("text"), str) else []
    if len(texts) > 1:
        # A model reads them as one: what is harmless in pieces may not be.
        yield Slot(position, f"{path}.content[*]", "".join(texts), at)
    for name in message:
        if name != "content" or not parts:
            yield from field_leaves(message, name, path, position, at)


def _answer(output: list[Any]) -> Iterator[Slot]:
    """Every text of an answer's items or of an event."""
    for at, item in enumerate(output):
        yield from calls(item, f"output[{at}]", OUTPUT)


def _said(output: list[Any]) -> Iterator[str]:
    for item in output:
        for part in (item.get("content") or ()) if isinstance(item, dict) else ():
            if isinstance(part, dict) and part.get("type") == "output_text":
                yield str(part.get("text", ""))


def _message(text: str, identity: str = "msg_octarine") -> Json:
    content = [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}]
    return {
        "id": identity,
        "type": "message",
        "role": "assistant",
        "status": "incomplete",
        "content": content,
    }


def _message_events(text: str, index: int, first: int) -> Iterator[Json]:
    place = {"item_id": "msg_octarine", "output_index": index, "content_index": 0}
    empty = {**_message(text), "content": [], "status": "in_progress"}
    events: tuple[Json, ...] = (
        {"type": "response.output_item.added", "output_index": index, "item": empty},
        {"type": "response.output_text.delta", **place, "delta": text, "logprobs": []},
        {"type": "response.output_text.done", **place, "text": text, "logprobs": []},
        {"type": "response.output_item.done", "output_index": index, "item": _message(text)},
    )
    yield from ({**one, "sequence_number": first + at} for at, one in enumerate(events))


def _refuse(body: Json, verdict: Verdict) -> None:
    """Make a response one that was blocked."""
    body["status"] = "incomplete"
    body["incomplete_details"] = {"reason": "content_filter"}
    body["output"] = [_message(verdict.message)]
    if "output_text" in body:
        body["output_text"] = verdict.message
