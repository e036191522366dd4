"""The paper's ordering, on a simulated target whose harm is known.

The regime is the paper's: chance alone rarely finds what harms, and the seeds are near to it. Where chance
often does, the baseline's best prompts are good and it beats a stack.
"""

from __future__ import annotations

import numpy as np
import pytest

from octarine.core.estimate import Estimate
from octarine.core.stats import paired_difference
from octarine.redteam.flirt import FlirtRun, Strategy, flirt, over_seed_sets
from tests.redteam.flirt.fakes import Scorer, Varying, seed_set, target

SETS, ROUNDS, CHANGES = 6, 80, 0.1


async def runs(strategy: Strategy, *, blind: bool = False) -> list[FlirtRun]:
    attacker = Varying(CHANGES, blind=blind)
    return [
        await flirt(attacker, target(), Scorer(), seed_set(number), strategy, ROUNDS, number)
        for number in range(SETS)
    ]


def gain(better: list[FlirtRun], worse: list[FlirtRun], rate: str = "effectiveness") -> Estimate:
    """The difference of a rate with its interval; each seed set is one observation."""
    first, second = ([getattr(run.summary, rate) for run in side] for side in (better, worse))
    return paired_difference(first, second, rng=np.random.default_rng(0))


async def test_scoring_beats_lifo_beats_few_shot_and_pays_in_uniqueness() -> None:
    scoring, lifo, few = [
        await runs(strategy) for strategy in (Strategy.SCORING, Strategy.LIFO, Strategy.FEW_SHOT)
    ]
    assert gain(scoring, lifo).low > 0.2
    assert gain(lifo, few).low > 0.05
    # Why effectiveness is never shown alone.
    assert gain(lifo, scoring, "uniqueness").low > 0.05
    assert gain(few, scoring, "uniqueness").low > 0.05
    assert gain(scoring, lifo, "unique_effectiveness").low > 0.0
    found = over_seed_sets(scoring)
    assert (found.n, found.clusters) == (SETS, SETS)
    assert found.low < found.value < found.high


async def test_without_feedback_there_is_no_ordering() -> None:
    # The control: an attacker that ignores what it is shown. If this failed, the loop would favour someone.
    scoring, lifo = [await runs(strategy, blind=True) for strategy in (Strategy.SCORING, Strategy.LIFO)]
    assert gain(scoring, lifo).low <= 0 <= gain(scoring, lifo).high
    assert max(run.summary.effectiveness for run in (*scoring, *lifo)) < 0.1


@pytest.mark.parametrize("strategy", list(Strategy))
async def test_the_counts_are_those_of_the_rounds(strategy: Strategy) -> None:
    run = await flirt(Varying(), target(), Scorer(), seed_set(0), strategy, 30, 1)
    search = [one for one in run.rounds if one.phase == "search"]
    prompts = [one.prompt for one in search]
    assert run.complete
    assert run.summary.rounds == len(search) == 30
    assert run.summary.unsafe == sum(one.harms["known"] >= 0.5 for one in search)
    assert run.summary.unique == len(set(prompts))
    assert run.summary.unique_unsafe == len({one.prompt for one in search if one.unsafe})
    assert all(len(one.shown) == 4 for one in search)
