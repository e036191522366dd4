"""Clustered means, tests, power and agreement against statsmodels and SciPy."""

import warnings

import numpy as np
import pytest

from octarine.core.stats import (
    benjamini_hochberg,
    cluster_bootstrap,
    clustered_mean,
    cohen_kappa,
    holm,
    mcnemar_exact,
    minimal_detectable_difference,
    minimal_detectable_effect,
    paired_minimal_detectable_difference,
    paired_p_value,
    prediction_powered,
    rogan_gladen,
    unpaired_p_value,
)
from octarine.core.stats.judge_error import JudgeCounts

stats = pytest.importorskip("scipy.stats")
with warnings.catch_warnings():
    # statsmodels may use what a newer SciPy or pandas deprecates; that is not ours to fix.
    warnings.simplefilter("ignore", DeprecationWarning)
    warnings.simplefilter("ignore", FutureWarning)
    linear_model = pytest.importorskip("statsmodels.regression.linear_model")
    contingency = pytest.importorskip("statsmodels.stats.contingency_tables")
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    sm_proportion = pytest.importorskip("statsmodels.stats.proportion")
    inter_rater = pytest.importorskip("statsmodels.stats.inter_rater")


@pytest.fixture
def data():
    source = np.random.default_rng(4)
    labels = source.integers(0, 23, 400)
    values = (source.random(400) < source.beta(2, 3, 23)[labels]).astype(float)
    return values, labels


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_clustered_mean_is_ols_on_an_intercept(data, confidence):
    values, labels = data
    fit = linear_model.OLS(values, np.ones_like(values)).fit(
        cov_type="cluster", cov_kwds={"groups": labels}, use_t=True
    )
    ours = clustered_mean(values, labels, confidence)
    assert ours.value == pytest.approx(fit.params[0])
    assert (ours.low, ours.high) == pytest.approx(tuple(fit.conf_int(1 - confidence)[0]), rel=1e-9)


def test_clusters_of_one_are_the_t_interval_of_a_mean(data):
    values = data[0][:40]
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    ours = clustered_mean(values)
    assert (ours.low, ours.high) == pytest.approx((expected.low, expected.high), rel=1e-9)


