"""Two groups of different samples: the difference and its p-value."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.core.errors import InputError
from octarine.core.stats import mean, proportion, unpaired_difference, unpaired_p_value

RATES = st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=40)


def rng():
    return np.random.default_rng(0)


def test_newcombes_published_example():
    """Newcombe 1998, table II, row a (56/70 against 48/80), method 10: 0.2 [0.0524, 0.3339]."""
    found = unpaired_difference(proportion(56, 70), proportion(48, 80))
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert (found.n, found.clusters) == (150, 150)


def test_intervals_at_different_confidence_are_refused():
    with pytest.raises(InputError, match=r"0\.9 and 0\.95"):
        unpaired_difference(proportion(1, 2, 0.9), proportion(1, 2))


@settings(deadline=None)
@given(RATES, RATES)
def test_it_holds_its_value_and_turns_round(a, b):
    ours = unpaired_difference(mean(a, rng=rng()), mean(b, rng=rng()))
    theirs = unpaired_difference(mean(b, rng=rng()), mean(a, rng=rng()))
    assert (ours.low, ours.high) == pytest.approx((-theirs.high, -theirs.low))
    assert -1 - 1e-9 <= ours.low <= ours.value <= ours.high <= 1 + 1e-9
    assert unpaired_p_value(a, b, rng=rng()) == pytest.approx(unpaired_p_value(b, a, rng=rng()))


def test_equal_groups_are_no_surprise_and_other_ones_are():
    assert unpaired_p_value([0.0, 1.0], [1.0, 0.0], rng=rng()) == pytest.approx(1.0)
    assert unpaired_p_value([1.0] * 12, [0.0] * 12, rng=rng()) == pytest.approx(2 / 2704156)


def test_observations_of_one_cluster_are_dealt_together():
    """Twelve observations in two clusters a side: six ways to deal four clusters, two of them as extreme."""
    a, b, names = [1.0] * 6, [0.0] * 6, ["x"] * 3 + ["y"] * 3
    assert unpaired_p_value(a, b, names, names, rng=rng()) == pytest.approx(1 / 3, abs=0.02)


def test_it_finds_nothing_as_often_as_it_says():
    source = np.random.default_rng(5)
    found = []
    for _ in range(300):
        levels = source.random(24).repeat(4)
        values = (source.random(96) < levels).astype(float)
        names = np.arange(24).repeat(4)
        found.append(
            unpaired_p_value(values[:40], values[40:], names[:40], names[40:], rng=source, resamples=400)
        )
    assert np.mean(np.array(found) < 0.05) == pytest.approx(0.05, abs=0.03)
