"""Which parts of a marked picture were changed after marking.

Once payload and geometry are known, the whole mark is known. Where it is missing although the texture there
could have carried it, something was put over it. Every window of the picture is asked which is likelier: that
it still has the mark at the strength of the rest, or that it has none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from octarine.watermark.image.analysis import Plane, flatten, opencv, shrink
from octarine.watermark.image.carriers import TILE, Carriers, synthesise
from octarine.watermark.image.lock import Lock
from octarine.watermark.image.perception import mask

Doubles = npt.NDArray[np.float64]

WINDOWS = (6.0, 12.0, 24.0)
"""Gaussian windows that are asked, in pixels of the analysed picture; each pixel is told by all three."""
EDITED = 3.0
"""Natural logarithm of the odds at which a pixel counts as edited."""
LEAST_AREA = 0.004
"""The smallest part of the picture that makes it an edited one."""


@dataclass(frozen=True, eq=False)
class EditMap:
    """Where the mark is damaged.

    Attributes:
        damage: H×W of the picture, 0 to 1: the probability that the mark is gone there, at even odds
            beforehand.
        area: the part of the picture that is surely edited.
        edited: whether that is enough to say so.
    """

    damage: Plane
    area: float
    edited: bool


def edit_map(plane: Plane, lock: Lock, carriers: Carriers, signs: Doubles) -> EditMap:
    """The map of a luma plane (0 to 255) in which the mark was found and read."""
    cv2 = opencv()
    small, _, _ = shrink(plane)
    flat = flatten(small)
    expected = _expected(small.shape, lock, carriers, signs)
    strength = mask(small) / (_spread(small) + 1)
    expected = expected * strength
    agreement, power = flat * expected, expected * expected
    # Over the whole picture; the median of large windows, so that an edit does not pull the level down.
    level = _level(agreement, power)
    noise = float(np.mean((flat - level * expected) ** 2))
    odds = np.zeros_like(flat)
    for sigma in WINDOWS:
        area = 4 * np.pi * sigma**2 / 3
        heard = cv2.GaussianBlur(agreement, (0, 0), sigma)
        could = cv2.GaussianBlur(power, (0, 0), sigma)
        odds += area * level * (level * could - 2 * heard) / (2 * noise) / len(WINDOWS)
    odds = cv2.resize(odds, plane.shape[::-1], interpolation=cv2.INTER_LINEAR)
    damage = (1 / (1 + np.exp(-np.clip(odds, -30, 30)))).astype(np.float32)
    area = float(np.mean(odds > EDITED))
    return EditMap(damage, area, area > LEAST_AREA)


def _spread(plane: Plane) -> Plane:
    cv2 = opencv()
    high = plane - cv2.GaussianBlur(plane, (0, 0), 2.2)
    return np.asarray(np.sqrt(cv2.GaussianBlur(high * high, (0, 0), 6)))


def _level(agreement: Plane, power: Plane) -> float:
    cv2 = opencv()
    side = max(8, min(agreement.shape) // 6)
    size = max(2, agreement.shape[1] // side), max(2, agreement.shape[0] // side)
    heard = cv2.resize(agreement, size, interpolation=cv2.INTER_AREA)
    could = cv2.resize(power, size, interpolation=cv2.INTER_AREA)
    ratio = (heard / np.maximum(could, 1e-9)).ravel()
    return max(float(np.quantile(ratio, 0.6)), 1e-3)


def _expected(shape: tuple[int, ...], lock: Lock, carriers: Carriers, signs: Doubles) -> Plane:
    """The mark as it would lie in a picture of this shape, of unit power where its carriers survived."""
    cv2 = opencv()
    sums = (lock.aligned(carriers) * signs).sum(0).real
    heard = np.maximum(_by_radius(sums, carriers), 0)
    tile = synthesise(carriers, carriers.phases[lock.variant] * signs * heard)
    tile = (tile / max(float(tile.std()), 1e-9)).astype(np.float32)
    height, width = shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    inverse = np.linalg.inv(lock.tiles.map).astype(np.float32)
    origin = lock.tiles.origin
    u = inverse[0, 0] * (x + 0.5) + inverse[0, 1] * (y + 0.5) - np.float32(origin[0])
    v = inverse[1, 0] * (x + 0.5) + inverse[1, 1] * (y + 0.5) - np.float32(origin[1])
    sign = -1 if lock.turned else 1
    here = np.stack([sign * u.ravel(), sign * v.ravel()], 1) - lock.shift
    if lock.motion is not None:
        middle = np.array(lock.tiles.shape[::-1]) / 2
        here -= lock.drift(np.stack([u.ravel(), v.ravel()], 1) - middle)
    column, row = ((here % 1) * TILE - 0.5).astype(np.float32).T.reshape(2, height, width)
    pattern = cv2.remap(tile, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return np.asarray(-pattern if lock.inverted else pattern)


def _by_radius(sums: Doubles, carriers: Carriers) -> Doubles:
    ring = np.clip((carriers.radius - 4) / 3, 0, 7).astype(int)
    mean = np.bincount(ring, sums, 8) / np.maximum(np.bincount(ring, minlength=8), 1)
    return np.asarray(mean[ring])
