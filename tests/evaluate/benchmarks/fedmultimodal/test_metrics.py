"""Figures of planted predictions; scikit-learn is asked in ``tests/oracles``."""

from __future__ import annotations

import numpy as np
import pytest

from octarine.evaluate.benchmarks.fedmultimodal.metrics import METRICS, figures

TRUTH = np.array([0, 0, 0, 0, 1, 1, 2, 2])


def test_right_answers_are_one():
    assert figures(TRUTH, TRUTH, 3) == dict.fromkeys(METRICS, 1.0)


def test_wrong_answers_are_zero():
    assert figures(TRUTH, (TRUTH + 1) % 3, 3) == dict.fromkeys(METRICS, 0.0)


def test_one_answer_for_all_is_told_from_a_good_one():
    found = figures(TRUTH, np.zeros_like(TRUTH), 3)
    assert found["accuracy"] == 0.5
    assert found["uar"] == pytest.approx(1 / 3)
    assert found["macro_f1"] == pytest.approx((2 * 4 / 12) / 3)
