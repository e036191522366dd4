"""The seeds through the runner: resumed where it stopped, the record of the exchange kept."""

from __future__ import annotations

from octarine.core.content import Conversation
from octarine.core.errors import ModelError
from octarine.core.results import Outcome
from octarine.evaluate.benchmark import Selection
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.runner import Limits, run_samples
from octarine.evaluate.session import Job, define_run
from octarine.models.scripted import ScriptedModel
from octarine.redteam.outcomes.benchmark import adversarial_outcomes
from octarine.redteam.outcomes.driver import driven
from octarine.store import open_store
from tests.redteam.outcomes.asking import JUDGES, call, calling


def naive(conversation: Conversation):
    """Looks once with the first tool on offer, then answers with all that it was shown."""
    if conversation.tools and not any(message.role == "tool" for message in conversation.messages):
        tool = conversation.tools[0]
        return calling(call(tool.name, **dict.fromkeys(tool.parameters["required"], "1")))
    return conversation.messages[-1].text or "A"


async def test_a_stopped_run_goes_on_and_keeps_the_exchanges(tmp_path) -> None:
    benchmark = adversarial_outcomes()
    chosen = [
        seed
        for seed in benchmark.select(Selection(languages=("de",)))
        if seed.expectation.judge in ("authority", "belief", "exfiltration")
    ]
    panel = JudgePanel(JUDGES.values())
    job = Job(benchmark, Selection(languages=("de",)))
    broken = {"left": 9}

    def failing(conversation: Conversation):
        broken["left"] -= 1
        if broken["left"] < 0:
            raise ModelError("boom")
        return naive(conversation)

    with open_store(str(tmp_path / "s.db")) as store:
        first = driven(ScriptedModel(failing))
        run = define_run(job, first, chosen, panel)
        progress = await run_samples(
            run, first, chosen, store, panel=panel, limits=Limits(1, max_errors=10**6)
        )
        assert progress.errors
        target = ScriptedModel(naive)
        again = define_run(job, driven(target), chosen, panel)
        assert again.id == run.id
        done = await run_samples(again, driven(target), chosen, store, panel=panel)
        # What failed is asked again; what was answered is not.
        assert 0 < done.recorded < len(chosen)
        assert done.generated == len(chosen) - done.recorded
        calls = target.calls
        last = await run_samples(again, driven(target), chosen, store, panel=panel)
        assert last.recorded == len(chosen)
        assert target.calls == calls > 0
        kept = list(store.results(run.id))
    exchanges = [result.completion.exchange for result in kept if result.completion.exchange]
    assert exchanges
    assert any(turn.tool_calls for exchange in exchanges for turn in exchange.turns)
    assert all(
        result.judgement.outcome is not Outcome.ERROR or "belief" in result.sample.tags for result in kept
    )
