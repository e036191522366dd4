"""A conversation as the JSON of the chat completions protocol."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

from octarine.core.content import Conversation, Message, Modality, Part, Role, ToolCall
from octarine.core.errors import RequestRejected, Unsupported

Json = dict[str, Any]

_AUDIO_FORMATS = {"mpeg": "mp3", "x-wav": "wav", "wave": "wav", "vnd.wave": "wav", "x-flac": "flac"}


def chat_messages(conversation: Conversation) -> list[Json]:
    """The ``messages`` of a request.

    Text alone is sent as a plain string, which every server takes; a list of content parts only where there
    are images or sound.

    Raises:
        Unsupported: for a modality that the protocol has no part for.
        RequestRejected: for a part whose bytes are not loaded.
    """
    return [_message(message) for message in paired_tool_results(conversation).messages]


def chat_tools(conversation: Conversation) -> list[Json]:
    """The ``tools`` of a request."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": dict(tool.parameters) or {"type": "object", "properties": {}},
            },
        }
        for tool in conversation.tools
    ]


def part_bytes(part: Part) -> bytes:
    """The bytes of an image, a sound, a video or a document.

    Raises:
        RequestRejected: where only their hash is at hand.
    """
    if part.data is None:
        raise RequestRejected(
            f"the {part.modality} {part.name or part.sha256[:12] or '(unnamed)'} cannot be sent: "
            "its bytes are not loaded",
            hint="Read them from the store by their hash (Part.sha256) first.",
        )
    return part.data


def paired_tool_results(conversation: Conversation) -> Conversation:
    """The same conversation in which every tool result answers a call.

    Providers reject a result that no assistant turn asked for, and samples that plant an instruction in a
    result often hold nothing else. The missing call is written in, with no arguments, under the name of the
    result's first part or of the first tool on offer.
    """
    messages: list[Message] = []
    open_calls: list[str] = []
    for number, message in enumerate(conversation.messages):
        if message.role is Role.TOOL:
            identifier = message.tool_call_id
            if not identifier and open_calls:
                identifier = open_calls[0]
            if identifier not in open_calls:
                identifier = identifier or f"call_{number}"
                call = ToolCall(_tool_name(message, conversation), id=identifier)
                messages.append(Message(Role.ASSISTANT, tool_calls=(call,)))
                open_calls = [identifier]
            open_calls.remove(identifier)
            message = replace(message, tool_call_id=identifier)  # noqa: PLW2901
        elif message.tool_calls:
            calls = tuple(
                call if call.id else replace(call, id=f"call_{number}_{place}")
                for place, call in enumerate(message.tool_calls)
            )
            message = replace(message, tool_calls=calls)  # noqa: PLW2901
            open_calls = [call.id for call in calls]
        else:
            open_calls = []
        messages.append(message)
    return Conversation(tuple(messages), conversation.tools)


def _tool_name(message: Message, conversation: Conversation) -> str:
    named = [part.name for part in message.parts if part.name]
    offered = [tool.name for tool in conversation.tools]
    return (named or offered or ["tool"])[0]


def _message(message: Message) -> Json:
    if all(part.modality is Modality.TEXT for part in message.parts):
        content: Any = message.text
    else:
        content = [_part(part) for part in message.parts]
    written: Json = {"role": message.role.value, "content": content}
    if message.tool_calls:
        written["content"] = content or None
        written["tool_calls"] = [_tool_call(call) for call in message.tool_calls]
    if message.role is Role.TOOL:
        written["tool_call_id"] = message.tool_call_id
    return written


def _tool_call(call: ToolCall) -> Json:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _part(part: Part) -> Json:
    if part.modality is Modality.TEXT:
        return {"type": "text", "text": part.text}
    if part.modality is Modality.IMAGE:
        encoded = base64.b64encode(part_bytes(part)).decode()
        url = f"data:{part.media_type or 'image/png'};base64,{encoded}"
        return {"type": "image_url", "image_url": {"url": url}}
    if part.modality is Modality.AUDIO:
        encoded = base64.b64encode(part_bytes(part)).decode()
        kind = part.media_type.partition("/")[2].partition(";")[0].lower() or "wav"
        sound = {"data": encoded, "format": _AUDIO_FORMATS.get(kind, kind)}
        return {"type": "input_audio", "input_audio": sound}
    raise Unsupported(
        f"a {part.modality} cannot be sent over the chat completions protocol",
        hint="Send its text or its pictures, or use a model that takes it (bedrock: takes documents).",
    )
