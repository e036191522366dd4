"""Conversations whose turns the model itself is to fill."""

from __future__ import annotations

import dataclasses

from octarine.core.content import Conversation, Message, Role
from octarine.core.protocols import Capabilities, Model
from octarine.core.results import Completion, Exchange, ModelIdentity, Settings, Usage
from octarine.redteam.seed import AWAITED

DRIVER = "open turns"


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


class Played:
    """A model that fills the open turns of what it is asked first; a driver around ``target``.

    Of a conversation without open turns it is the target itself, so the two share an identity and answers.
    Usage and latency of a played answer are those of all its calls together.
    """

    def __init__(self, target: Model) -> None:
        self._target = target

    @property
    def identity(self) -> ModelIdentity:
        """The target's."""
        return self._target.identity

    @property
    def capabilities(self) -> Capabilities:
        """The target's."""
        return self._target.capabilities

    async def start(self) -> None:
        """Start the target."""
        await self._target.start()

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        """The answer to the last message, with the ``exchange`` where turns were open."""
        if not awaited(conversation):
            return await self._target.generate(conversation, settings)
        played, filled = await play(self._target, conversation, settings)
        answer = await self._target.generate(played, settings)
        every = (*filled, answer)
        return dataclasses.replace(
            answer,
            usage=Usage.total(one.usage for one in every),
            latency_s=sum(one.latency_s for one in every),
            exchange=Exchange(played.messages, len(every), DRIVER),
        )

    async def aclose(self) -> None:
        """Release the target."""
        await self._target.aclose()
