"""Positions in a conversation, and which heads are asked there."""

from __future__ import annotations

from dataclasses import dataclass

OUTPUT = "output"
"""The position of what a model says."""

_CONTENT = frozenset(
    {"harmful_content", *(f"harmful_content.{kind}" for kind in ("hate", "harassment", "sexual", "violence",
    "self_harm"))}
)  # fmt: skip
_DIRECT = frozenset({"harmful_request", "jailbreak", "prompt_injection"}) | _CONTENT
_THROUGH_TOOLS = frozenset({"indirect_injection"}) | _DIRECT

HEADS = {
    "system": _DIRECT,
    "history": _DIRECT,
    "user": _DIRECT,
    "tool_arguments": _THROUGH_TOOLS,
    "tool_results": _THROUGH_TOOLS,
    OUTPUT: frozenset({"harmful_response", "refusal"}) | _CONTENT,
}
"""Position → the heads that can mean something there. Which of them are asked, the policy says."""


@dataclass(frozen=True, slots=True)
class Place:
    """One piece of a conversation.

    Attributes:
        message: its index.
        position: as policies name it.
        part, call: which part or tool call of the message; the other is None.
        text: what is to be looked at; None where nothing here can read it.
        unscannable: why not, in the policy's word.
        heads: what to ask the model tier.
    """

    message: int
    position: str
    part: int | None = None
    call: int | None = None
    text: str | bytes | None = None
    unscannable: str = ""
    heads: frozenset[str] = frozenset()
