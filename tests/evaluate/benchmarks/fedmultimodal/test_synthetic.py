"""The drawn set: that it is what its description says."""

from __future__ import annotations

import numpy as np
import pytest

from octarine.evaluate.benchmarks.fedmultimodal.synthetic import CLASSES, best_accuracy, synthesise


def test_it_is_drawn_from_its_seed():
    one, same, other = synthesise(0), synthesise(0), synthesise(1)
    assert np.array_equal(one.train.first, same.train.first)
    assert not np.array_equal(one.train.first, other.train.first)


def test_nobody_is_in_both_parts_and_classes_are_even():
    corpus = synthesise()
    assert not set(corpus.train.subjects) & set(corpus.test.subjects)
    counts = np.bincount(corpus.train.labels)
    assert len(counts) == len(CLASSES)
    assert counts.max() - counts.min() <= len(set(corpus.train.subjects))


def test_each_modality_alone_is_worth_less_than_both():
    both, first, second = (
        best_accuracy(seen, draws=6000) for seen in ((True, True), (True, False), (False, True))
    )
    assert both > 0.98
    assert 0.5 < second < first < 0.85
    assert best_accuracy((False, False)) == pytest.approx(1 / 6)


def test_a_learner_that_knows_only_the_windows_stays_below_the_ceiling():
    """A nearest-mean rule learned from the windows, which cannot beat Bayes' rule by more than chance."""
    corpus = synthesise()
    for pick, seen in (("first", (True, False)), ("second", (False, True))):
        train = getattr(corpus.train, pick).reshape(len(corpus.train), -1)
        test = getattr(corpus.test, pick).reshape(len(corpus.test), -1)
        means = np.stack([train[corpus.train.labels == label].mean(axis=0) for label in range(6)])
        said = ((test[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
        accuracy = (said == corpus.test.labels).mean()
        assert 0.4 < accuracy < best_accuracy(seen, draws=6000) + 0.05
