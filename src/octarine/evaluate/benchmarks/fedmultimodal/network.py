"""The network: an encoder of windows for each modality, attention over both, a classifier; in numpy.

It follows FedMultimodal's network for UCI-HAR (convolution over time for each sensor, then attention heads
over the steps of both, where a missing sensor's steps get no weight) without the recurrence between the two
and with one strided convolution in place of three pooled ones. Gradients are derived by hand and held to
finite differences by the tests.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from octarine.evaluate.benchmarks.fedmultimodal.corpus import BoolArray, FloatArray, IntArray

WIDTH, STRIDE = 16, 8
"""Of the convolution, in steps: 128 steps give 15 places, 32 give 3."""
UNITS, ATTENTION, HEADS, HIDDEN = 24, 32, 4, 48

Parameters = list[FloatArray]


@dataclass(frozen=True, slots=True, eq=False)
class Patches:
    """What the convolution sees of each modality: (n, places, WIDTH × channels); and which are missing."""

    first: FloatArray
    second: FloatArray
    missing: tuple[bool, bool] = (False, False)

    def take(self, rows: IntArray) -> Patches:
        """These rows."""
        return Patches(self.first[rows], self.second[rows], self.missing)


def patches(first: FloatArray, second: FloatArray, missing: tuple[bool, bool] = (False, False)) -> Patches:
    """Windows of shape (n, steps, channels) cut into the convolution's places."""
    return Patches(_cut(first), _cut(second), missing)


def _cut(windows: FloatArray) -> FloatArray:
    cut = sliding_window_view(windows, WIDTH, axis=1)[:, ::STRIDE]
    return np.ascontiguousarray(cut.reshape(*cut.shape[:2], -1))


def initial(channels: tuple[int, int], classes: int, seed: int, dtype: str = "float32") -> Parameters:
    """Weights and biases drawn from a seed: He (2015) before a ReLU, Glorot (2010) elsewhere, biases 0."""
    random = np.random.RandomState(seed)
    layers = (
        (WIDTH * channels[0], UNITS, 2.0),
        (WIDTH * channels[1], UNITS, 2.0),
        (UNITS, ATTENTION, 1.0),
        (ATTENTION, HEADS, 1.0),
        (HEADS * UNITS, HIDDEN, 2.0),
        (HIDDEN, classes, 1.0),
    )
    found: Parameters = []
    for rows, columns, gain in layers:
        scale = np.sqrt(gain / rows) if gain == 2.0 else np.sqrt(2.0 / (rows + columns))
        found.append((scale * random.standard_normal((rows, columns))).astype(dtype))
        found.append(np.zeros(columns, dtype=dtype))
    return found


def logits(parameters: Parameters, seen: Patches) -> FloatArray:
    """Shape (n, classes)."""
    return _forward(parameters, seen).logits


def predicted(parameters: Parameters, seen: Patches) -> IntArray:
    """The likeliest class of each window."""
    found: IntArray = logits(parameters, seen).argmax(axis=1)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Pass:
    tokens: FloatArray
    bent: FloatArray
    weights: FloatArray
    context: FloatArray
    hidden: FloatArray
    logits: FloatArray


def _forward(parameters: Parameters, seen: Patches) -> _Pass:
    w1, b1, w2, b2, wa, ba, ws, bs, wh, bh, wo, bo = parameters
    tokens = np.maximum(np.concatenate([seen.first @ w1 + b1, seen.second @ w2 + b2], axis=1), 0)
    bent = np.tanh(tokens @ wa + ba)
    scores = bent @ ws + bs
    scores[:, _hidden_places(seen)] = -np.inf
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    context = (weights.transpose(0, 2, 1) @ tokens).reshape(len(tokens), -1)
    hidden = np.maximum(context @ wh + bh, 0)
    return _Pass(tokens, bent, weights, context, hidden, hidden @ wo + bo)


def _hidden_places(seen: Patches) -> BoolArray:
    return np.repeat(np.array(seen.missing), (seen.first.shape[1], seen.second.shape[1]))


def gradient(parameters: Parameters, seen: Patches, labels: IntArray) -> tuple[float, Parameters]:
    """The mean cross-entropy of a batch and its derivative by each parameter."""
    _, _, _, _, wa, _, ws, _, wh, _, wo, _ = parameters
    run = _forward(parameters, seen)
    n, rows = len(labels), np.arange(len(labels))
    shifted = run.logits - run.logits.max(axis=1, keepdims=True)
    log_shares = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    by_logits = np.exp(log_shares)
    by_logits[rows, labels] -= 1
    by_logits /= n
    by_hidden = (by_logits @ wo.T) * (run.hidden > 0)
    by_context = (by_hidden @ wh.T).reshape(n, HEADS, UNITS)
    by_weights = run.tokens @ by_context.transpose(0, 2, 1)
    by_scores = run.weights * (by_weights - (run.weights * by_weights).sum(axis=1, keepdims=True))
    by_bent = (by_scores @ ws.T) * (1 - run.bent**2)
    by_tokens = (run.weights @ by_context + by_bent @ wa.T) * (run.tokens > 0)
    first, second = by_tokens[:, : seen.first.shape[1]], by_tokens[:, seen.first.shape[1] :]
    found = [
        *_linear(seen.first, first),
        *_linear(seen.second, second),
        *_linear(run.tokens, by_bent),
        *_linear(run.bent, by_scores),
        *_linear(run.context, by_hidden),
        *_linear(run.hidden, by_logits),
    ]
    return float(-log_shares[rows, labels].mean()), found


def _linear(inputs: FloatArray, by_outputs: FloatArray) -> tuple[FloatArray, FloatArray]:
    flat = by_outputs.reshape(-1, by_outputs.shape[-1])
    return inputs.reshape(-1, inputs.shape[-1]).T @ flat, flat.sum(axis=0)
