"""Steps to elicit as survival curves: how long a model holds out, when attempts end at a budget.

An attempt that was stopped at its budget is right-censored: it says "longer than this", not "never" and not
"at the budget". Every interval is by seed: the clusters' sums of the estimator's influence functions give its
variance (Ying & Wei 1994, J. Multivariate Analysis 50:17), which for observations that each stand alone is
Greenwood's, term for term. Censoring must not tell of what would have come (a budget does not).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from octarine.core.errors import InputError
from octarine.core.estimate import Estimate
from octarine.core.stats.attempts import NOTHING, Attempts, gather
from octarine.core.stats.grouping import held, no_spread_interval
from octarine.core.stats.inputs import confidence_level, label_codes, same_length
from octarine.core.stats.special import beta_cdf, normal_quantile, t_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from octarine.core.stats.inputs import FloatArray, IntArray, Labels


@dataclass(frozen=True, slots=True, eq=False)
class SurvivalCurve:
    """The Kaplan–Meier estimate of P(steps to elicit > t). Arrays have one entry for each observed step.

    Attributes:
        steps: the distinct times, elicited or censored, ascending.
        at_risk, events: attempts not yet elicited or stopped just before a step; those elicited at it.
        clusters_at_risk: how many clusters ``at_risk`` come from.
        survival, variance: the estimate after each step and its variance (0 where the data show none).
        low, high: the pointwise interval after each step.
        n, clusters, method, confidence: as in ``Estimate``.
    """

    steps: FloatArray
    at_risk: IntArray
    events: IntArray
    clusters_at_risk: IntArray
    survival: FloatArray
    variance: FloatArray
    low: FloatArray
    high: FloatArray
    n: int
    clusters: int
    method: str
    confidence: float

    def at(self, step: float) -> Estimate:
        """The share of attempts still not elicited after ``step`` steps.

        Raises ``InputError`` past the last observed step, unless every attempt was elicited by then.
        """
        if not step >= 0.0:
            raise InputError(f"step must be at least 0, not {step:g}")
        if step > self.steps[-1] and self.survival[-1] > 0.0:
            raise InputError(f"step must be at most {self.steps[-1]:g}, the last observed, not {step:g}")
        row = int(self.steps.searchsorted(step, side="right")) - 1
        if row >= 0 and self.survival[row] < 1.0:
            return self._estimate(float(self.survival[row]), float(self.low[row]), float(self.high[row]))
        # Nobody was elicited yet: all that are known to have got past this step say so.
        survivors = int(self.clusters_at_risk[self.steps.searchsorted(step, side="left")])
        return self._estimate(1.0, *no_spread_interval(1.0, survivors, (0.0, 1.0), self.confidence))

    def median(self) -> Estimate:
        """The first step by which half the attempts are elicited; ``math.inf`` where the budget came first.

        The interval is where the pointwise limits cross one half; ``low`` 0 or ``high`` infinite: they do not
        cross in what was seen. Source: Brookmeyer & Crowley 1982, Biometrics 38:29. The limits need
        not be monotone, so the first crossing of the lower and the last of the upper one counts.
        """
        import numpy as np

        low = _first_at_most_half(self.steps, self.low)
        high = _first_at_most_half(self.steps, np.maximum.accumulate(self.high[::-1])[::-1])
        if self.at(0.0).low <= 0.5:
            low = 0.0
        return self._estimate(_first_at_most_half(self.steps, self.survival), low, high)

    def _estimate(self, value: float, low: float, high: float) -> Estimate:
        return Estimate(value, low, high, self.n, self.clusters, self.method, self.confidence)


@dataclass(frozen=True, slots=True)
class LogRank:
    """Two groups compared: what was observed, and what would be expected were they alike.

    Attributes:
        first: the label of the group that ``observed`` and ``expected`` count elicitations of.
        observed, expected: elicitations in that group; their expectation given who is at risk at each step.
        statistic: (observed − expected) over its standard error; positive: ``first`` is elicited sooner.
        p_value: two-sided.
        n, clusters, method: as in ``Estimate``; ``log-rank`` or ``clustered-log-rank``.
    """

    first: object
    observed: int
    expected: float
    statistic: float
    p_value: float
    n: int
    clusters: int
    method: str


def survival_curve(
    times: ArrayLike, elicited: ArrayLike, clusters: Labels | None = None, confidence: float = 0.95
) -> SurvivalCurve:
    """The Kaplan–Meier curve of steps to elicit with pointwise log-log intervals.

    With every attempt on its own (``kaplan-meier``) the variance is Greenwood's and the quantile normal. With
    clusters (``clustered-kaplan-meier``) the variance is the robust one with the correction G/(G − 1), and t
    on G − 1 degrees of freedom stands in for z. Where the data show no variance (nobody elicited yet, all
    clusters alike) the interval is ``no_spread_interval`` on the clusters still at risk; where all are
    elicited, the upper limit is that of the step before, as a survival function never rises.

    Args:
        times: shape (n,), the steps taken, at least 0, elicited or not.
        elicited: shape (n,), 0/1 or bool; 0 where the attempt was stopped at its budget.
        clusters: shape (n,), the seed of each attempt; without it every attempt stands alone.

    Source: Kaplan & Meier 1958, JASA 53:457; Greenwood 1926; log-log: Kalbfleisch & Prentice 1980, "The
    statistical analysis of failure time data"; clusters: Ying & Wei 1994.

    Raises ``InputError`` for times below 0, anything but 0 and 1 in ``elicited``, lengths that differ.
    """
    confidence_level(confidence)
    seen = gather(times, elicited, clusters)
    survival = seen.survival()
    relative = seen.relative_variance()
    at_risk_clusters = seen.clusters_at_risk()
    low, high = _limits(seen, survival, relative, at_risk_clusters, confidence)
    return SurvivalCurve(
        steps=seen.steps,
        at_risk=seen.at_risk,
        events=seen.events,
        clusters_at_risk=at_risk_clusters,
        survival=survival,
        variance=relative * survival**2,
        low=low,
        high=high,
        n=len(seen.rows),
        clusters=seen.clusters,
        method="kaplan-meier" if seen.alone else "clustered-kaplan-meier",
        confidence=confidence,
    )


def restricted_mean_steps(
    times: ArrayLike,
    elicited: ArrayLike,
    clusters: Labels | None = None,
    *,
    horizon: float | None = None,
    confidence: float = 0.95,
) -> Estimate:
    """The mean of min(steps to elicit, ``horizon``): the area under the Kaplan–Meier curve up to ``horizon``.

    Finite and comparable where the median is beyond the budget. The horizon is the greatest time unless
    given; compare two systems at the same one. Arguments as in ``survival_curve``. The interval is t on
    G − 1 degrees of freedom with the robust variance and G/(G − 1); where nobody is stopped before the
    horizon it equals ``clustered_mean`` of min(times, horizon). Source: Klein & Moeschberger 2003, "Survival
    analysis", section 4.5, whose variance it is but for G/(G − 1) where each attempt stands alone.

    Raises ``InputError`` for a horizon past the last observed step, unless every attempt was elicited.
    """
    confidence_level(confidence)
    seen = gather(times, elicited, clusters)
    survival = seen.survival()
    end = float(seen.steps[-1]) if horizon is None else float(horizon)
    if not 0.0 < end < math.inf or (end > seen.steps[-1] and survival[-1] > 0.0):
        raise InputError(
            f"horizon must lie above 0 and up to {seen.steps[-1]:g}, the last observed step, not {end:g}",
            hint="What comes after the budget was not observed.",
        )
    value, effects = _area(seen, survival, end)
    sums = seen.by_cluster(effects)
    method = "restricted-mean" if seen.alone else "clustered-restricted-mean"
    if seen.clusters == 1 or float(abs(sums).max()) <= NOTHING * end:
        # What all clusters show alike was shown by those at risk at the last elicitation, or to the end.
        shown = (seen.events > 0) & (seen.steps < end)
        row = int(shown.nonzero()[0][-1]) if shown.any() else int(seen.steps.searchsorted(end))
        interval = no_spread_interval(value, int(seen.clusters_at_risk()[row]), (0.0, end), confidence)
    else:
        groups = seen.clusters
        error = math.sqrt(groups / (groups - 1.0) * float(sums @ sums))
        half = t_quantile(0.5 + confidence / 2.0, groups - 1) * error
        interval = (value - half, value + half)
    value, low, high = held(value, *interval, (0.0, end))
    return Estimate(value, low, high, len(seen.rows), seen.clusters, method, confidence)


def log_rank(
    times: ArrayLike, elicited: ArrayLike, groups: Labels, clusters: Labels | None = None
) -> LogRank:
    """The log-rank test of "both groups are elicited at the same rate at every step".

    ``times``, ``elicited`` and ``clusters`` are as in ``survival_curve``; ``groups``, shape (n,), holds two
    labels, and the first to appear is ``LogRank.first``. With every attempt on its own the variance is
    hypergeometric. With clusters, which may hold attempts of one group or of both (the same seeds under two
    techniques), it is the one-sample t test on the clusters' scores, which sum to observed − expected; where
    all G scores are equal and not 0 the p-value is that of a sign test, 2^(1 − G).

    Source: Mantel 1966, Cancer Chemotherapy Reports 50:163; the scores: Lin & Wei 1989, JASA 84:1074,
    at β = 0. Raises ``InputError`` unless there are two groups, and for a single cluster.
    """
    import numpy as np

    seen = gather(times, elicited, clusters)
    same_length(seen.rows.tolist(), groups, ("times", "groups"))
    group_codes, count = label_codes(groups, "groups")
    if count != 2:
        raise InputError(f"groups must hold two labels, not {count}")
    if seen.clusters == 1 and not seen.alone:
        raise InputError("clusters holds one cluster only: it shows nothing of how clusters differ")
    first = group_codes == 0
    at_risk = seen.risk_of(first)
    share = at_risk / seen.at_risk
    observed = int((first & seen.elicited).sum())
    expected = float(share @ seen.events)
    difference = observed - expected
    if seen.alone:
        pairs = np.maximum(seen.at_risk - 1, 1)
        terms = seen.events * share * (1.0 - share) * (seen.at_risk - seen.events) / pairs
        statistic, p_value = _normal_test(difference, math.sqrt(float(terms.sum())))
    else:
        # The score of an attempt: Σ over its steps of (Z − Z̄)·(elicited here − hazard).
        hazard = seen.hazard()
        drift = first * np.cumsum(hazard)[seen.rows] - np.cumsum(share * hazard)[seen.rows]
        scores = seen.by_cluster((first - share[seen.rows]) * seen.elicited - drift)
        statistic, p_value = _score_test(scores)
    labels = groups.tolist() if isinstance(groups, np.ndarray) else groups
    return LogRank(
        first=labels[0],
        observed=observed,
        expected=expected,
        statistic=statistic,
        p_value=p_value,
        n=len(seen.rows),
        clusters=seen.clusters,
        method="log-rank" if seen.alone else "clustered-log-rank",
    )


def _limits(
    seen: Attempts, survival: FloatArray, relative: FloatArray, clusters_at_risk: IntArray, confidence: float
) -> tuple[FloatArray, FloatArray]:
    """The pointwise limits after each step; ``relative`` is the variance of log(survival)."""
    import numpy as np

    tail = 0.5 + confidence / 2.0
    quantile = normal_quantile(tail) if seen.alone else t_quantile(tail, max(seen.clusters - 1, 1))
    # no_spread_interval for all steps at once: Clopper-Pearson's upper bound for 0 of G is 1 − (α/2)^(1/G).
    other = 1.0 - ((1.0 - confidence) / 2.0) ** (1.0 / clusters_at_risk)
    low, high = (1.0 - other) * survival, (1.0 - other) * survival + other
    spread = (survival < 1.0) & (survival > 0.0) & (relative > 0.0)
    log = np.log(survival[spread])
    stretch = np.exp(quantile * np.sqrt(relative[spread]) / -log)
    low[spread], high[spread] = np.exp(log * stretch), np.exp(log / stretch)
    if survival[-1] == 0.0 and len(survival) > 1 and survival[-2] < 1.0:
        high[-1] = high[-2]
    return np.minimum(low, survival), np.maximum(np.minimum(high, 1.0), survival)


def _area(seen: Attempts, survival: FloatArray, end: float) -> tuple[float, FloatArray]:
    """The area under the curve up to ``end``, and each attempt's influence on it, shape (n,)."""
    import numpy as np

    edges = np.minimum(np.append(seen.steps, max(end, float(seen.steps[-1]))), end)
    pieces = survival * np.diff(edges)
    after = np.cumsum(pieces[::-1])[::-1]
    left = seen.at_risk - seen.events
    weight = np.where(left > 0, after / np.maximum(left, 1), 0.0)
    effects = np.cumsum(weight * seen.hazard())[seen.rows] - weight[seen.rows] * seen.elicited
    return float(edges[0] + after[0]), effects


def _first_at_most_half(steps: FloatArray, curve: FloatArray) -> float:
    # Halves made of fractions, 5/6 · 3/5, miss 0.5 by a rounding.
    below = (curve <= 0.5 + 1e-12).nonzero()[0]
    return float(steps[below[0]]) if len(below) else math.inf


def _normal_test(difference: float, error: float) -> tuple[float, float]:
    if error == 0.0:
        return 0.0, 1.0
    return difference / error, math.erfc(abs(difference / error) / math.sqrt(2.0))


def _score_test(scores: FloatArray) -> tuple[float, float]:
    """The one-sample t test of "the clusters' scores have mean 0": statistic and two-sided p-value."""
    groups = len(scores)
    if float(abs(scores).max()) <= NOTHING:
        return 0.0, 1.0
    mean = float(scores.mean())
    error = math.sqrt(float(((scores - mean) ** 2).sum()) / (groups * (groups - 1.0)))
    if error <= NOTHING * abs(mean):
        return math.copysign(math.inf, mean), 2.0 ** (1 - groups)
    t, df = mean / error, groups - 1.0
    return t, beta_cdf(df / (df + t * t), df / 2.0, 0.5)
