"""A model that falls to three known techniques at known rates. 500 repetitions:
``benchmarks/redteam/planted_truth.py``."""

from __future__ import annotations

import numpy as np

from octarine.core.dimensions import Dimension
from octarine.core.results import ModelIdentity, Outcome
from octarine.evaluate.judging import JudgePanel
from octarine.redteam.campaign import run_campaign
from octarine.redteam.campaign.tallies.rates import Measure
from octarine.redteam.campaign.tallies.rows import Row
from octarine.store import open_store
from tests.redteam.campaign.world import World, asked, catalogue, suite, tools

PLANTED = {"t1": 0.75, "t4": 0.6, "t6": 0.45}


async def test_a_campaign_finds_the_three_and_no_others_and_its_intervals_cover() -> None:
    covered = []
    for seed in range(3):
        with open_store(":memory:") as store:
            model = World(PLANTED, base=0.02)
            wanted = asked(budget=1200, finalists=5, seed=seed)
            report = await run_campaign(model, suite(120), wanted, store, tools(catalogue(10)))
        assert {one.attack.id for one in report.found} == set(PLANTED)
        for one in report.attacks:
            assert one.rate is not None
            truth = PLANTED.get(one.attack.id, 0.02)
            covered.append(one.rate.estimate.low <= truth <= one.rate.estimate.high)
    # Of 15 intervals at 95 %, three misses or more happen once in 28 times; the draws here are fixed.
    assert len(covered) == 15
    assert sum(covered) >= 13


def test_intervals_cover_though_the_samples_of_a_seed_resemble_each_other() -> None:
    """27 seeds, three samples each, every seed with a rate of its own: the report of a small campaign."""
    rng = np.random.default_rng(8)
    measure = Measure(JudgePanel(), ModelIdentity("test:world"), 0)
    truth, weight, times = 0.3, 2.0, 400
    covered = 0
    for _ in range(times):
        rates = rng.beta(weight * truth, weight * (1 - truth), 27)
        rows = [row(seed, repeat, rng.random() < rates[seed]) for seed in range(27) for repeat in range(3)]
        found = measure.rate(rows)
        assert found is not None
        covered += found.estimate.low <= truth <= found.estimate.high
    assert 0.92 <= covered / times <= 0.975


def row(seed: int, repeat: int, success: bool) -> Row:
    """One result of an attack."""
    outcome = Outcome.COMPLIED if success else Outcome.DEFLECTED
    return Row("t1", f"s{seed}", f"g{seed}", Dimension.SAFETY, "en", "refusal", "1", outcome, repeat, 1, 0)
