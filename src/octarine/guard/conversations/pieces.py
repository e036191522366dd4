"""The pieces of a conversation: where each stands, and the conversation with some of them rewritten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from octarine.core.content import Conversation, Message, Modality, Part, Role
from octarine.guard.conversations.positions import HEADS, Place

_UNSCANNABLE = {
    Modality.IMAGE: "picture",
    Modality.AUDIO: "sound",
    Modality.VIDEO: "video",
    Modality.DOCUMENT: "document",
}
_READABLE = ("text/", "application/json", "application/xml", "application/yaml")


def places(conversation: Conversation) -> Iterator[Place]:
    """Every piece of a conversation, in order: parts first, then the arguments of a message's tool calls."""
    asked = [index for index, message in enumerate(conversation.messages) if message.role is Role.USER]
    last = asked[-1] if asked else -1
    for index, message in enumerate(conversation.messages):
        position = _position(message.role, index, last)
        for number, part in enumerate(message.parts):
            yield _of_part(index, number, part, position)
        for number, call in enumerate(message.tool_calls):
            yield Place(
                index, "tool_arguments", call=number, text=call.arguments, heads=HEADS["tool_arguments"]
            )


def documents_of(context: Conversation | str | None) -> tuple[str, ...]:
    """The texts of a conversation that an answer may rest on: documents and what tools gave back."""
    if context is None or isinstance(context, str):
        return ()
    texts = [piece.text for piece in places(context) if piece.position == "tool_results"]
    return tuple(text if isinstance(text, str) else text.decode("utf-8", "replace") for text in texts if text)


def rewritten(
    conversation: Conversation, texts: dict[tuple[int, int | None, int | None], str]
) -> Conversation:
    """The conversation with other texts at (message, part, call)."""
    messages = list(conversation.messages)
    for (index, part, call), text in texts.items():
        messages[index] = _with(messages[index], part, call, text)
    return Conversation(tuple(messages), conversation.tools)


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
        # Whoever hands it in, others may have written it.
        position = "tool_results"
        read = part.data if part.media_type.startswith(_READABLE) else None
        told = part.text or None
        # Text beside bytes: some models get the one, others the other, and they may differ.
        text = read if told is None else told if part.data is None and not part.sha256 else None
        if text is not None:
            return Place(index, position, part=number, text=text, heads=HEADS[position])
    return Place(index, position, part=number, unscannable=_UNSCANNABLE[part.modality])


def _with(message: Message, part: int | None, call: int | None, text: str) -> Message:
    if part is not None:
        parts = list(message.parts)
        old = parts[part]
        parts[part] = Part.of_text(text) if old.modality is Modality.TEXT else _document(old, text)
        return replace(message, parts=tuple(parts))
    assert call is not None
    calls = list(message.tool_calls)
    calls[call] = replace(calls[call], arguments=text)
    return replace(message, tool_calls=tuple(calls))


def _document(part: Part, text: str) -> Part:
    if part.data is None:
        return replace(part, text=text)
    return Part.of_bytes(part.modality, text.encode("utf-8", "replace"), part.media_type, name=part.name)
