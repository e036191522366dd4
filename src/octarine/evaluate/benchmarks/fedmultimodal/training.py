"""How one client learns: FedMultimodal's settings of stochastic gradient descent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from octarine.evaluate.benchmarks.fedmultimodal.corpus import FloatArray, IntArray
from octarine.evaluate.benchmarks.fedmultimodal.network import Parameters, Patches, gradient


@dataclass(frozen=True, slots=True)
class Settings:
    """As in the official ``train.py`` and ``run_base.sh`` of UCI-HAR, unless said.

    Attributes:
        rounds: of the federation; 200 there.
        fraction: of the clients that train in a round.
        server_rate: of FedOpt; there the rate .025 on a difference divided by the local rate .05.
    """

    rounds: int = 100
    fraction: float = 0.1
    rate: float = 0.05
    momentum: float = 0.9
    decay: float = 1e-5
    clip: float = 10.0
    batch: int = 16
    server_rate: float = 0.5
    server_momentum: float = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What a client learns from after its corruption; never empty."""

    seen: Patches
    labels: IntArray


def train(
    parameters: Parameters, lesson: Lesson, settings: Settings, random: np.random.Generator, epochs: int = 1
) -> Parameters:
    """New parameters after ``epochs`` passes in random batches; the momentum starts at 0."""
    shapes = [array.shape for array in parameters]
    flat = np.concatenate([array.ravel() for array in parameters])
    speed = np.zeros_like(flat)
    for _ in range(epochs):
        order = random.permutation(len(lesson.labels))
        for start in range(0, len(order), settings.batch):
            rows = order[start : start + settings.batch]
            _, found = gradient(_split(flat, shapes), lesson.seen.take(rows), lesson.labels[rows])
            slope = np.concatenate([array.ravel() for array in found])
            # As torch does: the norm is clipped first, then decay is added.
            norm = float(np.sqrt((slope**2).sum()))
            if norm > settings.clip:
                slope *= settings.clip / (norm + 1e-6)
            speed = settings.momentum * speed + slope + settings.decay * flat
            flat = flat - settings.rate * speed
    return [array.copy() for array in _split(flat, shapes)]


def _split(flat: FloatArray, shapes: list[tuple[int, ...]]) -> Parameters:
    found, start = [], 0
    for shape in shapes:
        size = int(np.prod(shape))
        found.append(flat[start : start + size].reshape(shape))
        start += size
    return found
