"""From a model's name to its scorecard: what names a run, and what the scorecard says of it."""

from __future__ import annotations

import dataclasses

import pytest

from octarine.core.content import Conversation, Tool
from octarine.core.dimensions import Dimension
from octarine.core.errors import ModelUnavailable
from octarine.core.results import Settings
from octarine.evaluate import Job, Limits, Selection, evaluate, score_run
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.session import define_run

from .conftest import Answering, benchmark, fact, right, twins

SAMPLES = [fact(n) for n in range(30)]


def named(model=None, samples=None, **fields):
    job = Job(fields.pop("benchmark", None) or benchmark(SAMPLES), **fields)
    return define_run(job, model or Answering(right), samples or SAMPLES, JudgePanel()).id


def test_equal_arguments_name_one_run():
    assert named() == named()


@pytest.mark.parametrize(
    "other",
    [
        {"model": Answering(right, name="test:other")},
        {"model": Answering(right, revision="r2")},
        {"settings": Settings(max_tokens=7)},
        {"selection": Selection(seed=1)},
        {"repeats": 2},
        {"samples": SAMPLES[:20]},
        {"benchmark": benchmark(SAMPLES, version="2")},
    ],
)
def test_whatever_decides_the_results_names_another(other):
    assert named(**other) != named()


@pytest.mark.parametrize(
    "other",
    [{"limits": Limits(concurrency=1, time_s=3.0)}, {"model": Answering(right, concurrency=9)}],
)
def test_what_only_decides_how_fast_does_not(other):
    assert named(**other) == named()


async def test_a_run_is_scored_from_the_store_alone(store):
    found = await evaluate(Answering(right), Job(benchmark(SAMPLES), repeats=2), store)
    again = score_run(store, store.run("latest").run)
    assert again.dimensions == found.scorecard.dimensions
    assert (again.planned, again.samples) == (60, 60)
    assert again.notes == found.scorecard.notes


async def test_what_is_missing_of_a_killed_run_is_said(store):
    def dying(prompt):
        if model.calls > 20:
            raise ModelUnavailable("gone")
        return right(prompt)

    model = Answering(dying, concurrency=1)
    with pytest.raises(ModelUnavailable):
        await evaluate(model, Job(benchmark(SAMPLES)), store)
    card = score_run(store, store.run("latest").run)
    assert (card.planned, card.samples - card.errors) == (30, 20)
    assert any("planned samples have no result" in note for note in card.notes)


async def test_only_what_the_selection_asked_for_counts_as_left_out(store):
    tools = Conversation(fact(99).conversation.messages, (Tool("clock"),))
    harmless = [sample for n in range(25) for sample in twins(n)]
    samples = [*harmless, *SAMPLES, dataclasses.replace(fact(99), conversation=tools)]
    whole = await evaluate(Answering(right_or_no), Job(benchmark(samples)), store)
    assert any("the model does not take tools" in note for note in whole.scorecard.notes)
    selection = Selection(dimensions=(Dimension.SAFETY,))
    safety = await evaluate(Answering(right_or_no), Job(benchmark(samples), selection), store)
    assert not any("do not apply" in note for note in safety.scorecard.notes)


def right_or_no(prompt):
    return right(prompt) if prompt.startswith("What is") else "I'm sorry, but I can't help with that."


async def test_limits_and_settings_are_the_suites_unless_they_are_given():
    quick = Job(benchmark(SAMPLES), Selection("quick"))
    assert (quick.generation.max_tokens, quick.stops.time_s) == (48, 345.0)
    own = Job(benchmark(SAMPLES), Selection("quick"), Settings(max_tokens=3), limits=Limits())
    assert (own.generation.max_tokens, own.stops.time_s) == (3, None)
