"""Observations gathered into clusters: the sums and counts that every clustered method works from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from octarine.core.errors import InputError
from octarine.core.estimate import Estimate
from octarine.core.stats.inputs import Bounds, label_codes, numbers, same_length, whole
from octarine.core.stats.proportions import clopper_pearson

if TYPE_CHECKING:
    import numpy
    from numpy.typing import ArrayLike

    from octarine.core.stats.inputs import FloatArray, IntArray, Labels

_BATCH = 4_000_000
"""Weights held at once while resampling: 32 MB."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """``sums`` and ``counts`` of the observations of each cluster, both of shape (clusters,).

    ``binary`` tells whether every observation is 0 or 1.
    """

    sums: FloatArray
    counts: IntArray
    binary: bool

    @property
    def n(self) -> int:
        return int(self.counts.sum())

    @property
    def clusters(self) -> int:
        return len(self.counts)

    @property
    def mean(self) -> float:
        """The mean of all observations, so a cluster weighs as much as it has observations."""
        return float(self.sums.sum()) / self.n

    @property
    def equal_means(self) -> bool:
        """Whether every cluster has the same mean, so that the data show no variance between clusters."""
        means = self.sums / self.counts
        return float(means.max() - means.min()) <= 1e-12 * max(1.0, float(abs(means).max()))

    def standard_error(self) -> float:
        """The cluster-robust standard error of ``mean``, with the correction G/(G − 1); needs G ≥ 2.

        Source: Miller 2024, "Adding error bars to evals", section 2.2: the double sum there over pairs within
        a cluster is the squared sum of that cluster's residuals. The correction is Stata's (CR1).
        """
        groups = self.clusters
        residuals = self.sums - self.mean * self.counts
        return float((groups / (groups - 1.0) * (residuals**2).sum()) ** 0.5) / self.n

    def resampled_means(self, rng: numpy.random.Generator, resamples: int) -> FloatArray:
        """Means of ``resamples`` draws of G clusters with replacement, shape (resamples,).

        Clusters with the same sum and count are interchangeable, so only how often each such kind is drawn is
        drawn, which is a multinomial: with 0/1 values there are few kinds however many clusters there are.
        The kinds are sorted, so the order of the observations does not matter.
        """
        import numpy as np

        pairs = np.column_stack([self.sums, self.counts])
        kinds, multiplicity = np.unique(pairs, axis=0, return_counts=True)
        batch = max(1, _BATCH // len(kinds))
        means = []
        for start in range(0, resamples, batch):
            size = min(batch, resamples - start)
            drawn = rng.multinomial(self.clusters, multiplicity / self.clusters, size=size) @ kinds
            means.append(drawn[:, 0] / drawn[:, 1])
        return np.concatenate(means)


def group(
    values: ArrayLike,
    clusters: Labels | None,
    *,
    bounds: Bounds | None = None,
    names: tuple[str, str] = ("values", "clusters"),
) -> Grouped:
    """Gather ``values`` by cluster label; without labels each observation is a cluster of its own."""
    import numpy as np

    array = numbers(values, names[0], bounds)
    binary = bool(((array == 0.0) | (array == 1.0)).all())
    if clusters is None:
        return Grouped(array, np.ones(len(array), dtype=np.int64), binary)
    same_length(array, clusters, names)
    codes, groups = label_codes(clusters, names[1])
    sums = np.bincount(codes, weights=array, minlength=groups)
    return Grouped(sums.astype(np.float64), np.bincount(codes, minlength=groups).astype(np.int64), binary)


def no_spread_interval(
    value: float, clusters: int, bounds: Bounds | None, confidence: float
) -> tuple[float, float]:
    """The interval of a mean where all ``clusters`` gave the same ``value`` and so show no variance at all.

    Let q be the share of clusters, of all that could have been drawn, that would give something else. None of
    G did, so q is at most u, the Clopper-Pearson upper bound for 0 of G. Whatever those would give lies
    within ``bounds``, so the mean lies in [(1 − u)·value + u·low, (1 − u)·value + u·high]. Nothing is assumed
    about the correlation inside clusters, which such data cannot show. At a bound it is Clopper-Pearson on
    the number of clusters; with one cluster it is nearly all of ``bounds``, which is all that is known.
    """
    if bounds is None or not (abs(bounds[0]) < float("inf") and abs(bounds[1]) < float("inf")):
        raise InputError(
            "values have the same mean in every cluster, so they alone cannot give an interval",
            hint="Pass bounds=(low, high), the least and greatest value possible, or measure more clusters.",
        )
    other = clopper_pearson(0, clusters, confidence).high
    low = (1.0 - other) * value + other * bounds[0]
    high = (1.0 - other) * value + other * bounds[1]
    return low, high


def clamped(
    grouped: Grouped, interval: tuple[float, float], bounds: Bounds | None, method: str, confidence: float
) -> Estimate:
    """The ``Estimate`` of ``grouped.mean`` with ``interval`` cut to ``bounds``."""
    value, low, high = held(grouped.mean, *interval, bounds)
    return Estimate(value, low, high, grouped.n, grouped.clusters, method, confidence)


def held(value: float, low: float, high: float, bounds: Bounds | None) -> tuple[float, float, float]:
    """``value``, ``low`` and ``high`` cut to ``bounds``; the interval holds its value despite rounding."""
    floor, ceiling = bounds or (-float("inf"), float("inf"))
    inside = min(max(value, floor), ceiling)
    return inside, min(max(low, floor), inside), max(min(high, ceiling), inside)


def resample_count(resamples: int) -> int:
    """``resamples`` as a number large enough for a percentile."""
    return whole(resamples, "resamples", least=100)
