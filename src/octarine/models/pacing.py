"""A model that is asked no more often than an endpoint allows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from octarine.core.content import Conversation
from octarine.core.errors import InputError
from octarine.core.protocols import Model
from octarine.core.results import Completion, Settings
from octarine.models.around import AroundModel

Sleep = Callable[[float], Awaitable[None]]
Clock = Callable[[], float]


class PacedModel(AroundModel):
    """``model``, whose calls begin at least a minute / ``per_minute`` apart.

    Evenly spaced, so that in no minute, wherever it begins, more calls than that begin. What is waited is in
    no completion's latency. Who waits longest is next.

    Args:
        sleep, clock: seconds; for tests.

    Raises:
        InputError: ``per_minute`` is not above 0.
    """

    def __init__(
        self,
        model: Model,
        per_minute: float,
        *,
        sleep: Sleep = asyncio.sleep,
        clock: Clock = time.monotonic,
    ) -> None:
        if not per_minute > 0:
            raise InputError(f"calls a minute must be above 0, not {per_minute}")
        super().__init__(model)
        self._gap = 60.0 / per_minute
        self._sleep, self._clock = sleep, clock
        self._next = float("-inf")

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        """The model's answer, once it is this call's turn."""
        now = self._clock()
        # The turn is taken before anything is awaited, so two calls never take the same one.
        turn = max(now, self._next)
        self._next = turn + self._gap
        if turn > now:
            await self._sleep(turn - now)
        return await self._model.generate(conversation, settings)
