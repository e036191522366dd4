"""What LangChain hands over, in a form that can be looked at and written into, and back."""

from __future__ import annotations

import copy
import datetime
import numbers
import uuid
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from langchain_core.documents import Document
from langchain_core.messages import BaseMessage
from langchain_core.prompt_values import ChatPromptValue, PromptValue, StringPromptValue

from octarine.guard.chat.messages import as_one, calls
from octarine.guard.chat.slots import MEDIA, Slot, field_leaves, leaves, text_slot
from octarine.guard.conversations.positions import OUTPUT

_POSITIONS = {"system": "system", "developer": "system", "tool": "tool_results", "function": "tool_results"}
_SAID = ("text", "text-plain", "reasoning", "thinking", "tool_use", "tool_call", "tool_call_chunk",
         "server_tool_call", "tool_result", "server_tool_result", "input_json_delta", "refusal")  # fmt: skip
"""Kinds of content blocks whose texts all stand in them."""
_CALLS = ("tool_calls", "invalid_tool_calls")
_FIELDS = ("name", "role", "tool_call_id", "additional_kwargs", "invalid_tool_calls")
"""What a message says beside its content and its tool calls; not every kind has each."""
_NO_TEXT = (numbers.Number, datetime.date, datetime.time, datetime.timedelta, uuid.UUID, type(None))
"""What holds no text."""
Positions = dict[int, tuple[int, str]]
"""Identity of a message → its place among all, and its position."""


class Told:
    """A message, and what of it is looked at, in a form that can be written into."""

    def __init__(self, message: BaseMessage) -> None:
        self.message = message
        self.fields: dict[str, Any] = {"content": copy.deepcopy(message.content)}
        if asked := getattr(message, "tool_calls", None):
            self.fields["tool_calls"] = [
                {"name": one["name"], "arguments": copy.deepcopy(one["args"])} for one in asked
            ]
        for name in _FIELDS:
            if value := getattr(message, name, None):
                self.fields[name] = copy.deepcopy(value)

    @property
    def role(self) -> str:
        """Whose it is."""
        return str(getattr(self.message, "role", "")) or self.message.type

    def slots(self, path: str, position: str, at: int = 0) -> Iterator[Slot]:
        """Its texts."""
        fields = self.fields
        for name in fields:
            here = f"{path}.{name}"
            if name == "content" and isinstance(fields[name], list):
                yield from _blocks(fields[name], here, position, at)
            elif name == "content":
                yield text_slot(fields, name, here, position, at)
            elif name in _CALLS:
                yield from calls(fields[name], here, position, at)
            elif name == "additional_kwargs":
                yield from _more(fields[name], here, position, at)
            else:
                yield from field_leaves(fields, name, path, position, at)

    def written(self) -> BaseMessage:
        """The message with what was written."""
        update = {name: value for name, value in self.fields.items() if name != "tool_calls"}
        if "tool_calls" in self.fields:
            update["tool_calls"] = [
                {**call, "args": told["arguments"]}
                for call, told in zip(
                    getattr(self.message, "tool_calls", ()), self.fields["tool_calls"], strict=True
                )
            ]
        if all(getattr(self.message, name) == value for name, value in update.items()):
            return self.message
        if getattr(self.message, "tool_call_chunks", None):
            # They hold the arguments once more, as the model wrote them.
            update["tool_call_chunks"] = []
        metadata = getattr(self.message, "response_metadata", None) or {}
        update["response_metadata"] = {name: value for name, value in metadata.items() if name != "logprobs"}
        return self.message.model_copy(update=update)


