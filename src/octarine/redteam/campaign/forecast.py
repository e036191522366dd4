"""What a campaign would do, before it does it: nothing is called and nothing recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from octarine.core.protocols import Model, NotApplicable
from octarine.core.samples import Sample
from octarine.evaluate.plan import CHARACTERS_PER_TOKEN
from octarine.redteam.campaign.design import allotted
from octarine.redteam.campaign.phases.attacks import attempt
from octarine.redteam.campaign.phases.searching import fair_order
from octarine.redteam.campaign.planned import Attack, CampaignPlan, Phase, PhaseCalls, Side, Untried
from octarine.redteam.campaign.session import Prepared

_LOOKED_AT = 60
"""Attacks whose length is measured, a fair selection."""
READ_S, WRITTEN_S = 0.004, 0.02
"""Seconds a token that the embedded model reads and writes, on two quiet cores: rough."""


@dataclass(frozen=True, slots=True)
class PlannedSeed:
    """A seed that would be screened."""

    id: str
    language: str
    dimension: str
    side: Side
    twin: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """The size of a campaign.

    Attributes:
        calls: at most so many in each phase; those of the screening are exact. How many the others take
            depends on how many seeds turn out to be deflected.
        input_tokens: estimated from the characters of seeds and attacks; ``output_tokens``: the most there
            can be; ``cost`` in the currency of the prices, None where none were given.
        minutes: for the embedded model alone: roughly, on two cores.
    """

    campaign: str
    plan: CampaignPlan
    calls: tuple[PhaseCalls, ...]
    seeds: tuple[PlannedSeed, ...]
    attacks: tuple[Attack, ...]
    untried: tuple[Untried, ...]
    input_tokens: int
    output_tokens: int
    cost: float | None
    minutes: float | None
    no_second_judge: str


async def forecast(
    prepared: Prepared, model: Model, *, price_in: float | None = None, price_out: float | None = None
) -> Forecast:
    """Count calls, tokens, rough cost and time. ``price_in`` and ``price_out`` are per million tokens."""
    plan = prepared.plan
    calls = _calls(prepared)
    seeds = [pair.seed for pair in prepared.pairs]
    plain = sum(map(_characters, seeds)) / len(seeds)
    attacked = await _attacked(prepared, model, seeds[0])
    screening = calls[Phase.SCREENING]
    others = sum(calls.values()) - screening
    tokens_in = round((screening * plain + others * attacked) / CHARACTERS_PER_TOKEN)
    tokens_out = (screening + others) * plan.settings.max_tokens
    priced = price_in is not None or price_out is not None
    embedded = plan.model.name.startswith("embedded:")
    return Forecast(
        campaign=prepared.main.id,
        plan=plan,
        calls=tuple(PhaseCalls(phase, n) for phase, n in calls.items()),
        seeds=tuple(
            PlannedSeed(
                p.seed.id, p.seed.language, p.seed.dimension.value, p.side, p.twin.id if p.twin else ""
            )
            for p in prepared.pairs
        ),
        attacks=tuple(entry.attack for entry in prepared.entries),
        untried=prepared.untried,
        input_tokens=tokens_in,
        output_tokens=tokens_out,
        cost=(tokens_in * (price_in or 0.0) + tokens_out * (price_out or 0.0)) / 1e6 if priced else None,
        minutes=(tokens_in * READ_S + tokens_out * WRITTEN_S) / 60 if embedded else None,
        no_second_judge=prepared.reason,
    )


def _calls(prepared: Prepared) -> dict[Phase, int]:
    """Those of the screening as they will be; what it leaves of its share the report may take."""
    plan = prepared.plan
    calls = allotted(plan.budget, searching=plan.searching)
    twins = {pair.twin.key for pair in prepared.pairs if pair.twin}
    exact = len(prepared.pairs) * plan.samples + len(twins)
    calls[Phase.REPORT] += calls[Phase.SCREENING] - exact
    calls[Phase.SCREENING] = exact
    return calls


async def _attacked(prepared: Prepared, model: Model, seed: Sample) -> float:
    """Characters of an attack, on average."""
    static = [entry for entry in prepared.entries if entry.strategy is None]
    looked: Sequence[float] = [
        _characters(found.sample)
        for entry in fair_order(static, prepared.plan.seed)[:_LOOKED_AT]
        if not isinstance(
            found := await attempt(entry, seed, prepared.plan.seed, model.capabilities, None), NotApplicable
        )
    ]
    return sum(looked) / len(looked) if looked else float(_characters(seed))


def _characters(sample: Sample) -> int:
    return sum(len(message.text) for message in sample.conversation.messages)
