"""How well scores rank what should fire above what should not, with intervals by resampling clusters."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from octarine.core.errors import InputError
from octarine.core.estimate import Estimate
from octarine.core.stats.inputs import confidence_level, label_codes, numbers, same_length, within

if TYPE_CHECKING:
    import numpy
    from numpy.typing import ArrayLike, NDArray

    from octarine.core.stats.inputs import Labels

    Measure = Callable[[NDArray[numpy.float64], NDArray[numpy.float64], NDArray[numpy.float64]], float]

RESAMPLES = 200


def area_under_roc(
    labels: ArrayLike, scores: ArrayLike, clusters: Labels | None = None, confidence: float = 0.95
) -> Estimate:
    """The chance that a positive scores above a negative, ties counting half (Hanley and McNeil 1982)."""
    return _ranked(_roc, labels, scores, clusters, confidence)


def average_precision(
    labels: ArrayLike, scores: ArrayLike, clusters: Labels | None = None, confidence: float = 0.95
) -> Estimate:
    """Area under the precision-recall curve, not interpolated: Σ (Rₙ − Rₙ₋₁) Pₙ over distinct scores."""
    return _ranked(_precision, labels, scores, clusters, confidence)


def recall_at(
    labels: ArrayLike,
    scores: ArrayLike,
    false_positive_rate: float,
    clusters: Labels | None = None,
    confidence: float = 0.95,
) -> Estimate:
    """Recall at the lowest threshold that fires on at most this share of the negatives."""
    rate = within(false_positive_rate, "false_positive_rate", 0, 1)
    return _ranked(
        lambda truth, score, weight: _recall(truth, score, weight, rate), labels, scores, clusters, confidence
    )


def calibration_error(
    labels: ArrayLike,
    scores: ArrayLike,
    clusters: Labels | None = None,
    confidence: float = 0.95,
    bins: int = 15,
) -> Estimate:
    """Expected calibration error: mean distance of confidence and frequency over bins of equal width
    (Guo et al. 2017, equation 3)."""
    return _ranked(
        lambda truth, score, weight: _calibration(truth, score, weight, bins),
        labels,
        scores,
        clusters,
        confidence,
    )


def _ranked(
    measure: Measure, labels: ArrayLike, scores: ArrayLike, clusters: Labels | None, confidence: float
) -> Estimate:
    import numpy as np

    truth, score = numbers(labels, "labels", (0, 1)), numbers(scores, "scores")
    same_length(truth, score.tolist(), ("labels", "scores"))
    confidence_level(confidence)
    if not 0 < truth.sum() < len(truth):
        raise InputError("scores can only be ranked where some labels are 1 and some are 0")
    codes, count = (
        (np.arange(len(truth)), len(truth)) if clusters is None else label_codes(clusters, "clusters")
    )
    value = measure(truth, score, np.ones(len(truth)))
    rng = np.random.default_rng(0)
    found: list[float] = []
    while len(found) < RESAMPLES:
        weight = np.bincount(rng.integers(0, count, count), minlength=count)[codes].astype(float)
        if weight[truth == 1].any() and weight[truth == 0].any():
            found.append(measure(truth, score, weight))
    low, high = np.quantile(found, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Estimate(
        value,
        min(value, float(low)),
        max(value, float(high)),
        len(truth),
        count,
        "cluster-bootstrap",
        confidence,
    )


def _roc(
    truth: NDArray[numpy.float64], score: NDArray[numpy.float64], weight: NDArray[numpy.float64]
) -> float:
    import numpy as np

    _, inverse = np.unique(score, return_inverse=True)
    positive = np.bincount(inverse, weight * truth)
    negative = np.bincount(inverse, weight * (1 - truth))
    below = np.cumsum(negative) - negative
    return float((positive * (below + negative / 2)).sum() / (positive.sum() * negative.sum()))


def _precision(
    truth: NDArray[numpy.float64], score: NDArray[numpy.float64], weight: NDArray[numpy.float64]
) -> float:
    import numpy as np

    _, inverse = np.unique(-score, return_inverse=True)
    positive, every = np.bincount(inverse, weight * truth), np.bincount(inverse, weight)
    precision = np.cumsum(positive) / np.maximum(np.cumsum(every), 1e-12)
    return float((positive * precision).sum() / positive.sum())


def _recall(
    truth: NDArray[numpy.float64],
    score: NDArray[numpy.float64],
    weight: NDArray[numpy.float64],
    rate: float,
) -> float:
    import numpy as np

    _, inverse = np.unique(-score, return_inverse=True)
    positive = np.cumsum(np.bincount(inverse, weight * truth))
    negative = np.cumsum(np.bincount(inverse, weight * (1 - truth)))
    fired = np.searchsorted(negative, rate * negative[-1] + 1e-9, side="right")
    return float(positive[fired - 1] / positive[-1]) if fired else 0.0


def _calibration(
    truth: NDArray[numpy.float64],
    score: NDArray[numpy.float64],
    weight: NDArray[numpy.float64],
    bins: int,
) -> float:
    import numpy as np

    place = np.minimum((score * bins).astype(int), bins - 1)
    gap = np.abs(np.bincount(place, weight * truth) - np.bincount(place, weight * score))
    return float(gap.sum() / weight.sum())
