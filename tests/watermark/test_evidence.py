"""The p-value: a bound that holds for every picture, and no looser than it must be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.watermark import Confidence, evidence


def drawn(n, carriers, seed, weights=None):
    """t of ``n`` random keys on one picture whose carriers have these powers."""
    rng = np.random.default_rng(seed)
    power = rng.exponential(1, carriers) if weights is None else weights
    heard = np.sqrt(power) * np.exp(2j * np.pi * rng.random(carriers))
    keys = np.exp(2j * np.pi * rng.random((n, carriers)))
    return (heard * keys.conj()).real.sum(1) / np.sqrt((np.abs(heard) ** 2).sum() / 2)


def test_standing_is_the_normalised_sum():
    rng = np.random.default_rng(0)
    heard, expected = rng.normal(size=(2, 56)) + 1j * rng.normal(size=(2, 56))
    expected /= np.abs(expected)
    by_hand = sum((h * np.conj(e)).real for h, e in zip(heard, expected, strict=True))
    by_hand /= np.sqrt(sum(abs(h) ** 2 for h in heard) / 2)
    assert evidence.standing(heard, expected) == pytest.approx(by_hand)


@given(st.integers(0, 10**6), st.floats(-3, 3))
@settings(max_examples=20, deadline=None)
def test_standing_cannot_exceed_what_its_carriers_allow(seed, power):
    heard = 10.0**power * np.exp(2j * np.pi * np.random.default_rng(seed).random(30))
    assert evidence.standing(heard, heard / np.abs(heard)) <= np.sqrt(60) + 1e-9


@pytest.mark.parametrize("carriers", [1, 3, 14, 56])
def test_the_bound_holds_for_wrong_keys(carriers):
    t = drawn(50_000, carriers, carriers)
    for bound in (0.3, 0.1, 0.01, 1e-3):
        share = np.mean(np.exp([-(max(x, 0) ** 2) / 2 for x in np.quantile(t, [1 - bound])]))
        assert share >= bound * 0.999


@pytest.mark.parametrize("weights", [np.r_[np.full(50, 1e-6), 1.0], np.geomspace(1e-4, 1, 56)])
def test_the_bound_holds_where_one_carrier_outshouts_the_rest(weights):
    t = drawn(50_000, len(weights), 5, weights)
    for level in (1.0, 2.0, 3.0):
        assert np.mean(t >= level) <= np.exp(-(level**2) / 2)


def test_the_bound_is_not_loose_by_more_than_the_gaussian_factor():
    t = drawn(100_000, 56, 9)
    share, bound = np.mean(t >= 3), np.exp(-(3**2) / 2)
    assert bound / 20 < share < bound


def test_tries_are_added_up():
    assert evidence.log_tail(6, np.log(1000)) == pytest.approx(np.log(1000) - 18)
    assert evidence.log_tail(1, np.log(1000)) == 0
    assert evidence.log_tail(-5, 0.0) == 0
    assert evidence.either(-10, -3) == pytest.approx(-10 + np.log(2))
    assert evidence.either(-0.1, -0.1) == 0


@pytest.mark.parametrize(
    ("p", "confidence"),
    [(1e-12, Confidence.HIGH), (1e-7, Confidence.MEDIUM), (1e-4, Confidence.LOW), (0.01, Confidence.NONE)],
)
def test_confidence_goes_by_the_p_value(p, confidence):
    assert evidence.confidence_of(np.log(p)) is confidence


def test_the_bound_holds_for_sync_and_data_in_one():
    sync, data = drawn(50_000, 30, 1), drawn(50_000, 300, 2)
    both = np.array([evidence.together(a, b) for a, b in zip(sync, data, strict=True)])
    for level in (1.0, 2.0, 3.0):
        assert np.exp(-(level**2) / 2) / 30 < np.mean(both >= level) <= np.exp(-(level**2) / 2)


@given(st.floats(0, 12), st.floats(0, 30))
def test_sync_and_data_in_one_are_no_more_than_both(sync, data):
    assert evidence.together(sync, data) <= np.hypot(sync, data) + 1e-9
