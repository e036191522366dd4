"""The pieces of a conversation: where each stands, and the conversation with some of them rewritten."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from octarine.core.codec import encode
from octarine.core.content import Conversation, Message, Modality, Part, Role, Tool
from octarine.guard.conversations.positions import HEADS, TOOL_ARGUMENTS, TOOL_DESCRIPTIONS, Place

_UNSCANNABLE = {
    Modality.IMAGE: "picture",
    Modality.AUDIO: "sound",
    Modality.VIDEO: "video",
    Modality.DOCUMENT: "document",
}
_READABLE = ("text/", "application/json", "application/xml", "application/yaml")
_NAME = re.compile(r"[A-Za-z0-9_.:/-]{1,64}")
"""A name that is no sentence: rules look at it, and no head is asked."""


def places(conversation: Conversation) -> Iterator[Place]:
    """Every piece of a conversation, in order: the tools on offer; then of each message its parts and its
    tool calls, each with its name where it has one."""
    for number, tool in enumerate(conversation.tools):
        yield Place(-1, TOOL_DESCRIPTIONS, tool=number, text=_told(tool), heads=HEADS[TOOL_DESCRIPTIONS])
    asked = [index for index, message in enumerate(conversation.messages) if message.role is Role.USER]
    last = asked[-1] if asked else -1
    for index, message in enumerate(conversation.messages):
        yield from _of_message(index, message, _position(message.role, index, last))


def documents_of(context: Conversation | str | None) -> tuple[str, ...]:
    """The texts of a conversation that an answer may rest on: documents and what tools gave back."""
    if context is None or isinstance(context, str):
        return ()
    texts = [piece.text for piece in places(context) if piece.position == "tool_results" and not piece.name]
    return tuple(text if isinstance(text, str) else text.decode("utf-8", "replace") for text in texts if text)


def rewritten(conversation: Conversation, texts: Iterable[tuple[Place, str]]) -> Conversation:
    """The conversation with other texts at some of its pieces."""
    messages, tools = list(conversation.messages), list(conversation.tools)
    for place, text in texts:
        if place.tool is not None:
            tools[place.tool] = _tool(text)
        else:
            messages[place.message] = _with(messages[place.message], place, text)
    return Conversation(tuple(messages), tuple(tools))


def _of_message(index: int, message: Message, position: str) -> Iterator[Place]:
    texts = sum(part.modality is Modality.TEXT for part in message.parts)
    for number, part in enumerate(message.parts):
        piece = _of_part(index, number, part, position)
        if part.name:
            yield _name(Place(index, piece.position, part=number), part.name)
        if part.modality is Modality.TEXT and texts > 1:
            piece = replace(piece, group=0)
        yield piece
    for number, call in enumerate(message.tool_calls):
        yield _name(Place(index, position, call=number), call.name)
        yield Place(index, TOOL_ARGUMENTS, call=number, text=call.arguments, heads=HEADS[TOOL_ARGUMENTS])


def _name(place: Place, name: str) -> Place:
    heads = frozenset() if _NAME.fullmatch(name) else HEADS[place.position]
    return replace(place, name=True, text=name, heads=heads)


def _position(role: Role, index: int, last: int) -> str:
    if role is Role.SYSTEM:
        return "system"
    if role is Role.TOOL:
        return "tool_results"
    return "user" if index == last else "history"


def _of_part(index: int, number: int, part: Part, position: str) -> Place:
    if part.modality is Modality.TEXT:
        return Place(index, position, part=number, text=part.text, heads=HEADS[position])
    if part.modality is Modality.DOCUMENT:
        # Whoever hands it in, others may have written it. What users hand in they say, too: a request in a
        # file is one, as it would be in their message.
        also = position if position in ("user", "history") else ""
        position = "tool_results"
        read = part.data if part.media_type.startswith(_READABLE) else None
        told = part.text or None
        # Text beside bytes: some models get the one, others the other, and they may differ.
        text = read if told is None else told if part.data is None and not part.sha256 else None
        if text is not None:
            heads = HEADS[position]
            return Place(index, position, part=number, text=text, heads=heads, also=also)
    return Place(index, position, part=number, unscannable=_UNSCANNABLE[part.modality])


def _with(message: Message, place: Place, text: str) -> Message:
    if place.part is not None:
        parts = list(message.parts)
        parts[place.part] = _part(parts[place.part], place, text)
        return replace(message, parts=tuple(parts))
    assert place.call is not None
    calls = list(message.tool_calls)
    call = calls[place.call]
    calls[place.call] = replace(call, name=text) if place.name else replace(call, arguments=text)
    return replace(message, tool_calls=tuple(calls))


def _part(part: Part, place: Place, text: str) -> Part:
    if place.name:
        return replace(part, name=text)
    if part.modality is Modality.TEXT or part.data is None:
        return replace(part, text=text)
    return Part.of_bytes(part.modality, text.encode("utf-8", "replace"), part.media_type, name=part.name)


def _told(tool: Tool) -> str:
    """A tool as models are told of it: what is written in its schema they read like its description."""
    return json.dumps(encode(tool), ensure_ascii=False, default=str)


def _tool(text: str) -> Tool:
    """Back from ``_told``: covering leaves the form as it was."""
    return Tool(**json.loads(text))
