"""Where an event of a streamed response belongs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from octarine.guard.chat.refusals import streamed_error
from octarine.guard.responses.answer import typed
from octarine.guard.responses.head import no_response
from octarine.guard.responses.parts import kept
from octarine.guard.responses.telling import KINDS, index_name

Json = dict[str, Any]
MOST_ITEMS = 1_024
BY_EVENT = {f"response.{name}": kind for kind, (name, _) in KINDS.items()}
"""Beginning of an event of a text → the type of the part that it belongs to."""
WITH_THEIR_ITEM = (
    "response.function_call_arguments.",
    "response.custom_tool_call_input.",
    "response.mcp_",
    "response.web_search_call.",
    "response.file_search_call.",
    "response.code_interpreter_call",
    "response.output_text.annotation.",
)
"""Events that say beforehand what an item or a part says whole."""


_THOUGHTS = ("reasoning_text", "summary_text")
"""Types of parts of a line of thought."""


def kind_of(event: Any, cleared: Callable[[str], str]) -> str:
    """The type of an event.

    Args:
        cleared: as ``streamed_error`` has it.

    Raises:
        Refusal: 502, it has none, or tells of an error.
    """
    kind = event.get("type") if isinstance(event, dict) else None
    if isinstance(event, dict) and (kind == "error" or (event.get("error") and not isinstance(kind, str))):
        raise streamed_error(event.get("error") or event, cleared)
    if not isinstance(kind, str):
        raise no_response("an event is no object with a type")
    return kind


def item_of(event: Json) -> Json:
    """The item that an event holds.

    Raises:
        Refusal: 502, there is none.
    """
    item = event.get("item")
    if not isinstance(item, dict) or not typed(item):
        raise no_response("an event holds no item")
    return item


def untold_item(event: Json, kind: str) -> Json:
    """The item that a text of ``kind`` belongs to, of which nothing was told: of what type it is nobody
    knows."""
    thought = kind in _THOUGHTS or field_of(event) == "summary"
    made = {"type": "reasoning"} if thought else {"type": "message", "role": "assistant"}
    name = kept({"id": event.get("item_id")}) if event.get("item_id") else {}
    return {**name, **made, "status": "in_progress"}


def part_of(event: Json) -> Json:
    """The part that an event holds.

    Raises:
        Refusal: 502, there is none.
    """
    part = event.get("part")
    if not isinstance(part, dict) or not typed(part):
        raise no_response("an event holds no part")
    return part


class Places:
    """The places of items in the output. Some servers, llama.cpp's among them, never tell one: the order in
    which items come is the order in which the end lists them."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._next = 0
        self._last: int | None = None

    def of(self, event: Json) -> int:
        """The place of its item.

        Raises:
            Refusal: 502, it is none.
        """
        names = _names(event)
        index = event.get("output_index")
        if index is None:
            index = next((self._known[name] for name in names if name in self._known), None)
        if index is None:
            added = event.get("type") == "response.output_item.added"
            new = names or added or ("item" in event and self._last is None)
            index = self._next if new else self._last
        self._last = _whole(index)
        self._next = max(self._next, self._last + 1)
        for name in names:
            self._known.setdefault(name, self._last)
        return self._last


def _names(event: Json) -> list[str]:
    """What an event calls its item."""
    item = event.get("item")
    told = [event.get("item_id"), *(item.get(name) for name in ("id", "call_id") if isinstance(item, dict))]
    return [name for name in told if isinstance(name, str) and name]


def field_of(event: Json) -> str:
    """The field of the item that its part stands in."""
    return "summary" if "summary_index" in event else "content"


def number_of(event: Json) -> int:
    """The place of its part in that field.

    Raises:
        Refusal: 502, it is none.
    """
    return _whole(event.get(index_name(field_of(event)), 0))


def _whole(value: Any) -> int:
    if type(value) is not int or not 0 <= value < MOST_ITEMS:
        raise no_response("the place of an item or a part is no number")
    return value
