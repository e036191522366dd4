"""What goes into a model and comes out of it: parts, messages, conversations.

Bytes are carried by content hash: a ``Part`` records ``sha256``, and holds the bytes themselves only while
they are needed (``data`` is never compared, hashed, printed or recorded; the store keeps it by hash).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from octarine.core.codec import digest, encode


class Modality(StrEnum):
    """The kinds of content."""

    TEXT = "text"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"


class Role(StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of content: text, bytes named by their SHA-256, or a picture that is drawn when it is
    needed: ``drawing`` is the canonical JSON of what it shows (see ``evaluate.pictures``)."""

    modality: Modality = Modality.TEXT
    text: str = ""
    media_type: str = ""
    sha256: str = ""
    name: str = ""
    drawing: str = ""
    data: bytes | None = field(default=None, compare=False, repr=False, metadata={"transient": True})

    @staticmethod
    def of_text(text: str) -> Part:
        """A text part."""
        return Part(text=text)

    @staticmethod
    def of_bytes(modality: Modality, data: bytes, media_type: str, *, name: str = "") -> Part:
        """A part that carries ``data``; its hash is computed here."""
        return Part(
            modality=modality,
            media_type=media_type,
            sha256=hashlib.sha256(data).hexdigest(),
            name=name,
            data=data,
        )


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model's wish to call a tool. ``arguments`` is the JSON text as the model wrote it, valid or not."""

    name: str
    arguments: str = "{}"
    id: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool offered to the model. ``parameters`` is a JSON schema."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. ``tool_call_id`` is set on a tool's result and names the call that it answers."""

    role: Role
    parts: tuple[Part, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""

    @property
    def text(self) -> str:
        """The text parts, joined by newlines."""
        return "\n".join(part.text for part in self.parts if part.modality is Modality.TEXT)


@dataclass(frozen=True)
class Conversation:
    """The messages so far and the tools on offer. The model is asked for the next message."""

    messages: tuple[Message, ...] = ()
    tools: tuple[Tool, ...] = ()

    @cached_property
    def key(self) -> str:
        """SHA-256 of the content: equal conversations have equal keys, on every machine."""
        return digest(encode(self))

    @property
    def modalities(self) -> frozenset[Modality]:
        """Every modality that appears in a message."""
        return frozenset(part.modality for message in self.messages for part in message.parts)

    @property
    def turns(self) -> int:
        """How many user messages there are."""
        return sum(message.role is Role.USER for message in self.messages)

    @property
    def prompt(self) -> str:
        """The text of the last user message, or nothing."""
        asked = [message.text for message in self.messages if message.role is Role.USER]
        return asked[-1] if asked else ""

    @staticmethod
    def user(text: str, *, system: str = "") -> Conversation:
        """A single-turn conversation."""
        return Conversation((*_message(Role.SYSTEM, system), *_message(Role.USER, text)))


def _message(role: Role, text: str) -> tuple[Message, ...]:
    return (Message(role, (Part.of_text(text),)),) if text else ()
