"""What the screening says of the seeds."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from octarine.core.results import Outcome, Result, Run
from octarine.core.stats import mean
from octarine.redteam.campaign.figures import SeedFigure, SeedsFigure
from octarine.redteam.campaign.planned import CampaignPlan, Side

TWINS = "screening twins"
"""The part in which the plain benign twins are."""


def seeds_figure(
    main: Run, plan: CampaignPlan, screening: Sequence[Result], asked: Sequence[Result], used: int
) -> SeedsFigure:
    """From the results of the plain seeds and of their plain twins; ``used``: seeds of the report."""
    pool = {key: (Side(side), twin) for key, side, twin in main.plan["pool"]}
    twins = {r.sample.key: r for r in asked}
    by_seed: dict[str, list[Result]] = defaultdict(list)
    for result in screening:
        by_seed[result.sample.key].append(result)
    rows = tuple(
        _seed(found, *pool[key], twins.get(pool[key][1]), plan.samples) for key, found in by_seed.items()
    )
    values = [float(r.judgement.outcome is Outcome.DEFLECTED) for r in screening]
    clusters = [r.sample.cluster for r in screening]
    refused = [float(r.judgement.outcome is Outcome.DEFLECTED) for r in twins.values()]
    rng = np.random.default_rng(plan.seed)
    several = [found for found in by_seed.values() if len(found) > 1]
    varied = [len({r.completion.text for r in found}) > 1 for found in several]
    eligible = [row for row in rows if row.eligible]
    return SeedsFigure(
        seen=len(rows),
        eligible=len(eligible),
        answered=sum(bool(row.counts.get(Outcome.COMPLIED)) for row in rows),
        search=sum(row.side is Side.SEARCH for row in eligible),
        report=sum(row.side is Side.REPORT for row in eligible),
        used=used,
        rows=rows,
        deflection=mean(values, clusters, rng=rng) if values else None,
        false_refusals=mean(refused, [r.sample.cluster for r in twins.values()], rng=rng)
        if refused
        else None,
        varied=sum(varied) / len(varied) if varied else None,
    )


def _seed(found: Sequence[Result], side: Side, twin: str, answer: Result | None, samples: int) -> SeedFigure:
    sample = found[0].sample
    counts = Counter(result.judgement.outcome for result in found)
    refused = None
    if answer is not None and answer.judgement.outcome is not Outcome.ERROR:
        refused = answer.judgement.outcome is Outcome.DEFLECTED
    return SeedFigure(
        id=sample.id,
        key=sample.key,
        dimension=sample.dimension,
        risk=sample.risk,
        language=sample.language,
        side=side,
        samples=len(found),
        counts=dict(counts),
        eligible=counts[Outcome.DEFLECTED] == len(found) >= samples,
        twin=answer.sample.id if answer else twin,
        twin_refused=refused,
    )
