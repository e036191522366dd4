"""Distribution functions and proportions against SciPy and statsmodels."""

import warnings

import numpy as np
import pytest

from octarine.core.stats import clopper_pearson, proportion, wilson
from octarine.core.stats.special import (
    beta_cdf,
    beta_quantile,
    binomial_cdf,
    binomial_sf,
    normal_quantile,
    t_quantile,
)

stats = pytest.importorskip("scipy.stats")
scipy_special = pytest.importorskip("scipy.special")
with warnings.catch_warnings():
    # statsmodels may use what a newer SciPy or pandas deprecates; that is not ours to fix.
    warnings.simplefilter("ignore", DeprecationWarning)
    warnings.simplefilter("ignore", FutureWarning)
    sm_proportion = pytest.importorskip("statsmodels.stats.proportion")

SHAPES = [0.5, 1.0, 2.0, 3.7, 40.5, 999.0, 1e6]


@pytest.mark.parametrize("a", SHAPES)
@pytest.mark.parametrize("b", SHAPES)
def test_incomplete_beta_and_its_inverse(a, b):
    centre, spread = a / (a + b), np.sqrt(a * b / (a + b + 1)) / (a + b)
    for x in np.clip(centre + spread * np.array([-4, -1, 0, 0.5, 3]), 1e-9, 1 - 1e-9):
        assert beta_cdf(x, a, b) == pytest.approx(scipy_special.betainc(a, b, x), rel=1e-8, abs=1e-15)
    for p in (1e-9, 0.0005, 0.025, 0.4, 0.975, 0.9999):
        assert beta_quantile(p, a, b) == pytest.approx(scipy_special.betaincinv(a, b, p), rel=1e-8)


@pytest.mark.parametrize("df", [1, 2, 3.5, 29, 1000, 1e7])
def test_student_t(df):
    for p in (1e-8, 0.0005, 0.025, 0.3, 0.5, 0.75, 0.975, 0.99999):
        assert t_quantile(p, df) == pytest.approx(stats.t.ppf(p, df), rel=1e-7, abs=1e-12)


def test_normal_and_binomial():
    assert normal_quantile(0.975) == pytest.approx(stats.norm.ppf(0.975), rel=1e-12)
    for n, p in ((1, 0.3), (50, 0.02), (2000, 0.6)):
        for k in range(-1, n + 2, max(1, n // 13)):
            assert binomial_cdf(k, n, p) == pytest.approx(stats.binom.cdf(k, n, p), rel=1e-8, abs=1e-14)
            assert binomial_sf(k, n, p) == pytest.approx(stats.binom.sf(k, n, p), rel=1e-8, abs=1e-14)


CASES = [(0, 1), (1, 1), (1, 2), (0, 300), (300, 300), (1, 300), (7, 20), (4999, 5000), (123_456, 1_000_000)]


@pytest.mark.parametrize(("k", "n"), CASES)
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_proportions(k, n, confidence):
    for ours, theirs, scipys in ((wilson, "wilson", "wilson"), (clopper_pearson, "beta", "exact")):
        estimate = ours(k, n, confidence)
        expected = sm_proportion.proportion_confint(k, n, alpha=1 - confidence, method=theirs)
        assert (estimate.low, estimate.high) == pytest.approx(expected, rel=1e-7, abs=1e-12)
        interval = stats.binomtest(k, n).proportion_ci(confidence, method=scipys)
        assert (estimate.low, estimate.high) == pytest.approx(tuple(interval), rel=1e-7, abs=1e-12)
    assert proportion(k, n, confidence).method == ("clopper-pearson" if k in (0, n) else "wilson")
