"""Conversations whose turns the model itself is to fill."""

from __future__ import annotations

from octarine.core.content import Conversation, Message, Role
from octarine.core.protocols import Model
from octarine.core.results import Completion, Settings
from octarine.redteam.seed import AWAITED


def awaited(conversation: Conversation) -> list[int]:
    """Where turns are left open."""
    return [i for i, message in enumerate(conversation.messages) if message == AWAITED]


async def play(
    model: Model, conversation: Conversation, settings: Settings
) -> tuple[Conversation, tuple[Completion, ...]]:
    """The conversation with every open turn filled by ``model``, in order, and what filled them. The model is
    not asked for the turn after the last message: that is the answer under test.

    Raises:
        ModelError: as ``model`` does.
    """
    filled: list[Completion] = []
    for place in awaited(conversation):
        so_far = Conversation(conversation.messages[:place], conversation.tools)
        completion = await model.generate(so_far, settings)
        filled.append(completion)
        said = Message(Role.ASSISTANT, completion.parts, completion.tool_calls)
        messages = (*so_far.messages, said, *conversation.messages[place + 1 :])
        conversation = Conversation(messages, conversation.tools)
    return conversation, tuple(filled)
