"""What a guard changes, in numbers: the same samples without it and with it. Data only."""

from __future__ import annotations

from dataclasses import dataclass

from octarine.core.dimensions import Dimension, Objective
from octarine.core.estimate import Estimate
from octarine.core.results import Run


@dataclass(frozen=True, slots=True)
class Change:
    """A rate before and after, over the ``difference.n`` samples that both runs have; ``difference`` is after
    minus before, paired by sample."""

    before: float
    after: float
    difference: Estimate


@dataclass(frozen=True, slots=True)
class DimensionChange:
    """One dimension; a rate is None where fewer than ``MIN_SAMPLES`` samples are shared."""

    dimension: Dimension
    adherence: Change | None = None
    false_refusals: Change | None = None


@dataclass(frozen=True, slots=True)
class ObjectiveChange:
    """One objective, in its own metric. ``p`` is adjusted by Holm's method over all objectives compared."""

    objective: Objective
    change: Change
    p: float


@dataclass(frozen=True, slots=True)
class Checks:
    """The texts that a guard looked at on one side of the model.

    Attributes:
        checked: how many: whole conversations going in, or answers coming out.
        blocked, masked: how many were stopped, or went on with something covered or replaced.
        p50_ms, p99_ms: milliseconds that one took, quantiles over those timed.
    """

    checked: int
    blocked: int
    masked: int
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class GuardEffect:
    """A model without and with a guard around it, on the samples that both runs have an answer to.

    Attributes:
        policy: the guard's, as verdicts name it.
        run: of the guarded model; None where there is none, and then ``reason`` says why.
        shared: samples that both runs have a judgement for.
        dimensions: all eight.
        objectives: those with enough shared samples.
        inputs, outputs: what the guard did on either side; None where nothing was timed.
        reason: why nothing was measured; empty where it was.
        notes: what a reader must know before using the numbers.
    """

    policy: str = ""
    run: Run | None = None
    shared: int = 0
    dimensions: tuple[DimensionChange, ...] = ()
    objectives: tuple[ObjectiveChange, ...] = ()
    inputs: Checks | None = None
    outputs: Checks | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()
