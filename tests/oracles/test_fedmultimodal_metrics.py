"""FedMultimodal's figures against scikit-learn, which the official code calls."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.evaluate.benchmarks.fedmultimodal.metrics import figures

oracle = pytest.importorskip("sklearn.metrics")


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60))
def test_as_scikit_learn(pairs):
    truth, said = np.array(pairs).T
    found = figures(truth, said, 5)
    assert found["accuracy"] == pytest.approx(oracle.accuracy_score(truth, said))
    f1 = oracle.f1_score(truth, said, average="macro", zero_division=0)
    assert found["macro_f1"] == pytest.approx(f1)
    uar = oracle.recall_score(truth, said, average="macro", zero_division=0)
    assert found["uar"] == pytest.approx(uar)
