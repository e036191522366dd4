"""Rates that a fallible judge reported, corrected by what human labels say of that judge.

Both corrections hold only for the stratum (language, model, risk) that the labels come from.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, SupportsIndex

from octarine.core.errors import InputError
from octarine.core.estimate import Estimate
from octarine.core.stats.grouping import Grouped, group, held, no_spread_interval
from octarine.core.stats.inputs import (
    Bounds,
    confidence_level,
    declared_bounds,
    label_codes,
    numbers,
    same_length,
    whole,
    within,
)
from octarine.core.stats.proportions import proportion
from octarine.core.stats.special import t_quantile

if TYPE_CHECKING:
    import numpy
    from numpy.typing import ArrayLike

    from octarine.core.stats.inputs import BoolArray, FloatArray, Labels


@dataclass(frozen=True, slots=True)
class JudgeCounts:
    """How a judge's yes and no fell on items that people labelled. "Positive" is what the rate counts."""

    true_positive: int
    false_negative: int
    true_negative: int
    false_positive: int

    def __post_init__(self) -> None:
        for field in fields(self):
            whole(getattr(self, field.name), field.name)

    @property
    def sensitivity(self) -> Estimate:
        """The share of the truly positive that the judge calls positive."""
        return self._share(self.true_positive, self.false_negative, "positive")

    @property
    def specificity(self) -> Estimate:
        """The share of the truly negative that the judge calls negative."""
        return self._share(self.true_negative, self.false_positive, "negative")

    def _share(self, right: int, wrong: int, kind: str) -> Estimate:
        if right + wrong == 0:
            raise InputError(
                f"the judge's counts hold no {kind} item, so its errors on those are unknown",
                hint=f"Label outputs of this stratum until some are {kind}.",
            )
        return proportion(right, right + wrong)


def rogan_gladen(
    observed_successes: SupportsIndex,
    n: SupportsIndex,
    counts: JudgeCounts,
    *,
    rng: numpy.random.Generator,
    draws: int = 20_000,
    confidence: float = 0.95,
    effective_n: float | None = None,
    standard_error: float | None = None,
    clusters: SupportsIndex | None = None,
) -> Estimate:
    """The true rate behind a judge's rate p: (p + Sp − 1)/(Se + Sp − 1), cut to [0, 1].

    The interval carries the uncertainty of all three: each is drawn from its Beta posterior under Jeffreys'
    prior, and percentiles of the corrected rate are taken. A draw in which the judge is no better than chance
    (Se + Sp ≤ 1) allows any rate; where many draws fall outside [0, 1] the far end comes from those inside,
    so the interval never shrinks to a point at 0 or 1.

    Where the n outputs come in clusters they are worth fewer: give ``effective_n`` or ``standard_error``.

    Args:
        effective_n: ``n / design_effect(values, clusters)``; more than n counts as n.
        standard_error: the cluster-robust one of p; not at p = 0 or 1, where it is 0 by accident.
        clusters: how many clusters there are, for the record; n if not given.

    Raises:
        InputError: Se + Sp ≤ 1 in the counts; no labels of one kind; every draw outside [0, 1].

    Source: Rogan & Gladen 1978, Am. J. Epidemiology 107:71; propagation after Lang & Reiczigel 2014, Prev.
    Vet. Med. 113:13, with draws in place of their normal approximation.
    """
    observed = proportion(observed_successes, n, confidence)
    units = observed.n if clusters is None else whole(clusters, "clusters", least=1)
    size = _effective_n(observed, effective_n, standard_error)
    value = (observed.value + counts.specificity.value - 1.0) / _gain(counts)
    value = min(max(value, 0.0), 1.0)
    corrected, informative = _drawn_rates(
        observed.value, size, counts, rng, whole(draws, "draws", least=1000)
    )
    low, high = _open_interval(corrected, informative, (1.0 - confidence) / 2.0)
    low, high = min(low, value), max(high, value)
    return Estimate(value, low, high, observed.n, units, "rogan-gladen", confidence)


