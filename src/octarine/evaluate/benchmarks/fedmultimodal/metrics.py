"""The paper's figures of one set of predictions, read off its confusion counts."""

from __future__ import annotations

import numpy as np

from octarine.evaluate.benchmarks.fedmultimodal.corpus import IntArray

METRICS = ("macro_f1", "uar", "accuracy")
"""Macro-averaged F1 (UCI-HAR's in the paper), unweighted average recall, accuracy."""


def confusion(truth: IntArray, predicted: IntArray, classes: int) -> IntArray:
    """Counts by true (rows) and predicted class."""
    return np.bincount(truth * classes + predicted, minlength=classes**2).reshape(classes, classes)


def figures(truth: IntArray, predicted: IntArray, classes: int) -> dict[str, float]:
    """Each of ``METRICS``. Averages are over classes that occur in either, and 0/0 counts as 0 (as in
    scikit-learn, which the official code calls)."""
    counts = confusion(truth, predicted, classes)
    hits, actual, said = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    occurs = actual + said > 0
    recall = hits[occurs] / np.maximum(actual[occurs], 1)
    f1 = 2 * hits[occurs] / (actual + said)[occurs]
    return {
        "macro_f1": float(f1.mean()),
        "uar": float(recall.mean()),
        "accuracy": float(hits.sum() / counts.sum()),
    }
