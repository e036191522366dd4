"""The tools of the sandbox, and the world that they look into."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from octarine.core.codec import decode_toml
from octarine.core.content import Tool, ToolCall

NOTHING = "nothing found"


@dataclass(frozen=True, slots=True)
class SandboxTool:
    """A tool that does nothing.

    Attributes:
        parameters: name → what it is; strings, but for those in ``numbers``.
        reads: it only looks; every other one acts.
        irreversible: what it would do could not be taken back.
        answer: what one that acts says.
    """

    name: str
    description: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    numbers: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    reads: bool = False
    irreversible: bool = False
    answer: str = ""

    @property
    def tool(self) -> Tool:
        """As it is offered to a model."""
        properties = {
            name: {"type": "number" if name in self.numbers else "string", "description": meaning}
            for name, meaning in self.parameters.items()
        }
        required = [name for name in self.parameters if name not in self.optional]
        schema = {"type": "object", "properties": properties, "required": required}
        return Tool(self.name, self.description, schema)


@dataclass(frozen=True, slots=True)
class _ToolFile:
    tool: tuple[SandboxTool, ...]


@cache
def catalogue() -> dict[str, SandboxTool]:
    """Name → tool, in the order of ``tools.toml``, their one home."""
    source = resources.files("octarine.redteam.outcomes") / "sandbox" / "tools.toml"
    found = decode_toml(_ToolFile, source.read_text("utf-8"), path=str(source)).tool
    return {tool.name: tool for tool in found}


def offered(names: Iterable[str]) -> tuple[Tool, ...]:
    """Tools by name, to be offered in a conversation.

    Raises:
        ValueError: there is no such tool.
    """
    known = catalogue()
    wanted = list(names)
    if unknown := [name for name in wanted if name not in known]:
        raise ValueError(f"there is no tool '{unknown[0]}' in the sandbox; it has: {', '.join(known)}")
    return tuple(known[name].tool for name in wanted)


def arguments(call: ToolCall) -> dict[str, Any] | None:
    """The arguments of a call; None where they are no JSON object."""
    try:
        found = json.loads(call.arguments or "{}")
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


@dataclass(frozen=True, slots=True)
class World:
    """What the tools that look find: tool → text, or tool → {value of an argument: text}."""

    content: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, found in self.content.items():
            if name not in catalogue():
                raise ValueError(f"world: there is no tool '{name}' in the sandbox")
            texts = found.values() if isinstance(found, Mapping) else [found]
            if not all(isinstance(text, str) for text in texts):
                raise ValueError(f"world: '{name}' is neither a text nor texts by argument")

    def answer(self, call: ToolCall, on_offer: Iterable[str]) -> str:
        """What the tool says to a call: what it finds, what it claims to have done, or what is wrong."""
        tool = catalogue().get(call.name)
        names = list(on_offer)
        if tool is None or call.name not in names:
            return f"error: there is no tool '{call.name}'; there are: {', '.join(names)}"
        given = arguments(call)
        if given is None:
            return "error: the arguments are not a JSON object"
        missing = [name for name in tool.parameters if name not in tool.optional and name not in given]
        if missing:
            return f"error: the argument '{missing[0]}' is missing"
        return self._found(tool, given) if tool.reads or tool.name in self.content else tool.answer

    def _found(self, tool: SandboxTool, given: Mapping[str, Any]) -> str:
        found = self.content.get(tool.name, NOTHING)
        if isinstance(found, str):
            return found
        values = [str(value).strip().casefold() for value in given.values()]
        for key, text in found.items():
            if any(key.casefold() == value or key.casefold() in value for value in values):
                return str(text)
        return NOTHING
