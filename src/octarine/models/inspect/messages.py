"""Conversations as Inspect's messages and tools, and back. Imports Inspect: import this when it is needed."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from typing import Any

from inspect_ai.model import (
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageTool,
    ChatMessageUser,
    ContentAudio,
    ContentDocument,
    ContentImage,
    ContentText,
    ContentVideo,
)
from inspect_ai.tool import ToolCall as InspectToolCall
from inspect_ai.tool import ToolInfo, ToolParams

from octarine.core.codec import canonical
from octarine.core.content import Conversation, Message, Modality, Part, Role, Tool, ToolCall
from octarine.core.errors import RequestRejected
from octarine.models.content_json import paired_tool_results, part_bytes

_ROLES = {"system": Role.SYSTEM, "user": Role.USER, "assistant": Role.ASSISTANT, "tool": Role.TOOL}
_FORMATS = {"mpeg": "mp3", "x-wav": "wav", "wave": "wav", "vnd.wave": "wav", "quicktime": "mov"}
_FIELDS = {
    "image": Modality.IMAGE,
    "audio": Modality.AUDIO,
    "video": Modality.VIDEO,
    "document": Modality.DOCUMENT,
}


def chat_messages(conversation: Conversation) -> list[Any]:
    """The messages as Inspect's; every result of a tool answers a call (``paired_tool_results``).

    Raises:
        RequestRejected: for a part whose bytes are not loaded.
    """
    return [_message(message) for message in paired_tool_results(conversation).messages]


def tool_infos(conversation: Conversation) -> list[Any]:
    """The tools on offer as Inspect's.

    Raises:
        RequestRejected: for parameters that Inspect's schema of a tool cannot hold.
    """
    return [_tool_info(tool) for tool in conversation.tools]


def conversation_from(messages: str | Iterable[Any], tools: Iterable[Tool] = ()) -> Conversation:
    """Inspect's messages as a conversation. What a model reasoned, and what Inspect alone knows, is left out;
    what is named by an address and not carried along stands there as text."""
    if isinstance(messages, str):
        return Conversation.user(messages)
    return Conversation(tuple(_read(message) for message in messages), tuple(tools))


def content_of(parts: Iterable[Part]) -> Any:
    """Parts as the content of a message: plain text where there is nothing else."""
    parts = tuple(parts)
    if all(part.modality is Modality.TEXT for part in parts):
        return "\n".join(part.text for part in parts)
    return [_content(part) for part in parts]


def tool_calls_of(calls: Iterable[ToolCall]) -> list[Any] | None:
    """Calls as Inspect's; None where there are none. Arguments that are no JSON object are kept as one."""
    return [_tool_call(call, place) for place, call in enumerate(calls)] or None


def parts_from(content: Any) -> tuple[Part, ...]:
    """The content of a message as parts; see ``conversation_from``."""
    if isinstance(content, str):
        return (Part.of_text(content),) if content else ()
    found = (_part(item) for item in content)
    return tuple(part for part in found if part is not None)


def tool_calls_from(calls: Iterable[Any] | None) -> tuple[ToolCall, ...]:
    """Inspect's calls as ours."""
    return tuple(ToolCall(call.function, canonical(call.arguments), call.id) for call in calls or ())


def _message(message: Message) -> Any:
    content = content_of(message.parts)
    if message.role is Role.SYSTEM:
        return ChatMessageSystem(content=content)
    if message.role is Role.ASSISTANT:
        return ChatMessageAssistant(content=content, tool_calls=tool_calls_of(message.tool_calls))
    if message.role is Role.TOOL:
        return ChatMessageTool(content=content, tool_call_id=message.tool_call_id)
    return ChatMessageUser(content=content)


def _tool_info(tool: Tool) -> Any:
    schema = dict(tool.parameters) or {"type": "object", "properties": {}}
    try:
        return ToolInfo(
            name=tool.name, description=tool.description, parameters=ToolParams.model_validate(schema)
        )
    except ValueError as error:
        raise RequestRejected(f"the tool '{tool.name}' cannot be offered through Inspect: {error}") from None


def _tool_call(call: ToolCall, place: int) -> Any:
    error = None
    try:
        arguments = json.loads(call.arguments)
    except ValueError as problem:
        arguments, error = {"arguments": call.arguments}, f"not JSON: {problem}"
    if not isinstance(arguments, dict):
        arguments = {"arguments": arguments}
    return InspectToolCall(
        id=call.id or f"call_{place}", function=call.name, arguments=arguments, parse_error=error
    )


def _content(part: Part) -> Any:
    if part.modality is Modality.TEXT:
        return ContentText(text=part.text)
    kind = part.media_type or {"image": "image/png", "audio": "audio/wav", "video": "video/mp4"}.get(
        part.modality.value, "application/octet-stream"
    )
    url = f"data:{kind};base64,{base64.b64encode(part_bytes(part)).decode()}"
    if part.modality is Modality.IMAGE:
        return ContentImage(image=url)
    if part.modality is Modality.DOCUMENT:
        return ContentDocument(document=url, filename=part.name, mime_type=kind)
    name = kind.partition("/")[2].partition(";")[0]
    format_ = _FORMATS.get(name, name)
    try:
        if part.modality is Modality.AUDIO:
            return ContentAudio(audio=url, format=format_)
        return ContentVideo(video=url, format=format_)
    except ValueError:
        raise RequestRejected(f"Inspect takes no {part.modality} of the type {kind}") from None


def _read(message: Any) -> Message:
    calls = getattr(message, "tool_calls", None)
    answers = getattr(message, "tool_call_id", None) or ""
    return Message(_ROLES[message.role], parts_from(message.content), tool_calls_from(calls), answers)


def _part(item: Any) -> Part | None:
    if item.type == "text":
        return Part.of_text(item.text)
    modality = _FIELDS.get(item.type)
    if modality is None:
        return None
    address = getattr(item, item.type)
    head, comma, encoded = address.partition(",")
    if not (head.startswith("data:") and head.endswith(";base64") and comma):
        return Part.of_text(f"[{item.type}: {address}]")
    try:
        data = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return Part.of_text(f"[{item.type} that is not base64]")
    kind = head.removeprefix("data:").removesuffix(";base64")
    return Part.of_bytes(modality, data, kind, name=getattr(item, "filename", ""))
