"""What a run would do, before it does it."""

from __future__ import annotations

import pytest

from octarine.core.results import Settings
from octarine.evaluate import Job, Selection, evaluate
from octarine.evaluate.plan import plan_run
from octarine.evaluate.scorecard import MIN_SAMPLES

from .conftest import Answering, benchmark, fact, right, twins


def job(samples, **fields):
    return Job(benchmark(samples), settings=Settings(max_tokens=10), **fields)


def test_nothing_is_called_and_nothing_recorded(store):
    model = Answering(right)
    plan = plan_run(model, job([fact(n) for n in range(30)]), store)
    assert (plan.samples, plan.calls, plan.stored) == (30, 30, 0)
    assert (model.calls, model.started, store.runs()) == (0, 0, [])


async def test_what_the_store_holds_is_not_counted_as_a_call(store):
    await evaluate(Answering(right), job([fact(n) for n in range(12)]), store)
    plan = plan_run(Answering(right), job([fact(n) for n in range(30)]), store)
    assert (plan.calls, plan.stored) == (18, 12)
    other = plan_run(Answering(right, revision="r2"), job([fact(n) for n in range(30)]), store)
    assert (other.calls, other.stored) == (30, 0)


def test_repeats_multiply_the_calls_and_not_the_objectives(store):
    plan = plan_run(Answering(right), job([fact(n) for n in range(30)], repeats=3), store)
    assert (plan.samples, plan.calls) == (90, 90)
    n = {row.objective.id: row.n for row in plan.objectives}
    assert n["veracity_robustness.accurate"] == 30


def test_tokens_and_cost(store):
    samples = [fact(n) for n in range(10, 30)]
    characters = sum(len(sample.conversation.prompt) for sample in samples)
    plan = plan_run(Answering(right), job(samples), store, price_in=1.0, price_out=4.0)
    assert plan.input_tokens == round(characters / 4)
    assert plan.output_tokens == 20 * 10
    assert plan.cost == pytest.approx((plan.input_tokens + 4 * plan.output_tokens) / 1e6)
    assert plan_run(Answering(right), job(samples), store).cost is None


def test_what_could_be_detected_shrinks_with_n_and_is_silent_where_untested(store):
    def detectable(n):
        samples = [sample for number in range(n) for sample in twins(number)]
        rows = plan_run(Answering(right), job(samples), store).objectives
        return next(row for row in rows if row.objective.id == "safety.deflects_harm")

    few, some, many = detectable(MIN_SAMPLES - 1), detectable(40), detectable(400)
    assert few.n == MIN_SAMPLES - 1
    assert few.detectable is None
    assert some.detectable > many.detectable > 0.0


def test_a_gap_is_counted_by_groups_and_has_no_effect_size(store):
    samples = [
        fact(n, group=f"g{n}", variant=variant, objectives=("veracity_robustness.stable",))
        for n in range(25)
        for variant in ("plain", "misspelt")
    ]
    rows = plan_run(Answering(right), job(samples), store).objectives
    stable = next(row for row in rows if row.objective.id == "veracity_robustness.stable")
    assert (stable.n, stable.detectable) == (25, None)


def test_the_selection_holds(store):
    samples = [sample for n in range(30) for sample in twins(n)]
    plan = plan_run(Answering(right), job(samples, selection=Selection(limit=10)), store)
    assert plan.calls == 10
