"""The distribution functions that the intervals need, in plain Python.

Relative error stays under 1e-9 for parameters up to a million (``tests/oracles/test_stats_special.py`` holds
them against SciPy), which is far below the noise of any rate, and it saves a 100 MB dependency.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from octarine.core.errors import InternalError

_NORMAL = NormalDist()
_TINY = 1e-300
_CONVERGED = 1e-15
_CF_LIMIT = 200_000
_ROOT_LIMIT = 400


def normal_quantile(p: float) -> float:
    """The z with P(Z ≤ z) = p, for 0 < p < 1."""
    return _NORMAL.inv_cdf(p)


def beta_cdf(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b) = P(X ≤ x) for X ~ Beta(a, b); a, b > 0.

    Source: Abramowitz & Stegun 26.5.8 (the continued fraction) and 26.5.2 (the reflection, which keeps the
    fraction on the side where it converges in O(√max(a, b)) steps).
    """
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    front = math.exp(a * math.log(x) + b * math.log1p(-x) - _log_beta(a, b))
    if x < (a + 1.0) / (a + b + 2.0):
        return min(front * _beta_fraction(x, a, b) / a, 1.0)
    return max(1.0 - front * _beta_fraction(1.0 - x, b, a) / b, 0.0)


def beta_quantile(p: float, a: float, b: float) -> float:
    """The x with I_x(a, b) = p, for 0 ≤ p ≤ 1: Newton's method inside a bracket that only shrinks."""
    if p <= 0.0:
        return 0.0
    if p >= 1.0:
        return 1.0
    low, high, x = 0.0, 1.0, a / (a + b)
    log_beta = _log_beta(a, b)
    for _ in range(_ROOT_LIMIT):
        error = beta_cdf(x, a, b) - p
        if error > 0.0:
            high = x
        else:
            low = x
        density = math.exp((a - 1.0) * math.log(x) + (b - 1.0) * math.log1p(-x) - log_beta)
        guess = x - error / density if density > 0.0 else math.nan
        if not low < guess < high:
            # From zero, halving would take a thousand steps to reach a quantile near 1e-300.
            guess = (low + high) / 2.0 if low > 0.0 else high / 16.0
        if abs(guess - x) <= _CONVERGED * guess or not low < guess < high:
            return guess
        x = guess
    return x


def t_quantile(p: float, df: float) -> float:
    """The t with P(T ≤ t) = p, for 0 < p < 1 and ``df`` > 0."""
    tail = min(p, 1.0 - p)
    if tail < 1e-6:
        x = beta_quantile(2.0 * tail, df / 2.0, 0.5)
        size = math.sqrt(df * (1.0 - x) / x)
    else:
        # y = t²/(df + t²) is found itself: 1 − x would lose its digits when df is large.
        y = beta_quantile(1.0 - 2.0 * tail, 0.5, df / 2.0)
        size = math.sqrt(df * y / (1.0 - y))
    return -size if p < 0.5 else size


def binomial_cdf(k: int, n: int, p: float) -> float:
    """P(X ≤ k) for X ~ Binomial(n, p)."""
    if k < 0:
        return 0.0
    if k >= n:
        return 1.0
    return beta_cdf(1.0 - p, n - k, k + 1)


def binomial_sf(k: int, n: int, p: float) -> float:
    """P(X > k) for X ~ Binomial(n, p)."""
    if k < 0:
        return 1.0
    if k >= n:
        return 0.0
    return beta_cdf(p, k + 1, n - k)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _beta_fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of I_x(a, b) by the modified Lentz method (Thompson & Barnett 1986)."""
    c, d = 1.0, 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1.0))
    fraction = d
    for m in range(1, _CF_LIMIT):
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        for term in (even, odd):
            d = 1.0 / _away_from_zero(1.0 + term * d)
            c = _away_from_zero(1.0 + term / c)
            fraction *= c * d
        if abs(c * d - 1.0) < _CONVERGED:
            return fraction
    raise InternalError(f"the incomplete beta function did not converge at x={x}, a={a}, b={b}")


def _away_from_zero(number: float) -> float:
    return number if abs(number) > _TINY else _TINY
