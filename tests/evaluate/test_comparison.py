"""Two runs, paired."""

from __future__ import annotations

import dataclasses

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


async def test_too_few_samples_for_any_objective_are_no_mistake(store):
    samples = [fact(n) for n in range(5)]
    first = await evaluate(Answering(right, name="test:a"), Job(benchmark(samples)), store)
    second = await evaluate(Answering(right, name="test:b"), Job(benchmark(samples)), store)
    found = compare(store, first.run, second.run)
    assert (found.shared, found.differences) == (5, ())


async def test_a_run_is_not_compared_with_itself(store):
    found = await evaluate(Answering(right), Job(benchmark([fact(n) for n in range(20)])), store)
    with pytest.raises(InputError, match="compared with itself"):
        compare(store, found.run, found.run)


async def test_a_gap_is_the_same_number_as_in_the_scorecard(store):
    """Several samples of a group may share a variant: their mean counts, not the last of them."""
    samples = [
        dataclasses.replace(
            fact(100 * n + k, group=f"g{n}", variant=variant, objectives=("veracity_robustness.stable",)),
            id=f"{n}-{variant}-{k}",
        )
        for n in range(25)
        for variant in ("plain", "misspelt")
        for k in range(2)
    ]

    def first_of_two(prompt):
        wrong = "misspelt" in prompt and int(prompt.split()[2]) % 2 == 0
        return "It is seven thousand." if wrong else right(prompt)

    good = await evaluate(Answering(right, name="test:good"), Job(benchmark(samples)), store)
    half = await evaluate(Answering(first_of_two, name="test:half"), Job(benchmark(samples)), store)
    (row,) = compare(store, half.run, good.run).differences
    assert (row.first, row.second) == (0.5, 0.0)
    assert half.scorecard.objective("veracity_robustness.stable").estimate.value == row.first