def prediction_powered(
    labelled_truth: ArrayLike,
    labelled_judge: ArrayLike,
    unlabelled_judge: ArrayLike,
    *,
    clusters: Labels | None = None,
    unlabelled_clusters: Labels | None = None,
    weight: float | None = None,
    confidence: float = 0.95,
    bounds: Bounds | None = (0.0, 1.0),
) -> Estimate:
    """The mean truth, from a few labels and the judge's word on everything.

    mean(truth − λ·judge) over the labelled + λ·mean(judge) over the unlabelled. Unbiased however bad the
    judge is, as long as the labelled are a random part; a good judge makes the interval narrow.

    Args:
        labelled_truth, labelled_judge: shape (n,), the same items in the same order.
        unlabelled_judge: shape (N,), other items.
        clusters, unlabelled_clusters: labels of shape (n,) and (N,), both or neither; a cluster may have
            items in both, and its errors are then added before they are squared.
        weight: λ in [0, 1]; 0 leaves the judge out, 1 is plain PPI; None picks the λ of least variance.
        bounds: the least and greatest value of truth and judge alike.

    The interval is t on the labelled clusters − 1 degrees of freedom. Where the judge's error is the same in
    every labelled cluster (it was never caught wrong), ``no_spread_interval`` bounds what it is elsewhere.
    ``n`` and ``clusters`` of the result count labelled and unlabelled together.

    Source: Angelopoulos et al. 2023, "Prediction-powered inference", Science 382:669 (the mean);
    Angelopoulos, Duchi & Zrnic 2023, "PPI++: efficient prediction-powered inference" (λ).
    """
    level = confidence_level(confidence)
    truth = numbers(labelled_truth, "labelled_truth", declared_bounds(bounds))
    judge = numbers(labelled_judge, "labelled_judge", bounds)
    others = numbers(unlabelled_judge, "unlabelled_judge", bounds)
    same_length(truth, judge, ("labelled_truth", "labelled_judge"))
    given = _tuned_weight(truth, judge, others) if weight is None else within(weight, "weight", 0.0, 1.0)
    error = truth - given * judge
    labelled = _several(error, clusters, ("labelled_truth", "clusters"))
    unlabelled = _several(others, unlabelled_clusters, ("unlabelled_judge", "unlabelled_clusters"))
    spread, groups = _joint_error(error, others, given, clusters, unlabelled_clusters)
    half = t_quantile(0.5 + level / 2.0, labelled.clusters - 1) * spread
    below, above = _unseen_error(labelled, given, bounds, level)
    mean = labelled.mean + given * unlabelled.mean
    value, low, high = held(mean, mean - half - below, mean + half + above, bounds)
    items = labelled.n + unlabelled.n
    return Estimate(value, low, high, items, groups, "prediction-powered", confidence)


def _gain(counts: JudgeCounts) -> float:
    sensitivity, specificity = counts.sensitivity.value, counts.specificity.value
    gain = sensitivity + specificity - 1.0
    if gain <= 1e-12:
        raise InputError(
            f"the judge is no better than chance on these labels (sensitivity {sensitivity:.3f}, "
            f"specificity {specificity:.3f}, sum at most 1), so no rate can be recovered",
            hint="Use a better judge, or collect human labels of this stratum and report their rate.",
        )
    return gain


def _effective_n(observed: Estimate, effective_n: float | None, standard_error: float | None) -> float:
    """How many independent outputs the observed rate is worth; never more than there are."""
    if effective_n is not None and standard_error is not None:
        raise InputError("effective_n and standard_error say the same thing: give one of them")
    if effective_n is not None:
        return min(within(effective_n, "effective_n", 0.0, float("inf"), open_ends=True), observed.n)
    if standard_error is None:
        return observed.n
    error = within(standard_error, "standard_error", 0.0, float("inf"), open_ends=True)
    variance = observed.value * (1.0 - observed.value)
    if variance == 0.0:
        raise InputError(
            "standard_error says nothing of a rate of 0 or 1",
            hint="Pass effective_n, at worst the number of clusters.",
        )
    return min(variance / error**2, observed.n)


