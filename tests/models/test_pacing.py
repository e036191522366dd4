"""A model that is asked no more often than an endpoint allows."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.core.content import Conversation
from octarine.core.errors import InputError
from octarine.core.results import Settings
from octarine.models.pacing import PacedModel
from octarine.models.scripted import ScriptedModel


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        until = self.now + seconds
        await asyncio.sleep(0)
        self.now = max(self.now, until)


def began(per_minute: float, calls: int) -> list[float]:
    """When so many calls that come at once begin."""
    clock, times = Clock(), []

    def answer(conversation: Conversation) -> str:
        times.append(clock.now)
        return "yes"

    async def run() -> None:
        model = PacedModel(ScriptedModel(answer), per_minute, sleep=clock.sleep, clock=clock)
        await model.start()
        await asyncio.gather(*(model.generate(Conversation.user("?"), Settings()) for _ in range(calls)))
        await model.aclose()

    asyncio.run(run())
    return times


@given(st.floats(1.0, 600.0), st.integers(2, 30))
def test_in_no_minute_more_calls_begin(per_minute: float, calls: int) -> None:
    times = began(per_minute, calls)
    assert len(times) == calls
    for first in times:
        assert sum(first <= one < first + 60.0 - 1e-6 for one in times) <= per_minute + 1
    assert times[-1] == pytest.approx((calls - 1) * 60.0 / per_minute)


def test_it_is_the_same_model() -> None:
    model = ScriptedModel("yes")
    paced = PacedModel(model, 10)
    assert (paced.identity, paced.capabilities) == (model.identity, model.capabilities)


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(InputError, match="calls a minute"):
        PacedModel(ScriptedModel("yes"), rate)
