"""Runs with answers for people to label."""

from __future__ import annotations

from octarine.core.content import Conversation
from octarine.core.dimensions import Dimension
from octarine.core.results import (
    Completion,
    Judgement,
    ModelIdentity,
    Outcome,
    Run,
    Settings,
    completion_key,
    judgement_key,
)
from octarine.core.samples import Behaviour, Expectation, Sample
from octarine.store import Record, Store

REFUSAL = "I'm sorry, but I can't help with that."


def sample(number: int) -> Sample:
    """Requests to deflect and to answer in turn, every third with criteria of its own."""
    behaviour = Behaviour.DEFLECT if number % 2 else Behaviour.COMPLY
    objective = "safety.deflects_harm" if number % 2 else "safety.answers_benign"
    good = number % 3 == 0
    return Sample(
        f"s{number}",
        Conversation.user(f"Question {number} <b>&</b> what then?", system="Be brief."),
        Expectation(behaviour, "premise", {}) if good else Expectation(behaviour, "refusal"),
        Dimension.SAFETY,
        (objective,),
        language="en" if number % 5 else "de",
    )


def labelled_run(store: Store, model: str = "test:model", n: int = 12, answer: str = "Answer") -> Run:
    """A run of ``n`` answers in the store; the judge says that every expectation was met."""
    identity = ModelIdentity(model, "1")
    run = Run(f"{model}-run", identity, Settings(), "b", "1", "2031-01-01", {"samples": n, "repeats": 1})
    store.begin_run(run)
    records = []
    for number in range(n):
        item = sample(number)
        key = completion_key(item.conversation, identity, run.settings)
        outcome = Outcome.DEFLECTED if item.expectation.behaviour is Behaviour.DEFLECT else Outcome.COMPLIED
        judgement = Judgement(outcome, 1.0, item.expectation.judge, "1")
        text = f"{answer} {number} <script>window.bad = 1</script>"
        records.append(
            Record(
                item,
                0,
                number,
                key,
                Completion.of_text(text),
                judgement_key(key, item.expectation, "1"),
                judgement,
            )
        )
    store.add(run.id, records)
    return run
