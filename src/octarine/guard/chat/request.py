"""The texts of a chat completions request, each with its position.

=====================================================  ================
where                                                  position
=====================================================  ================
messages of ``system`` and ``developer``               system
``response_format``                                    system
tools, functions                                       tool_descriptions
messages before the last user message, the assistant's history
the last user message; fields that nothing here knows  user
arguments of tool calls in messages                    tool_arguments
messages of ``tool`` and ``function``; ``documents``   tool_results
=====================================================  ================
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from octarine.guard.chat.messages import last_user, message, offered, prompt
from octarine.guard.chat.refusals import invalid
from octarine.guard.chat.slots import Slot, bounded, field_leaves
from octarine.guard.chat.tools import check_fields, check_tools, unsupported

MOST_CHOICES = 128
_UNREAD = frozenset(
    {"model", "user", "service_tier", "reasoning_effort", "stop", "stream", "stream_options", "metadata"}
    | {"seed", "logit_bias", "logprobs", "store", "safety_identifier", "prompt_cache_key", "verbosity"}
    | {"prompt_cache_retention", "web_search_options", "tool_choice", "function_call", "modalities"}
)
"""Fields whose texts no model reads."""
_ELSEWHERE = {
    "response_format": "system",
    "prediction": "history",
    "documents": "tool_results",
}


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What there is to know of a request.

    Attributes:
        body: its JSON; slots write into it.
        prompt: the text of the last user message.
        choices: how many answers are asked for.
    """

    body: dict[str, Any]
    slots: list[Slot]
    prompt: str
    model: str
    choices: int
    stream: bool
    elsewhere: bool = False

    @property
    def usage(self) -> bool:
        """Whether a stream is to end with the count of tokens."""
        options = self.body.get("stream_options")
        return isinstance(options, dict) and options.get("include_usage") is True


def read_chat(
    body: dict[str, Any], most_characters: int, allowed: frozenset[str] | None = frozenset()
) -> ChatRequest:
    """Look through a request.

    Args:
        allowed: as ``tools.check_tools`` has it.

    Raises:
        Refusal: 400, it is none of the protocol, asks for sound, or for a tool whose results nobody here
            would see; 413, too long.
    """
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise invalid("'messages' must be a list of at least one message.", "messages")
    stream, choices, model = body.get("stream"), body.get("n"), body.get("model", "")
    if not isinstance(stream, bool | None):
        raise invalid("'stream' must be true or false.", "stream")
    if choices is not None and (type(choices) is not int or not 1 <= choices <= MOST_CHOICES):
        raise invalid(f"'n' must be a number from 1 to {MOST_CHOICES}.", "n")
    if not isinstance(model, str):
        raise invalid("'model' must be a string.", "model")
    if body.get("modalities") not in (None, ["text"]) or body.get("audio") is not None:
        raise unsupported(
            "Answers that are no text cannot be looked at here, so they are not asked for.", "modalities"
        )
    check_tools(body.get("tools"), "tools", allowed, chat=True)
    check_fields(body, allowed)
    last = last_user(messages)
    slots = [slot for at, one in enumerate(messages) for slot in _message(one, at, last=at == last)]
    for name in body:
        if name in ("tools", "functions"):
            slots += offered(body, name)
        elif name != "messages" and name not in _UNREAD:
            position = _ELSEWHERE.get(name, "user")
            slots += field_leaves(body, name, "", position, media=position != "system")
    said = prompt(messages[last]) if last >= 0 else ""
    return ChatRequest(body, bounded(slots, most_characters), said, model, choices or 1, bool(stream))


def _message(node: Any, index: int, *, last: bool) -> Iterator[Slot]:
    path = f"messages[{index}]"
    if not isinstance(node, dict):
        raise invalid(f"{path} must be an object.", path)
    yield from message(node, path, index, last=last)
