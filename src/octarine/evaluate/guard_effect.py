"""What a guard changes, in numbers: the same samples without it and with it. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
        p50_ms, p99_ms: milliseconds that one took, quantiles over ``timed`` of them: of several repeats the
            first alone, since the guard remembers what it has seen.
        most_ms: the slowest of these.
        flagged: how many went on as they were, with something said of them.
        watched: how many rules in shadow looked at; ``would_block`` and ``would_mask`` are what would have
            been done with all rules in force.
        to_answer: how many of the blocked belong to samples to be answered; where the guard only watches, of
            those that would have been.
        found: category → how many it decided about, of those that were blocked, covered or flagged, or would
            have been.
    """

    checked: int
    blocked: int
    masked: int
    p50_ms: float
    p99_ms: float
    timed: int = 0
    most_ms: float = 0.0
    to_answer: int = 0
    flagged: int = 0
    watched: int = 0
    would_block: int = 0
    would_mask: int = 0
    found: Mapping[str, int] = field(default_factory=dict)

    @property
    def only_watched(self) -> bool:
        """Whether all was looked at by rules in shadow, and nothing done."""
        return self.watched == self.checked and not (self.blocked or self.masked)


@dataclass(frozen=True, slots=True)
class GuardEffect:
    """A model without and with a guard around it, on the samples that both runs have an answer to.

    Attributes:
        policy: the guard's, as verdicts name it.
        run: of the guarded model; None where there is none, and then ``reason`` says why.
        shared: samples that both runs have a judgement for.
        dimensions: all eight.
        objectives: those with enough shared samples.
        inputs, outputs: what the guard did on either side, also where the model alone was never asked; None
            where it looked at nothing.
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

    @property
    def only_watches(self) -> bool:
        """Whether every look was one in shadow, so that the guard can have changed nothing."""
        looks = [side for side in (self.inputs, self.outputs) if side is not None]
        return bool(looks) and all(side.only_watched for side in looks)
