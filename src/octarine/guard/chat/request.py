"""The texts of a chat completions request, each with its position.

=====================================================  ================
where                                                  position
=====================================================  ================
messages of ``system`` and ``developer``               system
tools, functions, ``response_format``                  system
messages before the last user message, the assistant's history
the last user message; fields that nothing here knows  user
arguments of tool calls in messages                    tool_arguments
messages of ``tool`` and ``function``; ``documents``   tool_results
=====================================================  ================
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from octarine.guard.chat.refusals import invalid
from octarine.guard.chat.slots import MEDIA, Slot, bounded, field_leaves, text_slot

MOST_CHOICES = 128
_POSITIONS = {
    "system": "system",
    "developer": "system",
    "user": "history",
    "assistant": "history",
    "tool": "tool_results",
    "function": "tool_results",
}
_UNREAD = frozenset(
    {"model", "user", "service_tier", "reasoning_effort", "stop", "stream", "stream_options", "metadata"}
    | {"seed", "logit_bias", "logprobs", "store", "safety_identifier", "prompt_cache_key", "verbosity"}
    | {"prompt_cache_retention", "web_search_options", "tool_choice", "function_call", "modalities"}
)
"""Fields whose texts no model reads."""
_ELSEWHERE = {
    "tools": "system",
    "functions": "system",
    "response_format": "system",
    "prediction": "history",
    "documents": "tool_results",
}
_TEXTS = ("text", "input_text", "output_text", "refusal")


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What there is to know of a request.

    Attributes:
        body: its JSON; slots write into it.
        prompt: the text of the last user message.
        choices: how many answers are asked for.
    """

    body: dict[str, Any]
    slots: list[Slot]
    prompt: str
    model: str
    choices: int
    stream: bool


def read_chat(body: dict[str, Any], most_characters: int) -> ChatRequest:
    """Look through a request.

    Raises:
        Refusal: 400, it is none of the protocol, or asks for sound; 413, too long.
    """
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise invalid("'messages' must be a list of at least one message.", "messages")
    stream, choices, model = body.get("stream"), body.get("n"), body.get("model", "")
    if not isinstance(stream, bool | None):
        raise invalid("'stream' must be true or false.", "stream")
    if choices is not None and (type(choices) is not int or not 1 <= choices <= MOST_CHOICES):
        raise invalid(f"'n' must be a number from 1 to {MOST_CHOICES}.", "n")
    if not isinstance(model, str):
        raise invalid("'model' must be a string.", "model")
    if body.get("modalities") not in (None, ["text"]) or body.get("audio") is not None:
        raise invalid(
            "Answers that are no text cannot be looked at here, so they are not asked for.",
            "modalities",
            "unsupported_content",
        )
    last = _last_user(messages)
    slots = [slot for index, one in enumerate(messages) for slot in _message(one, index, last)]
    for name in body:
        if name != "messages" and name not in _UNREAD:
            position = _ELSEWHERE.get(name, "user")
            slots += field_leaves(body, name, "", position, media=position != "system")
    prompt = _prompt(messages[last]) if last >= 0 else ""
    return ChatRequest(body, bounded(slots, most_characters), prompt, model, choices or 1, bool(stream))


def _last_user(messages: list[Any]) -> int:
    """Its index; -1 where no user speaks."""
    return max(
        (at for at, one in enumerate(messages) if isinstance(one, dict) and one.get("role") == "user"),
        default=-1,
    )


def _message(message: Any, index: int, last: int) -> Iterator[Slot]:
    path = f"messages[{index}]"
    if not isinstance(message, dict):
        raise invalid(f"{path} must be an object.", path)
    role = message.get("role")
    position = _POSITIONS.get(role) if isinstance(role, str) else None
    if position is None:
        raise invalid(f"{path}.role must be one of {', '.join(_POSITIONS)}.", f"{path}.role")
    if index == last:
        position = "user"
    for name, value in message.items():
        here = f"{path}.{name}"
        if name == "content":
            yield from _content(message, here, position, index)
        elif name in ("tool_calls", "function_call"):
            yield from calls(value, here, position, index)
        elif name not in ("role", "tool_call_id"):
            yield from field_leaves(message, name, path, position, index)


def _content(message: dict[str, Any], path: str, position: str, index: int) -> Iterator[Slot]:
    content = message["content"]
    if isinstance(content, str):
        yield text_slot(message, "content", path, position, index)
        return
    if content is None:
        return
    if not isinstance(content, list):
        raise invalid(f"{path} must be a text or a list of parts.", path)
    texts = []
    for number, part in enumerate(content):
        here = f"{path}[{number}]"
        if isinstance(part, str):
            yield text_slot(content, number, here, position, index)
            texts.append(part)
            continue
        if not isinstance(part, dict):
            raise invalid(f"{here} must be an object.", here)
        yield from _part(part, here, position, index)
        texts += [part[name] for name in ("text", "refusal") if isinstance(part.get(name), str)]
    if len(texts) > 1:
        # A model reads them as one: what is harmless in pieces may not be.
        yield Slot(position, f"{path}[*]", "".join(texts), index)


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


def calls(node: Any, path: str, position: str, message: int = 0) -> Iterator[Slot]:
    """The texts of tool calls: what they hand over, and at ``position`` whatever else they say."""
    if isinstance(node, list):
        for index, one in enumerate(node):
            yield from calls(one, f"{path}[{index}]", position, message)
    elif isinstance(node, dict):
        for name, value in node.items():
            here = f"{path}.{name}"
            if name in ("arguments", "input") and isinstance(value, str):
                yield text_slot(node, name, here, "tool_arguments", message)
            elif name in ("arguments", "input"):
                yield from field_leaves(node, name, path, "tool_arguments", message)
            elif isinstance(value, dict | list):
                yield from calls(value, here, position, message)
            else:
                yield from field_leaves(node, name, path, position, message)


def _prompt(message: dict[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = [part if isinstance(part, str) else part.get("text") for part in parts]
    return "\n".join(text for text in texts if isinstance(text, str))