class _Page:
    """A document that a retriever brought."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.fields = {
            "page_content": document.page_content,
            "metadata": copied(document.metadata),
            "id": document.id,
        }

    def slots(self, path: str, position: str) -> Iterator[Slot]:
        """Its texts: prompts may show any of them."""
        yield text_slot(self.fields, "page_content", path, position)
        yield from walk(self.fields["metadata"], f"{path}.metadata", position)
        yield from field_leaves(self.fields, "id", path, position)

    def written(self) -> Document:
        """The document with what was written."""
        return self.document.model_copy(update={name: written(value) for name, value in self.fields.items()})


class _Values(list[Any]):
    """What was a prompt value of messages."""


class _Series(list[Any]):
    """What was a tuple or a set."""

    def __init__(self, given: Any) -> None:
        super().__init__(copied(one) for one in given)
        self.kind = type(given)


def copied(given: Any) -> Any:
    """``given`` so that it can be written into: messages as ``Told``, all else copied."""
    if isinstance(given, StringPromptValue):
        return given.text
    if isinstance(given, PromptValue):
        return _Values(Told(message) for message in given.to_messages())
    if isinstance(given, BaseMessage):
        return Told(given)
    if isinstance(given, Document):
        return _Page(given)
    if type(given) in (tuple, set, frozenset):
        return _Series(given)
    if isinstance(given, list | tuple):
        return [copied(one) for one in given]
    if isinstance(given, dict):
        return {name: copied(value) for name, value in given.items()}
    return given


def written(of: Any) -> Any:
    """The other way."""
    if isinstance(of, Told | _Page):
        return of.written()
    if isinstance(of, _Values):
        return ChatPromptValue(messages=[one.written() for one in of])
    if isinstance(of, _Series):
        return of.kind(written(one) for one in of)
    if isinstance(of, list):
        return [written(one) for one in of]
    if isinstance(of, dict):
        return {name: written(value) for name, value in of.items()}
    return of


def read(given: Any) -> tuple[list[Any], list[Slot], str]:
    """An input, held so that it can be written into, its texts, and the last of the user's."""
    holder = [copied(given)]
    told = list(_told(holder))
    last = max((at for at, one in enumerate(told) if one.message.type == "human"), default=-1)
    positions = {
        id(one): (at, _POSITIONS.get(one.role, "user" if at == last else "history"))
        for at, one in enumerate(told)
    }
    slots = list(walk(holder, "input", "user", positions))
    if last >= 0:
        return holder, slots, str(told[last].message.text)
    return holder, slots, "\n".join(slot.text for slot in slots if slot.text and slot.position == "user")


def answer_slots(holder: list[Any]) -> Iterator[Slot]:
    """Every text of an answer."""
    return walk(holder, "output", OUTPUT)


def walk(
    node: list[Any] | dict[Any, Any], path: str, usual: str, positions: Positions | None = None
) -> Iterator[Slot]:
    """Every text below ``node``, names of fields included where they may say something; what nothing here
    knows is unscannable."""
    for key in list(node) if isinstance(node, dict) else range(len(node)):
        if isinstance(node, dict):
            yield from leaves({str(key): None}, path, usual)
        yield from entry(node, key, path, usual, positions)


def entry(
    node: list[Any] | dict[Any, Any], key: Any, path: str, usual: str, positions: Positions | None = None
) -> Iterator[Slot]:
    """Every text at and below ``node[key]``; see ``walk``."""
    here = f"{path}.{key}" if isinstance(node, dict) else f"{path}[{key}]"
    value = node[key]
    if isinstance(value, str):
        if value:
            yield text_slot(node, key, here, usual)
    elif isinstance(value, Told):
        at, position = (positions or {}).get(id(value), (0, usual))
        yield from value.slots(here, position, at)
    elif isinstance(value, _Page):
        yield from value.slots(here, "tool_results" if usual != OUTPUT else OUTPUT)
    elif isinstance(value, list | dict):
        yield from walk(value, here, usual, positions)
    elif isinstance(value, PurePath):
        yield Slot(usual, here, str(value))
    elif not isinstance(value, _NO_TEXT):
        yield Slot(usual, here, None, unscannable="document")


def _told(node: Any) -> Iterator[Told]:
    if isinstance(node, Told):
        yield node
    elif isinstance(node, list | dict):
        for one in node.values() if isinstance(node, dict) else node:
            yield from _told(one)


def _blocks(blocks: list[Any], path: str, position: str, at: int) -> Iterator[Slot]:
    for number, block in enumerate(blocks):
        here = f"{path}[{number}]"
        kind = "text" if isinstance(block, str) else str(block.get("type", ""))
        if isinstance(block, str):
            yield as_one(text_slot(blocks, number, here, position, at))
        elif kind not in _SAID:
            yield Slot(position, here, None, at, unscannable=MEDIA.get(kind, "document"))
        else:
            yield from map(as_one, leaves(block, here, position, at))


def _more(fields: dict[str, Any], path: str, position: str, at: int) -> Iterator[Slot]:
    """The texts of ``additional_kwargs``: calls of tools as some models put them there, and leaves."""
    for name, value in fields.items():
        if name in ("tool_calls", "function_call"):
            yield from calls(value, f"{path}.{name}", position, at)
        else:
            yield from leaves({name: None}, path, position, at)
            yield from field_leaves(fields, name, path, position, at)
