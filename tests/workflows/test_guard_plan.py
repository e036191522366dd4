"""What measuring behind a guard would add, before anything is asked."""

from __future__ import annotations

import dataclasses
import io

import pytest
from rich.console import Console

from octarine.core.content import Conversation
from octarine.core.results import Settings
from octarine.evaluate import Job
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.plan import GuardPlan, plan_run
from octarine.guard import Guard
from octarine.guard.policy import policy_from_text
from octarine.models.scripted import ScriptedModel
from octarine.report.terminal import show_plan
from octarine.store import open_store
from octarine.workflows.assess import assess
from octarine.workflows.guard_effect import GuardChoice
from octarine.workflows.guard_plan import plan_guard
from tests.evaluate.conftest import benchmark, fact, twins

REPLACES = """
name: letters
version: 1.0.0
words: [{id: harm, terms: [harm number], action: block}]
categories: {personal_data: {action: replace, positions: [user]}}
"""
BLOCKS = REPLACES.replace("replace, positions: [user]", "mask, positions: [output]")
WATCHES = REPLACES + "shadow: true\n"


def letter(sample):
    return dataclasses.replace(
        sample, conversation=Conversation.user(f"{sample.conversation.prompt} I am x@example.org.")
    )


SAMPLES = [
    *(fact(n) for n in range(20)),
    *(letter(fact(n)) for n in range(30, 37)),
    *(letter(sample) for sample in twins(1)),
]
"""Seven and one are changed by the policy; one is blocked with its address in it."""


@pytest.fixture
def store(tmp_path):
    with open_store(str(tmp_path / "results.sqlite")) as opened:
        yield opened


def choice(text):
    return GuardChoice(Guard(policy_from_text(text)), ("ours",))


def job(**fields):
    return Job(benchmark(SAMPLES), settings=Settings(max_tokens=10), **fields)


def planned(store, text=REPLACES, **fields):
    model = ScriptedModel("That makes 4.")
    found = plan_guard(
        choice(text), model, job(**fields), store, panel=JudgePanel(), price_in=1e6, price_out=0.0
    )
    assert model.calls == 0
    assert store.runs() == []
    return found


def test_only_what_the_guard_would_change_is_a_call(store):
    found = planned(store)
    assert (found.policy, found.looks, found.stored, found.calls) == ("letters@1.0.0", 29, 0, 8)
    assert found.output_tokens == 80
    assert found.cost == found.input_tokens > 0
    assert planned(store, repeats=2).calls == 16


@pytest.mark.parametrize("text", [BLOCKS, WATCHES])
def test_a_policy_that_covers_nothing_going_in_adds_no_call(store, text):
    found = planned(store, text)
    assert (found.looks, found.calls, found.cost) == (29, 0, 0.0)


async def test_as_many_calls_as_it_says_are_made_and_none_once_they_are_recorded(store, tmp_path):
    before = planned(store)
    model = ScriptedModel("That makes 4.")
    await assess(model, job(), store, out=tmp_path / "out", reports=(), guard=choice(REPLACES))
    assert model.calls == len(SAMPLES) + before.calls
    after = plan_guard(choice(REPLACES), model, job(), store, panel=JudgePanel())
    assert (after.calls, after.stored) == (0, 29)


def test_progress_is_told(store):
    told = []
    plan_guard(
        choice(REPLACES),
        ScriptedModel("x"),
        job(),
        store,
        panel=JudgePanel(),
        on_progress=lambda done, total: told.append((done, total)),
    )
    assert told[-1] == (29, 29)


def shown(plan: GuardPlan, store) -> str:
    out = io.StringIO()
    whole = dataclasses.replace(plan_run(ScriptedModel("x"), job(), store), guard=plan)
    show_plan(Console(file=out, width=200), whole)
    return out.getvalue()


def test_it_is_shown(store):
    text = shown(planned(store), store)
    assert (
        "behind the guard letters@1.0.0: 29 conversations; at most 8 more calls, for what it changes" in text
    )
    assert "29 conversations; no more calls" in shown(planned(store, BLOCKS), store)
    missing = plan_guard(GuardChoice(reason="no extra"), ScriptedModel("x"), job(), store, panel=JudgePanel())
    assert "with a guard: not measured: no extra" in shown(missing, store)
