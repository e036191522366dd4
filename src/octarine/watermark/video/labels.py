"""Which frames are ours: each is asked for the mark that is known by then, and neighbours help each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from octarine.watermark.evidence import standing
from octarine.watermark.image.analysis import Plane
from octarine.watermark.image.carriers import Carriers
from octarine.watermark.image.tiles import cut
from octarine.watermark.video.listen import Heard

FAINTEST = 3.0
"""The least t that a marked frame is expected to have."""
CHANGE, CHANGE_AT_CUT = 7.0, 1.5
"""What a change between ours and not ours costs, as a logarithm of odds: within a shot, and at a cut."""
AT_FIRST = 3.0
"""What it costs that a video begins as ours."""
MOST_SAID = 12.0
"""The most that one frame says."""


@dataclass(frozen=True)
class Sample:
    """One frame that was asked.

    Attributes:
        time: in seconds.
        cut: whether it is the first of a shot.
        t: how strongly the mark is there: about N(0, 1) without it.
        mark: which of the marks that are known it was asked for, or -1 where none was known.
    """

    time: float
    cut: bool
    t: float = 0.0
    mark: int = -1


def standing_of(flat: Plane, heard: Heard, carriers: Carriers) -> float:
    """t of a known mark in one flattened frame, over all carriers."""
    tiles = cut(flat, carriers, heard.lock.tiles.map)
    if tiles is None or len(tiles.heard) == 0:
        return 0.0
    lock = heard.lock if tiles.shape == heard.lock.tiles.shape else replace(heard.lock, motion=None)
    sums = replace(lock, tiles=tiles).aligned(carriers).sum(0)
    return standing(np.abs(heard.weights) * sums, np.sign(heard.weights).astype(np.complex128))


def ours(samples: Sequence[Sample]) -> list[bool]:
    """For each sample in the order of time, whether it is ours: the likeliest sequence (Viterbi, 1967)."""
    if not samples:
        return []
    odds = _odds(samples)
    best = np.array([0.0, odds[0] - AT_FIRST])
    back = []
    for sample, value in zip(samples[1:], odds[1:], strict=True):
        cost = CHANGE_AT_CUT if sample.cut else CHANGE
        moved = best[::-1] - cost
        back.append(moved > best)
        best = np.maximum(best, moved) + np.array([0.0, value])
    state = int(best[1] > best[0])
    labels = [state]
    for changed in reversed(back):
        state = 1 - state if changed[state] else state
        labels.append(state)
    return [bool(label) for label in reversed(labels)]


def _odds(samples: Sequence[Sample]) -> list[float]:
    """The logarithm of the odds that each is ours: t around its usual value for that mark against t around 0,
    both of variance 1."""
    values = np.array([sample.t for sample in samples])
    marks = np.array([sample.mark for sample in samples])
    odds = np.full(len(values), -FAINTEST)
    for mark in np.unique(marks[marks >= 0]):
        own = marks == mark
        loud = values[own & (values > FAINTEST)]
        usual = max(FAINTEST, float(np.median(loud)) if len(loud) else 0.0)
        # Frames differ in how much a codec has left them: half of the usual is still more ours than not.
        usual = min(usual, 2 * FAINTEST)
        odds[own] = usual * values[own] - usual * usual / 2
    return [float(value) for value in np.clip(odds, -MOST_SAID, MOST_SAID)]
