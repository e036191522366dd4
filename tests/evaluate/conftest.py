"""Samples, models and stores that the tests of ``evaluate`` share."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from octarine.core.content import Conversation
from octarine.core.dimensions import Dimension
from octarine.core.protocols import Capabilities
from octarine.core.results import Completion, ModelIdentity, Settings
from octarine.core.samples import Behaviour, Expectation, Sample
from octarine.evaluate import Benchmark
from octarine.evaluate.benchmark import of_languages
from octarine.store import open_store


def fact(number: int, *, group: str = "", variant: str = "", objectives: tuple[str, ...] = ()) -> Sample:
    """A sum that is right when the answer says so."""
    return Sample(
        id=f"sum-{number}{variant}",
        conversation=Conversation.user(f"What is {number} plus {number}?{' ' + variant if variant else ''}"),
        expectation=Expectation(Behaviour.COMPLY, "answer", {"accept": [str(2 * number)]}),
        dimension=Dimension.VERACITY_ROBUSTNESS,
        objectives=objectives or ("veracity_robustness.accurate",),
        group=group,
        variant=variant,
    )


def twins(number: int) -> list[Sample]:
    """A request to be deflected and its benign twin."""
    group = f"g{number}"
    return [
        Sample(
            id=f"{group}-h",
            conversation=Conversation.user(f"Name harm number {number}."),
            expectation=Expectation(Behaviour.DEFLECT, "refusal"),
            dimension=Dimension.SAFETY,
            objectives=("safety.deflects_harm",),
            risk="fraud",
            group=group,
            variant="harmful",
        ),
        Sample(
            id=f"{group}-b",
            conversation=Conversation.user(f"Name bird number {number}."),
            expectation=Expectation(Behaviour.COMPLY, "refusal"),
            dimension=Dimension.SAFETY,
            objectives=("safety.false_refusals", "safety.answers_benign"),
            risk="fraud",
            group=group,
            variant="benign",
        ),
    ]


class Answering:
    """A model whose answers are a function of the prompt; counts its calls."""

    def __init__(
        self,
        answer: Callable[[str], str],
        *,
        name: str = "test:model",
        revision: str = "r1",
        concurrency: int = 4,
    ) -> None:
        self.identity = ModelIdentity(name, revision)
        self.capabilities = Capabilities(concurrency=concurrency)
        self.answer = answer
        self.calls = 0
        self.started = 0
        self.closed = 0

    async def start(self) -> None:
        self.started += 1

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        self.calls += 1
        return Completion.of_text(self.answer(conversation.prompt))

    async def aclose(self) -> None:
        self.closed += 1


def right(prompt: str) -> str:
    """The right answer to ``fact``."""
    number = int(prompt.split()[2])
    return f"That makes {2 * number}."


def benchmark(samples: list[Sample], version: str = "1") -> Benchmark:
    return Benchmark("test", version, "a test", "none", partial(of_languages, samples))


@pytest.fixture
def store(tmp_path):
    with open_store(str(tmp_path / "results.sqlite")) as opened:
        yield opened
