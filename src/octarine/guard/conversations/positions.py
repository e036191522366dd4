"""Positions in a conversation, and which heads are asked there."""

from __future__ import annotations

from dataclasses import dataclass

OUTPUT = "output"
"""The position of what a model says."""
TOOL_DESCRIPTIONS = "tool_descriptions"
TOOL_ARGUMENTS = "tool_arguments"
STRUCTURED = frozenset({TOOL_DESCRIPTIONS, TOOL_ARGUMENTS})
"""Where a text may be JSON, and is then read and covered leaf by leaf."""

_CONTENT = frozenset(
    {"harmful_content", *(f"harmful_content.{kind}" for kind in ("hate", "harassment", "sexual", "violence",
    "self_harm"))}
)  # fmt: skip
_DIRECT = frozenset({"harmful_request", "jailbreak", "prompt_injection"}) | _CONTENT
_FROM_OTHERS = frozenset({"indirect_injection"}) | _DIRECT

HEADS = {
    "system": _DIRECT,
    TOOL_DESCRIPTIONS: _FROM_OTHERS,
    "history": _DIRECT,
    "user": _DIRECT,
    TOOL_ARGUMENTS: _FROM_OTHERS,
    "tool_results": _FROM_OTHERS,
    OUTPUT: frozenset({"harmful_response", "refusal"}) | _CONTENT,
}
"""Position → the heads that can mean something there. Which of them are asked, the policy says."""


@dataclass(frozen=True, slots=True)
class Place:
    """One piece of a conversation.

    Attributes:
        message: its index; -1 for what stands beside the messages: a tool on offer.
        position: as policies name it; ``also``: another one that it has as well.
        part, call, tool: which part or tool call of the message, or which tool; the others are None.
        name: whether it is what that is called (a file's name, a tool's in a call) and not what it holds.
        text: what is to be looked at; None where nothing here can read it.
        unscannable: why not, in the policy's word.
        heads: what to ask the model tier.
        group: pieces of one message that have the same are read by a model as one text, and so they are
            looked at across their ends, too.
        leaving: whether it goes out to a tool, where nothing puts back what a placeholder stands for.
    """

    message: int
    position: str
    part: int | None = None
    call: int | None = None
    tool: int | None = None
    name: bool = False
    text: str | bytes | None = None
    unscannable: str = ""
    heads: frozenset[str] = frozenset()
    group: int | None = None
    leaving: bool = False
    also: str = ""

    @property
    def positions(self) -> tuple[str, ...]:
        """All of them."""
        return (self.position, self.also) if self.also else (self.position,)
