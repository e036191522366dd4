"""Tools that the model's server runs itself: what they find reaches the model before any guard sees it."""

from __future__ import annotations

from typing import Any

from octarine.guard.chat.refusals import Refusal, invalid

SEEN_TOOLS = frozenset(
    {"function", "custom", "local_shell", "apply_patch", "computer", "computer_use_preview", "namespace"}
)
"""Tools that the client runs: what they give comes through here with the next request."""
RUN_BY_FIELD = ("web_search_options", "data_sources", "mcp_servers")
"""Fields of a chat completions request that have the model's server search or call without any tool."""


def check_tools(tools: Any, path: str, allowed: frozenset[str] | None, *, chat: bool = False) -> None:
    """Refuse tools that the upstream runs itself, where the operator has not allowed them.

    Args:
        allowed: types that the upstream may run; None for all that give texts.
        chat: whether a tool may leave out its type, and is called by its field then, as some servers have it.

    Raises:
        Refusal: 400, one is not allowed, or they are no tools.
    """
    if tools is None:
        return
    if not isinstance(tools, list):
        raise invalid(f"{path} must be a list.", path)
    for index, tool in enumerate(tools):
        here = f"{path}[{index}]"
        kind = tool.get("type") if isinstance(tool, dict) else None
        if chat and kind is None and isinstance(tool, dict):
            kind = "function" if "function" in tool else next(iter(tool), None)
        if not isinstance(kind, str):
            raise invalid(f"{here} must be an object with a type.", here)
        _check(kind, here, allowed)
        check_tools(tool.get("tools"), f"{here}.tools", allowed, chat=chat)


def check_fields(body: dict[str, Any], allowed: frozenset[str] | None) -> None:
    """Refuse fields that have the upstream run something itself; ``web_search`` allows
    ``web_search_options``.

    Raises:
        Refusal: 400, one is not allowed.
    """
    for name in RUN_BY_FIELD:
        if body.get(name) is not None:
            _check(name, name, allowed)


def unsupported(told: str, param: str) -> Refusal:
    """400: nothing here could look at it."""
    return invalid(told, param, "unsupported_content")


def _check(kind: str, here: str, allowed: frozenset[str] | None) -> None:
    if kind not in SEEN_TOOLS and not _allows(allowed, kind):
        raise unsupported(
            f"{here} is run by the model's server ('{kind[:60]}'): what it finds reaches the model "
            "unseen by the guard. Leave it out, or have the operator allow it (--allow-tool).",
            here,
        )


def _allows(allowed: frozenset[str] | None, kind: str) -> bool:
    """Whether ``kind`` is allowed; ``web_search`` allows ``web_search_2025_08_26``, too."""
    if allowed is None:
        return kind != "image_generation"
    return any(kind == name or kind.startswith(f"{name}_") for name in allowed)
