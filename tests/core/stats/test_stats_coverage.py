"""How often the intervals hold the truth, in simulations with fixed seeds."""

import numpy as np
import pytest

from octarine.core.stats import (
    JudgeCounts,
    cluster_bootstrap,
    clustered_mean,
    clustered_wilson,
    mean,
    paired_difference,
    paired_p_value,
    prediction_powered,
    proportion,
    rogan_gladen,
)


def draw(source, groups, size, rate, correlation):
    """0/1 values and labels: each cluster has a rate of its own, Beta, with that intra-class correlation."""
    scale = 1.0 / correlation - 1.0
    rates = source.beta(rate * scale, (1 - rate) * scale, groups)
    return (source.random((groups, size)) < rates[:, None]).astype(float).ravel(), np.repeat(
        range(groups), size
    )


def coverage(make, truth, times, seed):
    source = np.random.default_rng(seed)
    return sum((e := make(source)).low <= truth <= e.high for _ in range(times)) / times


# With 400 runs one standard error of a coverage near 0.95 is 0.011.
@pytest.mark.parametrize(
    ("method", "groups", "least"),
    [("clustered-t", 12, 0.92), ("cluster-bootstrap", 60, 0.92), ("clustered-wilson", 12, 0.93)],
)
def test_clustered_intervals_cover(method, groups, least):
    def make(source):
        values, labels = draw(source, groups, 8, 0.4, 0.3)
        return {
            "clustered-t": lambda: clustered_mean(values, labels, bounds=(0, 1)),
            "cluster-bootstrap": lambda: cluster_bootstrap(values, labels, rng=source, resamples=400),
            "clustered-wilson": lambda: mean(values, labels, rng=source),
        }[method]()

    assert least <= coverage(make, 0.4, 400, seed=7) <= 0.99


def test_taking_clustered_observations_for_independent_does_not_cover():
    def make(source):
        values, _ = draw(source, 40, 10, 0.4, 0.5)
        return proportion(int(values.sum()), len(values))

    assert coverage(make, 0.4, 200, seed=7) < 0.75


def test_near_zero_the_score_interval_covers_where_the_bootstrap_falls_short():
    def run(method):
        return coverage(lambda s: method(*draw(s, 100, 5, 0.02, 0.3), s), 0.02, 300, seed=2)

    wilson = run(lambda v, c, s: clustered_wilson(v, c))
    bootstrap = run(lambda v, c, s: cluster_bootstrap(v, c, rng=s, resamples=400, bounds=(0, 1)))
    t = run(lambda v, c, s: clustered_mean(v, c, bounds=(0, 1)))
    assert wilson >= 0.9
    assert wilson > max(bootstrap, t)


def test_all_zero_clusters_cover_the_worst_correlation():
    # Each cluster is all 0 or all 1: as many independent draws as clusters, however many observations.
    def make(source):
        values = np.repeat((source.random(8) < 0.1).astype(float), 50)
        return mean(values, np.repeat(range(8), 50), rng=source)

    assert coverage(make, 0.1, 400, seed=1) >= 0.93


def test_two_equal_models_differ_significantly_in_one_of_twenty_comparisons():
    source = np.random.default_rng(5)
    missed = surprised = 0
    for _ in range(300):
        labels = np.repeat(range(40), 6)
        # Within a cluster both models' answers move together, and so do their differences.
        shift = source.normal(0, 0.2, 40)[labels]
        a = (source.random(240) < 0.4 + shift).astype(float)
        b = (source.random(240) < 0.4 - shift).astype(float)
        estimate = paired_difference(a, b, labels, rng=source, resamples=400)
        missed += not estimate.low <= 0.0 <= estimate.high
        surprised += paired_p_value(a, b, labels, rng=source, resamples=400) <= 0.05
    assert 0.02 <= missed / 300 <= 0.09
    assert 0.02 <= surprised / 300 <= 0.09


@pytest.mark.parametrize(
    ("rate", "sensitivity", "specificity"),
    [(0.3, 0.85, 0.9), (0.03, 0.9, 0.95), (0.0, 0.8, 0.9), (0.9, 0.7, 0.8)],
)
def test_rogan_gladen_covers_the_true_rate(rate, sensitivity, specificity):
    def make(source):
        tp, tn = source.binomial(60, sensitivity), source.binomial(90, specificity)
        seen = source.binomial(400, rate * sensitivity + (1 - rate) * (1 - specificity))
        counts = JudgeCounts(int(tp), int(60 - tp), int(tn), int(90 - tn))
        return rogan_gladen(seen, 400, counts, rng=source, draws=2000)

    assert coverage(make, rate, 300, seed=11) >= 0.92


def test_prediction_powered_covers_and_beats_the_labels_alone():
    widths = []

    def make(source):
        truth, labels = draw(source, 300, 5, 0.3, 0.4)
        judge = np.where(source.random(1500) < 0.9, truth, 1 - truth)
        # A cluster has its items in both parts.
        known = np.arange(1500) % 5 == 0
        estimate = prediction_powered(
            truth[known],
            judge[known],
            judge[~known],
            clusters=labels[known],
            unlabelled_clusters=labels[~known],
        )
        alone = clustered_mean(truth[known], labels[known])
        widths.append((estimate.high - estimate.low) / (alone.high - alone.low))
        return estimate

    assert 0.92 <= coverage(make, 0.3, 300, seed=3) <= 0.98
    assert np.mean(widths) < 0.9
