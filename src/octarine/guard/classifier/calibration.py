"""From the logits of two models to calibrated probabilities, and from the heads to one score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from octarine.guard.classifier.heads import HEADS, Head

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Blend:
    """``sigmoid(bias + encoder·e + ngrams·g)`` for the logits e and g of one head: logistic stacking, which
    calibrates as it combines (Platt 1999)."""

    encoder: float = 1.0
    ngrams: float = 0.0
    bias: float = 0.0


STOPS = (
    Head.HARMFUL_REQUEST,
    Head.HARMFUL_CONTENT,
    Head.JAILBREAK,
    Head.PROMPT_INJECTION,
    Head.SEXUAL,
    Head.VIOLENCE,
    Head.SELF_HARM,
)
"""The heads that the one score of an input is made of."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Weights of ``sigmoid(bias + Σ weight · logit of the head)``: would a moderator stop this input?"""

    weights: Mapping[str, float] = field(default_factory=dict)
    bias: float = 0.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """How logits become probabilities. Fitted on the calibration half alone."""

    blends: Mapping[str, Blend]
    stop: Stop
    hazard_temperature: float = 1.0

    def logits(self, encoder: Array, ngrams: Array) -> Array:
        """Blended logits, (rows, heads), of both models' (rows, ≥ heads)."""
        count = len(HEADS)
        blends = [self.blends[head] for head in HEADS]
        by_encoder = np.array([blend.encoder for blend in blends], dtype=np.float32)
        by_ngrams = np.array([blend.ngrams for blend in blends], dtype=np.float32)
        bias = np.array([blend.bias for blend in blends], dtype=np.float32)
        found: Array = encoder[:, :count] * by_encoder + ngrams[:, :count] * by_ngrams + bias
        return found

    def stopped(self, logits: Array) -> Array:
        """(rows,) probabilities, of blended logits."""
        total = np.full(len(logits), self.stop.bias, dtype=np.float32)
        for head, weight in self.stop.weights.items():
            total += weight * squashed(logits[:, HEADS.index(Head(head))])
        return sigmoid(total)

    def hazards(self, encoder: Array) -> Array:
        """(rows, hazards) that sum to 1, of the encoder's logits."""
        logits = encoder[:, len(HEADS) :] / self.hazard_temperature
        shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
        found: Array = shifted / shifted.sum(axis=1, keepdims=True)
        return found


def squashed(logits: Array) -> Array:
    """Softplus: a head that is very sure that nothing is wrong says no more than one that is sure, so that
    the
    heads that fire decide."""
    found: Array = np.logaddexp(0.0, logits + 2.0).astype(np.float32)
    return found


def sigmoid(logits: Array) -> Array:
    """Without overflow."""
    found: Array = (0.5 * (1.0 + np.tanh(0.5 * logits))).astype(np.float32)
    return found
