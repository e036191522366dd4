"""Survival curves and the log-rank test against statsmodels and SciPy."""

import warnings

import numpy as np
import pytest

from octarine.core.stats import log_rank, survival_curve

stats = pytest.importorskip("scipy.stats")
with warnings.catch_warnings():
    # statsmodels may use what a newer SciPy or pandas deprecates; that is not ours to fix.
    warnings.simplefilter("ignore", DeprecationWarning)
    warnings.simplefilter("ignore", FutureWarning)
    survfunc = pytest.importorskip("statsmodels.duration.survfunc")


@pytest.fixture(params=["steps", "continuous"])
def data(request):
    """Times, elicited, group: with many ties, and with none."""
    source = np.random.default_rng(9)
    group = source.integers(0, 2, 150)
    times = source.exponential(np.where(group == 0, 8.0, 12.0))
    budget = source.uniform(5.0, 25.0, 150)
    seen, elicited = np.minimum(times, budget), (times <= budget).astype(int)
    if request.param == "steps":
        seen = np.ceil(seen)
    # The last is stopped, so that the curve ends above 0, where statsmodels has no standard error.
    elicited[seen.argmax()] = 0
    return seen, elicited, group


def test_the_curve_and_greenwood(data):
    times, elicited, _ = data
    theirs = survfunc.SurvfuncRight(times, elicited)
    ours = survival_curve(times, elicited)
    at = np.isin(ours.steps, theirs.surv_times) & (ours.events > 0)
    theirs_at = np.asarray(theirs.n_events) > 0
    np.testing.assert_allclose(ours.survival[at], theirs.surv_prob[theirs_at], rtol=1e-12)
    np.testing.assert_allclose(np.sqrt(ours.variance[at]), theirs.surv_prob_se[theirs_at], rtol=1e-9)
    np.testing.assert_array_equal(ours.at_risk[at], np.asarray(theirs.n_risk)[theirs_at])
    np.testing.assert_array_equal(ours.events[at], np.asarray(theirs.n_events)[theirs_at])


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_the_log_log_interval(data, confidence):
    times, elicited, _ = data
    curve = survival_curve(times, elicited, confidence=confidence)
    sample = stats.CensoredData.right_censored(times, elicited == 0)
    theirs = stats.ecdf(sample).sf.confidence_interval(confidence, method="log-log")
    started = curve.survival < 1.0
    np.testing.assert_allclose(curve.low[started], theirs.low.evaluate(curve.steps[started]), rtol=1e-9)
    np.testing.assert_allclose(curve.high[started], theirs.high.evaluate(curve.steps[started]), rtol=1e-9)


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_the_median(data, confidence):
    times, elicited, _ = data
    theirs = survfunc.SurvfuncRight(times, elicited)
    ours = survival_curve(times, elicited, confidence=confidence).median()
    assert ours.value == theirs.quantile(0.5)
    assert (ours.low, ours.high) == theirs.quantile_ci(0.5, alpha=1 - confidence, method="cloglog")


def test_the_log_rank_test(data):
    times, elicited, group = data
    chi_square, p_value = survfunc.survdiff(times, elicited, group)
    ours = log_rank(times, elicited, group)
    assert ours.statistic**2 == pytest.approx(chi_square, rel=1e-9)
    assert ours.p_value == pytest.approx(p_value, rel=1e-6)
    first, other = group == ours.first, group != ours.first
    samples = [stats.CensoredData.right_censored(times[g], elicited[g] == 0) for g in (first, other)]
    assert ours.statistic == pytest.approx(stats.logrank(*samples).statistic, rel=1e-9)
