"""Which samples a suite draws."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.core.dimensions import Dimension, objectives
from octarine.core.errors import InputError, UnknownPlugin
from octarine.core.samples import Subject
from octarine.evaluate import Selection, open_benchmark
from octarine.evaluate.benchmark import draw, grouped, interleave, observations, suite
from octarine.evaluate.scorecard import MIN_SAMPLES

from .conftest import benchmark, fact, twins


def keys(groups):
    return {sample.id for group in groups for sample in group}


@given(st.integers(0, 50), st.integers(1, 20), st.integers(1, 20), st.integers(5, 40))
def test_a_larger_draw_holds_the_smaller_one(seed, first, second, n):
    samples = [sample for number in range(n) for sample in twins(number)] + [fact(k) for k in range(n)]
    small, large = sorted((first, second))
    assert keys(draw(samples, small, seed)) <= keys(draw(samples, large, seed))
    assert keys(draw(samples, large, seed)) <= keys(draw(samples, None, seed))


@given(st.integers(0, 50), st.integers(1, 30))
def test_groups_are_whole_and_every_objective_gets_its_share(seed, wanted):
    samples = [sample for number in range(30) for sample in twins(number)]
    drawn = draw(samples, wanted, seed)
    assert all(len(group) == 2 for group in drawn)
    counts = Counter(name for group in drawn for sample in group for name in sample.objectives)
    assert set(counts.values()) == {wanted}


def test_the_draw_depends_on_the_seed_and_on_nothing_else():
    samples = [fact(number) for number in range(50)]
    assert keys(draw(samples, 10, 1)) == keys(draw(list(reversed(samples)), 10, 1))
    assert keys(draw(samples, 10, 1)) != keys(draw(samples, 10, 2))


def test_every_prefix_covers_every_objective():
    samples = [sample for number in range(10) for sample in twins(number)] + [fact(k) for k in range(10)]
    order = interleave(draw(samples, None, 0))
    assert len(order) == 30
    assert {sample.dimension for sample in order[:3]} == {Dimension.SAFETY, Dimension.VERACITY_ROBUSTNESS}


def test_a_limit_keeps_groups_whole():
    order = interleave(draw([sample for n in range(10) for sample in twins(n)], None, 0), limit=5)
    assert len(order) == 4


def test_an_empty_selection_says_what_there_is():
    with pytest.raises(InputError, match="no sample") as error:
        benchmark([fact(1)]).select(Selection(languages=("xx",)))
    assert "en" in error.value.hint


def test_unknown_names_are_errors():
    with pytest.raises(InputError, match="no suite 'huge'"):
        suite("huge")
    with pytest.raises(UnknownPlugin, match="no benchmark named 'octarin'") as error:
        open_benchmark("octarin")
    assert "octarine" in error.value.hint


def test_quick_tests_every_objective_and_fits_its_time():
    samples = open_benchmark("octarine").select(Selection("quick"))
    counts = sum((observations(group) for group in grouped(samples).values()), Counter())
    assert {objective.id for objective in objectives()} == set(counts)
    assert min(counts.values()) >= MIN_SAMPLES
    asked = [sample for sample in samples if sample.subject is Subject.ANSWER]
    assert 200 <= len(asked) <= 430


def test_every_dimension_has_at_least_forty_english_samples_and_few_of_one_wording():
    samples = open_benchmark("octarine").load()
    sizes = Counter(sample.dimension for sample in samples if sample.language == "en")
    assert set(sizes) == set(Dimension)
    assert min(sizes.values()) >= 40
    templates = Counter((sample.dimension, sample.template) for sample in samples if sample.template)
    assert max(templates.values()) <= 5
