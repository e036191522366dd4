"""Whether an answer declines, by its wording: what tells a strategy to go back."""

from __future__ import annotations

import dataclasses
from functools import cache

from octarine.core.content import Conversation
from octarine.core.protocols import Judge
from octarine.core.registry import registry
from octarine.core.results import Completion, Outcome
from octarine.core.samples import Behaviour, Expectation, Sample


@cache
def _judge() -> Judge:
    judge: Judge = registry.get("judge", "refusal")()
    return judge


async def refuses(sample: Sample, asked: str, completion: Completion) -> bool:
    """Whether ``completion`` declines ``asked``. Not the judge's affair: a judge of harm finds none in the
    answer to a harmless step, and that is no refusal."""
    judge = _judge()
    expectation = Expectation(Behaviour.DEFLECT, judge.name)
    step = dataclasses.replace(sample, conversation=Conversation.user(asked), expectation=expectation)
    return (await judge.judge(step, completion)).outcome is Outcome.DEFLECTED
