"""Steps to elicit: curves, medians, restricted means and the log-rank test, by seed."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.core.errors import InputError
from octarine.core.stats import (
    clopper_pearson,
    clustered_mean,
    log_rank,
    restricted_mean_steps,
    survival_curve,
)

BUDGET = 20


def attempts(source, seeds=30, size=6, budget=BUDGET):
    """Steps, elicited, seed: each seed gives way at a rate of its own, each step anew."""
    hazard = np.repeat(source.beta(1.5, 12.0, seeds), size)
    steps = source.geometric(hazard)
    return np.minimum(steps, budget), (steps <= budget).astype(float), np.repeat(np.arange(seeds), size)


def staggered(source, **sizes):
    """As ``attempts``, each attempt with a budget of its own."""
    times, elicited, seeds = attempts(source, **sizes)
    stopped = source.integers(3, BUDGET + 1, len(times))
    return np.minimum(times, stopped), elicited * (times <= stopped), seeds


@st.composite
def observed(draw):
    n = draw(st.integers(1, 40))
    times = draw(st.lists(st.integers(0, 9), min_size=n, max_size=n))
    elicited = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    seeds = draw(st.lists(st.integers(0, draw(st.integers(0, 39))), min_size=n, max_size=n))
    return times, elicited, draw(st.sampled_from([None, seeds]))


def weighted(times, elicited, weights, end):
    """log survival after each distinct time, and the area up to ``end``, of attempts with weights."""
    steps, survival, curve = np.unique(times), 1.0, []
    for step in steps:
        at_risk = weights[times >= step].sum()
        survival *= 1.0 - weights[(times == step) & (elicited == 1)].sum() / at_risk
        curve.append(survival)
    edges = np.minimum([0.0, *steps, end], end)
    return np.log(curve), float(np.diff(edges) @ [1.0, *curve])


def jackknifed(data, end, bump=1e-5):
    """The infinitesimal jackknife over seeds by central differences: variances of log S and of the area."""
    times, elicited, seeds = data
    logs, areas = [], []
    for seed in np.unique(seeds):
        up, down = (weighted(times, elicited, 1.0 + sign * bump * (seeds == seed), end) for sign in (1, -1))
        logs.append((up[0] - down[0]) / (2 * bump))
        areas.append((up[1] - down[1]) / (2 * bump))
    groups = len(logs)
    return [groups / (groups - 1) * np.sum(np.square(part), axis=0) for part in (logs, areas)]


@pytest.mark.parametrize("end", [19, 7.5])
def test_the_variance_by_seed_is_the_infinitesimal_jackknife(end):
    data = staggered(np.random.default_rng(3))
    curve = survival_curve(*data)
    logs, area = jackknifed(data, end)
    np.testing.assert_allclose(curve.variance / curve.survival**2, logs, rtol=1e-5)
    mean = restricted_mean_steps(*data, horizon=end)
    expected = clustered_mean([0, 1] * 15, range(30))  # for its t on 29 degrees of freedom
    t = (expected.high - expected.value) / math.sqrt(0.25 / 29)
    assert mean.high - mean.value == pytest.approx(t * math.sqrt(area), rel=1e-5)
    assert mean.value == pytest.approx(weighted(*data[:2], np.ones(180), end)[1])


def test_batches_of_seeds_change_nothing(monkeypatch):
    data = staggered(np.random.default_rng(3))
    whole = survival_curve(*data).variance
    monkeypatch.setattr("octarine.core.stats.attempts._BATCH", 7 * BUDGET)
    np.testing.assert_allclose(survival_curve(*data).variance, whole, rtol=1e-12)


def test_one_attempt_a_seed_is_an_attempt_that_stands_alone():
    times, elicited, _ = staggered(np.random.default_rng(2))
    alone, labelled = survival_curve(times, elicited), survival_curve(times, elicited, range(len(times)))
    assert labelled.method == alone.method == "kaplan-meier"
    np.testing.assert_array_equal(labelled.low, alone.low)


def test_copies_of_an_attempt_add_nothing():
    times, elicited, _ = staggered(np.random.default_rng(2), seeds=20, size=2)
    alone = survival_curve(times, elicited)
    copied = survival_curve(np.repeat(times, 5), np.repeat(elicited, 5), np.repeat(range(40), 5))
    np.testing.assert_allclose(copied.variance, alone.variance * 40 / 39, rtol=1e-9)
    assert copied.clusters == alone.clusters == 40


@settings(max_examples=60)
@given(observed())
def test_curves_fall_and_intervals_hold_them(data):
    curve = survival_curve(*data)
    assert (np.diff(curve.survival) <= 0).all()
    assert ((curve.low >= 0) & (curve.low <= curve.survival)).all()
    assert ((curve.survival <= curve.high) & (curve.high <= 1)).all()
    assert (curve.high > curve.low).all()
    median = curve.median()
    assert 0 <= median.low <= median.value <= median.high
    last = float(curve.steps[-1])
    for step in (0.0, last / 2, last):
        assert curve.at(step).low < curve.at(step).high
    if last > 0:
        mean = restricted_mean_steps(*data)
        assert 0 <= mean.low <= mean.value <= mean.high <= last
        assert mean.low < mean.high


@settings(max_examples=60)
@given(observed())
def test_where_nobody_is_stopped_the_restricted_mean_is_a_mean(data):
    times, _, seeds = data
    horizon = max(times) - 0.5 if max(times) else 1.0
    ours = restricted_mean_steps(times, np.ones(len(times)), seeds, horizon=horizon)
    theirs = clustered_mean(np.minimum(times, horizon), seeds, bounds=(0.0, horizon))
    assert (ours.value, ours.clusters) == pytest.approx((theirs.value, theirs.clusters))
    if theirs.method == "clustered-t":
        assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high))


def test_nobody_elicited_is_clopper_pearson_on_the_seeds():
    curve = survival_curve([5] * 40, [0] * 40, np.repeat(range(8), 5))
    bound = clopper_pearson(8, 8)
    assert (curve.at(3).value, curve.at(3).low, curve.at(3).high) == pytest.approx((1.0, bound.low, 1.0))
    assert curve.median().value == curve.median().high == math.inf
    mean = restricted_mean_steps([5] * 40, [0] * 40, np.repeat(range(8), 5))
    assert (mean.value, mean.low, mean.high) == pytest.approx((5.0, 5.0 * bound.low, 5.0))


def test_before_the_first_elicitation_only_those_still_there_count():
    curve = survival_curve([2] * 6 + [9] * 4 + [9], [0] * 10 + [1])
    assert curve.at(2).low == pytest.approx(clopper_pearson(11, 11).low)
    assert curve.at(5).low == pytest.approx(clopper_pearson(5, 5).low)


def test_all_elicited_at_once_leaves_room_above_and_later_the_step_before_bounds():
    assert survival_curve([1] * 10, [1] * 10).at(1).high == pytest.approx(clopper_pearson(0, 10).high)
    curve = survival_curve([1, 2, 2, 3, 4, 4], [1] * 6)
    assert curve.survival[-1] == 0.0
    assert curve.high[-1] == curve.high[-2] < 1.0
    assert curve.at(100).value == 0.0


def test_one_seed_shows_next_to_nothing():
    times, elicited = [1, 2, 3, 4], [1, 1, 1, 1]
    wide = survival_curve(times, elicited, ["a"] * 4)
    assert wide.at(2).high - wide.at(2).low > 0.97
    mean = restricted_mean_steps(times, elicited, ["a"] * 4)
    assert mean.high - mean.low > 0.97 * 4
    with pytest.raises(InputError, match="one cluster"):
        log_rank(times, elicited, [0, 0, 1, 1], ["a"] * 4)


def test_three_attempts_say_nothing_about_the_median():
    median = survival_curve([4, 5, 6], [1, 1, 1]).median()
    assert (median.low, median.value) == (0.0, 5.0)


def test_median_of_a_curve_that_touches_one_half_by_fractions():
    # 5/6 · 4/5 · 3/4 is one half, though not in floating point for every such product.
    assert survival_curve([1, 2, 3, 9, 9, 9], [1, 1, 1, 0, 0, 0]).median().value == 3.0


# One standard error of a coverage of 0.95 in 300 runs is 0.013.
def test_intervals_cover_the_truth_by_seed():
    source = np.random.default_rng(11)
    grid = np.arange(0, BUDGET + 1)
    hazards = source.beta(1.5, 12.0, 200_000)
    truth = np.array([((1 - hazards) ** step).mean() for step in grid])
    median, mean = int(grid[truth <= 0.5][0]), truth[:BUDGET].sum()
    hits, naive = np.zeros(3), 0
    for _ in range(300):
        data = staggered(source, seeds=40, size=8)
        curve = survival_curve(*data)
        found = (curve.at(5), curve.median(), restricted_mean_steps(*data, horizon=float(curve.steps[-1])))
        end = float(curve.steps[-1])
        expected = (truth[5], median, mean if end == BUDGET else truth[: int(end)].sum())
        hits += [e.low <= value <= e.high for e, value in zip(found, expected, strict=True)]
        alone = survival_curve(*data[:2]).at(5)
        naive += alone.low <= truth[5] <= alone.high
    at, middle, area = hits / 300
    assert 0.92 <= at <= 0.98
    assert middle >= 0.93
    assert 0.92 <= area <= 0.98
    assert naive / 300 < 0.9


def test_log_rank_scores_sum_to_observed_less_expected():
    times, elicited, seeds = staggered(np.random.default_rng(8), seeds=12, size=4)
    first = np.arange(48) % 2 == 0
    scores = np.zeros(12)
    for i, seed in enumerate(seeds):
        for step in np.unique(times[elicited == 1]):
            if step <= times[i]:
                risk = times >= step
                hazard = ((times == step) & (elicited == 1)).sum() / risk.sum()
                here = times[i] == step and elicited[i] == 1
                scores[seed] += (first[i] - first[risk].mean()) * (here - hazard)
    test = log_rank(times, elicited, ["a" if x else "b" for x in first], seeds)
    assert test.first == "a"
    assert test.observed - test.expected == pytest.approx(scores.sum())
    assert test.statistic == pytest.approx(scores.mean() / (scores.std(ddof=1) / math.sqrt(12)))
    assert (test.n, test.clusters, test.method) == (48, 12, "clustered-log-rank")


@pytest.mark.parametrize("crossed", [True, False])
def test_log_rank_by_seed_errs_in_one_of_twenty(crossed):
    source = np.random.default_rng(6)
    by_seed = alone = 0
    for _ in range(400):
        times, elicited, seeds = attempts(source, seeds=30, size=6)
        groups = np.arange(180) % 2 if crossed else seeds % 2
        by_seed += log_rank(times, elicited, groups, seeds).p_value <= 0.05
        alone += log_rank(times, elicited, groups).p_value <= 0.05
    assert 0.025 <= by_seed / 400 <= 0.075
    # Seeds inside one group make the plain test reject too often; seeds in both, too rarely.
    assert alone / 400 < by_seed / 400 if crossed else alone / 400 > 0.1


def test_log_rank_sees_a_difference_and_its_direction():
    source = np.random.default_rng(4)
    times, elicited, seeds = attempts(source, seeds=40, size=4)
    quick = np.where(np.arange(160) % 2 == 0, np.maximum(times // 3, 1), times)
    test = log_rank(quick, elicited, np.arange(160) % 2, seeds)
    assert test.statistic > 0
    assert test.p_value < 1e-3


def test_log_rank_without_any_elicitation_or_spread():
    assert log_rank([3, 3], [0, 0], "ab").p_value == 1.0
    assert log_rank([3, 3, 3, 3], [0] * 4, "abab", "xxyy").p_value == 1.0
    # Five seeds that all say the same: two sides of 2^-5.
    same = log_rank([1, 9] * 5, [1, 0] * 5, "ab" * 5, np.repeat(range(5), 2))
    assert (same.statistic, same.p_value) == (math.inf, 2.0**-4)


@pytest.mark.parametrize(
    ("times", "elicited", "clusters", "message"),
    [
        ([1, -1], [1, 0], None, "times"),
        ([], [], None, "times"),
        ([1, 2], [1], None, "times and elicited"),
        ([1, 2], [1, 0.5], None, "elicited"),
        ([1, 2], [1, 0], ["a"], "times and clusters"),
        ([1, 2], [1, 0], ["a", None], "clusters"),
    ],
)
def test_bad_input_names_itself(times, elicited, clusters, message):
    for call in (survival_curve, restricted_mean_steps):
        with pytest.raises(InputError, match=message):
            call(times, elicited, clusters)


def test_nothing_is_said_past_the_budget():
    with pytest.raises(InputError, match="horizon"):
        restricted_mean_steps([1, 4], [1, 0], horizon=5)
    with pytest.raises(InputError, match="horizon"):
        restricted_mean_steps([0, 0], [1, 0])
    with pytest.raises(InputError, match="step"):
        survival_curve([1, 4], [1, 0]).at(5)
    with pytest.raises(InputError, match="step"):
        survival_curve([1, 4], [1, 0]).at(-1)
    assert restricted_mean_steps([1, 4], [1, 1], horizon=9).value == 2.5
    with pytest.raises(InputError, match="two labels"):
        log_rank([1, 2, 3], [1, 1, 1], "abc")
    with pytest.raises(InputError, match="times and groups"):
        log_rank([1, 2, 3], [1, 1, 1], "ab")
