"""How surely a mark is there: the probability of a false alarm, over everything that was tried.

The phases of the carriers come from the key, and a picture that was never marked with it knows nothing of
them. So, for any picture and any map, chosen in any way that looks at powers alone, the phase between what is
heard on a carrier and what the key says is uniform, and independent between carriers. For non-negative
weights w and such phases θ,

    E exp(λ Σ w cos θ) = Π I₀(λ w),   so   P(Σ w cos θ ≥ s) ≤ Π I₀(λ w) exp(−λ s)   for every λ ≥ 0

(Chernoff's bound), and since I₀(x) ≤ exp(x²/4), also P(Σ w cos θ ≥ t √(Σ w² / 2)) ≤ exp(−t² / 2). Both hold
for every s and every picture: nothing is assumed Gaussian. The first is far less where few carriers agree
nearly as well as they can. Each thing that was tried (map, shift, sign, variant, payload) adds its own bound
(Boole).
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import numpy.typing as npt


class Confidence(StrEnum):
    """How surely the mark is there. The bounds are probabilities of a false alarm for one picture or
    video, over all keys that are asked."""

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


SLOPES = np.geomspace(1.0, 500.0, 80)
"""The λ of which the least bound is taken, where √(Σ w² / 2) is 1. They are fixed, so the bound falls with t
and is a p-value."""
PLAIN = 3.0
"""t up to which exp(−t²/2) is as good."""


def log_tail(
    heard: npt.NDArray[np.complexfloating], expected: npt.NDArray[np.complexfloating], log_tries: float
) -> float:
    """The natural logarithm of the p-value, at most 0, of the largest of exp(``log_tries``) sums such as that
    of ``heard`` over ``expected``: see the head of the file."""
    t = standing(heard, expected)
    bound = -(max(t, 0.0) ** 2) / 2
    if t > PLAIN:
        bound = min(bound, float(np.min(log_moments(np.abs(heard)) - SLOPES * t)))
    return min(0.0, log_tries + bound)


def plain_tail(t: float, log_tries: float) -> float:
    """The same of exp(−t²/2), which holds for sums of random signs too (Hoeffding, 1963)."""
    return min(0.0, log_tries - max(t, 0.0) ** 2 / 2)


def log_moments(strength: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Σ log I₀(λ w) for each of ``SLOPES``, of strengths w (n,) that are scaled to √(Σ w² / 2) = 1."""
    audible = strength[strength > 0].astype(np.float64)
    x = SLOPES[:, None] * (audible / np.sqrt((audible**2).sum() / 2))
    # Beyond 30, Hankel's expansion to three terms is exact to 1e-5, and its rest is added.
    far = np.maximum(x, 30.0)
    large = far - np.log(2 * np.pi * far) / 2 + np.log1p(1 / (8 * far) + 9 / (128 * far**2) + 0.1 / far**3)
    return np.asarray(np.where(x > 30, large, np.log(np.i0(np.minimum(x, 30.0)))).sum(1))


def either(*log_p: float) -> float:
    """The p-value of the least of several tests (Bonferroni), as a logarithm."""
    return min(0.0, min(log_p) + float(np.log(len(log_p))))


SYNC_PART = 1 / 3
"""Of the energy of all carriers, what sync carriers have, about."""


def together(
    sync: npt.NDArray[np.complexfloating], data: npt.NDArray[np.complexfloating]
) -> npt.NDArray[np.complex128]:
    """Sync and data carriers in one, each over what is expected of it, for ``log_tail``: of unit standing
    each, and weighted by the energy that they have in a mark.

    The phases of data carriers are independent of those of sync carriers, also where those chose how the data
    is read; so the bound holds for both as it does for each.
    """
    parts = ((sync, SYNC_PART), (data, 1 - SYNC_PART))
    sizes = [max(float(np.sqrt((np.abs(part) ** 2).sum() / 2)), 1e-12) for part, _ in parts]
    return np.concatenate(
        [part * (np.sqrt(share) / size) for (part, share), size in zip(parts, sizes, strict=True)]
    )