def _drawn_rates(
    rate: float, size: float, counts: JudgeCounts, rng: numpy.random.Generator, draws: int
) -> tuple[FloatArray, BoolArray]:
    """Corrected rates, not cut to [0, 1], shape (draws,), and in which of them Se + Sp is above 1."""
    import numpy as np

    apparent = rng.beta(rate * size + 0.5, (1.0 - rate) * size + 0.5, draws)
    sensitivity = rng.beta(counts.true_positive + 0.5, counts.false_negative + 0.5, draws)
    specificity = rng.beta(counts.true_negative + 0.5, counts.false_positive + 0.5, draws)
    gains = sensitivity + specificity - 1.0
    informative = gains > 0.0
    return (apparent + specificity - 1.0) / np.where(informative, gains, np.inf), informative


def _open_interval(corrected: FloatArray, informative: BoolArray, tail: float) -> tuple[float, float]:
    """Percentiles of the drawn rates, as wide as uninformative draws and draws outside leave open."""
    import numpy as np

    inside = corrected[informative & (corrected >= 0.0) & (corrected <= 1.0)]
    if len(inside) == 0:
        raise InputError(
            "the observed rate cannot come from a judge with these counts: "
            "every draw gives a true rate outside [0, 1]",
            hint="The judge's errors differ here. Label outputs of this stratum and use their counts.",
        )
    low = np.quantile(np.where(informative, corrected.clip(0.0, 1.0), 0.0), tail)
    high = np.quantile(np.where(informative, corrected.clip(0.0, 1.0), 1.0), 1.0 - tail)
    inner_low, inner_high = np.quantile(inside, [tail, 1.0 - tail])
    return float(min(low, inner_low)), float(max(high, inner_high))


def _tuned_weight(truth: FloatArray, judge: FloatArray, others: FloatArray) -> float:
    """The λ that makes the variance least: Cov(truth, judge) / ((1 + n/N)·Var(judge)), cut to [0, 1]."""
    import numpy as np

    variance = float(np.concatenate([judge, others]).var(ddof=1))
    if variance <= 0.0:
        return 0.0
    covariance = float(((truth - truth.mean()) * (judge - judge.mean())).mean())
    return min(max(covariance / ((1.0 + len(judge) / len(others)) * variance), 0.0), 1.0)


def _several(values: FloatArray, clusters: Labels | None, names: tuple[str, str]) -> Grouped:
    grouped = group(values, clusters, names=names)
    if grouped.clusters < 2:
        raise InputError(f"{names[0]} must come from at least 2 clusters, not {grouped.clusters}")
    return grouped


def _joint_error(
    error: FloatArray,
    others: FloatArray,
    weight: float,
    clusters: Labels | None,
    unlabelled_clusters: Labels | None,
) -> tuple[float, int]:
    """The standard error over the clusters of both parts together, and how many clusters those are."""
    import numpy as np

    if (clusters is None) != (unlabelled_clusters is None):
        raise InputError("clusters and unlabelled_clusters must be given both or neither")
    if clusters is None or unlabelled_clusters is None:
        codes, groups = np.arange(len(error) + len(others)), len(error) + len(others)
    else:
        codes, groups = label_codes([*clusters, *unlabelled_clusters], "clusters")
    parts = []
    for values, scale, own in (
        (error, 1.0, codes[: len(error)]),
        (others, weight, codes[len(error) :]),
    ):
        size = len(np.unique(own))
        parts.append(scale * (values - values.mean()) / len(values) * (size / (size - 1.0)) ** 0.5)
    influence = np.bincount(codes, weights=np.concatenate(parts), minlength=groups)
    return float((influence**2).sum()) ** 0.5, groups


def _unseen_error(
    labelled: Grouped, weight: float, bounds: Bounds | None, confidence: float
) -> tuple[float, float]:
    """How far the mean of truth − λ·judge may lie below and above where no labelled cluster differs."""
    if not labelled.equal_means:
        return 0.0, 0.0
    reach = None if bounds is None else (bounds[0] - weight * bounds[1], bounds[1] - weight * bounds[0])
    low, high = no_spread_interval(labelled.mean, labelled.clusters, reach, confidence)
    return labelled.mean - low, high - labelled.mean
