"""From what is heard in cells to odds, regions and a verdict.

In places of the same contrast and brightness the mark came through alike: how strongly, and how loud
everything else is there, is learned from the picture itself. Around each cell, windows of several sizes then
ask which is likelier: the mark at about that strength, or none.

The constants were set on the photographs with an even number in the benchmark's sorted list; see
``benchmarks/watermark/edits.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from octarine.watermark.image.analysis import Plane, opencv, shrink
from octarine.watermark.image.carriers import Carriers
from octarine.watermark.image.edits.evidence import Evidence, gather, smooth
from octarine.watermark.image.edits.registration import registered
from octarine.watermark.image.lock import Lock

Doubles = npt.NDArray[np.float64]
Kinds = npt.NDArray[np.int64]

CONTRASTS = 16
"""Classes of local contrast, in each of three of brightness: near black, near white, between."""
LITTLE = 0.02 * 36 / 48
"""The part of a band's power below which a class leans on the others."""
NOISE_WINDOW = 3.0
WINDOWS = (2.0, 4.0, 8.0)
"""Gaussian windows, in cells; each cell is told by all of them."""
VARIES = 0.3
"""How much the mark's strength varies between places of a kind, as a part of it."""
MOST = 8.0
"""The bound of the logarithm of the odds that a window finds for a mark."""
ROUNDS = 3
GONE = 1.0
"""Natural logarithm of the odds at which a cell belongs to the heart of a region."""
EDGE = -1.0
"""And at which it belongs to one in whose neighbourhood there are such: windows reach over its edge."""
REACH = 5
"""Cells of the square by which what is found is widened."""
TELLING = 12.0
"""The square of the signal-to-noise ratio from which a place can be told."""
TELLING_WINDOW = 4.0
LEAST_TOLD = 0.2
"""The part of a picture that must be told before "no" is said of it."""
SURE = 13.0
"""What the whole of a region has to hold for a verdict, as a logarithm of odds."""
UNEVEN = 0.04
"""The variance of the mark's strength, as a part of it, up to which that is enough. Strong compression leaves
more, and a region then has to hold so much more."""
LEFT = 0.3
"""The part of the mark that may be left in it."""


@dataclass(frozen=True)
class Region:
    """An edited place: the box around it in pixels of the picture, and its own part of the picture."""

    x: int
    y: int
    width: int
    height: int
    share: float

    def __str__(self) -> str:
        return f"{100 * self.share:.0f} % at {self.x},{self.y} ({self.width}×{self.height})"


@dataclass(frozen=True, eq=False)
class EditMap:
    """Where the mark is damaged.

    Attributes:
        damage: H×W of the picture, 0 to 1: the probability that the mark is gone there, at even odds
            beforehand; about one half where it cannot be told.
        told: H×W, where it can be told: a flat or clipped place, or one from which a codec took everything,
            hides no mark.
        regions: surely edited places, the largest first.
        area: the part of the picture that they take.
        edited: whether there is one. None where there is none and most of the picture cannot be told.
    """

    damage: Plane
    told: npt.NDArray[np.bool_]
    regions: tuple[Region, ...]
    area: float
    edited: bool | None


