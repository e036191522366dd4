"""The texts of one message, as chat completions and responses both write it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from octarine.guard.chat.refusals import invalid
from octarine.guard.chat.slots import MEDIA, Slot, field_leaves, json_slot, telling_names, text_slot
from octarine.guard.conversations.positions import TOOL_DESCRIPTIONS

POSITIONS = {
    "system": "system",
    "developer": "system",
    "user": "history",
    "assistant": "history",
    "tool": "tool_results",
    "function": "tool_results",
}
"""Role → position of its messages; the last one of the user is ``user``."""
_TEXTS = ("text", "input_text", "output_text", "refusal", "reasoning_text", "summary_text")


def last_user(messages: list[Any]) -> int:
    """Index of the last message of a user; -1 where no user speaks."""
    return max(
        (at for at, one in enumerate(messages) if isinstance(one, dict) and one.get("role") == "user"),
        default=-1,
    )


def message(node: dict[str, Any], path: str, index: int, *, last: bool) -> Iterator[Slot]:
    """Every text of a message.

    Args:
        last: whether it is the last one of a user.

    Raises:
        Refusal: 400, it has no role that is known, or no content that is one.
    """
    role = node.get("role")
    position = POSITIONS.get(role) if isinstance(role, str) else None
    if position is None:
        raise invalid(f"{path}.role must be one of {', '.join(POSITIONS)}.", f"{path}.role")
    if last:
        position = "user"
    for name, value in node.items():
        here = f"{path}.{name}"
        if name == "content":
            yield from content(node, name, here, position, index)
        elif name in ("tool_calls", "function_call") and isinstance(value, dict | list):
            yield from calls(value, here, position, index)
        elif name != "role":
            yield from field_leaves(node, name, path, position, index)


def content(holder: dict[str, Any], key: str, path: str, position: str, index: int) -> Iterator[Slot]:
    """The texts of ``holder[key]``: a text or a list of parts.

    Raises:
        Refusal: 400, it is neither.
    """
    parts = holder[key]
    if isinstance(parts, str):
        yield text_slot(holder, key, path, position, index)
        return
    if parts is None:
        return
    if not isinstance(parts, list):
        raise invalid(f"{path} must be a text or a list of parts.", path)
    for number, part in enumerate(parts):
        here = f"{path}[{number}]"
        if isinstance(part, str):
            yield as_one(text_slot(parts, number, here, position, index))
        elif isinstance(part, dict):
            yield from map(as_one, _part(part, here, position, index))
        else:
            raise invalid(f"{here} must be an object.", here)


def as_one(slot: Slot) -> Slot:
    """A text of a list of parts, which a model reads as one: what is harmless in pieces may not be."""
    said = isinstance(slot.key, int) or slot.key in _TEXTS
    return replace(slot, group=0) if said and slot.text else slot


def offered(body: dict[str, Any], name: str) -> Iterator[Slot]:
    """The tools on offer, each as one text: an order may be spread over its schema."""
    tools = body[name]
    if not isinstance(tools, list):
        yield from field_leaves(body, name, "", TOOL_DESCRIPTIONS, media=False)
        return
    for index in range(len(tools)):
        yield json_slot(tools, index, f"{name}[{index}]", TOOL_DESCRIPTIONS, -1)


def _part(part: dict[str, Any], path: str, position: str, index: int) -> Iterator[Slot]:
    kind = part.get("type", "text")
    # A server may go by the field and not by the type.
    fields = [name for name in part if name in MEDIA]
    if kind not in _TEXTS or fields:
        unscannable = MEDIA.get(str(kind)) or (MEDIA[fields[0]] if fields else "document")
        yield Slot(position, path, None, index, unscannable=unscannable)
        return
    for name, value in part.items():
        if isinstance(value, str) and name in ("text", "refusal"):
            yield text_slot(part, name, f"{path}.{name}", position, index)
        elif name != "type":
            yield from field_leaves(part, name, path, position, index)


def calls(node: Any, path: str, position: str, index: int = 0) -> Iterator[Slot]:
    """The texts of tool calls: what they hand over, and at ``position`` whatever else they say."""
    if isinstance(node, list):
        for number, one in enumerate(node):
            if isinstance(one, str):
                yield text_slot(node, number, f"{path}[{number}]", position, index)
            else:
                yield from calls(one, f"{path}[{number}]", position, index)
    elif isinstance(node, dict):
        yield from telling_names(node, path, position, index)
        for name, value in node.items():
            here = f"{path}.{name}"
            if name in ("arguments", "input") and isinstance(value, str):
                yield text_slot(node, name, here, "tool_arguments", index)
            elif name in ("arguments", "input"):
                if value:
                    yield json_slot(node, name, here, "tool_arguments", index)
            elif isinstance(value, dict | list):
                yield from calls(value, here, position, index)
            else:
                yield from field_leaves(node, name, path, position, index)


def prompt(node: dict[str, Any]) -> str:
    """What a message says, as one text."""
    said = node.get("content")
    if isinstance(said, str):
        return said
    parts = said if isinstance(said, list) else []
    texts = [part if isinstance(part, str) else part.get("text") for part in parts]
    return "\n".join(text for text in texts if isinstance(text, str))
