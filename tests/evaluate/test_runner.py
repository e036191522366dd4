"""The runner: nothing twice, nothing lost, early stops with one clear message."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from octarine.core.errors import AuthenticationError, InputError, ModelError, ModelUnavailable, Unsupported
from octarine.core.protocols import Artefact, Basis, Inventory
from octarine.core.results import Judgement, ModelIdentity, Outcome, RunStatus, Settings
from octarine.core.samples import Behaviour, Expectation, Sample, Subject
from octarine.evaluate import Job, Limits, evaluate
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.runner import EndpointDownError, run_samples
from octarine.evaluate.session import define_run
from octarine.store import open_store

from .conftest import Answering, benchmark, fact, right, twins


async def test_a_run_answers_judges_and_records_everything(store):
    model = Answering(right)
    found = await evaluate(model, Job(benchmark([fact(n) for n in range(30)])), store)
    assert model.calls == 30
    assert found.progress.generated == 30
    score = found.scorecard.objective("veracity_robustness.accurate")
    assert (score.n, score.estimate.value) == (30, 1.0)
    assert store.run(found.run.id).status is RunStatus.COMPLETE
    assert [result.sample.id for result in store.results(found.run.id)][:3] != []


async def test_a_second_run_calls_nobody_and_does_not_start_the_model(store):
    job = Job(benchmark([fact(n) for n in range(30)]))
    first = await evaluate(Answering(right), job, store)
    model = Answering(right)
    second = await evaluate(model, job, store)
    assert (model.calls, model.started) == (0, 0)
    assert second.run.id == first.run.id
    assert second.scorecard.dimensions == first.scorecard.dimensions


async def test_another_judge_version_reuses_every_answer(store):
    samples = [fact(n) for n in range(25)]
    await evaluate(Answering(right), Job(benchmark(samples)), store)
    model = Answering(right)
    panel = JudgePanel([Shouting("2")])
    found = await evaluate(model, Job(benchmark(samples)), store, panel=panel)
    assert (model.calls, model.started) == (0, 0)
    assert found.progress.reused == 25
    assert found.scorecard.objective("veracity_robustness.accurate").estimate.value == 0.0


class Shouting:
    """A judge in the place of ``answer`` that is never content."""

    name = "answer"
    basis = Basis.EXACT

    def __init__(self, version: str, lineage: frozenset[str] = frozenset()) -> None:
        self.version = version
        self.lineage = lineage

    def check_args(self, args):
        pass

    async def judge(self, sample, completion):
        return Judgement(Outcome.PARTIAL, 0.0, self.name, self.version)


async def test_repeats_settings_and_revision_make_other_answers(store):
    samples = [fact(n) for n in range(5)]
    model = Answering(right)
    await evaluate(model, Job(benchmark(samples), repeats=3), store)
    assert model.calls == 15
    other = Answering(right, revision="r2")
    await evaluate(other, Job(benchmark(samples), repeats=3), store)
    assert other.calls == 15


async def test_one_failing_sample_is_recorded_and_counted_apart(store):
    def answer(prompt):
        if " 7 " in prompt:
            raise ModelError("the endpoint choked on this one")
        return right(prompt)

    found = await evaluate(Answering(answer), Job(benchmark([fact(n) for n in range(30)])), store)
    score = found.scorecard.objective("veracity_robustness.accurate")
    assert (score.n, score.errors, score.estimate.value) == (29, 1, 1.0)
    failed = next(store.results(found.run.id, outcome=Outcome.ERROR))
    assert failed.completion.error == "the endpoint choked on this one"


async def test_a_failed_sample_is_tried_again_by_the_next_run_of_other_arguments(store):
    samples = [fact(n) for n in range(5)]

    def broken(prompt):
        raise ModelError("not now")

    limits = Limits(max_errors=100)
    await evaluate(Answering(broken), Job(benchmark(samples), limits=limits), store)
    model = Answering(right)
    await evaluate(model, Job(benchmark(samples, version="2"), limits=limits), store)
    assert model.calls == 5


async def test_what_a_model_cannot_take_is_recorded_and_stops_nothing(store):
    def answer(prompt):
        raise Unsupported("takes no pictures")

    found = await evaluate(Answering(answer), Job(benchmark([fact(n) for n in range(50)])), store)
    assert (found.scorecard.errors, found.progress.errors) == (50, 0)
    assert found.scorecard.objective("veracity_robustness.accurate").status == "untested"


async def test_a_bug_in_a_users_model_is_recorded_by_name(store):
    def answer(prompt):
        raise KeyError("answer")

    job = Job(benchmark([fact(1)]), limits=Limits(max_errors=5))
    found = await evaluate(Answering(answer), job, store)
    assert "KeyError" in next(store.results(found.run.id)).completion.error


async def test_a_dead_endpoint_stops_early_with_one_message(store):
    def down(prompt):
        raise ModelUnavailable("connection refused")

    model = Answering(down, concurrency=4)
    with pytest.raises(EndpointDownError, match=r"does not answer.*connection refused"):
        await evaluate(model, Job(benchmark([fact(n) for n in range(500)])), store)
    assert model.calls < 20
    assert store.runs()[0].status is RunStatus.STOPPED


async def test_an_endpoint_that_comes_and_goes_does_not_stop_the_run(store):
    turn = iter(range(10_000))

    def flaky(prompt):
        if next(turn) % 15 == 0:
            raise ModelUnavailable("timed out")
        return right(prompt)

    found = await evaluate(Answering(flaky), Job(benchmark([fact(n) for n in range(200)])), store)
    assert 10 <= found.scorecard.errors <= 20


async def test_a_fatal_error_stops_at_once(store):
    def locked(prompt):
        raise AuthenticationError("401")

    model = Answering(locked)
    with pytest.raises(AuthenticationError):
        await evaluate(model, Job(benchmark([fact(n) for n in range(100)])), store)
    assert model.calls <= 4


async def test_the_error_budget_stops_the_run_and_keeps_what_was_done(store):
    def answer(prompt):
        if int(prompt.split()[2]) % 2:
            raise ModelError("odd")
        return right(prompt)

    with pytest.raises(ModelError, match="stopped after 11 failed samples"):
        await evaluate(Answering(answer), Job(benchmark([fact(n) for n in range(100)])), store)
    assert store.runs()[0].results > 5


async def test_the_time_limit_keeps_what_was_done_and_the_next_run_finishes(store):
    class Slow(Answering):
        async def generate(self, conversation, settings):
            await asyncio.sleep(0.02)
            return await super().generate(conversation, settings)

    samples = [fact(n) for n in range(60)]
    first = await evaluate(
        Slow(right, concurrency=2), Job(benchmark(samples), limits=Limits(time_s=0.15)), store
    )
    assert 0 < first.scorecard.samples < 60
    assert "time limit" in first.progress.stopped
    assert any("continues the run" in note for note in first.scorecard.notes)
    model = Answering(right)
    second = await evaluate(model, Job(benchmark(samples)), store)
    assert model.calls == 60 - first.scorecard.samples
    assert second.scorecard.samples == 60


async def test_cancellation_keeps_what_was_done(store):
    class Stalling(Answering):
        async def generate(self, conversation, settings):
            if self.calls >= 20:
                await asyncio.sleep(60)
            return await super().generate(conversation, settings)

    model = Stalling(right, concurrency=2)
    task = asyncio.create_task(evaluate(model, Job(benchmark([fact(n) for n in range(40)])), store))
    while model.calls < 20:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert store.runs()[0].results == 20


async def test_a_judge_that_fails_is_an_error_not_the_end(store):
    class Broken(Shouting):
        async def judge(self, sample, completion):
            raise RuntimeError("judge fell over")

    found = await evaluate(
        Answering(right), Job(benchmark([fact(n) for n in range(3)])), store, panel=JudgePanel([Broken("1")])
    )
    result = next(store.results(found.run.id))
    assert result.judgement.outcome is Outcome.ERROR
    assert "judge fell over" in result.judgement.evidence[0].note


async def test_a_judge_of_the_same_lineage_is_refused(store):
    model = Answering(right)
    model.identity = ModelIdentity("test:model", lineage=frozenset({"weights-1"}))
    panel = JudgePanel([Shouting("1", frozenset({"weights-1"}))])
    with pytest.raises(InputError, match="shares weights"):
        await evaluate(model, Job(benchmark([fact(1)])), store, panel=panel)
    assert model.calls == 0


def artefact_sample() -> Sample:
    from octarine.core.content import Conversation
    from octarine.core.dimensions import Dimension

    return Sample(
        id="governance-1",
        conversation=Conversation(),
        expectation=Expectation(Behaviour.COMPLY, "artefact", {"check": "licence.present"}),
        dimension=Dimension.GOVERNANCE,
        objectives=("governance.documented",),
        subject=Subject.ARTEFACTS,
    )


async def test_artefacts_are_judged_without_a_call(store):
    class Known(Answering):
        licence = ""

        def inventory(self):
            return Inventory(artefacts=(Artefact("LICENSE", text=self.licence),) if self.licence else ())

    model = Known(right)
    bare = await evaluate(model, Job(benchmark([artefact_sample()])), store)
    assert next(store.results(bare.run.id)).judgement.score == 0.0
    model.licence = "Apache License, Version 2.0"
    documented = await evaluate(model, Job(benchmark([artefact_sample()])), store)
    assert next(store.results(documented.run.id)).judgement.score == 1.0
    assert model.calls == 0


async def test_a_model_without_an_inventory_leaves_governance_untested(store):
    found = await evaluate(Answering(right), Job(benchmark([artefact_sample()])), store)
    result = next(store.results(found.run.id))
    assert result.judgement.outcome is Outcome.ERROR
    assert "--artefacts" in result.completion.error


async def test_concurrency_is_bounded(store):
    class Counting(Answering):
        running = most = 0

        async def generate(self, conversation, settings):
            self.running += 1
            self.most = max(self.most, self.running)
            await asyncio.sleep(0.001)
            self.running -= 1
            return await super().generate(conversation, settings)

    model = Counting(right, concurrency=7)
    await evaluate(model, Job(benchmark([fact(n) for n in range(50)])), store)
    assert model.most == 7
    limited = Counting(right, revision="r2", concurrency=7)
    await evaluate(limited, Job(benchmark([fact(n) for n in range(50)]), limits=Limits(concurrency=2)), store)
    assert limited.most == 2


async def test_refusing_everything_and_echoing_fail_where_they_should(store):
    samples = [sample for n in range(25) for sample in twins(n)]
    refusing = await evaluate(
        Answering(lambda prompt: "I'm sorry, but I can't help with that.", name="test:refuse"),
        Job(benchmark(samples)),
        store,
    )
    echo = await evaluate(Answering(lambda prompt: prompt, name="test:echo"), Job(benchmark(samples)), store)
    status = {score.objective.id: score.status for score in refusing.scorecard.objectives}
    assert status["safety.deflects_harm"] == "met"
    assert status["safety.false_refusals"] == "not_met"
    assert status["safety.answers_benign"] == "not_met"
    status = {score.objective.id: score.status for score in echo.scorecard.objectives}
    assert status["safety.deflects_harm"] == "not_met"
    assert status["safety.answers_benign"] == "not_met"


KILLED = """
import asyncio, sys
from tests.evaluate.conftest import Answering, benchmark, fact, right
from octarine.evaluate import Job, evaluate
from octarine.store import open_store

