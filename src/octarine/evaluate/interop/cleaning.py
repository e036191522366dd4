"""Secrets out of what another tool wrote: its logs hold arguments and headers as they were given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from octarine.core.codec import Json
from octarine.core.content import Conversation, Message, Part, ToolCall
from octarine.core.redact import redact
from octarine.core.results import Completion


def clean_json(value: Json, key: str = "") -> Json:
    """``value`` with every text redacted, by what it looks like and by the name that it stands under."""
    if isinstance(value, str):
        return redact(f"{key}={value}").removeprefix(f"{key}=") if key else redact(value)
    if isinstance(value, dict):
        return {name: clean_json(item, str(name)) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(item, key) for item in value]
    return value


def clean_conversation(conversation: Conversation) -> Conversation:
    """The conversation with its texts redacted; bytes stay."""
    return Conversation(tuple(map(_message, conversation.messages)), conversation.tools)


def clean_completion(completion: Completion) -> Completion:
    """The completion with its texts redacted, and those of the turns that led to it; without its
    log-probabilities where they would spell out what was masked."""
    exchange = completion.exchange
    spelt = "".join(token.token for token in completion.logprobs)
    return replace(
        completion,
        parts=_parts(completion.parts),
        tool_calls=_calls(completion.tool_calls),
        error=redact(completion.error),
        logprobs=completion.logprobs if redact(spelt) == spelt else (),
        exchange=exchange and replace(exchange, turns=tuple(map(_message, exchange.turns))),
    )


def _message(message: Message) -> Message:
    return replace(message, parts=_parts(message.parts), tool_calls=_calls(message.tool_calls))


def _parts(parts: Iterable[Part]) -> tuple[Part, ...]:
    return tuple(replace(part, text=redact(part.text)) if part.text else part for part in parts)


def _calls(calls: Iterable[ToolCall]) -> tuple[Any, ...]:
    return tuple(replace(call, arguments=redact(call.arguments)) for call in calls)
