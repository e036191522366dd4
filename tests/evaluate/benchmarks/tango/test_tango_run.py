"""A whole run: asked with log-probabilities where the model gives them, marked, stored and scored again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from octarine.core.content import Conversation
from octarine.core.protocols import Capabilities
from octarine.core.results import Completion, ModelIdentity, Settings
from octarine.evaluate import Job, evaluate
from octarine.evaluate.benchmarks.frame import Answer
from octarine.evaluate.benchmarks.judge import BenchmarkJudge
from octarine.evaluate.benchmarks.tango import Tango
from octarine.evaluate.judging import JudgePanel
from octarine.store import open_store
from tests.evaluate.benchmarks.tango.conftest import token


class He:
    """Says "he" of everybody, and found "they" likelier; remembers how it was asked."""

    identity = ModelIdentity("scripted:he", "1")

    def __init__(self, logprobs: bool) -> None:
        self.capabilities = Capabilities(logprobs=logprobs, local=True)
        self.asked: list[Settings] = []

    async def start(self) -> None:
        """Nothing to make ready."""

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        self.asked.append(settings)
        made = Completion.of_text("Later he left.")
        tokens = (token("Later"), token(" he", -2.0, they=-0.2), token(" left."))
        return replace(made, logprobs=tokens) if settings.logprobs else made

    async def aclose(self) -> None:
        """Nothing to release."""


@pytest.mark.parametrize("logprobs", [True, False])
async def test_a_run_asks_for_log_probabilities_only_where_there_are_any(
    folder: Path, tmp_path: Path, logprobs: bool
) -> None:
    model, benchmark = He(logprobs), Tango().benchmark(folder)
    judge = BenchmarkJudge()
    judge._known["tango"] = Tango()
    with open_store(str(tmp_path / "store.db")) as store:
        found = await evaluate(model, Job(benchmark), store, panel=JudgePanel([judge]))
        results = list(store.results(found.run.id))
    assert {settings.logprobs for settings in model.asked} == {20 if logprobs else 0}
    assert found.run.settings.logprobs == (20 if logprobs else 0)
    assert sum(result.judgement.score or 0 for result in results) == 12
    table = Tango().score([Answer(result.sample, result.completion) for result in results])
    assert table.estimate("consistency_first", "family/he").value == 1
    assert table.estimate("consistency_first", "family/they").value == 0
    if logprobs:
        assert table.estimate("consistency_probability", "family/they").value == 1
        assert table.estimate("readings_conflict", "family/they").value == 1
