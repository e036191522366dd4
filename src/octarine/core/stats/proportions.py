"""Intervals for k successes in n independent trials. Plain Python: a page of rates costs no numpy import."""

from __future__ import annotations

import math
from typing import SupportsIndex

from octarine.core.errors import InputError
from octarine.core.estimate import Estimate
from octarine.core.stats.inputs import confidence_level, whole
from octarine.core.stats.special import beta_quantile, normal_quantile


def proportion(successes: SupportsIndex, n: SupportsIndex, confidence: float = 0.95) -> Estimate:
    """The rate ``successes / n`` with the interval to show by default.

    Wilson, whose coverage is near nominal on average; Clopper-Pearson at 0 and ``n``, where a guarantee is
    what a reader wants ("none in 300" has the two-sided upper bound 1 − (α/2)^(1/n) ≈ 3.7/n; the one-sided
    "rule of three" is 3/n). For trials in clusters (samples of one seed) use ``mean``.

    Raises ``InputError`` unless 0 ≤ successes ≤ n and n ≥ 1.
    """
    k, total = _counts(successes, n)
    return (clopper_pearson if k in (0, total) else wilson)(k, total, confidence)


def wilson(successes: SupportsIndex, n: SupportsIndex, confidence: float = 0.95) -> Estimate:
    """The score interval. Source: Wilson 1927, JASA 22:209; Brown, Cai & DasGupta 2001, section 3.1.1."""
    k, total = _counts(successes, n)
    z = normal_quantile(0.5 + confidence_level(confidence) / 2.0)
    rate = k / total
    shrink = 1.0 + z * z / total
    centre = (rate + z * z / (2.0 * total)) / shrink
    half = z * math.sqrt(rate * (1.0 - rate) / total + (z / (2.0 * total)) ** 2) / shrink
    return _estimate(k, total, centre - half, centre + half, "wilson", confidence)


def clopper_pearson(successes: SupportsIndex, n: SupportsIndex, confidence: float = 0.95) -> Estimate:
    """The exact interval: covers at least ``confidence`` whatever the true rate.

    Source: Clopper & Pearson 1934, Biometrika 26:404, as beta quantiles (Brown, Cai & DasGupta 2001, (4)).
    """
    k, total = _counts(successes, n)
    tail = (1.0 - confidence_level(confidence)) / 2.0
    low = beta_quantile(tail, k, total - k + 1) if k else 0.0
    # By the mirror image, so that k and n − k successes get mirrored intervals to the last digit.
    high = 1.0 - beta_quantile(tail, total - k, k + 1) if k < total else 1.0
    return _estimate(k, total, low, high, "clopper-pearson", confidence)


def _counts(successes: SupportsIndex, n: SupportsIndex) -> tuple[int, int]:
    total = whole(n, "n", least=1)
    k = whole(successes, "successes")
    if k > total:
        raise InputError(f"successes must be at most n, not {k} of {total}")
    return k, total


def _estimate(k: int, n: int, low: float, high: float, method: str, confidence: float) -> Estimate:
    # At 0 and n the bound on that side is exact; elsewhere only rounding can put it past the rate.
    rate = k / n
    return Estimate(
        value=rate,
        low=0.0 if k == 0 else min(max(low, 0.0), rate),
        high=1.0 if k == n else max(min(high, 1.0), rate),
        n=n,
        clusters=n,
        method=method,
        confidence=confidence,
    )
