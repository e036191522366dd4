"""The weak model behind a guard that stops most of the harm and a little of everything else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from report_examples import INJECTION, injected, weak_model

from octarine.core.dimensions import Dimension, Metric
from octarine.core.results import ModelIdentity, Result
from octarine.core.stats import paired_difference
from octarine.evaluate.guard_effect import Change, Checks, DimensionChange, GuardEffect, ObjectiveChange
from octarine.evaluate.scorecard import Scorecard


def change(before: int, after: int, n: int = 40) -> Change:
    """So many of ``n`` before and after; those that are fewer are among the others."""
    a, b = ([1.0] * k + [0.0] * (n - k) for k in (before, after))
    difference = paired_difference(b, a, rng=np.random.default_rng(0))
    return Change(before / n, after / n, difference)


def behind_a_guard() -> tuple[Scorecard, list[Result]]:
    """Safety gains and pays; governance was not compared."""
    card, results = weak_model()
    run = replace(card.run, id="77aa01bc", model=ModelIdentity("guarded:embedded:smollm2", "r+g"))
    special = {
        Dimension.SAFETY: DimensionChange(Dimension.SAFETY, change(16, 36), change(3, 14)),
        Dimension.GOVERNANCE: DimensionChange(Dimension.GOVERNANCE),
    }
    dimensions = tuple(
        special.get(dimension) or DimensionChange(dimension, change(20, 21), change(2, 3))
        for dimension in Dimension
    )
    effect = GuardEffect(
        policy="default@1.0.0",
        run=run,
        shared=324,
        dimensions=dimensions,
        objectives=tuple(
            ObjectiveChange(
                score.objective,
                change(30, 38) if score.objective.metric is Metric.ADHERENCE else change(1, 2),
                0.0004,
            )
            for score in card.objectives
        ),
        inputs=Checks(
            324,
            41,
            3,
            3.14,
            12.4,
            324,
            14.0,
            to_answer=5,
            found={"harmful_request.fraud": 41, "secrets.aws": 3},
        ),
        outputs=Checks(283, 9, 0, 0.512, 120.4, 283, 130.0),
        notes=("22 samples are not compared: the judge 'guard_refusal' shares weights.",),
    )
    return replace(card, guard=effect), results


def watched() -> tuple[Scorecard, list[Result]]:
    """The same guard where it only watches."""
    card, results = behind_a_guard()
    assert card.guard is not None
    inputs = Checks(
        40,
        0,
        0,
        3.14,
        12.4,
        40,
        12.5,
        to_answer=2,
        watched=40,
        would_block=9,
        would_mask=1,
        found={"jailbreak": 9},
    )
    effect = replace(card.guard, policy="watch@1.0.0", inputs=inputs, outputs=None, notes=())
    return replace(card, guard=effect), results


def without_the_extra() -> tuple[Scorecard, list[Result]]:
    """The guard is not installed."""
    card, results = weak_model()
    reason = (
        "The guard needs the extra 'guard', which is not installed. Install it: pip install 'octarine[guard]'"
    )
    return replace(card, guard=GuardEffect(reason=reason)), results


def injected_guard() -> tuple[Scorecard, list[Result]]:
    """An injection in every field of the guard's that holds free text."""
    card, _ = behind_a_guard()
    assert card.guard is not None
    assert card.guard.run is not None
    run = replace(card.guard.run, id=INJECTION, model=ModelIdentity(INJECTION))
    inputs = replace(card.guard.inputs, found={INJECTION: 3}) if card.guard.inputs else None
    effect = replace(card.guard, policy=INJECTION, run=run, notes=(INJECTION,), inputs=inputs)
    plain, results = injected()
    return replace(plain, guard=effect), results
