"""Conversations whose turns the model itself is to fill."""

from __future__ import annotations

import dataclasses

from octarine.core.content import Conversation, Message, Role
from octarine.core.protocols import Model
from octarine.core.results import Completion, Exchange, Settings, Usage
from octarine.models.around import AroundModel
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


class Played(AroundModel):
    """A model that fills the open turns of what it is asked first; a driver around the target.

    Of a conversation without open turns it is the target itself, so the two share an identity and answers.
    Usage and latency of a played answer are those of all its calls together.
    """

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        """The answer to the last message, with the ``exchange`` where turns were open."""
        if not awaited(conversation):
            return await self._model.generate(conversation, settings)
        played, filled = await play(self._model, conversation, settings)
        answer = await self._model.generate(played, settings)
        every = (*filled, answer)
        return dataclasses.replace(
            answer,
            usage=Usage.total(one.usage for one in every),
            latency_s=sum(one.latency_s for one in every),
            exchange=Exchange(played.messages, len(every), DRIVER),
        )
