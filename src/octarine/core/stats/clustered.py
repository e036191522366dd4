"""Means of observations that come in clusters: all samples of one seed, all clips of one speaker.

The unit is the cluster. An interval that takes 50 paraphrases of one seed for 50 observations is too narrow,
often by a factor of three (Miller 2024, "Adding error bars to evals", section 2.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from octarine.core.errors import InputError
from octarine.core.estimate import Estimate
from octarine.core.stats.grouping import Grouped, clamped, group, no_spread_interval, resample_count
from octarine.core.stats.inputs import Bounds, confidence_level, declared_bounds
from octarine.core.stats.proportions import proportion
from octarine.core.stats.special import t_quantile

if TYPE_CHECKING:
    import numpy
    from numpy.typing import ArrayLike

    from octarine.core.stats.inputs import Labels

MANY_CLUSTERS = 30
"""From here on the bootstrap's percentiles are trusted; below, they are too narrow and t is used."""


def mean(
    values: ArrayLike,
    clusters: Labels | None = None,
    *,
    rng: numpy.random.Generator,
    confidence: float = 0.95,
    resamples: int = 2000,
    bounds: Bounds | None = (0.0, 1.0),
) -> Estimate:
    """The mean of ``values`` with the interval that suits them. The first rule that fits decides:

    1. every value 0 or 1, every observation its own cluster, and ``bounds`` (0, 1), so that a word error rate
       that happens to be 0 or 1 is no yes or no: ``proportion`` (``wilson``; at 0 and n ``clopper-pearson``);
    2. all clusters have the same mean (always so with one cluster): ``clopper-pearson-clusters``, which is
       ``no_spread_interval``: never of width zero, and all-0 or all-1 is Clopper-Pearson on the clusters;
    3. every value 0 or 1 and ``bounds`` (0, 1): ``clustered_wilson`` (``clustered-wilson``), which keeps its
       coverage near 0 and 1, where the next two fall short (``tests/core/stats/test_stats_coverage.py``);
    4. at least 30 clusters: ``cluster_bootstrap`` (``cluster-bootstrap``);
    5. fewer: ``clustered_mean`` (``clustered-t``).

    Args:
        values: shape (n,), finite, inside ``bounds``.
        clusters: shape (n,), hashable labels; without them every observation stands alone.
        rng: used by the bootstrap only.
        bounds: the least and greatest value possible; ``(0, math.inf)`` for word error rate; None if unknown.

    Raises:
        InputError: empty, not finite, out of bounds, lengths that differ; rule 2 without finite bounds.
    """
    confidence_level(confidence)
    grouped = group(values, clusters, bounds=declared_bounds(bounds))
    if bounds == (0.0, 1.0) and grouped.binary:
        if grouped.clusters == grouped.n:
            return proportion(int(grouped.sums.sum()), grouped.n, confidence)
        return score_interval_of(grouped, confidence)
    if grouped.clusters >= MANY_CLUSTERS:
        return bootstrap_of(grouped, rng, resample_count(resamples), bounds, confidence)
    return t_interval_of(grouped, bounds, confidence)


def clustered_mean(
    values: ArrayLike,
    clusters: Labels | None = None,
    confidence: float = 0.95,
    *,
    bounds: Bounds | None = None,
) -> Estimate:
    """The mean, with the cluster-robust standard error and Student's t on G − 1 degrees of freedom.

    ``values`` and ``clusters`` have shape (n,). The interval is cut to ``bounds``, where they are given.
    Source: Miller 2024, section 2.2; the correction G/(G − 1) and the degrees of freedom: Cameron & Miller
    2015, "A practitioner's guide to cluster-robust inference", J. Human Resources 50:317.
    """
    confidence_level(confidence)
    grouped = group(values, clusters, bounds=declared_bounds(bounds))
    return t_interval_of(grouped, bounds, confidence)


def cluster_bootstrap(
    values: ArrayLike,
    clusters: Labels | None = None,
    *,
    rng: numpy.random.Generator,
    resamples: int = 2000,
    confidence: float = 0.95,
    bounds: Bounds | None = None,
) -> Estimate:
    """The mean, with percentiles of means of G clusters drawn with replacement.

    ``values`` and ``clusters`` have shape (n,). Source: Davison & Hinkley 1997, "Bootstrap methods and their
    application", sections 3.8 (whole clusters) and 5.3 (percentiles).
    """
    confidence_level(confidence)
    grouped = group(values, clusters, bounds=declared_bounds(bounds))
    return bootstrap_of(grouped, rng, resample_count(resamples), bounds, confidence)


def clustered_wilson(values: ArrayLike, clusters: Labels | None = None, confidence: float = 0.95) -> Estimate:
    """The mean of values in [0, 1], with the score interval on what the clusters are worth in observations.

    The effective n is p(1 − p)/SE², at most n, with the cluster-robust SE; t on G − 1 degrees of freedom
    stands in for z. Closed form; it keeps its coverage near 0 and 1, where the bootstrap and t fall short.
    Source: Korn & Graubard 1998, Survey Methodology 24:193 (effective n and degrees of freedom); Franco,
    Little, Louis & Slud 2019, J. Survey Statistics and Methodology 7:334 (with the score interval).
    """
    confidence_level(confidence)
    return score_interval_of(group(values, clusters, bounds=(0.0, 1.0)), confidence)


def score_interval_of(grouped: Grouped, confidence: float) -> Estimate:
    """``clustered_wilson`` of grouped observations."""
    bounds = (0.0, 1.0)
    if grouped.equal_means:
        return _no_spread(grouped, bounds, confidence)
    rate = grouped.mean
    effective = min(rate * (1.0 - rate) / grouped.standard_error() ** 2, grouped.n)
    t = t_quantile(0.5 + confidence / 2.0, grouped.clusters - 1)
    shrink = 1.0 + t * t / effective
    centre = (rate + t * t / (2.0 * effective)) / shrink
    half = t * (rate * (1.0 - rate) / effective + (t / (2.0 * effective)) ** 2) ** 0.5 / shrink
    return clamped(grouped, (centre - half, centre + half), bounds, "clustered-wilson", confidence)


def t_interval_of(grouped: Grouped, bounds: Bounds | None, confidence: float) -> Estimate:
    """``clustered_mean`` of observations already gathered."""
    if grouped.equal_means:
        return _no_spread(grouped, bounds, confidence)
    half = t_quantile(0.5 + confidence / 2.0, grouped.clusters - 1) * grouped.standard_error()
    interval = (grouped.mean - half, grouped.mean + half)
    return clamped(grouped, interval, bounds, "clustered-t", confidence)


def bootstrap_of(
    grouped: Grouped, rng: numpy.random.Generator, resamples: int, bounds: Bounds | None, confidence: float
) -> Estimate:
    """``cluster_bootstrap`` of observations already gathered."""
    import numpy as np

    if grouped.equal_means:
        return _no_spread(grouped, bounds, confidence)
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(grouped.resampled_means(rng, resamples), [tail, 1.0 - tail])
    return clamped(grouped, (float(low), float(high)), bounds, "cluster-bootstrap", confidence)


def _no_spread(grouped: Grouped, bounds: Bounds | None, confidence: float) -> Estimate:
    if bounds is None and grouped.clusters == 1:
        raise InputError(
            "clusters holds one cluster only: it shows nothing of how clusters differ",
            hint="Measure more clusters, or pass bounds=(low, high), the least and greatest value possible.",
        )
    interval = no_spread_interval(grouped.mean, grouped.clusters, bounds, confidence)
    return clamped(grouped, interval, bounds, "clopper-pearson-clusters", confidence)
