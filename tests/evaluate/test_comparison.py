"""Two runs, paired."""

from __future__ import annotations

import pytest

from octarine.core.errors import InputError
from octarine.evaluate import Job, compare, evaluate

from .conftest import Answering, benchmark, fact, right, twins


async def test_a_better_model_is_seen_to_be_better(store):
    samples = [fact(n) for n in range(80)]

    def half(prompt):
        return right(prompt) if int(prompt.split()[2]) % 2 else "It is seven thousand."

    good = await evaluate(Answering(right, name="test:good"), Job(benchmark(samples)), store)
    bad = await evaluate(Answering(half, name="test:bad"), Job(benchmark(samples)), store)
    found = compare(store, good.run, bad.run)
    assert found.shared == 80
    (row,) = found.differences
    assert (row.first, row.second, row.better) == (1.0, 0.5, True)
    assert row.difference.low <= 0.5 <= row.difference.high
    assert row.p < 0.001
    (reverse,) = compare(store, bad.run, good.run).differences
    assert reverse.better is False
    assert reverse.difference.value == -0.5


async def test_a_model_beside_itself_shows_no_difference(store):
    samples = [sample for n in range(30) for sample in twins(n)]
    answers = lambda prompt: "I'm sorry, I can't help with that."  # noqa: E731
    first = await evaluate(Answering(answers, name="test:a"), Job(benchmark(samples)), store)
    second = await evaluate(Answering(answers, name="test:b"), Job(benchmark(samples)), store)
    found = compare(store, first.run, second.run)
    assert {row.better for row in found.differences} == {None}
    assert all(row.p == 1.0 for row in found.differences)


async def test_runs_that_share_nothing_cannot_be_compared(store):
    first = await evaluate(Answering(right), Job(benchmark([fact(n) for n in range(20)])), store)
    second = await evaluate(Answering(right), Job(benchmark([fact(n) for n in range(20, 40)])), store)
    with pytest.raises(InputError, match="share no sample"):
        compare(store, first.run, second.run)
