"""Two systems on the same samples: the difference of their rates, and how surprising it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, SupportsIndex

from octarine.core.estimate import Estimate
from octarine.core.stats.clustered import MANY_CLUSTERS, bootstrap_of, t_interval_of
from octarine.core.stats.grouping import Grouped, group, resample_count
from octarine.core.stats.inputs import (
    Bounds,
    confidence_level,
    declared_bounds,
    numbers,
    same_length,
    whole,
)
from octarine.core.stats.special import binomial_cdf

if TYPE_CHECKING:
    import numpy
    from numpy.typing import ArrayLike

    from octarine.core.stats.inputs import FloatArray, Labels

_ENUMERABLE = 14
"""Up to 2^14 sign patterns are counted one by one."""
_BATCH = 4_000_000


def mcnemar_exact(b: SupportsIndex, c: SupportsIndex) -> float:
    """The two-sided exact p-value of McNemar's test for independent pairs.

    ``b`` and ``c`` count the discordant pairs: only the first system succeeded, only the second did. Under
    the null hypothesis either is as likely. Source: McNemar 1947, Psychometrika 12:153; Fay 2010,
    Biostatistics 11:373 (exact).
    """
    first, second = whole(b, "b"), whole(c, "c")
    return min(1.0, 2.0 * binomial_cdf(min(first, second), first + second, 0.5))


def paired_difference(
    a: ArrayLike,
    b: ArrayLike,
    clusters: Labels | None = None,
    *,
    rng: numpy.random.Generator,
    resamples: int = 2000,
    confidence: float = 0.95,
    bounds: Bounds | None = (0.0, 1.0),
) -> Estimate:
    """``mean(a) − mean(b)`` over the same samples in the same order; ``a`` and ``b`` have shape (n,).

    The differences of the pairs are one set of clustered values. As in ``mean``: percentiles of the cluster
    bootstrap from 30 clusters on (``paired-cluster-bootstrap``), t below (``paired-clustered-t``); where all
    clusters show the same difference, as where two models agree on everything,
    ``paired-clopper-pearson-clusters``, so that "no difference seen" in 10 clusters is not "no difference".

    Args:
        bounds: the least and greatest value that one observation of ``a`` or ``b`` can take.
    """
    confidence_level(confidence)
    grouped = _differences(a, b, clusters, bounds)
    spread = None if bounds is None else (bounds[0] - bounds[1], bounds[1] - bounds[0])
    if grouped.clusters >= MANY_CLUSTERS:
        estimate = bootstrap_of(grouped, rng, resample_count(resamples), spread, confidence)
    else:
        estimate = t_interval_of(grouped, spread, confidence)
    return replace(estimate, method=f"paired-{estimate.method}")


def paired_p_value(
    a: ArrayLike,
    b: ArrayLike,
    clusters: Labels | None = None,
    *,
    rng: numpy.random.Generator,
    resamples: int = 10_000,
) -> float:
    """The two-sided p-value of "a and b are interchangeable", flipping the signs of whole clusters.

    Exact over all 2^G patterns up to 14 clusters that differ; beyond, over ``resamples`` random patterns plus
    the observed one, so it is never below 1/(resamples + 1). For 0/1 values that stand alone it is exactly
    ``mcnemar_exact``. Source: Fisher 1935, "The design of experiments"; the "plus
    one": Phipson & Smyth 2010, Stat. Appl. Genet. Mol. Biol. 9:39.
    """
    import numpy as np

    first, second = numbers(a, "a"), numbers(b, "b")
    grouped = _differences(first, second, clusters, None)
    sums = grouped.sums[np.abs(grouped.sums) > 1e-12 * max(1.0, float(np.abs(grouped.sums).max()))]
    if grouped.clusters == grouped.n and _binary(first) and _binary(second):
        return mcnemar_exact(int((sums > 0).sum()), int((sums < 0).sum()))
    if len(sums) == 0:
        return 1.0
    # Rounding must not let a pattern as extreme as the observed one count as less extreme.
    threshold = abs(float(sums.sum())) - 1e-9 * float(np.abs(sums).sum())
    if len(sums) <= _ENUMERABLE:
        patterns = np.arange(2 ** len(sums))[:, None] >> np.arange(len(sums)) & 1
        return float((np.abs((2.0 * patterns - 1.0) @ sums) >= threshold).mean())
    flips = resample_count(resamples)
    return (1.0 + _at_least(sums, threshold, rng, flips)) / (1.0 + flips)


def _at_least(sums: FloatArray, threshold: float, rng: numpy.random.Generator, flips: int) -> int:
    """In how many of ``flips`` random sign patterns the total is at least ``threshold`` in size."""
    import numpy as np

    # Clusters with the same absolute sum are interchangeable: draw how many of each size are positive.
    sizes, multiplicity = np.unique(np.abs(sums), return_counts=True)
    batch = max(1, _BATCH // len(sizes))
    count = 0
    for start in range(0, flips, batch):
        positive = rng.binomial(multiplicity, 0.5, size=(min(batch, flips - start), len(sizes)))
        count += int((np.abs((2.0 * positive - multiplicity) @ sizes) >= threshold).sum())
    return count


def _differences(a: ArrayLike, b: ArrayLike, clusters: Labels | None, bounds: Bounds | None) -> Grouped:
    declared_bounds(bounds)
    first, second = numbers(a, "a", bounds), numbers(b, "b", bounds)
    same_length(first, second, ("a", "b"))
    return group(first - second, clusters, names=("a", "clusters"))


def _binary(values: FloatArray) -> bool:
    return bool(((values == 0.0) | (values == 1.0)).all())
