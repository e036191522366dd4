"""What a model said and asked for on the way to an answer, apart from what was made up in its name."""

from __future__ import annotations

from octarine.core.content import Message, Role, ToolCall
from octarine.core.results import Completion
from octarine.core.samples import Sample


def said(sample: Sample, completion: Completion) -> tuple[Message, ...]:
    """The model's own messages in order, the answer last. Turns that ``sample`` puts into its mouth are not
    its own."""
    made_up = [message for message in sample.conversation.messages if message.role is Role.ASSISTANT]
    own: list[Message] = []
    for message in completion.exchange.turns if completion.exchange else ():
        if message.role is not Role.ASSISTANT:
            continue
        if message in made_up:
            made_up.remove(message)
        else:
            own.append(message)
    return (*own, Message(Role.ASSISTANT, completion.parts, completion.tool_calls))


def calls(sample: Sample, completion: Completion) -> tuple[ToolCall, ...]:
    """Every tool call that the model made, in order."""
    return tuple(call for message in said(sample, completion) for call in message.tool_calls)
