"""Confidence sequences: the formula written out, coverage at all times at once, what is refused."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.core.errors import InputError
from octarine.core.stats import ConfidenceSequence, confidence_sequence, wilson
from octarine.core.stats.sequential import CELLS

GRID = np.sin(np.arange(CELLS + 1) * math.pi / (2 * CELLS)) ** 2


def bets(values, alpha):
    """The predictable plug-in bet on each value, from the values before it."""
    made = []
    for t in range(1, len(values) + 1):
        means = [(0.5 + sum(values[:i])) / (i + 1) for i in range(t)]
        spread = (0.25 + sum((values[i - 1] - means[i]) ** 2 for i in range(1, t))) / t
        made.append(math.sqrt(2 * math.log(2 / alpha) / (spread * t * math.log(t + 1))))
    return made


def capital(values, made, m):
    """Half the capital of who bets that values lie above m; the truncation is 3/4 of what could be lost."""
    product = 0.5
    for x, bet in zip(values, made, strict=True):
        product *= 1 + min(bet, 0.75 / m) * (x - m)
    return product


def lower(values, made, alpha):
    """The m at which the capital crosses 1/α, by halving."""
    if capital(values, made, 1e-12) < 1 / alpha:
        return 0.0
    low, high = 1e-12, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if capital(values, made, middle) >= 1 / alpha else (low, middle)
    return low


def outwards(limit):
    """The candidate next below ``limit``."""
    return GRID[max(int(np.searchsorted(GRID, limit + 1e-9)) - 1, 0)]


def streams():
    source = np.random.default_rng(1)
    yield (source.random(60) < 0.1).astype(float).tolist()
    yield source.beta(2, 5, 60).tolist()
    yield [0.0] * 40 + [1.0] * 3
    yield [1.0] * 30


@pytest.mark.parametrize("values", list(streams()))
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_it_is_the_formula_rounded_outwards(values, confidence):
    alpha = 1 - confidence
    made, mirrored = bets(values, alpha), [1 - x for x in values]
    low, high = 0.0, 1.0
    for t, estimate in enumerate(confidence_sequence(values, confidence), start=1):
        low = max(low, lower(values[:t], made[:t], alpha))
        high = min(high, 1 - lower(mirrored[:t], made[:t], alpha))
        assert estimate.low == pytest.approx(outwards(low), abs=1e-9)
        assert estimate.high == pytest.approx(1 - outwards(1 - high), abs=1e-9)
        assert estimate.n == estimate.clusters == t


def looks(draw, truth, runs, length, method, seed):
    """The share of streams whose every interval, after each value, holds the truth."""
    source = np.random.default_rng(seed)
    held = 0
    for _ in range(runs):
        held += all(e.low <= truth <= e.high for e in method(draw(source, length)))
    return held / runs


def coin(source, length):
    return (source.random(length) < 0.1).astype(float)


def share(source, length):
    return source.beta(1.0, 3.0, length)


def adaptive(source, length):
    """What comes next depends on what was seen, but its mean given the past is 1/4."""
    values, spread = [], 0.0
    for _ in range(length):
        values.append(0.25 + spread * source.choice([-0.25, 0.25]))
        spread = 1.0 if np.mean(values) >= 0.25 else 0.1
    return values


@pytest.mark.parametrize(("draw", "truth"), [(coin, 0.1), (share, 0.25), (adaptive, 0.25)])
def test_all_intervals_of_a_stream_hold_the_truth_together(draw, truth):
    assert looks(draw, truth, 200, 120, confidence_sequence, seed=2) >= 0.95


def test_at_low_confidence_it_does_fail_sometimes():
    # Were it never to fail, the test above would show nothing but width.
    loose = looks(coin, 0.1, 200, 120, lambda v: confidence_sequence(v, 0.5), seed=2)
    assert 0.5 <= loose < 0.95


def test_looking_at_fixed_size_intervals_each_time_does_not_hold():
    def peeking(values):
        return [wilson(int(values[:t].sum()), t) for t in range(1, len(values) + 1)]

    assert looks(coin, 0.1, 200, 120, peeking, seed=2) < 0.85


def test_it_gets_narrow():
    source = np.random.default_rng(3)
    values = (source.random(2000) < 0.05).astype(float)
    last = confidence_sequence(values)[-1]
    fixed = wilson(int(values.sum()), 2000)
    assert last.high - last.low < 2.2 * (fixed.high - fixed.low)
    # None in 500: the exact one-time bound is 0.0074.
    assert confidence_sequence([0.0] * 500)[-1].high < 0.012


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_intervals_never_widen_and_mirror(values):
    estimates = confidence_sequence(values)
    for before, after in pairwise(estimates):
        assert before.low <= after.low <= after.value <= after.high <= before.high
    mirrored = confidence_sequence([1 - x for x in values])[-1]
    # Rounding may move a limit by one candidate.
    assert mirrored.high == pytest.approx(1 - estimates[-1].low, abs=1e-3)
    assert mirrored.low == pytest.approx(1 - estimates[-1].high, abs=1e-3)


def test_a_mean_that_moves_is_noticed_and_the_interval_stays():
    sequence = ConfidenceSequence()
    for _ in range(200):
        sequence.update(0.0)
    before = sequence.estimate()
    assert not sequence.contradicted
    for _ in range(200):
        sequence.update(1.0)
    after = sequence.estimate()
    assert sequence.contradicted
    assert before.low <= after.low < after.high <= before.high
    assert after.value == after.high
    assert sequence.mean == 0.5


def test_the_first_value_counts_and_nothing_before_it():
    with pytest.raises(InputError, match="no value"):
        ConfidenceSequence().estimate()
    first = confidence_sequence([1.0])[0]
    assert (first.value, first.high, first.method) == (1.0, 1.0, "hedged-betting-sequence")
    assert first.low == 0.0


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan])
def test_values_outside_are_refused_and_leave_no_trace(value):
    sequence = ConfidenceSequence()
    sequence.update(0.5)
    with pytest.raises(InputError, match="value"):
        sequence.update(value)
    assert sequence.n == 1
    with pytest.raises(InputError, match="values"):
        confidence_sequence([0.5, value])
    with pytest.raises(InputError, match="confidence"):
        ConfidenceSequence(95)
