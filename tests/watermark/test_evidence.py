"""The p-value: a bound that holds for every picture, and no looser than it must be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar
from scipy.special import i0e, i1e

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


def heard_at(t, carriers, seed=0):
    """What is heard on carriers of one strength, with this t, and what is expected."""
    turn = np.arccos(t / np.sqrt(2 * carriers))
    sign = np.where(np.random.default_rng(seed).random(carriers) < 0.5, -1, 1)
    return np.exp(1j * sign * turn), np.ones(carriers, complex)


@pytest.mark.parametrize("carriers", [20, 56, 1200])
def test_the_bound_is_chernoffs_at_its_best(carriers):
    """Against scipy: the least over all λ, which the fixed ones must come near and never go below."""
    for t in (3.5, 4.5, 5.5):
        found = evidence.log_tail(*heard_at(t, carriers), 0.0)
        w = np.sqrt(2 / carriers)
        best = minimize_scalar(
            lambda x, t=t, w=w: carriers * (np.log(i0e(x * w)) + x * w) - x * t,
            bounds=(0, 500),
            method="bounded",
        )
        assert best.fun - 1e-9 <= found <= best.fun + 0.1
        assert found <= -(t**2) / 2


@given(st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=60))
@settings(max_examples=50, deadline=None)
def test_the_moments_are_those_of_scipy_and_never_below(strengths):
    w = np.array(strengths)
    x = evidence.SLOPES[:, None] * w / np.sqrt((w**2).sum() / 2)
    exact = (np.log(i0e(x)) + x).sum(1)
    found = evidence.log_moments(w)
    assert (found >= exact - 1e-9).all()
    assert found == pytest.approx(exact, abs=1e-3)


def test_the_bound_holds_far_out_where_no_draw_reaches():
    """The share beyond t by importance sampling: phases are drawn as they are under the tilted law."""
    rng = np.random.default_rng(3)
    w = np.sqrt(rng.exponential(1, 56))
    w /= np.sqrt((w**2).sum() / 2)
    for t in (5.0, 7.0, 8.5):
        tilt = brentq(lambda x, t=t: (w * i1e(x * w) / i0e(x * w)).sum() - t, 0, 500)
        cosines = np.cos(np.stack([rng.vonmises(0, tilt * each, 20_000) for each in w], 1))
        drawn_t = cosines @ w
        weight = np.exp((np.log(i0e(tilt * w)) + tilt * w).sum() - tilt * drawn_t)
        share = float(np.mean(np.where(drawn_t >= t, weight, 0)))
        bound = float(np.exp((evidence.log_moments(w) - evidence.SLOPES * t).min()))
        assert share < bound < 60 * share


def test_the_p_value_falls_with_t():
    values = [evidence.log_tail(*heard_at(t, 56), 5.0) for t in np.linspace(-2, 10.5, 300)]
    assert (np.diff(values) <= 1e-9).all()


def test_tries_are_added_up():
    assert evidence.log_tail(*heard_at(2.9, 56), 2.0) == pytest.approx(2 - 2.9**2 / 2)
    one, many = (evidence.log_tail(*heard_at(6, 56), tries) for tries in (0.0, 5.0))
    assert many == pytest.approx(one + 5)
    assert evidence.log_tail(*heard_at(1, 56), np.log(1000)) == 0
    assert evidence.log_tail(*heard_at(-5, 56), 0.0) == 0
    assert evidence.log_tail(np.zeros(5, complex), np.ones(5, complex), 0.0) == 0
    assert evidence.either(-10, -3) == pytest.approx(-10 + np.log(2))
    assert evidence.either(-0.1, -0.1) == 0


@pytest.mark.parametrize(
    ("p", "confidence"),
    [(1e-12, Confidence.HIGH), (1e-7, Confidence.MEDIUM), (1e-4, Confidence.LOW), (0.01, Confidence.NONE)],
)
def test_confidence_goes_by_the_p_value(p, confidence):
    assert evidence.confidence_of(np.log(p)) is confidence


def test_the_bound_holds_for_sync_and_data_in_one():
    rng = np.random.default_rng(5)
    ones = np.ones(330, np.complex128)
    strength = np.concatenate([rng.exponential(1, 30), rng.exponential(3, 300)])
    angles = rng.uniform(0, 2 * np.pi, (20_000, 330))
    heard = strength * np.exp(1j * angles)
    both = np.array([evidence.log_tail(evidence.together(row[:30], row[30:]), ones, 0.0) for row in heard])
    for level in (0.3, 0.1, 0.01):
        assert level / 30 < np.mean(both <= np.log(level)) <= level


@given(st.integers(1, 60), st.integers(1, 200), st.floats(0.01, 100))
def test_sync_and_data_in_one_have_the_weights_of_their_energy(sync, data, scale):
    joint = evidence.together(np.full(sync, scale + 0j), np.full(data, 1 + 0j))
    t = evidence.standing(joint, np.ones(sync + data, np.complex128))
    parts = [np.sqrt(2 * n) for n in (sync, data)]
    assert t == pytest.approx(np.sqrt(1 / 3) * parts[0] + np.sqrt(2 / 3) * parts[1])
