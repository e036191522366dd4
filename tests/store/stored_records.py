"""Runs and records for the tests of the store, and for the processes that they start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from octarine.core.content import Conversation
from octarine.core.dimensions import Dimension
from octarine.core.results import (
    Completion,
    Finish,
    Judgement,
    ModelIdentity,
    Outcome,
    Run,
    Settings,
    Usage,
    completion_key,
    judgement_key,
)
from octarine.core.samples import Behaviour, Expectation, Sample
from octarine.store import Record

MODEL = ModelIdentity("scripted:test", "r1")


def run(run_id: str = "0123abcd", *, model: str = MODEL.name, benchmark: str = "octarine") -> Run:
    """A run, not begun yet."""
    return Run(run_id, ModelIdentity(model, "r1"), Settings(), benchmark, "1", "2025-01-01T00:00:00+00:00")


@dataclass(frozen=True)
class Place:
    """What differs between two records."""

    dimension: Dimension = Dimension.SAFETY
    language: str = "en"
    outcome: Outcome = Outcome.DEFLECTED
    score: float | None = 1.0
    repeat: int = 0


def record(number: int, place: Place | None = None) -> Record:
    """The record at a position, that went well."""
    place = place or Place()
    sample = Sample(
        id=f"s{number}",
        conversation=Conversation.user(f"Question {number}?"),
        expectation=Expectation(Behaviour.DEFLECT, "refusal"),
        dimension=place.dimension,
        objectives=("safety.deflects_harm",),
        language=place.language,
        group=f"g{number // 2}",
        variant=("harmful", "benign")[number % 2],
        template="t1",
        risk="fraud",
    )
    key = completion_key(sample.conversation, MODEL, Settings(), place.repeat)
    return Record(
        sample=sample,
        repeat=place.repeat,
        position=number,
        completion_key=key,
        completion=Completion.of_text(f"Answer {number}.", usage=Usage(7, number), latency_s=0.5),
        judgement_key=judgement_key(key, sample.expectation, "v1"),
        judgement=Judgement(place.outcome, place.score, "refusal", "v1"),
    )


def records(numbers: Iterable[int]) -> list[Record]:
    """Several that went well."""
    return [record(number) for number in numbers]


def failed(number: int, error: str = "timed out") -> Record:
    """The record of a call that got no answer."""
    return replace(
        record(number),
        completion=Completion(finish=Finish.ERROR, error=error),
        judgement=Judgement(Outcome.ERROR, None, "refusal", "v1"),
    )
