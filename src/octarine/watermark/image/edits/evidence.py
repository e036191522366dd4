"""How much of the mark is heard in each cell of the picture, and how much could be.

The picture's bands (see ``analysis.flatten``) are compared with the same bands of the mark, as the eye's mask
and the picture's own contrast would let it through. What the comparison gives where no mark is comes from the
mark laid wrong: moved by a few dozen pixels, it meets the same texture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from octarine.watermark.image.analysis import CLIP, FLOOR, Plane, opencv
from octarine.watermark.image.carriers import TILE, Carriers, synthesise
from octarine.watermark.image.lock import Lock
from octarine.watermark.image.perception import mask

Doubles = npt.NDArray[np.float64]

BANDS = ((0.7, 5), (1.5, 5), (3.2, 7), (7.0, 13))
"""Differences of Gaussians, as the detector has them: the σ of the lower one, and the side of the square over
which contrast is taken, in pixels."""
CELL = 4
"""Pixels of the analysed picture along a cell's side."""
ASIDE = ((23, 0), (-7, 29), (0, -41), (-37, -19))
"""Rows and columns by which the mark is laid wrong."""
DEAD = 0.2
"""Contrast below which a place is flat: rounding alone would have hidden the mark."""
WIDE, BESIDE = 5, 15
"""Cells of a flat place so large that its border says nothing either, since bands reach over it; and the
cells that it and its border take."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is heard, in cells: arrays of (band, row, column).

    Attributes:
        agreement: Σ picture · mark over a cell's pixels; its mean is level · power where the mark is, and 0
            where it is not.
        power: Σ mark².
        aside: (way, band, row, column) the agreement with the mark laid wrong.
        contrast: the picture's own, in that band.
        light: (row, column) luma, 0 to 255.
        flat: (row, column) where nothing can be told.
    """

    agreement: Plane
    power: Plane
    aside: Plane
    contrast: Plane
    light: Plane
    flat: npt.NDArray[np.bool_]


def gather(
    plane: Plane, able: npt.NDArray[np.bool_], lock: Lock, carriers: Carriers, signs: Doubles
) -> Evidence:
    """The evidence of a plane as it is analysed (see ``shrink``), with a registered lock. ``able`` are the
    pixels that are not clipped."""
    cv2 = opencv()
    mark = _expected(plane.shape, lock, carriers, signs) * _mask(plane, lock)
    inside = cv2.erode(able.astype(np.float32), np.ones((5, 5), np.uint8))
    agreement, power, contrast = [], [], []
    aside: list[list[Plane]] = [[] for _ in ASIDE]
    upper, upper_mark = plane, mark
    for sigma, side in BANDS:
        lower, lower_mark = blurred(plane, sigma), blurred(mark, sigma)
        band = upper - lower
        local = np.sqrt(np.maximum(cv2.blur(band * band, (side, side)), 0)) + np.float32(FLOOR)
        band = np.clip(band / local, -CLIP, CLIP)
        heard = (upper_mark - lower_mark) / local * inside
        agreement.append(_cells(band * heard))
        power.append(_cells(heard * heard))
        contrast.append(_means(local))
        for way, moved in zip(aside, ASIDE, strict=True):
            way.append(_cells(band * np.roll(heard, moved, (0, 1))))
        upper, upper_mark = lower, lower_mark
    fine = plane - cv2.GaussianBlur(plane, (0, 0), 2.2)
    spread = np.sqrt(smooth(_means(fine * fine), 1.5))
    light = _means(plane)
    return Evidence(
        np.array(agreement), np.array(power), np.array(aside), np.array(contrast), light, _flat(spread)
    )


def blurred(plane: Plane, sigma: float) -> Plane:
    """Gaussian blur; the wide ones at half the size, where they are as good."""
    cv2 = opencv()
    if sigma < 5:
        return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma))
    height, width = plane.shape
    small = cv2.resize(plane, (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / 2)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))


def _flat(spread: Plane) -> npt.NDArray[np.bool_]:
    cv2 = opencv()
    flat = (spread < DEAD).astype(np.uint8)
    large = cv2.erode(flat, np.ones((WIDE, WIDE), np.uint8))
    return np.asarray((flat | cv2.dilate(large, np.ones((BESIDE, BESIDE), np.uint8))) > 0)


def smooth(plane: Plane, sigma: float) -> Plane:
    """Gaussian mean over cells."""
    cv2 = opencv()
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_REFLECT))


def _cells(plane: Plane) -> Plane:
    """Sums over cells, about CELL × CELL pixels each."""
    return _means(plane) * np.float32(CELL**2)


def _means(plane: Plane) -> Plane:
    cv2 = opencv()
    size = [max(1, round(side / CELL)) for side in plane.shape[::-1]]
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def _mask(plane: Plane, lock: Lock) -> Plane:
    """The eye's mask, at the scale at which the mark was made."""
    cv2 = opencv()
    height, width = plane.shape
    scale = TILE / float(np.sqrt(abs(np.linalg.det(lock.tiles.map))))
    size = max(8, round(width * scale)), max(8, round(height * scale))
    small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    return np.asarray(cv2.resize(mask(small), (width, height), interpolation=cv2.INTER_LINEAR))


def _expected(shape: tuple[int, ...], lock: Lock, carriers: Carriers, signs: Doubles) -> Plane:
    """The mark as it would lie in a picture of this shape, of unit power."""
    cv2 = opencv()
    tile = synthesise(carriers, carriers.phases[lock.variant] * signs * carriers.amplitude)
    tile = (tile / max(float(tile.std()), 1e-9)).astype(np.float32)
    column, row = ((_places(shape, lock) % 1) * TILE - 0.5).astype(np.float32)
    pattern = cv2.remap(tile, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return np.asarray(-pattern if lock.inverted else pattern)


NODE = 16


def _places(shape: tuple[int, ...], lock: Lock) -> npt.NDArray[np.float32]:
    """(2, height, width) of each pixel in the tile, in tiles: from nodes between which it is all but
    linear."""
    cv2 = opencv()
    height, width = shape
    rows, columns = -(-height // NODE) + 2, -(-width // NODE) + 2
    # Nodes lie in the middle of squares of NODE pixels, of which one row and column lies outside on each
    # side.
    x, y = np.meshgrid((np.arange(columns) - 0.5) * NODE, (np.arange(rows) - 0.5) * NODE)
    tiles = np.stack([x.ravel(), y.ravel()], 1) @ np.linalg.inv(lock.tiles.map).T - lock.tiles.origin
    place = (-tiles if lock.turned else tiles) - lock.shift
    place -= lock.drift(tiles - np.array(lock.tiles.shape[::-1]) / 2)
    nodes = place.reshape(rows, columns, 2)
    return np.array(
        [
            cv2.resize(nodes[..., axis], (columns * NODE, rows * NODE), interpolation=cv2.INTER_LINEAR)[
                NODE : NODE + height, NODE : NODE + width
            ]
            for axis in (0, 1)
        ],
        np.float32,
    )
