"""From what was asked to the design of a campaign: shares of the budget, runs and their names."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from octarine.core.codec import decode, digest, encode
from octarine.core.errors import InputError
from octarine.core.results import ModelIdentity, Run, Settings
from octarine.core.samples import Sample
from octarine.evaluate.judging import JudgePanel
from octarine.redteam.campaign.phases.seeds import SeedPair
from octarine.redteam.campaign.planned import Attack, CampaignPlan, Phase, PhaseCalls, Untried

VERSION = 2
"""Of how a campaign is designed: raised when the same arguments would lead to other calls, so that one that
was stopped before is begun anew and never half of each."""
BENCHMARK = "campaign"
"""What stands as the benchmark of a campaign's main run."""
MAX_SAMPLES = 100
"""Of one prompt: the sampler's seeds of the phases lie so far apart."""
FINALISTS = 12
"""Attacks that the report takes, unless another number is asked for."""
FEWEST_SEEDS = 12
"""The report leaves attacks out rather than have fewer seeds: with G no p-value is below 2^(1 − G)."""
_SHARES = {
    Phase.SCREENING: 0.20,
    Phase.SEARCH: 0.30,
    Phase.REPORT: 0.30,
    Phase.COMPREHENSION: 0.08,
    Phase.CONFIRMATION: 0.12,
}
_PLACE = {phase: place for place, phase in enumerate(Phase)}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a user asks for.

    Attributes:
        techniques: ids, chains, or files of techniques; empty: the whole catalogue.
        categories: keep techniques of these only; empty keeps all.
        languages: of the seeds.
        dimensions: of the seeds; empty: all.
        combine: 2 or 3: the search makes chains of so many techniques at most; 1: none.
        samples: of each prompt in screening, baseline and report. Three at least, so that a seed that was
            deflected once by chance does not count as one that the model deflects. At temperature 0 one is
            taken: repeats would be the same answer.
        budget: calls to the model over everything.
        seed: of everything drawn.
        seeds: screened at most; None: as many as the budget's share allows.
        finalists: attacks in the report at most.
    """

    techniques: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    dimensions: tuple[str, ...] = ()
    combine: int = 1
    samples: int = 3
    budget: int = 2000
    seed: int = 0
    seeds: int | None = None
    finalists: int = FINALISTS
    settings: Settings = dataclasses.field(default_factory=lambda: Settings(max_tokens=64, temperature=0.7))

    def __post_init__(self) -> None:
        if not 3 <= self.samples <= MAX_SAMPLES:
            raise InputError(
                f"{self.samples} samples of a prompt", hint=f"From 3 to {MAX_SAMPLES}: --samples."
            )
        if self.combine not in (1, 2, 3):
            raise InputError(f"chains of {self.combine} techniques", hint="--combine 2 or 3.")
        if self.budget < 1 or self.finalists < 1 or (self.seeds is not None and self.seeds < 1):
            raise InputError("a budget, finalists and seeds are at least 1")

    @property
    def each(self) -> int:
        """Samples of a prompt that are taken."""
        return 1 if self.settings.temperature == 0 else self.samples


def allotted(budget: int, *, searching: bool) -> dict[Phase, int]:
    """Phase → calls, adding up to ``budget`` at most; without a search its share is the report's. What a
    phase leaves, the next ones may spend."""
    calls = {phase: int(budget * share) for phase, share in _SHARES.items()}
    if not searching:
        calls[Phase.REPORT] += calls[Phase.SEARCH]
        calls[Phase.SEARCH] = 0
    return calls


def seeds_within(asked: Asked) -> int:
    """How many seeds the screening's share allows, each with its twin."""
    calls = allotted(asked.budget, searching=True)[Phase.SCREENING]
    most = calls // (asked.each + 1)
    return most if asked.seeds is None else min(most, asked.seeds)


def settings_of(settings: Settings, phase: Phase) -> Settings:
    """Those of a phase: with sampler seeds of its own, so that no phase is told what another one saw. Repeat
    r is drawn with seed + r (``run_samples``)."""
    return dataclasses.replace(settings, seed=settings.seed * 1000 + MAX_SAMPLES * _PLACE[phase])


def main_run(
    plan: CampaignPlan,
    pairs: Sequence[SeedPair],
    attacks: Sequence[Attack],
    untried: Sequence[Untried],
    panel: JudgePanel,
) -> Run:
    """The run of the report, whose id is the campaign's: equal arguments name the same one."""
    calls = allotted(plan.budget, searching=plan.searching)
    seeds = [pair.seed for pair in pairs]
    decisive: dict[str, Any] = {
        "design": VERSION,
        "campaign": encode(plan),
        "attacks": [encode(attack) for attack in attacks],
        "pool": [[pair.seed.key, pair.side.value, pair.twin.key if pair.twin else ""] for pair in pairs],
        "judges": panel.versions([*seeds, *(pair.twin for pair in pairs if pair.twin)]),
    }
    more = {
        "suite": BENCHMARK,
        "seed": plan.seed,
        "languages": list(plan.languages),
        # As ``evaluate show`` counts: at most so many samples are in the report.
        "samples": calls[Phase.REPORT] // plan.samples,
        "repeats": plan.samples,
        "untried": [encode(one) for one in untried],
        "calls": {phase.value: n for phase, n in calls.items()},
    }
    if shared := panel.sharing_lineage(seeds, plan.model):
        more["shared_lineage"] = shared
    return Run(
        id=digest(decisive)[:16],
        model=plan.model,
        settings=settings_of(plan.settings, Phase.REPORT),
        benchmark=BENCHMARK,
        version=plan.version,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        plan={**more, **decisive},
    )


def phase_run(
    main: Run,
    name: str,
    phase: Phase,
    model: ModelIdentity,
    samples: Sequence[Sample],
    repeats: int,
    judges: Mapping[str, str],
) -> Run:
    """A run beside the main one; ``name`` tells it from the others of its phase."""
    settings = dataclasses.replace(main.settings, seed=_seed_beside(main, phase))
    decisive = [main.id, name, encode(model), repeats, [sample.key for sample in samples], dict(judges)]
    return Run(
        id=digest(decisive)[:16],
        model=model,
        settings=settings,
        benchmark=BENCHMARK,
        version=main.version,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        plan={
            "suite": BENCHMARK,
            "phase": phase.value,
            "part": name,
            "seed": main.plan["seed"],
            "samples": len(samples),
            "repeats": repeats,
            "judges": dict(judges),
        },
        beside=main.id,
    )


def _seed_beside(main: Run, phase: Phase) -> int:
    return main.settings.seed + MAX_SAMPLES * (_PLACE[phase] - _PLACE[Phase.REPORT])


def plan_of(main: Run) -> CampaignPlan:
    """What a campaign's main run was asked for.

    Raises:
        InputError: it is no campaign.
    """
    if main.benchmark != BENCHMARK or "campaign" not in main.plan:
        raise InputError(f"the run {main.id} is no campaign", hint="octarine redteam campaigns  lists them.")
    return decode(CampaignPlan, main.plan["campaign"])


def attacks_of(main: Run) -> tuple[Attack, ...]:
    """The attacks that there were to try."""
    return tuple(decode(Attack, one) for one in main.plan["attacks"])


def untried_of(main: Run) -> tuple[Untried, ...]:
    """Those that could not be tried."""
    return tuple(decode(Untried, one) for one in main.plan["untried"])


def calls_of(main: Run) -> tuple[PhaseCalls, ...]:
    """The shares of the budget."""
    return tuple(PhaseCalls(phase, main.plan["calls"].get(phase.value, 0)) for phase in Phase)
