"""A linear model on hashed n-grams: one row of small integers a bucket, one column a head."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from octarine.guard.classifier.ngrams import ngram_ids, ngram_weights

ANSWER_MARK = " \u241e "
"""Between a request and its answer."""


class NgramModel:
    """Weights (2**bits, outputs) int8 with one scale a column, and a bias (outputs,)."""

    def __init__(
        self, weights: NDArray[np.int8], scale: NDArray[np.float32], bias: NDArray[np.float32]
    ) -> None:
        self.weights = weights
        self.scale = scale
        self.bias = bias
        self.bits = len(weights).bit_length() - 1

    @staticmethod
    def quantised(weights: NDArray[np.float32], bias: NDArray[np.float32]) -> NgramModel:
        """From float weights: each column is scaled so that its largest weight is 127."""
        scale = np.maximum(np.abs(weights).max(axis=0), 1e-6) / 127
        return NgramModel(np.rint(weights / scale).astype(np.int8), scale.astype(np.float32), bias)

    @staticmethod
    def load(path: Path) -> NgramModel:
        """Read what ``save`` wrote."""
        with np.load(path, allow_pickle=False) as held:
            return NgramModel(held["weights"], held["scale"], held["bias"])

    def save(self, path: Path) -> None:
        """Write one compressed file."""
        np.savez_compressed(path, weights=self.weights, scale=self.scale, bias=self.bias)

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(texts, outputs)."""
        return (
            np.stack([self._logits(text) for text in texts])
            if texts
            else np.zeros((0, len(self.bias)), np.float32)
        )

    def _logits(self, text: str) -> NDArray[np.float32]:
        buckets, weights = ngram_weights(ngram_ids(text, self.bits))
        found: NDArray[np.float32] = (
            weights @ self.weights[buckets].astype(np.float32) * self.scale + self.bias
        )
        return found
