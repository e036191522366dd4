"""Clustered means and paired differences: the rule, the degenerate cases, invariants."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.core.errors import InputError
from octarine.core.stats import (
    clopper_pearson,
    cluster_bootstrap,
    clustered_mean,
    clustered_wilson,
    design_effect,
    mcnemar_exact,
    mean,
    paired_difference,
    paired_p_value,
    proportion,
)


def rng(seed=0):
    return np.random.default_rng(seed)


@st.composite
def clustered(draw, levels=(0.0, 0.25, 1.0), largest=80):
    n = draw(st.integers(1, largest))
    values = draw(st.lists(st.sampled_from(levels), min_size=n, max_size=n))
    labels = draw(st.lists(st.integers(0, draw(st.integers(0, 60))), min_size=n, max_size=n))
    return values, labels


def noisy(groups, size, seed=1):
    """0/1 values whose rate differs from cluster to cluster."""
    source = rng(seed)
    rates = source.beta(1.0, 2.0, groups)
    labels = np.repeat(np.arange(groups), size)
    return (source.random(groups * size) < rates[labels]).astype(float), labels


@given(data=clustered())
@settings(deadline=None, max_examples=120)
def test_an_interval_holds_its_mean_and_never_has_width_zero(data):
    values, labels = data
    for estimate in (
        mean(values, labels, rng=rng(), resamples=200),
        clustered_mean(values, labels, bounds=(0, 1)),
        cluster_bootstrap(values, labels, rng=rng(), resamples=200, bounds=(0, 1)),
        clustered_wilson(values, labels),
    ):
        assert 0.0 <= estimate.low <= estimate.value <= estimate.high <= 1.0
        assert estimate.low < estimate.high
        assert estimate.value == pytest.approx(np.mean(values))
        assert (estimate.n, estimate.clusters) == (len(values), len(set(labels)))


@given(data=clustered(), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=60)
def test_the_order_of_observations_and_the_names_of_clusters_do_not_matter(data, seed):
    values, labels = np.array(data[0]), np.array(data[1])
    order = rng(seed).permutation(len(values))
    one = mean(values, labels, rng=rng(), resamples=200)
    other = mean(values[order], [f"seed-{label}" for label in labels[order]], rng=rng(), resamples=200)
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=1e-9)
    assert one.method == other.method


@given(data=clustered(levels=(0.0, 1.0)))
@settings(deadline=None, max_examples=60)
def test_failures_mirror_successes(data):
    values, labels = np.array(data[0]), data[1]
    for method in (clustered_wilson, clustered_mean):
        options = {"bounds": (0, 1)} if method is clustered_mean else {}
        one, other = method(values, labels, **options), method(1 - values, labels, **options)
        assert (one.low, one.high) == pytest.approx((1 - other.high, 1 - other.low), abs=1e-9)


def test_the_rule_of_mean():
    alone = [0, 1, 1, 0, 1]
    assert mean(alone, rng=rng()) == proportion(3, 5)
    assert mean(alone, list("abcde"), rng=rng()) == proportion(3, 5)
    assert mean([0, 0], rng=rng()).method == "clopper-pearson"
    assert mean([0.2, 0.9, 0.4], rng=rng()).method == "clustered-t"
    assert mean(*noisy(30, 5), rng=rng()).method == "clustered-wilson"
    few, many = noisy(29, 5), noisy(30, 5)
    assert mean(few[0] / 2, few[1], rng=rng()).method == "clustered-t"
    assert mean(many[0] / 2, many[1], rng=rng()).method == "cluster-bootstrap"
    # A word error rate that happens to be 0 or 1 is not a yes or a no.
    assert mean([0, 1, 1], rng=rng(), bounds=(0, math.inf)).method == "clustered-t"


def test_same_result_from_the_same_generator_and_batching_changes_nothing(monkeypatch):
    values, labels = noisy(60, 4)
    one = cluster_bootstrap(values, labels, rng=rng(3))
    monkeypatch.setattr("octarine.core.stats.grouping._BATCH", 50)
    assert cluster_bootstrap(values, labels, rng=rng(3)) == one


@pytest.mark.parametrize("value", [0, 1])
def test_all_or_none_is_clopper_pearson_on_the_clusters(value):
    estimate = mean([value] * 20, list("abcde") * 4, rng=rng())
    exact = clopper_pearson(5 * value, 5)
    assert (estimate.low, estimate.high) == pytest.approx((exact.low, exact.high))
    assert (estimate.method, estimate.n, estimate.clusters) == ("clopper-pearson-clusters", 20, 5)


def test_equal_means_between_the_bounds_keep_a_width_that_shrinks_with_clusters():
    few, many = (mean([0, 1] * g, np.repeat(range(g), 2), rng=rng()) for g in (3, 50))
    assert few.low < many.low < 0.5 < many.high < few.high


def test_one_observation_says_almost_nothing():
    assert mean([1], rng=rng()) == proportion(1, 1)
    half = mean([0.5], rng=rng())
    assert half.high - half.low > 0.97
    with pytest.raises(InputError, match="clusters holds one cluster"):
        clustered_mean([3.0, 4.0], ["a", "a"])
    with pytest.raises(InputError, match="same mean in every cluster"):
        clustered_mean([2.0, 2.0])


def test_clusters_widen_the_interval_and_lower_the_effective_n():
    values, labels = noisy(40, 25)
    assert design_effect(values, labels) > 4
    naive, honest = proportion(int(values.sum()), 1000), clustered_wilson(values, labels)
    assert honest.high - honest.low > 2 * (naive.high - naive.low)
    assert design_effect([1, 1, 1, 1], [0, 0, 1, 1]) == 2
    assert design_effect([0, 1, 0], [7, 7, 7]) == 3
    assert design_effect([0.1, 0.5, 0.7], [1, 2, 3]) == pytest.approx(1.0)


@given(data=clustered(), seed=st.integers(0, 9))
@settings(deadline=None, max_examples=60)
def test_paired_difference_is_antisymmetric_and_holds_its_value(data, seed):
    a, labels = np.array(data[0]), data[1]
    b = rng(seed).permutation(a)
    one = paired_difference(a, b, labels, rng=rng(), resamples=300)
    other = paired_difference(b, a, labels, rng=rng(), resamples=300)
    assert -1.0 <= one.low <= one.value <= one.high <= 1.0
    assert one.low < one.high
    assert one.value == pytest.approx(-other.value, abs=1e-12)
    if "bootstrap" not in one.method:
        assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-9)
    p = paired_p_value(a, b, labels, rng=rng(), resamples=200)
    assert 0.0 < p <= 1.0


def test_models_that_agree_everywhere_may_still_differ():
    estimate = paired_difference([1, 0, 1, 0], [1, 0, 1, 0], rng=rng())
    bound = clopper_pearson(0, 4).high
    assert (estimate.value, estimate.low, estimate.high) == (0.0, pytest.approx(-bound), pytest.approx(bound))
    assert estimate.method == "paired-clopper-pearson-clusters"
    assert paired_p_value([1, 0], [1, 0], rng=rng()) == 1.0


def test_pairing_is_narrower_than_two_samples():
    a, labels = noisy(60, 5)
    b = a.copy()
    b[::29] = 1 - b[::29]
    pair, single = paired_difference(a, b, labels, rng=rng()), mean(a, labels, rng=rng())
    assert pair.high - pair.low < 0.5 * (single.high - single.low)


@given(b=st.integers(0, 400), c=st.integers(0, 400))
@settings(deadline=None, max_examples=60)
def test_mcnemar_is_symmetric_and_grows_with_imbalance(b, c):
    assert 0.0 <= mcnemar_exact(b, c) == mcnemar_exact(c, b) <= 1.0
    if b >= c:
        assert mcnemar_exact(b + 1, c) <= mcnemar_exact(b, c) + 1e-12


def test_the_sign_flip_test_is_mcnemar_for_single_pairs_and_agrees_with_itself():
    a, b = [1] * 12 + [0] * 3 + [1] * 5, [0] * 12 + [1] * 3 + [1] * 5
    assert paired_p_value(a, b, rng=rng()) == mcnemar_exact(12, 3)
    # Doubling every pair inside its cluster changes no evidence; 15 clusters differ, so patterns are drawn.
    doubled = paired_p_value(a * 2, b * 2, list(range(20)) * 2, rng=rng(), resamples=20_000)
    assert doubled == pytest.approx(mcnemar_exact(12, 3), abs=0.006)
    # Ten clusters that differ are enumerated: 2 of 1024 patterns are as extreme as all ten one way.
    assert paired_p_value([0.5] * 10, [0.25] * 10, rng=rng()) == 2 / 1024


@pytest.mark.parametrize(
    ("values", "clusters", "named"),
    [
        ([], None, "values is empty"),
        ([0.1, math.nan], None, "values holds NaN"),
        ([0.1, math.inf], None, "values holds NaN"),
        ([0.1, 2.0], None, "values must lie in"),
        ([[0.1]], None, "values must have one dimension"),
        (["x"], None, "values must be a sequence of numbers"),
        ([0.1, 0.2], [1], "values and clusters must have the same length"),
        ([0.1, 0.2], [1, None], "clusters holds a missing label"),
        ([0.1, 0.2], [1, math.nan], "clusters holds a missing label"),
        ([0.1, 0.2], [[1], [2]], "clusters must hold hashable"),
    ],
)
def test_bad_input_names_the_argument(values, clusters, named):
    with pytest.raises(InputError, match=named):
        mean(values, clusters, rng=rng())


def test_other_bad_arguments():
    with pytest.raises(InputError, match="bounds"):
        mean([0.5], rng=rng(), bounds=(1, 0))
    with pytest.raises(InputError, match="resamples"):
        cluster_bootstrap([0.1, 0.2], rng=rng(), resamples=1)
    with pytest.raises(InputError, match="a and b must have the same length"):
        paired_difference([1], [1, 0], rng=rng())
    with pytest.raises(InputError, match=r"^b "):
        mcnemar_exact(-1, 1)
