"""What of a streamed choice goes out once it is whole, because half of it cannot be judged: tool calls, and
fields that are lists or objects."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from octarine.guard.chat.refusals import Refusal, upstream_failed
from octarine.guard.chat.slots import STRUCTURAL
from octarine.guard.streaming.text import StreamedText

Json = dict[str, Any]
_SET = STRUCTURAL | {"name", "url", "title"}
"""Strings that later pieces say again, and do not go on with."""


class Text:
    """One text of a choice, which may go on after its end: it is then judged anew with all that it said
    before, so that nothing passes in two parts that would not as one.

    Attributes:
        over: whether it was ended and has not gone on.
        lost: whether what it says can no longer go out, because what has gone out would not have as part of
            the whole.
    """

    def __init__(self, open_text: Callable[[], StreamedText]) -> None:
        self.over = False
        self.lost = False
        self.said = open_text()
        self._open = open_text
        self._gone = ""

    @property
    def same(self) -> bool:
        """Whether all that came has gone out as it came."""
        return not self.lost and self.said.passed == self.said.came

    def feed(self, text: str) -> str:
        """What may go out now."""
        if self.over:
            self.over = False
            text, self._gone, self.said = self.said.came + text, self.said.passed, self._open()
        return self._new(self.said.feed(text))

    def end(self) -> str:
        """The rest that may go out."""
        if self.over:
            return ""
        self.over = True
        return self._new(self.said.finish())

    def _new(self, text: str) -> str:
        """What of it has not gone out before."""
        known = min(len(text), len(self._gone))
        self.lost = self.lost or text[:known] != self._gone[:known]
        self._gone = self._gone[known:]
        return "" if self.lost else text[known:]


class Calls:
    """The tool calls of a choice."""

    def __init__(self) -> None:
        self._calls: list[tuple[int, Json]] = []
        self._open: dict[int, Json] = {}
        self._function: Json = {}

    def take(self, value: Any) -> None:
        """Pieces of calls.

        Raises:
            Refusal: 502, they are none.
        """
        if not isinstance(value, list):
            raise garbage("tool_calls is no list")
        for place, call in enumerate(value):
            if not isinstance(call, dict):
                raise garbage("a tool call is no object")
            index = call.get("index", place)
            if type(index) is not int:
                raise garbage("the index of a tool call is no number")
            _merge(self._call(index, call), call)

    def take_function(self, value: Any) -> None:
        """A piece of a call as they were written once.

        Raises:
            Refusal: 502, it is none.
        """
        _merge(self._function, value)

    def whole(self) -> Json:
        """The fields of a message that hold them."""
        calls: Json = {}
        if self._calls:
            calls["tool_calls"] = [call for _, call in sorted(self._calls, key=lambda one: one[0])]
        if self._function:
            calls["function_call"] = self._function
        return calls

    def _call(self, index: int, piece: Json) -> Json:
        """The call that a piece belongs to: some servers give every call the same index."""
        held = self._open.get(index)
        if held is None or _begins_another(held, piece):
            held = self._open[index] = {}
            self._calls.append((index, held))
        return held


def numbered(message: Json) -> Json:
    """A message as a delta, in which tool calls have an index."""
    listed = message.get("tool_calls", [])
    calls = [{**call, "index": place} for place, call in enumerate(listed)]
    return {**message, **({"tool_calls": calls} if calls else {})}


def gathered(held: Any, piece: Any) -> Any:
    """A field of a delta with another piece of it, put together as OpenAI's clients do: texts and lists go
    on, entries of lists by their ``index``, objects field by field."""
    if isinstance(held, dict) and isinstance(piece, dict):
        for name, value in piece.items():
            if isinstance(value, str) and name in _SET:
                held[name] = value or held.get(name, "")
            elif value is not None or name not in held:
                held[name] = gathered(held.get(name), value)
        return held
    if isinstance(held, list) and isinstance(piece, list):
        for one in piece:
            _add(held, one)
        return held
    if isinstance(held, str) and isinstance(piece, str):
        return held + piece
    return piece


def _add(held: list[Any], piece: Any) -> None:
    index = piece.get("index") if isinstance(piece, dict) else None
    same = (one for one in reversed(held) if isinstance(one, dict) and one.get("index") == index)
    found = next(same, None) if index is not None else None
    if found is not None and found.get("type") == piece.get("type", found.get("type")):
        gathered(found, piece)
    else:
        held.append(piece)


def _merge(held: Json, piece: Any) -> None:
    """Add a piece of a tool call: what it hands over is put together, all else is set."""
    if not isinstance(piece, dict):
        raise garbage("a tool call is no object")
    for name, value in piece.items():
        if name in ("arguments", "input"):
            told = value if isinstance(value, str) else "" if value is None else json.dumps(value)
            held[name] = held.get(name, "") + told
        elif isinstance(value, dict):
            inner = held.setdefault(name, {})
            if not isinstance(inner, dict):
                raise garbage("a tool call changes its form")
            _merge(inner, value)
        elif value not in (None, "") or name not in held:
            # Some servers say what they have said before as "" in every later piece.
            held[name] = value


def _begins_another(held: Json, piece: Json) -> bool:
    """Whether a piece is of another call than ``held``. Another id alone is none: some servers make one up
    for every piece."""
    names = (one.get("name") for one in (piece.get("function"), piece.get("custom")) if isinstance(one, dict))
    old, new = held.get("id"), piece.get("id")
    return bool(old and new and old != new and any(names))


def garbage(why: str) -> Refusal:
    """The model streamed something else."""
    return upstream_failed(
        f"The model's server streamed something that is no chat completion: {why}.", code="bad_upstream"
    )
