"""A model that repeats what it said in an earlier run, so that only what stands around it changes."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from octarine.core.content import Conversation, Part
from octarine.core.errors import Unsupported
from octarine.core.protocols import Capabilities, Model
from octarine.core.results import Completion, ModelIdentity, Run, Settings, completion_key
from octarine.evaluate.runner import REPEAT
from octarine.store import Store


class ReplayedModel:
    """The model of a run: a conversation that the store holds an answer to gets that answer; only another one
    is put to the model itself.

    Which of several repeats the call is, the runner says (``runner.REPEAT``): each gets its own answer,
    whatever was done before.

    Args:
        model: asked where nothing is recorded; it is started before the first such call, unless ``started``.
        run: whose answers are repeated; the identity is its model's, so that keys agree.
        repeats: how many answers to a conversation the run asked for.
    """

    def __init__(
        self, model: Model, run: Run, store: Store, *, repeats: int = 1, started: bool = False
    ) -> None:
        self.asked = 0
        """Calls that went to the model."""
        self._model = model
        self._run = run
        self._store = store
        self._repeats = repeats
        self._started = started
        self._starting = asyncio.Lock()

    @property
    def identity(self) -> ModelIdentity:
        """The model's, as the run recorded it."""
        return self._run.model

    @property
    def capabilities(self) -> Capabilities:
        """The model's."""
        return self._model.capabilities

    async def start(self) -> None:
        """Nothing: the model is started when it is needed."""

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        """The recorded answer, or else the model's.

        Raises:
            Unsupported: this repeat was not answered in the run, and so has nothing to be compared with.
        """
        declared, repeat = as_declared(conversation), REPEAT.get()
        recorded = await asyncio.to_thread(self._recorded, declared, settings)
        if repeat in recorded:
            return recorded[repeat]
        if recorded:
            raise Unsupported(f"the run {self._run.id} has no answer to repeat {repeat + 1} of this sample")
        async with self._starting:
            if not self._started:
                await self._model.start()
                self._started = True
        self.asked += 1
        return await self._model.generate(conversation, settings)

    async def aclose(self) -> None:
        """Nothing: whoever opened the model closes it."""

    def _recorded(self, conversation: Conversation, settings: Settings) -> dict[int, Completion]:
        """Repeat → its answer: each was asked with a seed of its own, and all are kept under the run's."""
        asked = replace(settings, seed=self._run.settings.seed)
        keys = {
            completion_key(conversation, self.identity, asked, repeat): repeat
            for repeat in range(self._repeats)
        }
        return {keys[key]: found for key, found in self._store.completions(list(keys)).items()}


def as_declared(conversation: Conversation) -> Conversation:
    """The conversation as it stands in its sample: a picture that was drawn is its declaration again."""
    if not any(_was_drawn(part) for message in conversation.messages for part in message.parts):
        return conversation
    messages = tuple(
        replace(message, parts=tuple(map(_declared, message.parts))) for message in conversation.messages
    )
    return replace(conversation, messages=messages)


def _was_drawn(part: Part) -> bool:
    return bool(part.drawing and part.sha256)


def _declared(part: Part) -> Part:
    return Part(part.modality, media_type=part.media_type, drawing=part.drawing) if _was_drawn(part) else part
