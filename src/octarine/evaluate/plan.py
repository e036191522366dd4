"""What a run would do, before it does it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from octarine.core.dimensions import Metric, Objective, objectives_by_id
from octarine.core.protocols import Model
from octarine.core.results import completion_key
from octarine.core.samples import Sample
from octarine.evaluate.benchmark import grouped, observations
from octarine.evaluate.scorecard import MIN_SAMPLES
from octarine.evaluate.scoring import detectable_shortfall
from octarine.evaluate.session import Job, generated_samples
from octarine.store import Store

CHARACTERS_PER_TOKEN = 4.0
"""A rough figure for English prose; scripts that are not Latin need more tokens a character."""


@dataclass(frozen=True, slots=True)
class PlannedObjective:
    """How many samples an objective would get, and the smallest true shortfall from its threshold that they
    would find with 80 % power at 95 % confidence (None for gaps, whose spread is not known beforehand)."""

    objective: Objective
    n: int
    detectable: float | None


@dataclass(frozen=True, slots=True)
class GuardPlan:
    """What the same behind a guard would add.

    Attributes:
        policy: the guard's, as verdicts name it.
        looks: conversations that it would look at, and as many answers at most; ``stored`` of them it has
            looked at already.
        calls: at most so many to the model: conversations that the guard changes, and that are not answered
            so yet. Tokens and cost are theirs, as in ``Plan``.
        reason: why there is no guard; empty where there is one.
        notes: which samples would not be compared, and why.
    """

    policy: str = ""
    looks: int = 0
    stored: int = 0
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The size of a run.

    ``input_tokens`` is estimated from the characters, ``output_tokens`` is the most there can be; ``cost`` is
    in the currency of the prices, None where none were given.
    """

    samples: int
    calls: int
    stored: int
    input_tokens: int
    output_tokens: int
    cost: float | None
    objectives: tuple[PlannedObjective, ...]
    guard: GuardPlan | None = None


def plan_run(
    model: Model,
    job: Job,
    store: Store,
    *,
    price_in: float | None = None,
    price_out: float | None = None,
) -> Plan:
    """Count calls, tokens and rough cost; nothing is generated and nothing recorded.

    ``price_in`` and ``price_out`` are per million tokens.
    """
    samples = job.benchmark.select(job.selection, model.capabilities)
    asked = generated_samples(samples)
    keys = {
        completion_key(sample.conversation, model.identity, job.generation, repeat): sample
        for sample in asked
        for repeat in range(job.repeats)
    }
    stored = store.completions(list(keys))
    todo = [sample for key, sample in keys.items() if key not in stored]
    tokens_in, tokens_out, cost = price_of(todo, job, price_in=price_in, price_out=price_out)
    return Plan(
        samples=len(samples) * job.repeats,
        calls=len(todo),
        stored=len(keys) - len(todo),
        input_tokens=tokens_in,
        output_tokens=tokens_out,
        cost=cost,
        objectives=tuple(_objectives(samples)),
    )


def price_of(
    samples: Sequence[Sample], job: Job, *, price_in: float | None = None, price_out: float | None = None
) -> tuple[int, int, float | None]:
    """Tokens in, tokens out at most, and the cost of asking these samples once each; see ``Plan``."""
    tokens_in = round(sum(_characters(sample) for sample in samples) / CHARACTERS_PER_TOKEN)
    tokens_out = len(samples) * job.generation.max_tokens
    if price_in is None and price_out is None:
        return tokens_in, tokens_out, None
    return tokens_in, tokens_out, (tokens_in * (price_in or 0.0) + tokens_out * (price_out or 0.0)) / 1e6


def _characters(sample: Sample) -> int:
    return sum(len(message.text) for message in sample.conversation.messages)


def _objectives(samples: Sequence[Sample]) -> list[PlannedObjective]:
    counts = sum((observations(group) for group in grouped(samples).values()), Counter())
    planned = []
    for objective in objectives_by_id().values():
        n = counts[objective.id]
        if objective.benchmark and not n:
            continue
        proportion = objective.metric is not Metric.GROUP_GAP and n >= MIN_SAMPLES
        effect = detectable_shortfall(objective, n) if proportion else None
        planned.append(PlannedObjective(objective, n, effect))
    return planned
