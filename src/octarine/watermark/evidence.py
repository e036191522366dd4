"""How surely a mark is there: the probability of a false alarm, over everything that was tried.

The phases of the carriers come from the key, and a picture that was never marked with it knows nothing of
them. So, for any picture and any map, chosen in any way that looks at powers alone, the phase between what is
heard on a carrier and what the key says is uniform, and independent between carriers. For non-negative
weights w and such phases θ,

    E exp(λ Σ w cos θ) = Π I₀(λ w) ≤ exp(λ² Σ w² / 4),   so   P(Σ w cos θ ≥ t √(Σ w² / 2)) ≤ exp(−t² / 2)

(Chernoff's bound; I₀(x) ≤ exp(x²/4)). It holds for every t and every picture: nothing is assumed Gaussian.
Each thing that was tried (map, shift, sign, variant, payload) adds its own bound (Boole).
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import numpy.typing as npt


class Confidence(StrEnum):
    """How surely the mark is there. The bounds are probabilities of a false alarm for one picture and one
    key."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"


BOUNDS = {Confidence.HIGH: 1e-9, Confidence.MEDIUM: 1e-6, Confidence.LOW: 1e-3}


def confidence_of(log_p: float) -> Confidence:
    """The confidence of a natural logarithm of a p-value."""
    for confidence, bound in BOUNDS.items():
        if log_p <= np.log(bound):
            return confidence
    return Confidence.NONE


def standing(heard: npt.NDArray[np.complexfloating], expected: npt.NDArray[np.complexfloating]) -> float:
    """t of what is ``heard`` on carriers whose unit phases are ``expected``: see the head of the file."""
    size = float(np.sqrt((np.abs(heard) ** 2).sum() / 2))
    return float((heard * expected.conj()).real.sum() / size) if size > 0 else 0.0


def log_tail(t: float, log_tries: float) -> float:
    """The natural logarithm of the p-value of the largest of exp(``log_tries``) values of t, at most 0."""
    return min(0.0, log_tries - max(t, 0.0) ** 2 / 2)


def either(*log_p: float) -> float:
    """The p-value of the least of several tests (Bonferroni), as a logarithm."""
    return min(0.0, min(log_p) + float(np.log(len(log_p))))


SYNC_PART = 1 / 3
"""Of the energy of all carriers, what sync carriers have, about."""


def together(sync: float, data: float) -> float:
    """t of sync and data carriers in one, of the t of each.

    The phases of data carriers are independent of those of sync carriers, also where those chose how the data
    is read. So E exp(λ(a·sync + b·data)) ≤ exp(λ² (a² + b²) / 2), and with a² + b² = 1 the bound on t holds
    for the weighted sum.
    """
    return float(np.sqrt(SYNC_PART) * sync + np.sqrt(1 - SYNC_PART) * data)
