"""A small set of two modalities, drawn and not recorded, for machines that have no data.

Six activities are pairs of one of three *gaits* and one of two *postures*. The first modality shows the gait
well and the posture faintly, the second the posture well and the gait faintly, so that each alone is worth
much less than both. A window is its activity's waveforms, plus the wearer's own (a low-rank Gaussian shift
that stays the same for all windows of a subject), plus white noise. Subjects of the test wear nothing in
training. Everything is Gaussian, so the best possible decision for a window of an unknown subject is known
(``best_accuracy``): nothing that learns can do better on average.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from octarine.evaluate.benchmarks.fedmultimodal.corpus import Corpus, FloatArray, IntArray, Windows

STEPS, CHANNELS, GAITS, POSTURES = 32, 3, 3, 2
CLASSES = tuple(
    f"gait {gait + 1}, posture {posture + 1}" for gait in range(GAITS) for posture in range(POSTURES)
)
CLEAR, FAINT = 0.6, 0.12
"""Amplitudes of what a modality shows well and faintly; the noise has deviation 1."""
SHIFT, RANK = 0.3, 4
"""Deviation and number of the waveforms of a subject's shift."""


@dataclass(frozen=True, slots=True, eq=False)
class _Sensor:
    means: FloatArray
    """Shape (classes, steps × channels)."""
    shifts: FloatArray
    """Shape (RANK, steps × channels)."""


def synthesise(seed: int = 0, *, subjects: int = 8, test_subjects: int = 20, windows: int = 200) -> Corpus:
    """``windows`` windows of each of ``subjects`` subjects to train on, 50 of each of ``test_subjects``.

    The waveforms are the same for every ``seed``; people and noise are drawn from it.
    """
    sensors = _sensors()
    rng = np.random.default_rng([seed, 1])
    train = _drawn(sensors, rng, np.repeat(np.arange(1, subjects + 1), windows))
    test = _drawn(sensors, rng, np.repeat(np.arange(subjects + 1, subjects + test_subjects + 1), 50))
    return Corpus("synthetic", ("gait sensor", "posture sensor"), CLASSES, train, test)


def best_accuracy(modalities: tuple[bool, bool], draws: int = 40_000, seed: int = 0) -> float:
    """The accuracy, by ``draws`` draws, of Bayes' rule that knows all waveforms, on unknown subjects.

    Args:
        modalities: whether the first and the second are seen.
    """
    seen = [sensor for sensor, shown in zip(_sensors(), modalities, strict=True) if shown]
    if not seen:
        return 1.0 / len(CLASSES)
    means = np.concatenate([sensor.means for sensor in seen], axis=1)
    size = STEPS * CHANNELS
    covariance = np.eye(means.shape[1])
    for place, sensor in enumerate(seen):
        inside = slice(place * size, (place + 1) * size)
        covariance[inside, inside] += SHIFT**2 * sensor.shifts.T @ sensor.shifts
    whitened = np.linalg.solve(np.linalg.cholesky(covariance), means.T).T
    rng = np.random.default_rng([seed, 2])
    labels = rng.integers(0, len(CLASSES), draws)
    seen_windows = whitened[labels] + rng.standard_normal((draws, means.shape[1]))
    distances = ((seen_windows[:, None, :] - whitened[None]) ** 2).sum(axis=2)
    return float((distances.argmin(axis=1) == labels).mean())


def _sensors() -> tuple[_Sensor, _Sensor]:
    rng = np.random.default_rng([2023, 6])
    gait, posture = np.divmod(np.arange(len(CLASSES)), POSTURES)
    found = []
    for clear, faint in ((gait, posture), (posture, gait)):
        strong, weak = _waves(rng, GAITS), _waves(rng, GAITS)
        shifts = _waves(rng, RANK)
        found.append(_Sensor(CLEAR * strong[clear] + FAINT * weak[faint], shifts))
    return found[0], found[1]


def _waves(rng: np.random.Generator, count: int) -> FloatArray:
    """``count`` smooth waveforms of unit power, shape (count, steps × channels)."""
    time = np.arange(STEPS) / STEPS
    waves = np.zeros((count, STEPS, CHANNELS))
    for cycles in (1, 2, 3, 4):
        phase = rng.uniform(0, 2 * np.pi, (count, 1, CHANNELS))
        waves += rng.standard_normal((count, 1, CHANNELS)) * np.cos(
            2 * np.pi * cycles * time[None, :, None] + phase
        )
    flat = waves.reshape(count, -1)
    scaled: FloatArray = flat / np.sqrt((flat**2).mean(axis=1, keepdims=True))
    return scaled


def _drawn(sensors: tuple[_Sensor, _Sensor], rng: np.random.Generator, subjects: IntArray) -> Windows:
    # Every subject does all activities equally often, as the people of UCI-HAR do, in a random order.
    labels = np.arange(len(subjects)) % len(CLASSES)
    order = np.lexsort((rng.random(len(subjects)), subjects))
    labels = labels[order]
    seen = []
    for sensor in sensors:
        weights = SHIFT * rng.standard_normal((int(subjects.max()) + 1, RANK))
        signal = sensor.means[labels] + (weights @ sensor.shifts)[subjects]
        signal = signal + rng.standard_normal(signal.shape)
        seen.append(signal.reshape(len(subjects), STEPS, CHANNELS).astype(np.float32))
    return Windows(seen[0], seen[1], labels.astype(np.int64), subjects.astype(np.int64))
