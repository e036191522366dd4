"""Fit the few numbers that turn logits into probabilities, on the calibration half alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from octarine.guard.classifier.calibration import STOPS, Blend, Calibration, Stop, sigmoid, squashed
from octarine.guard.classifier.card import STRENGTHS
from octarine.guard.classifier.heads import HEADS, INPUT_HEADS, Head
from octarine.guard.training.encoding import label_matrix
from octarine.guard.training.row import Row

Array = NDArray[np.float32]
LEAST = 20
"""Rows of each class that a head needs to be calibrated; with fewer the encoder's logit stands as it is."""


def stopped(row: Row) -> bool | None:
    """Whether a moderator would stop an input: some head should fire; None where that is not known."""
    if row.response:
        return None
    said = [value for head, value in row.labels.items() if head in INPUT_HEADS]
    if any(said):
        return True
    known = (
        row.labels.get(Head.HARMFUL_REQUEST) is False and row.labels.get(Head.HARMFUL_CONTENT, False) is False
    )
    return False if known else None


def calibrate(rows: Sequence[Row], encoder: Array, ngrams: Array) -> Calibration:
    """Blends of every head, and the one score.

    Args:
        rows: the calibration half.
        encoder, ngrams: (rows, ≥ heads) logits of each.
    """
    labels = label_matrix(rows)
    blends = {
        head.value: _blend(labels[:, index], encoder[:, index], ngrams[:, index])
        for index, head in enumerate(HEADS)
    }
    without = Calibration(blends, Stop())
    return Calibration(blends, _stop(rows, without.logits(encoder, ngrams)))


def _blend(labels: NDArray[np.int8], encoder: Array, ngrams: Array) -> Blend:
    known = labels >= 0
    truth = labels[known]
    if min((truth == 1).sum(), (truth == 0).sum()) < LEAST:
        return Blend()
    features = np.stack([encoder[known], ngrams[known]], axis=1)
    (by_encoder, by_ngrams), bias = _logistic(features, truth)
    return Blend(by_encoder, by_ngrams, bias)


def _stop(rows: Sequence[Row], logits: Array) -> Stop:
    truth = [stopped(row) for row in rows]
    known = np.array([value is not None for value in truth])
    fitted = [head for head in STOPS if head is not Head.JAILBREAK]
    features = np.stack([squashed(logits[:, HEADS.index(head)]) for head in fitted], axis=1)[known]
    weights, bias = _logistic(features, np.array([bool(value) for value in truth])[known])
    found = {head.value: weight for head, weight in zip(fitted, weights, strict=True)}
    # The development sets hold next to no jailbreaks: that head counts as much as the other kind of attack.
    found[Head.JAILBREAK.value] = found[Head.PROMPT_INJECTION.value]
    return Stop(found, bias)


def _logistic(features: Array, labels: NDArray[np.generic]) -> tuple[list[float], float]:
    """Weights (none below zero: more of a head never speaks against firing) and bias, lightly shrunk."""
    inputs = torch.from_numpy(features.astype(np.float64))
    truth = torch.from_numpy(labels.astype(np.float64))
    raw = torch.zeros(inputs.shape[1], dtype=torch.float64, requires_grad=True)
    bias = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([raw, bias], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        weights = nn.functional.softplus(raw)
        found = nn.functional.binary_cross_entropy_with_logits(inputs @ weights + bias, truth)
        found = found + 1e-3 * (weights**2).mean()
        found.backward()
        return found

    optimiser.step(loss)
    return nn.functional.softplus(raw).tolist(), float(bias.detach())


def thresholds(
    rows: Sequence[Row], calibration: Calibration, encoder: Array, ngrams: Array
) -> Mapping[str, Mapping[str, float]]:
    """Head → strength → the probability that at most the strength's share of harmless rows exceeds.

    Harmless is what is known to be so for the head; no threshold is below one half of the share that it
    allows.
    """
    chances = sigmoid(calibration.logits(encoder, ngrams))
    labels = label_matrix(rows)
    found = {}
    for index, head in enumerate(HEADS):
        quiet = chances[labels[:, index] == 0, index]
        if len(quiet) < LEAST:
            found[head.value] = {"low": 0.9, "medium": 0.7, "high": 0.5}
            continue
        found[head.value] = {name: float(np.quantile(quiet, 1 - rate)) for name, rate in STRENGTHS.items()}
    return found
