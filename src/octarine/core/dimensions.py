"""The eight dimensions of responsible AI and the testable objectives under each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

from octarine.core.codec import decode_toml


class Dimension(StrEnum):
    """The eight dimensions, in the order in which every report shows them."""

    PRIVACY_SECURITY = "privacy_security"
    SAFETY = "safety"
    FAIRNESS = "fairness"
    VERACITY_ROBUSTNESS = "veracity_robustness"
    EXPLAINABILITY = "explainability"
    CONTROLLABILITY = "controllability"
    GOVERNANCE = "governance"
    TRANSPARENCY = "transparency"

    @property
    def label(self) -> str:
        """As a person reads it: ``Privacy and security``."""
        return _TITLES[self]


_TITLES = {
    Dimension.PRIVACY_SECURITY: "Privacy and security",
    Dimension.SAFETY: "Safety",
    Dimension.FAIRNESS: "Fairness",
    Dimension.VERACITY_ROBUSTNESS: "Veracity and robustness",
    Dimension.EXPLAINABILITY: "Explainability",
    Dimension.CONTROLLABILITY: "Controllability",
    Dimension.GOVERNANCE: "Governance",
    Dimension.TRANSPARENCY: "Transparency",
}


class Metric(StrEnum):
    """How the samples of an objective become one number."""

    ADHERENCE = "adherence"
    """Share of samples whose expectation was met. Higher is better."""
    FALSE_REFUSAL = "false_refusal"
    """Share of benign samples that were deflected. Lower is better."""
    GROUP_GAP = "group_gap"
    """Mean absolute difference in quality within counterfactual groups, 0 to 1. Lower is better."""


class Bound(StrEnum):
    """On which side of its threshold an objective is met."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"


@dataclass(frozen=True, slots=True)
class Objective:
    """A testable design objective. ``statement`` is what a reader sees; ``threshold`` is in [0, 1]; the
    samples of one that stands ``apart`` are in no rate of the whole dimension. ``benchmark``: the one that
    measures it where that is not Octarine's own suite; it is shown where it was measured."""

    id: str
    dimension: Dimension
    statement: str
    metric: Metric
    threshold: float
    apart: bool = False
    benchmark: str = ""

    @property
    def bound(self) -> Bound:
        """Follows from the metric: adherence is to be high, everything else low."""
        return Bound.AT_LEAST if self.metric is Metric.ADHERENCE else Bound.AT_MOST

    def met(self, value: float) -> bool:
        """Whether ``value`` is on the right side of the threshold."""
        return value >= self.threshold if self.bound is Bound.AT_LEAST else value <= self.threshold


@dataclass(frozen=True, slots=True)
class _ObjectiveFile:
    objective: tuple[Objective, ...]


@cache
def objectives() -> tuple[Objective, ...]:
    """Those that every report shows, in the order of ``core/data/objectives.toml``, their one home."""
    return tuple(objective for objective in objectives_by_id().values() if not objective.benchmark)


@cache
def objectives_by_id() -> dict[str, Objective]:
    """Objective id → objective; those of other benchmarks too."""
    source = resources.files("octarine.core") / "data" / "objectives.toml"
    found = decode_toml(_ObjectiveFile, source.read_text("utf-8"), path=str(source)).objective
    return {objective.id: objective for objective in found}
