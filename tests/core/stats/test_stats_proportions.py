"""Proportions: contracts, invariants, exact coverage."""

import math
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.core.errors import InputError
from octarine.core.stats import clopper_pearson, proportion, wilson
from octarine.core.stats.special import binomial_cdf, binomial_sf

METHODS = [proportion, wilson, clopper_pearson]


@st.composite
def counts(draw):
    n = draw(st.integers(1, 5000))
    return draw(st.integers(0, n)), n


@pytest.mark.parametrize("method", METHODS)
@given(pair=counts(), confidence=st.floats(0.01, 0.9999))
@settings(deadline=None, max_examples=60)
def test_interval_holds_the_rate_and_stays_in_range(method, pair, confidence):
    k, n = pair
    estimate = method(k, n, confidence)
    assert 0.0 <= estimate.low <= estimate.value == k / n <= estimate.high <= 1.0
    assert estimate.low < estimate.high
    assert (estimate.n, estimate.clusters, estimate.confidence) == (n, n, confidence)


@pytest.mark.parametrize("method", METHODS)
@given(pair=counts())
@settings(deadline=None, max_examples=60)
def test_failures_mirror_successes(method, pair):
    k, n = pair
    one, other = method(k, n), method(n - k, n)
    assert one.low == pytest.approx(1.0 - other.high, abs=1e-12)
    assert one.high == pytest.approx(1.0 - other.low, abs=1e-12)


@pytest.mark.parametrize("method", METHODS)
@given(pair=counts())
@settings(deadline=None, max_examples=60)
def test_one_more_success_moves_both_ends_up(method, pair):
    k, n = pair
    if k == n:
        return
    here, above = method(k, n), method(k + 1, n)
    assert here.low <= above.low
    assert here.high <= above.high


@given(pair=counts())
@settings(deadline=None, max_examples=40)
def test_more_confidence_is_wider_and_more_data_narrower(pair):
    k, n = pair
    narrow, wide, more = proportion(k, n, 0.9), proportion(k, n, 0.99), proportion(10 * k, 10 * n, 0.9)
    assert wide.low <= narrow.low <= more.low
    assert more.high <= narrow.high <= wide.high


@pytest.mark.parametrize("rate", [0.003, 0.05, 0.31, 0.5])
@pytest.mark.parametrize("n", [1, 7, 30])
def test_clopper_pearson_covers_at_least_as_promised(rate, n):
    chances = [math.comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(n + 1)]
    intervals = [clopper_pearson(k, n) for k in range(n + 1)]
    covered = sum(p for p, e in zip(chances, intervals, strict=True) if e.low <= rate <= e.high)
    assert covered >= 0.95


def test_the_default_is_wilson_and_exact_at_both_ends():
    assert proportion(1, 300).method == "wilson"
    none, every = proportion(0, 300), proportion(300, 300)
    assert none.method == every.method == "clopper-pearson"
    assert (none.low, every.high) == (0.0, 1.0)
    assert none.high == pytest.approx(1 - 0.025 ** (1 / 300))


@given(n=st.integers(0, 300), k=st.integers(-2, 302), p=st.floats(0, 1))
@settings(deadline=None, max_examples=60)
def test_binomial_tails_add_up(n, k, p):
    assert binomial_cdf(k, n, p) + binomial_sf(k, n, p) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("k", "n", "named"),
    [(0, 0, "n "), (0, -3, "n "), (-1, 3, "successes"), (4, 3, "successes"), (1.5, 3, "successes")],
)
def test_bad_counts_name_the_argument(method, k, n, named):
    with pytest.raises(InputError, match=f"^{named}"):
        method(k, n)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95, -0.1, math.nan])
def test_bad_confidence_is_refused(confidence):
    with pytest.raises(InputError, match="confidence"):
        proportion(1, 2, confidence)


def test_proportions_need_no_numpy():
    code = (
        "import sys, octarine.core.stats as s; s.proportion(3, 9); s.holm([0.1]); s.mcnemar_exact(1, 5); "
        "s.minimal_detectable_effect(50, 0.1); sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
