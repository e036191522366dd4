"""The texts of a request for a response, each with its position.

=====================================================  ================
where                                                  position
=====================================================  ================
``instructions``, messages of ``system``, ``developer`` system
the schema in ``text``                                 system
``tools``                                              tool_descriptions
messages before the last user message, the assistant's history
calls (their arguments apart), reasoning               history
``input`` as a text, the last user message             user
variables of ``prompt``; fields that nothing here knows  user
arguments of calls                                     tool_arguments
outputs of calls, and items that nothing here knows    tool_results
=====================================================  ================

What the upstream keeps (``previous_response_id``, ``conversation``, ``item_reference``, a ``prompt``'s
template, sealed reasoning) cannot be looked at here; it went through the guard when it was said, if it was
said through it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from octarine.guard.chat.messages import calls, content, last_user, message, offered, prompt
from octarine.guard.chat.refusals import invalid
from octarine.guard.chat.slots import MEDIA, Slot, bounded, field_leaves, text_slot
from octarine.guard.chat.tools import check_tools, unsupported

Json = dict[str, Any]
CALLS = frozenset(
    {"function_call", "custom_tool_call", "local_shell_call", "shell_call", "apply_patch_call"}
    | {"computer_call", "mcp_approval_request"}
)
_UNREAD = frozenset(
    {"model", "user", "service_tier", "reasoning", "stream", "stream_options", "metadata", "store", "include"}
    | {"safety_identifier", "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options"}
    | {
        "tool_choice",
        "previous_response_id",
        "conversation",
        "context_management",
        "truncation",
        "moderation",
    }
    | {"input"}
)
"""Fields whose texts no model reads, and the input, which is read by itself."""
_ELSEWHERE = {"instructions": "system", "text": "system"}


@dataclass(frozen=True, slots=True)
class ResponseRequest:
    """What there is to know of a request; see ``guard.dialects.dialect.Question``."""

    body: Json
    slots: list[Slot]
    prompt: str
    model: str
    stream: bool
    elsewhere: bool


def read_response(
    body: Json, most_characters: int, allowed: frozenset[str] | None = frozenset()
) -> ResponseRequest:
    """Look through a request.

    Args:
        allowed: types of tools that the upstream may run itself; None for all that give texts.

    Raises:
        Refusal: 400, it is none of the protocol, asks for what could not be looked at, or for a tool whose
            results nobody here would see; 413, too long.
    """
    stream, model = body.get("stream"), body.get("model", "")
    if not isinstance(stream, bool | None):
        raise invalid("'stream' must be true or false.", "stream")
    if not isinstance(model, str | None):
        raise invalid("'model' must be a string.", "model")
    if body.get("background"):
        raise unsupported(
            "An answer that is fetched later would not come through this guard. Leave 'background' out.",
            "background",
        )
    check_tools(body.get("tools"), "tools", allowed)
    given = body.get("input")
    slots, said = _input(body, given, allowed)
    for name in body:
        if name == "tools":
            slots += offered(body, name)
        elif name not in _UNREAD:
            position = _ELSEWHERE.get(name, "user")
            slots += field_leaves(body, name, "", position, media=position != "system")
    kept = any(body.get(name) is not None for name in ("previous_response_id", "conversation"))
    return ResponseRequest(
        body,
        bounded(slots, most_characters),
        said,
        model or "",
        bool(stream),
        kept or _refers(given if isinstance(given, list) else ()),
    )


def _input(body: Json, given: Any, allowed: frozenset[str] | None) -> tuple[list[Slot], str]:
    """The texts of the input, and what the user says last."""
    if given is None and any(
        body.get(name) is not None for name in ("prompt", "conversation", "previous_response_id")
    ):
        return [], ""
    if isinstance(given, str):
        return [text_slot(body, "input", "input", "user")], given
    if not isinstance(given, list):
        raise invalid("'input' must be a text or a list of items.", "input")
    last = last_user(given)
    slots: list[Slot] = []
    for index, item in enumerate(given):
        path = f"input[{index}]"
        if not isinstance(item, dict):
            raise invalid(f"{path} must be an object.", path)
        check_tools(item.get("tools"), f"{path}.tools", allowed)
        slots += _item(item, path, index, last=index == last)
    return slots, prompt(given[last]) if last >= 0 else ""


def _item(item: Json, path: str, index: int, *, last: bool) -> Iterator[Slot]:
    kind = item.get("type") or "message"
    if not isinstance(kind, str):
        raise invalid(f"{path}.type must be a string.", f"{path}.type")
    if kind == "message" or "role" in item:
        yield from message(item, path, index, last=last)
    elif kind in CALLS:
        yield from calls(item, path, "history", index)
    elif found := _contents(kind):
        position, fields = found
        for name, value in item.items():
            if name in fields and isinstance(value, str | list):
                yield from content(item, name, f"{path}.{name}", position, index)
            else:
                yield from field_leaves(item, name, path, position, index)
    elif unscannable := unseen(kind):
        yield Slot("tool_results", path, None, index, unscannable=unscannable)
    else:
        yield from calls(item, path, "tool_results", index)


def _contents(kind: str) -> tuple[str, tuple[str, ...]] | None:
    """Position and fields of an item whose texts stand in lists of parts."""
    if kind == "reasoning":
        return "history", ("summary", "content")
    if kind.endswith("_call_output") and not unseen(kind):
        return "tool_results", ("output",)
    return None


def unseen(kind: str) -> str:
    """What an item of this type holds that nothing here can look into, in the policy's word; empty for
    none."""
    if kind in ("image_generation_call", "computer_call_output"):
        return "picture"
    return MEDIA.get(kind, "")


def _refers(items: Iterable[Any]) -> bool:
    return any(isinstance(item, dict) and item.get("type") == "item_reference" for item in items)
