"""FedMultimodal's figures against scikit-learn, which the official code calls."""

from __future__ import annotations

import numpy as np
import pytest

from octarine.evaluate.benchmarks.fedmultimodal.metrics import figures

oracle = pytest.importorskip("sklearn.metrics")


@pytest.mark.parametrize("seed", range(40))
def test_as_scikit_learn(seed):
    """Few windows and five classes, so that some classes occur in one of the two or in none."""
    random = np.random.default_rng(seed)
    truth, said = random.integers(0, 5, (2, random.integers(1, 12)))
    found = figures(truth, said, 5)
    assert found["accuracy"] == pytest.approx(oracle.accuracy_score(truth, said))
    f1 = oracle.f1_score(truth, said, average="macro", zero_division=0)
    assert found["macro_f1"] == pytest.approx(f1)
    labels = np.union1d(truth, said)
    uar = oracle.recall_score(truth, said, labels=labels, average="macro", zero_division=0)
    assert found["uar"] == pytest.approx(uar)