def test_cluster_bootstrap_is_scipys_on_whole_clusters(data):
    values, labels = data
    sums, sizes = np.bincount(labels, values), np.bincount(labels)
    expected = stats.bootstrap(
        (sums, sizes),
        lambda s, n, axis: s.sum(axis) / n.sum(axis),
        paired=True,
        vectorized=True,
        n_resamples=20_000,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    ours = cluster_bootstrap(values, labels, rng=np.random.default_rng(2), resamples=20_000)
    assert (ours.low, ours.high) == pytest.approx((expected.low, expected.high), abs=0.004)


@pytest.mark.parametrize(("b", "c"), [(0, 0), (0, 7), (3, 12), (50, 50), (120, 171)])
def test_mcnemar(b, c):
    expected = contingency.mcnemar([[40, b], [c, 60]], exact=True).pvalue if b + c else 1.0
    assert mcnemar_exact(b, c) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("groups", [9, 40])
def test_sign_flips_are_scipys_paired_permutations(groups):
    a, b = np.random.default_rng(3).random((2, groups))
    a += 0.1
    expected = stats.permutation_test(
        (a, b),
        lambda x, y, axis: (x - y).mean(axis),
        permutation_type="samples",
        n_resamples=10_000,
        vectorized=True,
        rng=np.random.default_rng(1),
    ).pvalue
    ours = paired_p_value(a, b, rng=np.random.default_rng(2))
    assert ours == pytest.approx(expected, abs=1e-12 if groups == 9 else 0.02)


@pytest.mark.parametrize(("ours", "name"), [(holm, "holm"), (benjamini_hochberg, "fdr_bh")])
def test_multiplicity(ours, name):
    source = np.random.default_rng(0)
    for size in (1, 2, 17, 300):
        p = source.beta(0.5, 2, size).round(3)  # rounding makes ties
        assert ours(p) == pytest.approx(multitest.multipletests(p, method=name)[1], rel=1e-12)


@pytest.mark.parametrize("baseline", [0.05, 0.3, 0.5])
@pytest.mark.parametrize("n", [200, 5000])
def test_effect_against_a_threshold(baseline, n):
    delta = minimal_detectable_effect(n, baseline)
    # Exact: the chance to reject upwards at the effect found is the power asked for.
    critical = next(c for c in range(n) if stats.binom.sf(c - 1, n, baseline) <= 0.025)
    assert stats.binom.sf(critical - 1, n, baseline + delta) == pytest.approx(0.8, abs=1e-9)
    # Normal: close, as the exact test costs a little.
    std = np.sqrt(baseline * (1 - baseline)), np.sqrt((baseline + delta) * (1 - baseline - delta))
    z = (delta * np.sqrt(n) - stats.norm.ppf(0.975) * std[0]) / std[1]
    assert stats.norm.cdf(z) == pytest.approx(0.8, abs=0.06)


@pytest.mark.parametrize(("n1", "n2", "baseline"), [(100, 100, 0.5), (300, 150, 0.1), (2000, 500, 0.02)])
def test_difference_of_two_rates(n1, n2, baseline):
    delta = minimal_detectable_difference(n1, n2, baseline=baseline, power=0.85, confidence=0.9)
    # statsmodels' first sample is the one at prop2 + diff. One side at α/2: the far side adds nothing.
    power = sm_proportion.power_proportions_2indep(
        delta, baseline, n2, ratio=n1 / n2, alpha=0.05, alternative="larger", return_results=False
    )
    assert power == pytest.approx(0.85, abs=1e-9)


@pytest.mark.parametrize(("n", "discordant"), [(300, 0.2), (2000, 0.05)])
def test_paired_difference_has_the_power_of_mcnemars_test(n, discordant):
    delta = paired_minimal_detectable_difference(n, discordant)
    gains, losses, _ = (
        np.random.default_rng(8)
        .multinomial(n, [(discordant + delta) / 2, (discordant - delta) / 2, 1 - discordant], size=40_000)
        .T
    )
    rejected = np.abs(gains - losses) > stats.norm.ppf(0.975) * np.sqrt(gains + losses)
    assert rejected.mean() == pytest.approx(0.8, abs=0.025)


def test_kappa():
    source = np.random.default_rng(6)
    first = source.integers(0, 4, 150)
    second = np.where(source.random(150) < 0.6, first, source.integers(0, 4, 150))
    table = np.zeros((4, 4))
    np.add.at(table, (first, second), 1)
    expected = inter_rater.cohens_kappa(table)
    ours = cohen_kappa(first, second)
    assert ours.value == pytest.approx(expected.kappa)
    assert (ours.low, ours.high) == pytest.approx((expected.kappa_low, expected.kappa_upp))


def test_prediction_powered_at_its_limits_is_a_t_interval(data):
    values = data[0][:60]
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    ours = prediction_powered(values, values[::-1].copy(), data[0], weight=0.0)
    assert (ours.low, ours.high) == pytest.approx((expected.low, expected.high), rel=1e-9)


def test_prediction_powered_is_ppi_py():
    # ppi_python 0.2.3, ppi_mean_ci(y, f, g, alpha=0.05, lam=lam) on these arrays, run once by hand.
    source = np.random.default_rng(0)
    y = (source.random(300) < 0.3).astype(float)
    f = np.where(source.random(300) < 0.85, y, 1 - y)
    g = (source.random(3000) < 0.36).astype(float)
    for weight, value, low, high in (
        (None, 0.26635735, 0.23002963, 0.30268507),
        (1.0, 0.276, 0.23289499, 0.31910501),
    ):
        ours = prediction_powered(y, f, g, weight=weight)
        assert ours.value == pytest.approx(value, abs=2e-4)
        assert (ours.low, ours.high) == pytest.approx((low, high), abs=5e-4)  # t against their normal


def test_rogan_gladen_is_the_delta_method_where_that_holds():
    counts = JudgeCounts(true_positive=1700, false_negative=300, true_negative=2760, false_positive=240)
    ours = rogan_gladen(1500, 5000, counts, rng=np.random.default_rng(0), draws=100_000)
    p, se, sp = 0.3, 0.85, 0.92
    gain = se + sp - 1
    value = (p + sp - 1) / gain
    variance = (
        p * (1 - p) / 5000 + value**2 * se * (1 - se) / 2000 + (1 - value) ** 2 * sp * (1 - sp) / 3000
    ) / gain**2
    half = stats.norm.ppf(0.975) * np.sqrt(variance)
    assert ours.value == pytest.approx(value)
    assert (ours.low, ours.high) == pytest.approx((value - half, value + half), abs=0.001)


@pytest.mark.parametrize(("hits", "of", "others", "among"), [(7, 9, 4, 15), (0, 6, 5, 30), (12, 20, 12, 20)])
def test_the_exact_test_of_two_groups_is_scipys_permutation_test(hits, of, others, among):
    a = np.r_[np.ones(hits), np.zeros(of - hits)]
    b = np.r_[np.ones(others), np.zeros(among - others)]
    ours = unpaired_p_value(a, b, rng=np.random.default_rng(0))
    theirs = stats.permutation_test(
        (a, b),
        lambda x, y, axis: np.abs(x.mean(axis=axis) - y.mean(axis=axis)),
        vectorized=True,
        n_resamples=20_000,
        alternative="greater",
        rng=np.random.default_rng(1),
    ).pvalue
    assert ours == pytest.approx(theirs, abs=0.015)
