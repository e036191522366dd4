"""Two groups of different samples: the difference of their rates, and how surprising it is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from octarine.core.errors import InputError
from octarine.core.estimate import Estimate
from octarine.core.stats.grouping import Grouped, group, resample_count

if TYPE_CHECKING:
    import numpy
    from numpy.typing import ArrayLike

    from octarine.core.stats.inputs import Labels

_BATCH = 4_000_000


def unpaired_difference(first: Estimate, second: Estimate) -> Estimate:
    """``first − second`` of two rates that share no cluster, from their own intervals.

    With d the difference, its ends are d ∓ √((value − its near end)² + (the other's far end − value)²), so
    that each side keeps the interval that suits it. Source: Newcombe 1998, Statistics in Medicine 17:873
    (method 10, for Wilson's intervals); Zou & Donner 2008, Statistics in Medicine 27:1693 (any, "MOVER").

    Raises:
        InputError: the two were made at different confidence.
    """
    if first.confidence != second.confidence:
        raise InputError(
            f"intervals at {first.confidence:g} and {second.confidence:g} cannot be put together",
            hint="Make both at the same confidence.",
        )
    value = first.value - second.value
    return Estimate(
        value,
        value - math.hypot(first.value - first.low, second.high - second.value),
        value + math.hypot(first.high - first.value, second.value - second.low),
        first.n + second.n,
        first.clusters + second.clusters,
        "mover",
        first.confidence,
    )


def unpaired_p_value(
    a: ArrayLike,
    b: ArrayLike,
    a_clusters: Labels | None = None,
    b_clusters: Labels | None = None,
    *,
    rng: numpy.random.Generator,
    resamples: int = 10_000,
) -> float:
    """The two-sided p-value of "a and b are interchangeable", dealing whole clusters to the sides anew.

    The statistic is the absolute difference of the means. For 0/1 values that stand alone it is exact (over
    the hypergeometric distribution); beyond, over ``resamples`` random deals plus the observed one, so it is
    never below 1/(resamples + 1). A label that is on both sides stands for two clusters.

    Source: Fisher 1935, "The design of experiments"; the "plus one": Phipson & Smyth 2010, Stat. Appl. Genet.
    Mol. Biol. 9:39.
    """
    import numpy as np

    first, second = (
        group(a, a_clusters, names=("a", "a_clusters")),
        group(b, b_clusters, names=("b", "b_clusters")),
    )
    alone = first.clusters == first.n and second.clusters == second.n
    if alone and first.binary and second.binary:
        return _exact(first, second)
    sums = np.concatenate([first.sums, second.sums])
    counts = np.concatenate([first.counts, second.counts]).astype(np.float64)
    # Clusters with the same sum and count are interchangeable: deal how many of each kind go to a.
    kinds, multiplicity = np.unique(np.column_stack([sums, counts]), axis=0, return_counts=True)
    total, observations = float(sums.sum()), float(counts.sum())
    threshold = abs(first.mean - second.mean) - 1e-9
    deals, extreme = resample_count(resamples), 0
    batch = max(1, _BATCH // len(kinds))
    for start in range(0, deals, batch):
        dealt = rng.multivariate_hypergeometric(
            multiplicity, first.clusters, size=min(batch, deals - start), method="marginals"
        )
        ours = dealt @ kinds
        difference = ours[:, 0] / ours[:, 1] - (total - ours[:, 0]) / (observations - ours[:, 1])
        extreme += int((np.abs(difference) >= threshold).sum())
    return (1.0 + extreme) / (1.0 + deals)


def _exact(first: Grouped, second: Grouped) -> float:
    n, m = first.n, second.n
    hits = round(float(first.sums.sum() + second.sums.sum()))
    threshold = abs(first.mean - second.mean) - 1e-9
    whole = _log_choices(n + m, hits)
    return min(
        1.0,
        math.fsum(
            math.exp(_log_choices(n, k) + _log_choices(m, hits - k) - whole)
            for k in range(max(0, hits - m), min(n, hits) + 1)
            if abs(k / n - (hits - k) / m) >= threshold
        ),
    )


def _log_choices(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