def edit_map(
    plane: Plane, clipped: npt.NDArray[np.bool_], lock: Lock, carriers: Carriers, signs: Doubles
) -> EditMap:
    """The map of a luma plane (0 to 255) in which the mark was found and read.

    Args:
        clipped: H×W, where the picture is as dark or as light as can be.
        signs: of all carriers.
    """
    cv2 = opencv()
    small, _, _ = shrink(plane)
    able, _, _ = shrink((~clipped).astype(np.float32))
    evidence = gather(small, able > 0.99, registered(lock, carriers, signs), carriers, signs)
    odds, heard, could = _weighed(evidence)
    regions = _regions(odds, heard, could, plane.shape)
    size = plane.shape[::-1]
    full = cv2.resize(odds, size, interpolation=cv2.INTER_LINEAR)
    damage = (1 / (1 + np.exp(-np.clip(full, -30, 30)))).astype(np.float32)
    telling = _window(could, TELLING_WINDOW) > TELLING
    told = cv2.resize(telling.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(bool)
    edited = True if regions else (False if telling.mean() >= LEAST_TOLD else None)
    return EditMap(damage, told, regions, sum(region.share for region in regions), edited)


def _weighed(evidence: Evidence) -> tuple[Plane, Plane, Plane]:
    """For each cell the odds of its windows; and of the cell itself, what is heard and what could be:
    ``could`` is the square of a signal-to-noise ratio, and ``heard`` has that mean where the mark is and 0
    where not, and that variance."""
    kinds = _kinds(evidence)
    noise = [_noise(evidence, kinds, band) for band in range(len(kinds))]
    odds = np.full(evidence.light.shape, -9, np.float32)
    for _ in range(ROUNDS):
        # What is likely edited says nothing of how strong the mark is elsewhere.
        sound = 1 / (1 + np.exp(np.clip(odds, -20, 20)))
        heard, could = np.zeros_like(odds), np.zeros_like(odds)
        for band, kind in enumerate(kinds):
            agreement, power = evidence.agreement[band], evidence.power[band]
            level = np.maximum(_ratio(agreement * sound, power * sound, kind), 0)
            scale = (level / noise[band]).astype(np.float32)[kind]
            heard += scale * agreement
            could += scale * level.astype(np.float32)[kind] * power
        heard[evidence.flat] = 0
        could[evidence.flat] = 0
        odds = _odds(heard, could)
    return odds, heard, could


def _kinds(evidence: Evidence) -> list[Kinds]:
    """For each band, the kind of place of every cell. A codec takes the mark out of all smooth places alike;
    that is no edit there."""
    light = np.digitize(evidence.light, [16, 240])
    kinds = []
    for contrast in evidence.contrast:
        local = smooth(contrast, 1.5)
        bounds = np.quantile(local, np.arange(1, CONTRASTS) / CONTRASTS)
        kinds.append(np.searchsorted(bounds, local) * 3 + light)
    return kinds


def _ratio(above: Plane, below: Plane, kind: Kinds) -> Doubles:
    """Σ above / Σ below for each kind; one of which there is little has the ratio of all."""
    n = 3 * CONTRASTS
    top, bottom = (np.bincount(kind.ravel(), part.ravel(), n) for part in (above, below))
    little = LITTLE * bottom.sum()
    overall = top.sum() / max(bottom.sum(), 1e-12)
    return np.asarray((top + little * overall) / np.maximum(bottom + little, 1e-12))


def _noise(evidence: Evidence, kinds: list[Kinds], band: int) -> Doubles:
    """For each kind, the variance of the agreement without a mark over the power, in windows wide enough for
    what is alike in neighbouring cells."""
    aside = np.mean([smooth(way[band], NOISE_WINDOW) ** 2 for way in evidence.aside], 0)
    # A Gaussian mean over independent cells has the variance of one with the kernel's square.
    expected = smooth(evidence.power[band], NOISE_WINDOW / np.sqrt(2)) / (4 * np.pi * NOISE_WINDOW**2)
    return _ratio(aside, expected, kinds[band]) + 1e-9


def _window(plane: Plane, sigma: float) -> Plane:
    """Sums over a Gaussian window, of as many cells as it is worth."""
    return smooth(plane, sigma) * np.float32(4 * np.pi * sigma**2)


def _odds(heard: Plane, could: Plane) -> Plane:
    windows = [_gone(_window(heard, sigma), _window(could, sigma)) for sigma in WINDOWS]
    return np.asarray(np.mean(windows, 0), np.float32)


def _gone(heard: Plane, could: Plane) -> Plane:
    """Logarithm of the odds of no mark (mean 0) against a mark whose strength varies.

    The odds of no mark have a bound of themselves, since a place may hold little of it. Those of a mark are
    given one, so that a wide window over a strong mark does not drown the narrow ones over a gap in it.
    """
    could = np.maximum(could, np.float32(1e-9))
    wide = could + np.float32(VARIES**2) * could**2
    odds = -(heard**2) / (2 * could) + (heard - could) ** 2 / (2 * wide) + np.log(wide / could) / 2
    return np.asarray(np.where(odds < 0, odds / (1 - odds / MOST), odds), np.float32)


def _unevenness(heard: Plane, could: Plane) -> float:
    """How much the mark's strength varies beside what noise makes: a variance of the middle of all places, so
    that an edit of a part has no say in it."""
    around, able = _window(heard, TELLING_WINDOW), _window(could, TELLING_WINDOW)
    told = able > TELLING
    if not told.any():
        return 0.0
    strength = around[told] / able[told]
    spread = 1.4826 * float(np.median(np.abs(strength - np.median(strength))))
    return spread**2 - float(np.median(1 / able[told]))


def _regions(odds: Plane, heard: Plane, could: Plane, shape: tuple[int, ...]) -> tuple[Region, ...]:
    """Connected cells in the heart of which, taken together, the mark is surely gone."""
    cv2 = opencv()
    heart = odds > GONE
    around = (odds > EDGE) & (_window(could, TELLING_WINDOW) > TELLING)
    count, labels = cv2.connectedComponents((heart | around).astype(np.uint8))
    held = labels[heart]
    total_heard, total_could = (np.bincount(held, part[heart], count) for part in (heard, could))
    enough = SURE * max(1.0, _unevenness(heard, could) / UNEVEN)
    sure = (total_could / 2 - np.abs(total_heard) > enough) & (total_heard < LEFT * total_could)
    sure[0] = False
    # Windows that hold both sides of an edge side with the mark, so that what is found is too small.
    found = cv2.dilate(sure[labels].astype(np.uint8), np.ones((REACH, REACH), np.uint8))
    _, _, boxes, _ = cv2.connectedComponentsWithStats(found)
    down, across = shape[0] / odds.shape[0], shape[1] / odds.shape[1]
    regions = [
        Region(
            round(x * across),
            round(y * down),
            round(width * across),
            round(height * down),
            round(cells / odds.size, 4),
        )
        for x, y, width, height, cells in boxes[1:].tolist()
    ]
    return tuple(sorted(regions, key=lambda region: -region.share))
