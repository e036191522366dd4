"""The keyword arguments of a call: tools on offer, the form of an answer, and whatever else it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from octarine.guard.chat.slots import Slot, json_slot, leaves
from octarine.guard.conversations.positions import TOOL_DESCRIPTIONS
from octarine.guard.integrations.langchain.values import copied, entry

_TOOLS = ("tools", "functions")
_FORMATS = ("response_format", "format", "schema")


def read_options(given: dict[str, Any]) -> tuple[dict[str, Any], list[Slot]]:
    """Keyword arguments, held so that they can be written into (``values.written`` is the way back), and
    their texts. What comes as code is looked at as the model gets it: its name, description and schema."""
    held: dict[str, Any] = copied(given)
    slots: list[Slot] = []
    for name, value in held.items():
        slots += leaves({name: None}, "kwargs", "user")
        if name in _TOOLS and isinstance(value, list):
            for at in range(len(value)):
                slots += _tool(value, at, f"kwargs.{name}[{at}]")
        elif name in _FORMATS and isinstance(value, type):
            slots.append(_described(value, f"kwargs.{name}", "system"))
        else:
            slots += entry(held, name, "kwargs", "system" if name in _FORMATS else "user")
    return held, slots


def _tool(tools: list[Any], at: int, path: str) -> Iterator[Slot]:
    """A tool as one text: an order may be spread over its schema."""
    tool = tools[at]
    if not isinstance(tool, dict):
        yield _described(tool, path, TOOL_DESCRIPTIONS)
        return
    try:
        yield json_slot(tools, at, path, TOOL_DESCRIPTIONS, -1)
    except TypeError:
        yield Slot(TOOL_DESCRIPTIONS, path, None, -1, unscannable="document")


def _described(value: Any, path: str, position: str) -> Slot:
    if isinstance(value, BaseTool) or callable(value):
        try:
            return Slot(position, path, json.dumps(convert_to_openai_tool(value), ensure_ascii=False), -1)
        except (TypeError, ValueError):
            # No form that a model could be told it in; so nobody knows what it is told.
            return Slot(position, path, None, -1, unscannable="document")
    return Slot(position, path, None, -1, unscannable="document")