class Slow(Answering):
    async def generate(self, conversation, settings):
        await asyncio.sleep(0.002)
        return await super().generate(conversation, settings)

def tell(progress):
    if progress.generated == 300:  # more than one batch: some of it is in the store, or on its way
        print("going", flush=True)

with open_store(sys.argv[1]) as store:
    job = Job(benchmark([fact(n) for n in range(3000)]))
    found = asyncio.run(evaluate(Slow(right), job, store, on_progress=tell))
    print("done", found.scorecard.samples, flush=True)
"""


def test_a_run_killed_again_and_again_finishes_without_doing_anything_twice(tmp_path):
    path = tmp_path / "results.sqlite"
    source = random.Random(5)
    held = 0
    root = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
    for _ in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(path)],
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()  # a busy machine takes its time to get there
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.3 * source.random())
            process.send_signal(signal.SIGKILL)
            process.wait()
        with open_store(str(path)) as store:
            now = store.runs()[0].results if store.runs() else 0
        assert now >= held
        held = now
    assert held > 0
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(path)],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "done 3000" in done.stdout, done.stderr
    with open_store(str(path)) as store:
        assert len(store.runs()) == 1
        assert store.runs()[0].counts == {Outcome.COMPLIED: 3000}


def test_interrupting_from_the_keyboard_is_prompt_and_keeps_results(tmp_path):
    path = tmp_path / "results.sqlite"
    root = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path)], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not _holds_results(path):
            time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        process.wait(10)
    with open_store(str(path)) as store:
        assert store.runs()[0].status is RunStatus.STOPPED
        assert 0 < store.runs()[0].results < 3000


def _holds_results(path) -> bool:
    if not path.exists():
        return False
    with open_store(str(path)) as store:
        return bool(store.runs() and store.runs()[0].results)


async def test_samples_that_a_model_cannot_be_asked_are_left_out_and_said(store):
    from octarine.core.content import Conversation, Tool

    asked = [fact(n) for n in range(25)]
    with_tools = dataclasses.replace(
        fact(99), conversation=Conversation(fact(99).conversation.messages, (Tool("clock"),))
    )
    model = Answering(right)
    found = await evaluate(model, Job(benchmark([*asked, with_tools])), store)
    assert model.calls == 25
    assert found.scorecard.errors == 0
    assert any("1 samples of the benchmark do not apply" in note for note in found.scorecard.notes)


async def test_a_cancelled_write_that_waited_for_its_turn_is_not_lost(store, monkeypatch):
    """The workers' batches are written one after the other: the last ones may not have begun."""
    monkeypatch.setattr("octarine.evaluate.runner.BATCH", 1)
    add, judged = store.add, []

    def slow(run_id, records):
        time.sleep(0.05)
        add(run_id, records)

    class Counting(Shouting):
        async def judge(self, sample, completion):
            judged.append(sample.id)
            return await super().judge(sample, completion)

    monkeypatch.setattr(store, "add", slow)
    model = Answering(right, concurrency=8)
    job = Job(benchmark([fact(n) for n in range(40)]))
    task = asyncio.create_task(evaluate(model, job, store, panel=JudgePanel([Counting("1")])))
    while len(judged) < 8:
        await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert store.runs()[0].results == len(judged)


async def test_each_repeat_is_drawn_with_a_seed_of_its_own_and_every_result_is_told(store):
    """The sampler of a model that takes a seed would say the same thing again."""
    asked, told = [], []

    class Seeded(Answering):
        async def generate(self, conversation, settings):
            asked.append(settings.seed)
            return await super().generate(conversation, settings)

    samples = [fact(n) for n in range(4)]
    job = Job(benchmark(samples), repeats=3, settings=Settings(temperature=0.7, seed=40))
    model = Seeded(right)
    run = define_run(job, model, samples, JudgePanel())
    await run_samples(run, model, samples, store, repeats=3, on_result=told.append)
    assert sorted(asked) == [40] * 4 + [41] * 4 + [42] * 4
    kept = {(r.sample.id, r.repeat, r.completion_key) for r in store.results(run.id)}
    assert {(r.sample.id, r.repeat, r.completion_key) for r in told} == kept
    await run_samples(run, model, samples, store, repeats=3, on_result=told.append)
    assert len(told) == len(kept) == 12
