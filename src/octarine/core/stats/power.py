"""What a test of a given size can see: to plan with, and to read "no difference" with."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, SupportsIndex

from octarine.core.errors import InputError
from octarine.core.stats.grouping import group
from octarine.core.stats.inputs import confidence_level, whole, within
from octarine.core.stats.special import beta_quantile, binomial_sf, normal_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from octarine.core.stats.inputs import Labels

Direction = Literal["higher", "lower"]


def minimal_detectable_effect(
    n: SupportsIndex,
    baseline: float,
    *,
    confidence: float = 0.95,
    power: float = 0.8,
    design_effect: float = 1.0,
    direction: Direction = "higher",
) -> float:
    """The least distance from ``baseline`` at which ``n`` outputs tell a rate from it with chance ``power``.

    Two-sided exact binomial test at ``confidence``: reject upwards from the least c with
    P(X ≥ c | baseline) ≤ α/2, and solve P(X ≥ c | baseline + δ) = power, a beta quantile. ``n`` is divided by
    ``design_effect`` and rounded down. ``math.inf`` where no rate up to 1 (down to 0) would be told apart.
    """
    size = _effective(whole(n, "n", least=1), design_effect)
    tail, chance = _error_rates(confidence, power)
    start = _mirrored(within(baseline, "baseline", 0.0, 1.0), direction)
    critical = _critical_count(math.floor(size), start, tail)
    if critical > size:
        return math.inf
    return max(beta_quantile(chance, critical, math.floor(size) - critical + 1) - start, 0.0)


def minimal_detectable_difference(
    n1: SupportsIndex,
    n2: SupportsIndex,
    *,
    baseline: float = 0.5,
    confidence: float = 0.95,
    power: float = 0.8,
    design_effect: float = 1.0,
    direction: Direction = "higher",
) -> float:
    """The least difference between two independent rates that samples of ``n1`` and ``n2`` show.

    The first rate is ``baseline`` (0.5 asks the most), the second lies above or below it. Solves
    δ = z(1−α/2)·√(p̄q̄(1/n1 + 1/n2)) + z(power)·√(p1q1/n1 + p2q2/n2), p̄ the pooled rate.
    ``math.inf`` where no rate would do. Source: Fleiss, Levin & Paik 2003, "Statistical methods for rates and
    proportions", section 4.3 (without the continuity correction).
    """
    first = _effective(whole(n1, "n1", least=1), design_effect)
    second = _effective(whole(n2, "n2", least=1), design_effect)
    tail, chance = _error_rates(confidence, power)
    p1 = _mirrored(within(baseline, "baseline", 0.0, 1.0), direction)
    z_test, z_power = normal_quantile(1.0 - tail), normal_quantile(chance)

    def lacking(delta: float) -> float:
        p2 = p1 + delta
        pooled = (first * p1 + second * p2) / (first + second)
        null = math.sqrt(max(pooled * (1.0 - pooled), 0.0) * (1.0 / first + 1.0 / second))
        spread = math.sqrt(p1 * (1.0 - p1) / first + max(p2 * (1.0 - p2), 0.0) / second)
        return z_test * null + z_power * spread - delta

    return _least(lacking, 1.0 - p1)


def paired_minimal_detectable_difference(
    n: SupportsIndex,
    discordant: float,
    *,
    confidence: float = 0.95,
    power: float = 0.8,
    design_effect: float = 1.0,
) -> float:
    """The least difference between two rates on the same ``n`` samples that McNemar's test shows.

    ``discordant`` is the share ψ of samples on which the two disagree. Solves
    δ = (z(1−α/2)·√ψ + z(power)·√(ψ − δ²))/√n; ``math.inf`` where even δ = ψ (all disagreement one way) would
    not do. Source: Connor 1987, Biometrics 43:207.
    """
    size = _effective(whole(n, "n", least=1), design_effect)
    tail, chance = _error_rates(confidence, power)
    share = within(discordant, "discordant", 0.0, 1.0)
    z_test, z_power = normal_quantile(1.0 - tail), normal_quantile(chance)

    def lacking(delta: float) -> float:
        spread = math.sqrt(max(share - delta * delta, 0.0))
        return (z_test * math.sqrt(share) + z_power * spread) / math.sqrt(size) - delta

    return _least(lacking, share)


def design_effect(values: ArrayLike, clusters: Labels) -> float:
    """The variance of the mean of clustered ``values`` over what it would be were each independent.

    ``n / design_effect`` is how many independent observations they are worth. Where all clusters have the
    same mean (always so with one cluster) it cannot be seen, and n/G is returned: each cluster counts once.
    Source: Kish 1965, "Survey sampling", section 8.2.
    """
    grouped = group(values, clusters)
    if grouped.equal_means:
        return grouped.n / grouped.clusters
    return (grouped.standard_error() / group(values, None).standard_error()) ** 2


def _effective(n: int, effect: float) -> float:
    size = n / within(effect, "design_effect", 0.0, math.inf, open_ends=True)
    if size < 1.0:
        raise InputError(f"design_effect must leave at least one observation, not {effect:g} for {n}")
    return size


def _error_rates(confidence: float, power: float) -> tuple[float, float]:
    """The chance of a false alarm on one side, and ``power``."""
    tail = (1.0 - confidence_level(confidence)) / 2.0
    # At or below one half the approximations turn: a difference of 0 would count as found.
    return tail, within(power, "power", 0.5, 1.0, open_ends=True)


def _mirrored(rate: float, direction: Direction) -> float:
    if direction not in ("higher", "lower"):
        raise InputError(f"direction must be 'higher' or 'lower', not {direction!r}")
    return rate if direction == "higher" else 1.0 - rate


def _critical_count(n: int, rate: float, tail: float) -> int:
    """The least c with P(X ≥ c) ≤ tail for X ~ Binomial(n, rate); n + 1 where there is none."""
    low, high = 0, n + 1
    while low < high:
        middle = (low + high) // 2
        if binomial_sf(middle - 1, n, rate) <= tail:
            high = middle
        else:
            low = middle + 1
    return low


def _least(lacking: Callable[[float], float], largest: float) -> float:
    """The one root of ``lacking``, which is positive below it and concave, by bisection; ``inf`` beyond."""
    if lacking(largest) > 0.0:
        return math.inf
    low, high = 0.0, largest
    while high - low > 1e-12:
        middle = (low + high) / 2.0
        if lacking(middle) > 0.0:
            low = middle
        else:
            high = middle
    return high
