"""Train the linear model on hashed n-grams."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from octarine.guard.classifier.heads import HEADS
from octarine.guard.classifier.ngram_model import ANSWER_MARK, NgramModel
from octarine.guard.classifier.ngrams import ngram_ids, ngram_weights
from octarine.guard.training.encoding import label_matrix
from octarine.guard.training.row import Row

BITS = 18
LONGEST = 1_500
"""Code points of a training row; windows at run time are shorter."""


def fit_ngrams(
    rows: Sequence[Row],
    *,
    passes: int = 4,
    rate: float = 0.3,
    seed: int = 0,
    start: NgramModel | None = None,
) -> NgramModel:
    """Logistic regression on every head at once, by Adagrad on the weights that a batch touches.

    Args:
        start: a model to go on from.
    """
    features = [_features(row) for row in rows]
    labels = torch.from_numpy(label_matrix(rows).astype(np.float32))
    weights = torch.tensor([row.weight for row in rows])
    table, bias = _table(start)
    optimiser = torch.optim.Adagrad([table, bias], lr=rate)
    rng = np.random.default_rng(seed)
    for _ in range(passes):
        order = rng.permutation(len(rows))
        for first in range(0, len(order), 256):
            batch = order[first : first + 256]
            logits = _logits([features[index] for index in batch], table) + bias
            known = (labels[batch] >= 0).float() * weights[batch][:, None]
            losses = nn.functional.binary_cross_entropy_with_logits(
                logits, labels[batch].clamp(min=0), reduction="none"
            )
            optimiser.zero_grad()
            ((losses * known).sum() / len(batch)).backward()
            optimiser.step()
    return NgramModel.quantised(table.detach().numpy(), bias.detach().numpy())


def _table(start: NgramModel | None) -> tuple[Tensor, Tensor]:
    if start is None:
        return torch.zeros(2**BITS, len(HEADS), requires_grad=True), torch.zeros(
            len(HEADS), requires_grad=True
        )
    weights = torch.from_numpy(start.weights.astype(np.float32) * start.scale)
    return weights.requires_grad_(), torch.from_numpy(start.bias.copy()).requires_grad_()


def _features(row: Row) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    text = row.text[:LONGEST] + (ANSWER_MARK + row.response[:LONGEST] if row.response else "")
    return ngram_weights(ngram_ids(text, BITS))


def _logits(features: Sequence[tuple[NDArray[np.int64], NDArray[np.float32]]], table: Tensor) -> Tensor:
    offsets = np.cumsum([0, *(len(buckets) for buckets, _ in features[:-1])])
    logits: Tensor = nn.functional.embedding_bag(
        torch.from_numpy(np.concatenate([buckets for buckets, _ in features])),
        table,
        torch.from_numpy(offsets),
        mode="sum",
        per_sample_weights=torch.from_numpy(np.concatenate([weights for _, weights in features])),
        sparse=True,
    )
    return logits
