"""What is broken at a training client: a modality that it lacks, labels that it lacks, labels that are wrong.

Development and test stay clean. ``Draws.OFFICIAL`` is what the repository's code draws (its commit 2a32f29),
which all five of its repeats share; ``Draws.FIXED`` draws what the paper describes, anew for every repeat.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from octarine.evaluate.benchmarks.fedmultimodal.corpus import BoolArray, FloatArray, IntArray
from octarine.evaluate.benchmarks.fedmultimodal.noise import chosen, fixed_survivors, matrix, official_matrix


class Corruption(StrEnum):
    """The three of the paper."""

    MISSING_MODALITY = "missing-modality"
    MISSING_LABEL = "missing-label"
    LABEL_NOISE = "label-noise"


class Draws(StrEnum):
    """Whose random numbers."""

    OFFICIAL = "official"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True, eq=False)
class Damage:
    """What one client has left.

    Attributes:
        missing: whether it lacks the first and the second modality, in all its windows.
        labels: shape (n,), what it takes for the truth.
        unlabelled: shape (n,), windows that it cannot learn from.
    """

    missing: tuple[bool, bool]
    labels: IntArray
    unlabelled: BoolArray

    @property
    def lost(self) -> bool:
        """Whether nothing is left to learn from."""
        return all(self.missing) or bool(self.unlabelled.all())


def damage(
    corruption: Corruption,
    rate: float,
    labels: IntArray,
    classes: int,
    *,
    client: int,
    draws: Draws,
    repeat: int = 0,
) -> Damage:
    """The damage of the client whose seed is ``client``.

    Fixed draws of a higher rate break what those of a lower one broke and more: a curve's points share their
    luck, and differ by the rate alone.

    Raises:
        InputError: where the official code stops (``noise.official_matrix``).
    """
    whole = Damage((False, False), labels, np.zeros(len(labels), dtype=np.bool_))
    if rate == 0.0:
        return whole
    make = _official if draws is Draws.OFFICIAL else _fixed
    return make(corruption, rate, whole, classes, client, repeat)


def _official(
    corruption: Corruption, rate: float, whole: Damage, classes: int, client: int, repeat: int
) -> Damage:
    """Seeds ``client`` and ``2 * client``: a client's second modality fails with the first of client 2n, and
    client 0's two together. Noise takes one random number for all windows of a client, so that each class
    keeps its label or gets one and the same wrong one. The draws do not depend on ``repeat``."""
    labels = whole.labels
    if corruption is Corruption.MISSING_MODALITY:
        missing = [bool(_bernoulli(seed, rate, 1)[0]) for seed in (client, 2 * client)]
        return Damage((missing[0], missing[1]), labels, whole.unlabelled)
    if corruption is Corruption.MISSING_LABEL:
        return Damage(whole.missing, labels, _bernoulli(client, rate, len(labels)))
    if classes == 2:
        flipped = labels ^ int(_bernoulli(client, rate, 1)[0])
        return Damage(whole.missing, flipped, whole.unlabelled)
    one = np.random.RandomState(client).random_sample()
    wrong = chosen(official_matrix(client, classes, rate), labels, np.full(len(labels), one))
    return Damage(whole.missing, wrong, whole.unlabelled)


def _bernoulli(seed: int, rate: float, size: int) -> BoolArray:
    return np.random.RandomState(seed).binomial(1, rate, size).astype(np.bool_)


def _fixed(
    corruption: Corruption, rate: float, whole: Damage, classes: int, client: int, repeat: int
) -> Damage:
    random = np.random.default_rng([repeat, client, list(Corruption).index(corruption)])
    labels = whole.labels
    if corruption is Corruption.MISSING_MODALITY:
        first, second = random.random(2) < rate
        return Damage((bool(first), bool(second)), labels, whole.unlabelled)
    uniforms: FloatArray = random.random(len(labels))
    if corruption is Corruption.MISSING_LABEL:
        return Damage(whole.missing, labels, uniforms < rate)
    alive = fixed_survivors(random, classes)
    others = chosen(matrix(alive, 1.0), labels, random.random(len(labels)))
    wrong = np.where(uniforms < rate, others, labels)
    return Damage(whole.missing, wrong, whole.unlabelled)
