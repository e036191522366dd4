"""Gradients against finite differences, and what a missing modality is to the network."""

from __future__ import annotations

import numpy as np
import pytest

from octarine.evaluate.benchmarks.fedmultimodal.network import gradient, initial, logits, patches, predicted
from octarine.evaluate.benchmarks.fedmultimodal.training import Lesson, Settings, train


def windows(n: int, seed: int = 0):
    random = np.random.default_rng(seed)
    return random.standard_normal((n, 32, 3)), random.standard_normal((n, 32, 2))


@pytest.mark.parametrize("missing", [(False, False), (True, False), (False, True)])
def test_gradients_are_those_of_finite_differences(missing):
    random = np.random.default_rng(1)
    seen = patches(*windows(5), missing)
    labels = np.array([0, 1, 2, 1, 0])
    parameters = [
        array + 0.1 * random.standard_normal(array.shape) for array in initial((3, 2), 3, 0, "float64")
    ]
    _, found = gradient(parameters, seen, labels)
    step = 1e-6
    for array, slope in zip(parameters, found, strict=True):
        assert slope.shape == array.shape
        for place in random.choice(array.size, min(6, array.size), replace=False):
            before = array.flat[place]
            array.flat[place] = before + step
            above, _ = gradient(parameters, seen, labels)
            array.flat[place] = before - step
            below, _ = gradient(parameters, seen, labels)
            array.flat[place] = before
            assert slope.flat[place] == pytest.approx((above - below) / (2 * step), rel=1e-4, abs=1e-8)


def test_a_missing_modality_is_not_seen():
    first, second = windows(4)
    _, other = windows(4, seed=5)
    parameters = initial((3, 2), 3, 0)
    lacking = logits(parameters, patches(first, second, (False, True)))
    assert np.allclose(lacking, logits(parameters, patches(first, other, (False, True))))
    assert not np.allclose(lacking, logits(parameters, patches(first, second)))


def test_training_learns_what_can_be_learned_and_changes_nothing_in_place():
    first, second = windows(120)
    labels = np.arange(120) % 3
    first[np.arange(120), :, :] += 2.0 * (labels - 1)[:, None, None]
    start = initial((3, 2), 3, 0)
    before = [array.copy() for array in start]
    lesson = Lesson(patches(first.astype("float32"), second.astype("float32")), labels)
    learned = train(start, lesson, Settings(), np.random.default_rng(0), epochs=12)
    assert all(np.array_equal(a, b) for a, b in zip(start, before, strict=True))
    assert (predicted(learned, lesson.seen) == labels).mean() > 0.95
    assert (predicted(start, lesson.seen) == labels).mean() < 0.7


def test_training_is_the_same_for_the_same_seed():
    first, second = windows(40)
    lesson = Lesson(patches(first, second), np.arange(40) % 3)
    start = initial((3, 2), 3, 0)
    twice = [train(start, lesson, Settings(), np.random.default_rng(4)) for _ in range(2)]
    assert all(np.array_equal(a, b) for a, b in zip(*twice, strict=True))
