"""Tools for a model that takes none: described in words, called in JSON, answered in the user's turn."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from octarine.core.codec import canonical
from octarine.core.content import Conversation, Message, Part, Role, ToolCall
from octarine.core.results import Completion, Finish

_HEAD = """You can use tools. To use one, answer with nothing but one line of JSON:
{"tool": "NAME", "arguments": {…}}
You are then shown its result and go on. When you are done, answer in words. The tools:
"""
_CALL = re.compile(r'\{\s*"tool"\s*:')


def spoken(conversation: Conversation) -> Conversation:
    """``conversation`` without tools, calls and results: each is put into words."""
    lines = [
        f"- {tool.name}({', '.join(tool.parameters.get('properties', {}))}): {tool.description}"
        for tool in conversation.tools
    ]
    head = _HEAD + "\n".join(lines)
    messages = [_spoken(message) for message in conversation.messages]
    if messages and messages[0].role is Role.SYSTEM:
        messages[0] = replace(messages[0], parts=(*messages[0].parts, Part.of_text(head)))
    else:
        messages.insert(0, Message(Role.SYSTEM, (Part.of_text(head),)))
    return Conversation(tuple(messages))


def _spoken(message: Message) -> Message:
    if message.role is Role.TOOL:
        return Message(Role.USER, (Part.of_text(f"Result of the tool:\n{message.text}"),))
    if not message.tool_calls:
        return message
    calls = [
        f'{{"tool": {json.dumps(call.name)}, "arguments": {call.arguments}}}' for call in message.tool_calls
    ]
    return replace(message, parts=(*message.parts, Part.of_text("\n".join(calls))), tool_calls=())


def heard(completion: Completion) -> Completion:
    """``completion`` with the calls that its text makes as tool calls; what is no such JSON stays text."""
    text = completion.text
    found: list[ToolCall] = []
    decoder = json.JSONDecoder()
    for match in _CALL.finditer(text):
        try:
            record, _ = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            continue
        if isinstance(record.get("tool"), str):
            given = record.get("arguments", {})
            written = given if isinstance(given, str) else canonical(given)
            found.append(ToolCall(record["tool"], written))
    if not found:
        return completion
    before = text[: _CALL.search(text).start()].strip()  # type: ignore[union-attr]
    parts = (Part.of_text(before),) if before else ()
    return replace(completion, parts=parts, tool_calls=tuple(found), finish=Finish.TOOL_CALLS)
