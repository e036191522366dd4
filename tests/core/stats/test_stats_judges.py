"""Judge errors, agreement, multiplicity, power, best of k: contracts and invariants."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.core.errors import InputError
from octarine.core.stats import (
    JudgeCounts,
    benjamini_hochberg,
    best_of_k,
    clopper_pearson,
    cohen_kappa,
    holm,
    krippendorff_alpha,
    minimal_detectable_difference,
    minimal_detectable_effect,
    paired_minimal_detectable_difference,
    prediction_powered,
    proportion,
    rogan_gladen,
)

GOOD = JudgeCounts(true_positive=90, false_negative=10, true_negative=180, false_positive=20)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_judge_counts():
    assert GOOD.sensitivity == proportion(90, 100)
    assert GOOD.specificity == proportion(180, 200)
    with pytest.raises(InputError, match="no negative item"):
        _ = JudgeCounts(1, 1, 0, 0).specificity
    with pytest.raises(InputError, match="false_positive"):
        JudgeCounts(1, 1, 1, -1)


def test_rogan_gladen_corrects_and_is_wider_than_the_raw_rate():
    raw, corrected = proportion(120, 400), rogan_gladen(120, 400, GOOD, rng=rng())
    assert corrected.value == pytest.approx((0.3 + 0.9 - 1) / 0.8)
    assert corrected.high - corrected.low > raw.high - raw.low
    assert corrected.method == "rogan-gladen"
    perfect = rogan_gladen(120, 400, JudgeCounts(10**6, 0, 10**6, 0), rng=rng())
    assert (perfect.low, perfect.high) == pytest.approx((raw.low, raw.high), abs=0.004)


@given(
    k=st.integers(0, 60),
    cells=st.tuples(*[st.integers(1, 40)] * 4),
    clusters=st.integers(5, 60),
)
@settings(deadline=None, max_examples=80)
def test_rogan_gladen_holds_its_value_or_says_why_not(k, cells, clusters):
    counts = JudgeCounts(*cells)
    try:
        estimate = rogan_gladen(k, 60, counts, rng=rng(), draws=1000, effective_n=clusters)
    except InputError as error:
        if "no better than chance" in error.message or "cannot come from" in error.message:
            return
        raise
    assert 0.0 <= estimate.low <= estimate.value <= estimate.high <= 1.0
    assert estimate.low < estimate.high


def test_rogan_gladen_with_clusters():
    plain = rogan_gladen(120, 400, GOOD, rng=rng())
    fewer = rogan_gladen(120, 400, GOOD, rng=rng(), effective_n=50, clusters=20)
    same = rogan_gladen(120, 400, GOOD, rng=rng(), standard_error=math.sqrt(0.3 * 0.7 / 50), clusters=20)
    assert fewer.high - fewer.low > 1.5 * (plain.high - plain.low)
    assert (fewer.low, fewer.high) == pytest.approx((same.low, same.high))
    assert fewer.clusters == 20
    with pytest.raises(InputError, match="give one of them"):
        rogan_gladen(1, 4, GOOD, rng=rng(), effective_n=3, standard_error=0.1)
    with pytest.raises(InputError, match="standard_error"):
        rogan_gladen(0, 400, GOOD, rng=rng(), standard_error=0.1)


def test_rogan_gladen_refuses_what_no_labels_can_correct():
    with pytest.raises(InputError, match="no better than chance") as error:
        rogan_gladen(1, 4, JudgeCounts(5, 5, 5, 5), rng=rng())
    assert "collect human labels" in error.value.hint
    with pytest.raises(InputError, match="cannot come from"):
        rogan_gladen(0, 20_000, GOOD, rng=rng())


def test_prediction_powered_limits():
    truth, judge, others = [0, 1, 1, 0, 1] * 20, [0, 1, 0, 0, 1] * 20, [1, 0, 0] * 100
    alone = prediction_powered(truth, judge, others, weight=0.0)
    assert alone.value == pytest.approx(0.6)
    full = prediction_powered(truth, judge, others, weight=1.0)
    assert full.value == pytest.approx(0.6 - 0.4 + 1 / 3)
    assert (full.n, full.clusters) == (400, 400)
    useless = prediction_powered(truth, [1] * 100, [1] * 300)
    assert (useless.low, useless.high) == pytest.approx((alone.low, alone.high))


def test_a_judge_never_caught_wrong_still_leaves_room():
    bound = clopper_pearson(0, 50).high
    none = prediction_powered([0] * 50, [0] * 50, [0] * 400)
    assert (none.low, none.high) == (0.0, pytest.approx(bound))
    some = prediction_powered([0] * 50, [0] * 50, [0, 1] * 200, weight=1.0)
    assert some.high - some.value > bound


def test_prediction_powered_bad_input():
    with pytest.raises(InputError, match="labelled_truth and labelled_judge must have the same length"):
        prediction_powered([1], [1, 0], [1])
    with pytest.raises(InputError, match="labelled_truth must come from at least 2"):
        prediction_powered([1], [1], [1, 0])
    with pytest.raises(InputError, match="both or neither"):
        prediction_powered([1, 0], [1, 0], [1, 0], clusters=[1, 2])
    with pytest.raises(InputError, match="weight"):
        prediction_powered([1, 0], [1, 0], [1, 0], weight=2.0)
    with pytest.raises(InputError, match="unlabelled_judge is empty"):
        prediction_powered([1, 0], [1, 0], [])


P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@pytest.mark.parametrize("method", [holm, benjamini_hochberg])
@given(p=P_VALUES, seed=st.integers(0, 99))
@settings(deadline=None, max_examples=60)
def test_adjusted_p_values_keep_order_and_only_grow(method, p, seed):
    adjusted = method(p)
    assert all(one <= two <= 1.0 for one, two in zip(p, adjusted, strict=True))
    order = rng(seed).permutation(len(p))
    assert method([p[i] for i in order]) == pytest.approx([adjusted[i] for i in order])
    ranked = sorted(range(len(p)), key=lambda i: p[i])
    assert [adjusted[i] for i in ranked] == sorted(adjusted)


@given(p=P_VALUES)
@settings(deadline=None, max_examples=30)
def test_the_false_discovery_rate_is_the_milder_demand(p):
    assert all(bh <= h + 1e-12 for bh, h in zip(benjamini_hochberg(p), holm(p), strict=True))


@pytest.mark.parametrize("bad", [[0.1, math.nan], [1.2], [-0.1]])
def test_bad_p_values(bad):
    with pytest.raises(InputError, match="p_values"):
        holm(bad)


@pytest.mark.parametrize("method", [holm, benjamini_hochberg])
def test_an_empty_family_has_nothing_to_adjust(method):
    assert method([]) == []


@given(n=st.integers(30, 3000), baseline=st.floats(0, 0.8), effect=st.floats(1, 5))
@settings(deadline=None, max_examples=60)
def test_effects_shrink_with_n_and_grow_with_power_and_clusters(n, baseline, effect):
    # Four times the data: the exact test's steps can undo a little, never that much.
    for find in (
        lambda size, **options: minimal_detectable_effect(size, baseline, **options),
        lambda size, **options: minimal_detectable_difference(size, size, baseline=baseline, **options),
        lambda size, **options: paired_minimal_detectable_difference(size, 0.3, **options),
    ):
        here = find(n)
        assert here > 0.0
        assert find(4 * n) <= here <= find(n, power=0.9)
        assert here <= find(n, confidence=0.999)
        assert find(4 * n, design_effect=4.0) == pytest.approx(here, abs=1e-9)
        if effect >= 4.0:
            assert find(n) <= find(n, design_effect=effect)


def test_effects_at_the_edges():
    # Against a threshold of 0 one success is enough: 1 − (1 − δ)^n = 0.8.
    assert minimal_detectable_effect(100, 0.0) == pytest.approx(1 - 0.2 ** (1 / 100))
    up = minimal_detectable_effect(200, 0.3)
    assert minimal_detectable_effect(200, 0.7, direction="lower") == pytest.approx(up)
    assert minimal_detectable_effect(3, 0.5) == math.inf
    assert minimal_detectable_difference(3, 3) == math.inf
    assert paired_minimal_detectable_difference(5, 0.1) == math.inf
    for bad in ({"power": 0.4}, {"design_effect": 0.0}, {"design_effect": 500.0}, {"direction": "up"}):
        with pytest.raises(InputError, match=next(iter(bad))):
            minimal_detectable_effect(100, 0.1, **bad)
    with pytest.raises(InputError, match="baseline"):
        minimal_detectable_effect(100, 1.1)
    with pytest.raises(InputError, match="discordant"):
        paired_minimal_detectable_difference(100, -0.1)


LABELS = st.lists(st.tuples(*[st.sampled_from("abc")] * 2), min_size=1, max_size=40)


@given(pairs=LABELS)
@settings(deadline=None, max_examples=80)
def test_agreement_is_symmetric_holds_its_value_and_has_width(pairs):
    first, second = zip(*pairs, strict=True)
    if len({*first, *second}) == 1:
        for refused in (
            lambda: cohen_kappa(first, second),
            lambda: krippendorff_alpha(pairs, rng=rng()),
        ):
            with pytest.raises(InputError, match="undefined"):
                refused()
        return
    kappa, swapped = cohen_kappa(first, second), cohen_kappa(second, first)
    assert (kappa.value, kappa.low, kappa.high) == pytest.approx((swapped.value, swapped.low, swapped.high))
    assert -1.0 <= kappa.low < kappa.high <= 1.0
    alpha = krippendorff_alpha(pairs, rng=rng(), resamples=200)
    mirrored = krippendorff_alpha([pair[::-1] for pair in pairs], rng=rng(), resamples=200)
    assert alpha.value == pytest.approx(mirrored.value)
    assert alpha.low < alpha.high <= 1.0
    if first == second:
        assert kappa.value == pytest.approx(1.0)
        assert alpha.value == pytest.approx(1.0)


def test_krippendorff_worked_example_with_missing_labels():
    # Krippendorff 2011, "Computing Krippendorff's alpha-reliability", example C: nominal alpha 0.743.
    table = """
        1 2 3 3 2 1 4 1 2 . . .
        1 2 3 3 2 2 4 1 2 5 . 3
        . 3 3 3 2 3 4 2 2 5 1 .
        1 2 3 3 2 4 4 1 2 5 1 .
    """
    rows = [[None if cell == "." else cell for cell in line.split()] for line in table.strip().splitlines()]
    alpha = krippendorff_alpha(list(zip(*rows, strict=True)), rng=rng())
    assert alpha.value == pytest.approx(0.743, abs=5e-4)
    assert (alpha.n, alpha.clusters, alpha.method) == (40, 11, "unit-bootstrap")


def test_full_agreement_is_not_certainty():
    kappa = cohen_kappa("aabb", "aabb")
    assert (kappa.value, kappa.high, kappa.method) == (1.0, 1.0, "clopper-pearson-agreement")
    assert kappa.low < 0.0
    alpha = krippendorff_alpha(["aa", "bb"] * 50, rng=rng())
    assert alpha.method == "clopper-pearson-units"
    assert 0.9 < alpha.low < alpha.value == 1.0


def test_agreement_bad_input():
    with pytest.raises(InputError, match="first and second must have the same length"):
        cohen_kappa("ab", "a")
    with pytest.raises(InputError, match="first is empty"):
        cohen_kappa([], [])
    with pytest.raises(InputError, match="units hold no item with two labels"):
        krippendorff_alpha([["a"], ["b", None]], rng=rng())


@given(n=st.integers(1, 40), data=st.data())
@settings(deadline=None, max_examples=60)
def test_best_of_k_grows_with_k_and_starts_at_the_rate(n, data):
    c = data.draw(st.integers(0, n))
    curve = [best_of_k(n, c, k) for k in range(1, n + 1)]
    assert curve[0] == pytest.approx(c / n)
    assert curve == sorted(curve)
    assert curve[-1] == (1.0 if c else 0.0)


def test_best_of_k_bad_input():
    for arguments, named in (
        ((0, 0, 1), "samples"),
        ((5, 6, 1), "successes"),
        ((5, 1, 6), "k "),
        ((5, 1, 0), "k "),
    ):
        with pytest.raises(InputError, match=f"^{named}"):
            best_of_k(*arguments)
