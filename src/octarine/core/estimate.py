"""``Estimate``: the only form in which a person sees a rate."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its uncertainty.

    Attributes:
        value: the point estimate.
        low, high: the interval, at ``confidence``.
        n: how many observations it rests on.
        clusters: how many independent units those are; equal to ``n`` where each stands alone.
        method: how the interval was made, ``wilson``, ``cluster-bootstrap`` …
        confidence: coverage of the interval, 0.95 unless said.
    """

    value: float
    low: float
    high: float
    n: int
    clusters: int
    method: str
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"an interval must hold its value: {self.low} ≤ {self.value} ≤ {self.high}")

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}] (n={self.n}, {self.method})"
